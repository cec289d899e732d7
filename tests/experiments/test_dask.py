"""Grid, benchmark, classes of Venus by two clusterings, their course in time on two workers: the same bytes."""

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.base.step import Step
from paper_repro.clustering import numbers, stability
from paper_repro.evolution import shares
from paper_repro.experiments import benchmark, grid, venus
from paper_repro.steps import Means, folder, steps_of
from tests.experiments import followed_made, venus_made
from tests.experiments.folders_made import images, refuse
from tests.local_cluster import local_cluster
from tests.steps_made import make_alone

pytest.importorskip("distributed")
ADDRESS = "tcp://here:1"
SECONDS = "table1_seconds.csv"  # outside the rule that the same seed gives the same bytes


def results(runs: dict[str, Run], means: Means) -> dict[str, bytes]:
    """What the steps write, by file."""
    found = dict[str, bytes]()
    for step, run in runs.items():
        make_alone(run, step, means)
        found |= {f"{step}: {path.name}": path.read_bytes() for path in sorted(run.results.rglob("*"))
                  if path.is_file() and path.suffix != ".json" and path.name != SECONDS}
    return found


def goes_there(step: Step) -> bool:
    """Whether a step hands its work to the cluster at ADDRESS."""
    about = inspect.getclosurevars(step.make).nonlocals
    return ADDRESS in (about.get("dask"), about["options"].get("dask"), *map(str, about["arguments"]))


def test_long_work_goes_to_the_cluster_and_what_stays_is_what_the_document_says(tmp_path: Path) -> None:
    means = Means(dask=ADDRESS)
    stays = {step.kind for step in steps_of(open_run("sample", tmp_path), means).by_name.values()
             if not goes_there(step)}
    # puts sets together, or reads, gathers and draws what others computed
    assert stays == {"archive", "observations", "patches", "flatten", "drawn-out", "statistics", "sets", "base",
                     "seeds", "venus", "catalogue", "duplicates", "table", "figure", "verdict", "report"}
    steps = steps_of(open_run("sample", tmp_path), means).by_name
    assert goes_there(steps["classes uvi-3000km-flat"])
    assert goes_there(steps["duplicates symmetries"])
    assert goes_there(steps["duplicates accuracies"])
    run = open_run("classify", tmp_path)
    asked = folder.request(run, images(tmp_path / "in"), 2, "simclr", None)
    assert {step.kind for step in folder.steps_of(run, means, asked).by_name.values() if not goes_there(step)} == {
        "patches", "base", "catalogue", "figure", "page"}


@pytest.mark.slow  # three processes import everything
def test_workers_of_a_cluster_do_the_work_with_the_same_bytes(tmp_path: Path, tiny: Callable[..., Run],
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    def runs(folder: str) -> dict[str, Run]:
        photographs = tiny(tmp_path / folder / "photographs", ("simclr",))
        return {"grid s0": photographs, f"benchmark {COLOUR}": photographs,
                f"classes {venus_made.NAME}": (classified := venus_made.make_run(tmp_path / folder / "venus")),
                f"clusters kmeans {venus_made.NAME}": classified,
                f"time {followed_made.NAME}": followed_made.make_run(tmp_path / folder / "time", 20.0)}

    expected = results(runs("here"), Means(jobs=1))
    with local_cluster(2) as cluster:
        for module, name in ((grid, "reduce"), (benchmark, "hac"), (venus, "reduce"), (stability, "resample"),
                             (numbers, "uniform"), (shares, "table")):
            monkeypatch.setattr(module, name, refuse)  # in this process
        found = results(runs("there"), Means(jobs=1, dask=cluster.scheduler_address))
    assert len(found) > 12
    assert found == expected
