"""Other clusterings than that which the classes are found by, on the patches of Venus."""

from collections.abc import Iterator

from paper_repro.base.run import Run
from paper_repro.base.step import Step
from paper_repro.clustering.names import METHODS, Method
from paper_repro.experiments import settings
from paper_repro.steps.catalogues import METHODS_CODE
from paper_repro.steps.experiments import LIBRARIES
from paper_repro.steps.maker import RECORD, Maker, call


def target(run: Run, asked: Method | None) -> str:
    """The target for sets of Venus divided by the clustering asked for; None: by that of the profile."""
    return "venus" if asked in (None, settings.clustering(run)) else f"clusters {asked}"


def clusters(maker: Maker) -> Iterator[Step]:
    """The classes of each flattened set of Venus by every clustering but the profile's."""
    run = maker.run
    for method in (one for one in METHODS if one != settings.clustering(run)):
        for name in run.flat_sets:
            made_by = run.model_name(run.benchmark_model, run.seed_of(name))
            yield maker.step(f"clusters {method} {name}", settings.clusters_folder(run, method, name) / RECORD,
                             settings.CLUSTERS_FILES,
                             call("experiments.clusters", "classify_set", run, name, method, jobs=maker.means.jobs,
                                  dask=maker.means.dask),
                             needs=(f"patches {name}", f"encode {name} {made_by}", f"classes {name}"),
                             settings=settings.clusters(run, name, method), options=("classes", "jobs", "dask"),
                             code=("experiments.clusters", *METHODS_CODE, "clustering.ward", "clustering.stability",
                                   "base.alike"), libraries=(*LIBRARIES, "fastcluster"))
