"""SCAN in place of the clustering (Sect. 5), on the photographs."""

from collections.abc import Iterator

from paper_repro.base.step import Step
from paper_repro.experiments import settings
from paper_repro.steps.experiments import LIBRARIES, SCORING_CODE, features
from paper_repro.steps.maker import RECORD, Maker, call


def scan(maker: Maker) -> Iterator[Step]:
    """The classes of each set of photographs by SCAN."""
    run = maker.run
    for name in run.photo_sets:
        folder = settings.scan_folder(run, name)
        yield maker.step(f"scan {name}", folder / RECORD, settings.SCAN_FILES,
                         call("experiments.scan", "classify_photographs", run, name, jobs=maker.means.jobs,
                              dask=maker.means.dask),
                         needs=features(run, name), settings=settings.scan(run, name),
                         code=("experiments.scan", "clustering.scan", "clustering.assignment", *SCORING_CODE),
                         libraries=LIBRARIES, scratch=(folder / settings.SCAN_JOURNAL,))
