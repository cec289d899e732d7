"""A Dask cluster of two workers against one: patches and trainings, and again while one of the two is killed.

Observations: ten times the sample's of Akatsuki UVI, of 200 x 200 px; each of its small pairs of files is linked under
ten names. Trainings: SimCLR with ten seeds, random base weights, simulated photographs of 32 px, two epochs. Wall
seconds from the command to its end, on workers that have loaded their libraries; the bytes must be the same each time.
"""

import hashlib
import os
import signal
import tempfile
import threading
import time
from pathlib import Path

from paper_repro.base import cleaning
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.base.walk import walk
from paper_repro.steps import Means, steps_of
from paper_repro.steps.targets import resolve
from tests import steps_made
from tests.local_cluster import local_cluster
from tests.observations.products import uvi_paths
from tests.patches import tiny_archive
from tests.tiny_profile import text_of

SAMPLE, TIMES, TRAININGS = 28, 10, 10  # observations of the sample; times as many; seeds
DECIDED = ("images.npy", "patches.csv", "checkpoint.safetensors", "losses.csv")


def archive(root: Path) -> Path:
    """Write the observations."""
    for number in range(SAMPLE):
        tiny_archive.add(root, number)
        pair = uvi_paths(root, stem=f"uvi_20160101_{number:06d}_365_{{}}_v10.fit")
        for day in range(2, TIMES + 1):
            copies = uvi_paths(root, stem=f"uvi_201601{day:02d}_{number:06d}_365_{{}}_v10.fit")
            for source, path in zip(pair, copies, strict=True):
                path.parent.mkdir(parents=True, exist_ok=True)
                os.link(source, path)
    return root


def timed(run: Run, targets: list[str], address: str) -> float:
    """Wall seconds of bringing targets up to date on a cluster."""
    steps = steps_of(run, Means(device="cpu", dask=address))
    start = time.perf_counter()
    failed = walk(steps, resolve(steps, targets), 1 + TRAININGS)
    assert failed == {}
    return time.perf_counter() - start


def measure(folder: Path, root: Path, workers: int, *, kill: bool = False
            ) -> tuple[tuple[float, float], dict[str, str]]:
    """Seconds of patches and of trainings in a folder on so many workers, and the hashes of what came out."""
    from distributed import Client

    profile = folder.with_suffix(".toml")
    text = text_of(["simclr"], per_class=8, epochs=2)
    profile.write_text(text.replace("seeds = [0]", f"seeds = {[*range(TRAININGS)]}"))
    trained, built = open_run(str(profile), folder), tiny_archive.run_of(folder, root)
    for run in (trained, built):
        cleaning.mark(run.data)
    targets = [f"train {COLOUR} simclr-s{seed}" for seed in range(TRAININGS)]
    steps_made.make(trained, f"patches {COLOUR}", "base weights")
    steps_made.make(built, "observations uvi")
    with local_cluster(workers) as cluster:
        with Client(cluster.scheduler_address, set_as_default=False) as client:
            client.run(load)
        victim = cluster.workers[0].process.pid

        def wait_and_kill() -> None:
            while not list(trained.data.rglob("resume.safetensors")):
                time.sleep(0.01)
            os.kill(victim, signal.SIGKILL)

        if kill:
            threading.Thread(target=wait_and_kill, daemon=True).start()
        of_patches = timed(built, ["venus patches"], cluster.scheduler_address)
        of_trainings = timed(trained, targets, cluster.scheduler_address)
    found = {path.relative_to(run.data).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
             for run in (trained, built) for path in sorted(run.data.rglob("*")) if path.name in DECIDED}
    return (of_patches, of_trainings), found


def load() -> None:
    """Load what the tasks need, in a worker."""
    import paper_repro.encoders.train
    import paper_repro.patches.part  # noqa: F401


def main() -> None:
    """Print seconds and their ratios."""
    os.environ["PAPER_REPRO_OFFLINE"] = "1"
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        os.environ["TORCH_HOME"] = str(folder / "torch")
        root = archive(folder / "archive")
        before = os.getloadavg()[0]
        one, two = measure(folder / "one", root, 1), measure(folder / "two", root, 2)
        lost = measure(folder / "lost", root, 2, kill=True)
    print(f"load before {before:.1f}, after {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    for what, n in ((f"{SAMPLE * TIMES} observations", 0), (f"{TRAININGS} trainings", 1)):
        first, second = one[0][n], two[0][n]
        print(f"{what}: one worker {first:.1f} s, two {second:.1f} s: {first / second:.2f} x faster")
    print(f"the trainings on two, one killed during the first of them: {lost[0][1]:.1f} s")
    assert one[1] == two[1] == lost[1]
    print(f"{len(one[1])} files, the same bytes each time")


if __name__ == "__main__":
    main()
