"""Ward's tree of N x 512 features, its time and memory: python -m tests.bench.bench_ward [N ...].

Without N, 2,000 and 10,000; 50,000, the most that is promised, takes long and is made only when it is asked for. Each
N runs in a process of its own, since the most memory that a process ever held never falls again.
"""

import multiprocessing
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from paper_repro.clustering.ward import linkage

COUNTS = (2_000, 10_000)
GIB = 2**30


def peak() -> int:
    """Most memory, in bytes, that this process has held (VmHWM)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def measure(path: Path) -> tuple[float, int, int]:
    """Seconds of the tree of the features .npy at `path`, and the peak of memory before and after it."""
    features = np.load(path, mmap_mode="r", allow_pickle=False)
    before, start = peak(), time.perf_counter()
    linkage(features)
    return time.perf_counter() - start, before, peak()


def main(*counts: int) -> None:
    """Print seconds and peak memory of the tree for each N, and the power of N that the time went with."""
    # here, not above: the measured process would import all that it imports, and count it
    from tests.bench.bench_grid import features

    last: tuple[int, float] | None = None
    for n in counts or COUNTS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "features.npy"
            np.save(path, features(n)[0])
            with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
                seconds, before, after = fresh.submit(measure, path).result()
        grown = "" if last is None else f", time as N^{np.log(seconds / last[1]) / np.log(n / last[0]):.2f}"
        print(f"  {n:6d} x 512: {seconds:8.1f} s, peak {after / GIB:.2f} GiB (before the tree {before / GIB:.2f}); "
              f"a matrix of distances would be {n * (n - 1) / 2 * 8 / GIB:.2f} GiB{grown}", flush=True)
        last = n, seconds


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
