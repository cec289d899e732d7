"""A whole build of patch sets, index to `images.npy`: two workers against one, and ten times the observations.

The folder holds one full-size pair of Akatsuki UVI files (a close-up with patches of both scales), linked under as many
names as there are to be observations: what is measured is the work, not the disk. Wall seconds, starting the workers
included; peak memory is the most that any worker held.
"""

import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from paper_repro.archives.sample_venus import take
from paper_repro.archives.venus_fields import Field
from paper_repro.patches import build
from paper_repro.profiles.profile import load
from paper_repro.profiles.run import Run
from tests.bench.bench_patches import shots
from tests.observations.products import uvi_paths

FEW, MANY = 30, 300
SCALES = (3000.0, 500.0)


def fill(root: Path, first: tuple[Path, Path], count: int) -> Path:
    """Link the pair of files `count` times, each under a time of its own."""
    for number in range(count):
        stem = f"uvi_20160101_{number // 60:02d}{number % 60:02d}00_365_{{}}_v10.fit"
        for source, path in zip(first, uvi_paths(root, stem=stem), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(source, path)
    return root


def timed(out: Path, root: Path, jobs: int) -> float:
    """Wall seconds of a build from nothing."""
    run = Run(load("paper"), out, uvi=root, scales=SCALES)
    start = time.perf_counter()
    build.build(run, jobs)
    return time.perf_counter() - start


def peak_mb(pids: Sequence[int]) -> float:
    """Most memory any of these processes ever held; they must still run."""
    peaks = [int(Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split()[0]) for pid in pids]
    return max(peaks) / 1024


def main() -> None:
    """Print seconds and their ratios."""
    peaks: list[float] = []
    shut_down = ProcessPoolExecutor.shutdown

    def look(pool: ProcessPoolExecutor, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Look at the workers before they end."""
        if pool._processes:
            peaks.append(peak_mb(list(pool._processes)))
        shut_down(pool, wait, cancel_futures=cancel_futures)

    ProcessPoolExecutor.shutdown = look  # type: ignore[assignment, method-assign]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        shot = shots()[500.0]
        take(out, shot, Field(0), 0)
        pair = out / shot.image, out / shot.geometry
        few, many = fill(out / "few", pair, FEW), fill(out / "many", pair, MANY)
        timed(out / "warm", few, 2)
        peaks.clear()
        small = timed(out / "small", few, 2)
        memory_small, peaks[:] = max(peaks), []
        two = timed(out / "two", many, 2)
        memory_many = max(peaks)
        one = timed(out / "one", many, 1)
    print(f"{MANY} observations of 1024 x 1024 px, scales 3000 and 500 km: one worker {one:.1f} s, two {two:.1f} s: "
          f"{one / two:.2f} x faster")
    print(f"two workers, {FEW} observations {small:.1f} s, {MANY} {two:.1f} s: {two / small:.1f} x for "
          f"{MANY / FEW:g} x; the rest is the start of the workers. Peak memory of a worker {memory_small:.0f} and "
          f"{memory_many:.0f} MB")


if __name__ == "__main__":
    main()
