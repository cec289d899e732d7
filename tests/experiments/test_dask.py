"""Grid, benchmark, classes of Venus and their course in time on a cluster of two workers: the same bytes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from paper_repro.base.run import COLOUR, Run
from paper_repro.clustering import stability
from paper_repro.evolution import shares
from paper_repro.experiments import benchmark, grid, venus
from paper_repro.steps import Means
from tests.experiments import followed_made, venus_made
from tests.experiments.folders_made import refuse
from tests.steps_made import make_alone

distributed = pytest.importorskip("distributed")
SECONDS = "table1_seconds.csv"  # outside the rule that the same seed gives the same bytes


def results(runs: dict[str, Run], means: Means) -> dict[str, bytes]:
    """What the steps write, by file."""
    found = dict[str, bytes]()
    for step, run in runs.items():
        make_alone(run, step, means)
        found |= {f"{step}: {path.name}": path.read_bytes() for path in sorted(run.results.rglob("*"))
                  if path.is_file() and path.suffix != ".json" and path.name != SECONDS}
    return found


@pytest.mark.slow  # three processes import everything
def test_workers_of_a_cluster_do_the_work_with_the_same_bytes(tmp_path: Path, tiny: Callable[..., Run],
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    def runs(folder: str) -> dict[str, Run]:
        photographs = tiny(tmp_path / folder / "photographs", ("simclr",))
        return {"grid s0": photographs, f"benchmark {COLOUR}": photographs,
                f"classes {venus_made.NAME}": venus_made.make_run(tmp_path / folder / "venus"),
                f"time {followed_made.NAME}": followed_made.make_run(tmp_path / folder / "time", 20.0)}

    expected = results(runs("here"), Means(jobs=1))
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0",
                                  host="127.0.0.1") as cluster:
        for module, name in ((grid, "reduce"), (benchmark, "hac"), (venus, "reduce"), (stability, "resample"),
                             (shares, "table")):
            monkeypatch.setattr(module, name, refuse)  # in this process
        found = results(runs("there"), Means(jobs=1, dask=cluster.scheduler_address))
    assert len(found) > 12
    assert found == expected
