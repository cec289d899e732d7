"""A Dask cluster of two worker processes makes the same sets, even if one of them dies on the way."""

import os
import signal
from pathlib import Path

import pytest

from paper_repro.base.progress import Progress
from paper_repro.patches import build
from tests.local_cluster import local_cluster
from tests.patches import tiny_archive
from tests.patches.tiny_archive import bytes_of, run_of

pytest.importorskip("distributed")
COUNT = 8


@pytest.mark.slow  # three processes import everything
# the loss of a worker is announced by a log line and, at the end, by sockets that died with it
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_worker_that_dies_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tiny_archive.make(tmp_path / "in", COUNT)
    expected = tiny_archive.build_once(tmp_path / "one", root)
    with local_cluster(2) as cluster:
        victims = [worker.process.pid for worker in cluster.workers.values()]

        class Deadly(Progress):
            def step(self, count: int = 1, note: str = "") -> None:
                super().step(count, note)
                if self.done == 1:
                    os.kill(victims[0], signal.SIGKILL)

        monkeypatch.setattr(build, "Progress", Deadly)
        run = run_of(tmp_path / "dask", root)
        tiny_archive.build(run, dask=cluster.scheduler_address)
    assert bytes_of(run) == expected
    assert len(list((run.patches(".parts") / "uvi").glob("*"))) == COUNT
