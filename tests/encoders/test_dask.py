"""Trainings on a Dask cluster of two workers: if one of them dies on the way, the same bytes all the same."""

import os
import signal
import threading
import time
from collections.abc import Callable

import pytest
import torch

from paper_repro.base.cluster import GPU, resources
from paper_repro.base.run import COLOUR, Run
from paper_repro.base.walk import walk
from paper_repro.encoders import pieces
from paper_repro.encoders.encode import CHUNK_CPU
from paper_repro.steps import Means, steps_of
from tests.encoders.conftest import changed
from tests.local_cluster import local_cluster

distributed = pytest.importorskip("distributed")
EPOCHS = 3


def trained(run: Run, means: Means) -> dict[str, bytes]:
    """Walk to the encoders and features of two trainings; what came out."""
    names = [f"encode {COLOUR} simclr-s{seed}" for seed in run.profile.encoders.seeds]
    assert walk(steps_of(run, means), names, 4) == {}
    return {str(path.relative_to(run.data)): path.read_bytes() for path in sorted(run.data.rglob("*"))
            if path.name in ("checkpoint.safetensors", "losses.csv") or path.match("features/*/*.npy")}


@pytest.mark.slow  # three processes import everything
# the loss of a worker is announced by a log line and, at the end, by sockets that died with it
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_worker_that_dies_in_a_training_costs_an_epoch_at_most(
    tiny: Callable[..., Run], few: None, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run_in(folder: str) -> Run:
        return changed(tiny(folder, count=17, epochs=EPOCHS), seeds=(0, 1))

    monkeypatch.setattr(pieces, "PIECE", CHUNK_CPU)  # two pieces

    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as Dask's workers have
    expected = trained(run_in("one"), Means(device="cpu"))
    torch.set_num_threads(threads)
    run = run_in("two")
    with local_cluster(2, resources={GPU: 1}) as cluster:
        victim = next(iter(cluster.workers.values())).process.pid

        def kill() -> None:
            begun = [run.encoder(COLOUR, "simclr", seed) / "resume.safetensors" for seed in (0, 1)]
            while not all(path.is_file() for path in begun):
                time.sleep(0.01)
            os.kill(victim, signal.SIGKILL)

        killer = threading.Thread(target=kill, daemon=True)
        killer.start()
        found = trained(run, Means(device="cpu", dask=cluster.scheduler_address))
        killer.join(1)
        assert not killer.is_alive()
        with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
            assert resources(client) == {"resources": {GPU: 1}}
    assert CHUNK_CPU < 17
    assert found == expected
    assert len(found) == 6  # of two trainings
    said = capfd.readouterr().err
    assert said.count(f"epoch {EPOCHS} of {EPOCHS}") >= 4  # two here, two on the cluster
