"""Other clusterings in place of Ward's, on the patches of Venus."""

from collections.abc import Iterator

from paper_repro.base.step import Step
from paper_repro.clustering.names import METHODS
from paper_repro.experiments import settings
from paper_repro.steps.catalogues import METHODS_CODE
from paper_repro.steps.experiments import LIBRARIES
from paper_repro.steps.maker import RECORD, Maker, call


def clusters(maker: Maker) -> Iterator[Step]:
    """The classes of each flattened set of Venus by k-means, HDBSCAN, a Gaussian mixture and SCAN."""
    run = maker.run
    for method in METHODS[1:]:
        for name in run.flat_sets:
            made_by = run.model_name(run.benchmark_model, run.seed_of(name))
            yield maker.step(f"clusters {method} {name}", settings.clusters_folder(run, method, name) / RECORD,
                             settings.CLUSTERS_FILES,
                             call("experiments.clusters", "classify_set", run, name, method, jobs=maker.means.jobs),
                             needs=(f"patches {name}", f"encode {name} {made_by}", f"classes {name}"),
                             settings=settings.clusters(run, name, method), options=("classes", "jobs"),
                             code=("experiments.clusters", *METHODS_CODE, "clustering.ward", "clustering.stability",
                                   "base.alike"), libraries=(*LIBRARIES, "fastcluster"))
