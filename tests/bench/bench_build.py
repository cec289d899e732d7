"""A whole build of patch sets, index to `images.npy`: two workers against one, and ten times the observations.

The folder holds one full-size pair of Akatsuki UVI files (a whole disc), linked under as many names as there are to be
observations: what is measured is the work, not the disk. Wall seconds, starting the workers included; peak memory is
the most that any worker held.
"""

import itertools
import os
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from paper_repro.base.profile import load
from paper_repro.base.run import Run
from paper_repro.simulated.venus_archive import take
from paper_repro.simulated.venus_fields import Field
from paper_repro.steps import Means
from tests.bench.bench_patches import shots
from tests.observations.products import uvi_paths
from tests.steps_made import make

FEW, MANY = 100, 1000
SCALE = 3000.0


def fill(root: Path, first: tuple[Path, Path], count: int) -> Path:
    """Link the pair of files `count` times, each under a time of its own."""
    for number in range(count):
        stem = f"uvi_20160101_{number:06d}_365_{{}}_v10.fit"
        for source, path in zip(first, uvi_paths(root, stem=stem), strict=True):
            path.parent.mkdir(parents=True, exist_ok=True)
            os.link(source, path)
    return root


def timed(out: Path, root: Path, jobs: int) -> float:
    """Wall seconds of a build from nothing."""
    run = Run(load("paper"), out, folders={"uvi": root}, instruments=("uvi",), scales=(SCALE,))
    start = time.perf_counter()
    make(run, "statistics", means=Means(jobs=jobs))
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
        shot = shots()[SCALE]
        take(out, shot, Field(0), 0)
        pair = out / shot.image, out / shot.geometry
        few, many = fill(out / "few", pair, FEW), fill(out / "many", pair, MANY)
        timed(out / "warm", few, 2)
        seconds, memory = {}, {}
        for jobs, (count, root) in itertools.product((2, 1), ((FEW, few), (MANY, many))):
            peaks.clear()
            seconds[jobs, count] = timed(out / f"{jobs}-{count}", root, jobs)
            memory[jobs, count] = max(peaks, default=0.0)
    each = {jobs: (seconds[jobs, MANY] - seconds[jobs, FEW]) / (MANY - FEW) for jobs in (1, 2)}
    one, two = seconds[1, MANY], seconds[2, MANY]
    print(f"{MANY} observations of 1024 x 1024 px, {SCALE:g} km: one worker {one:.1f} s, two {two:.1f} s: "
          f"{one / two:.2f} x faster, the start of the workers included")
    print(f"from {FEW} to {MANY}: {seconds[1, FEW]:.1f} to {one:.1f} s with one, {seconds[2, FEW]:.1f} to {two:.1f} s "
          f"with two; each further observation {1000 * each[1]:.0f} and {1000 * each[2]:.0f} ms: two are "
          f"{each[1] / each[2]:.2f} x as fast as one; peak memory of a worker {memory[2, FEW]:.0f} and "
          f"{memory[2, MANY]:.0f} MB")


if __name__ == "__main__":
    main()
