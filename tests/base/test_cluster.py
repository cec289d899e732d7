"""A Dask cluster as its user may have left it: without workers, with others than it had, or with other code."""

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from paper_repro import cli
from paper_repro.base import cluster
from paper_repro.base.cluster import GPU, resources
from paper_repro.base.errors import UserError
from paper_repro.base.workers import QUEUED, parallel
from tests.local_cluster import local_cluster

pytest.importorskip("distributed")


def scheduler(*workers: dict[str, int]) -> SimpleNamespace:
    """A scheduler that knows workers of two threads with these resources."""
    return SimpleNamespace(workers={str(number): SimpleNamespace(resources=offered, nthreads=2)
                                    for number, offered in enumerate(workers)})


@pytest.mark.parametrize(("workers", "asked"), [
    ([{}], {}), ([{"memory": 4}, {}], {}), ([{}, {GPU: 1}], {"resources": {GPU: 1}}),
])
def test_a_gpu_is_asked_for_where_a_worker_offers_one(workers: list[dict[str, int]], asked: dict[str, Any]) -> None:
    known = scheduler(*workers)
    client = SimpleNamespace(run_on_scheduler=lambda ask, **how: ask(dask_scheduler=known, **how))
    assert resources(client) == asked
    assert cluster.threads(known, gpu=False) == 2 * len(workers)


@pytest.mark.parametrize(("name", "said"), [("numpy", "expected numpy 0.0, as where the command runs, found "),
                                            ("paper_repro", "expected the code 0.0 of paper_repro, as where")])
def test_a_worker_with_other_code_or_libraries_is_refused(name: str, said: str) -> None:
    assert cluster.checked(cluster.versions(), abs, -1) == 1
    with pytest.raises(UserError, match=said) as error:
        cluster.checked({**cluster.versions(), name: "0.0"}, abs, -1)
    assert str(error.value).endswith("install the same there, and start its workers again.")


def test_a_cluster_that_cant_be_reached_is_one_sentence_before_anything_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    assert cli.main(["train", "--out", str(tmp_path / "out"), "--dask", "tcp://127.0.0.1:9"]) == 2
    [sentence] = capsys.readouterr().err.splitlines()
    assert sentence.startswith("paper_repro: --dask tcp://127.0.0.1:9: expected the address of a Dask scheduler")
    assert not (tmp_path / "out").exists()


# connections that end with the cluster leave their sockets to the garbage collector
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_cluster_without_workers_is_waited_for_which_is_said_once(capfd: pytest.CaptureFixture[str]) -> None:
    with local_cluster(0, processes=False, protocol="tcp://") as empty:
        def come() -> None:
            time.sleep(3 * cluster.LOOKED_S)
            empty.scale(1)

        threading.Thread(target=come, daemon=True).start()
        found = dict(parallel(abs, [-1, -2, -3], 1, empty.scheduler_address))
    assert found == {-1: 1, -2: 2, -3: 3}
    assert capfd.readouterr().err == (f"note: --dask {empty.scheduler_address} has no workers now: waiting for "
                                      "some\n")


def test_as_much_is_handed_out_as_the_cluster_has_threads_for_not_this_machine(
    monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    known = scheduler({}, {}, {})
    client = SimpleNamespace(run_on_scheduler=lambda ask, **how: ask(dask_scheduler=known, **how))
    size = cluster._Size("tcp://here:1", client, gpu=False)
    assert size() == 6
    known.workers.clear()
    assert size() == 6  # not asked anew at every task
    monkeypatch.setattr(cluster, "LOOKED_S", 0.0)
    assert size() == 1  # so that a task waits there, and more follow as soon as there are workers
    assert QUEUED > 1
