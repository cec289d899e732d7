"""Patches of one observation, files to files: the compiled build against the literal one, at each scale of the paper.

Full-size products of the simulated archive are written to a temporary folder first: a whole disc of 1024 x 1024 px, a
close-up of as many, a northern close-up of 512 x 512. Each way reads the pair of files, makes the patches and writes
them (one array against a PNG a patch). Seconds are CPU seconds of one core, the median of consecutive runs. The floor
is what reading the bytes takes. Peak memory is that of a fresh process that makes the case once.
"""

import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from paper_repro.observations.observation import Observation, Pair
from paper_repro.paper import TABLE4
from paper_repro.patches.project import patches_of
from paper_repro.simulated.venus_archive import FIRST_UVI, Shot, north, take, uvi_shot, uvi_view
from paper_repro.simulated.venus_camera import subsolar
from paper_repro.simulated.venus_fields import Field
from tests.instruments import uvi, vmc
from tests.patches.literal import patches

RUNS = 5
SIDE = (1024, 1024)


def shots() -> dict[float, Shot]:
    """One full-size observation a scale (km)."""
    aim = (subsolar(FIRST_UVI)[0], 5.0)
    disc = uvi_view(FIRST_UVI, 12.7, -4.0, 72000.0, 1, SIDE, None)
    close_up = uvi_view(FIRST_UVI, 12.2, 3.0, 28000.0, 1, SIDE, aim)
    return {3000.0: uvi_shot("disc", disc, (0, 0), 1), 500.0: uvi_shot("close-up", close_up, (0, 0), 1), 25.0: north(1)}


def read(pair: Pair) -> Observation:
    """Read a pair of either instrument."""
    return uvi.read(pair) if pair.source.endswith(".fit") else vmc.read(pair)


def compiled(pair: Pair, scale: float, out: Path) -> int:
    """Files to one array of patches; gives their number."""
    images = patches_of(read(pair), [scale], TABLE4)[scale].images
    np.save(out / f"{scale:g}.npy", images)
    return len(images)


def literal(pair: Pair, scale: float, out: Path) -> int:
    """Sect. 3.1 as it is written, from the tests; one PNG a patch."""
    made = patches(read(pair), scale, TABLE4)
    assert made is not None
    for n, patch in enumerate(made.patches):
        Image.fromarray(patch.image).save(out / f"{scale:g}-{n}.png")
    return len(made.patches)


def floor(pair: Pair, scale: float, out: Path) -> int:
    """Read the bytes of both files."""
    assert pair.geometry is not None
    return len(pair.image.read_bytes()) + len(pair.geometry.read_bytes())


def seconds(make: Callable[[Pair, float, Path], int], pair: Pair, scale: float, out: Path) -> float:
    """CPU seconds of one run."""
    start = time.process_time()
    make(pair, scale, out)
    return time.process_time() - start


def peak_mb(pair: Pair, scale: float, out: Path) -> float:
    """Most memory this process ever held, after one run; Linux counts it for each program anew, unlike getrusage."""
    compiled(pair, scale, out)
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    """Print, per scale, CPU seconds both ways, their ratio, patches a second, peak memory and the floor."""
    print(f"median of {RUNS} runs each way, CPU seconds of one core; simulated products")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        for scale, shot in shots().items():
            take(out, shot, Field(0), 0)
            pair = Pair(out / shot.image, out / shot.geometry, shot.image)
            count = compiled(pair, scale, out)  # compiles, or loads from disk, and fills caches
            makes = (compiled, literal, floor)
            # one way after the other, as a worker goes from observation to observation: its memory is its own
            fast, slow, bytes_only = (
                statistics.median([seconds(make, pair, scale, out) for _ in range(RUNS)]) for make in makes
            )
            context = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(max_workers=1, mp_context=context) as fresh:
                memory = fresh.submit(peak_mb, pair, scale, out).result()
            print(f"{scale:6g} km: {fast:6.3f} s, literal {slow:7.2f} s, ratio {slow / fast:5.1f} x; {count} patches, "
                  f"{count / fast:.0f} a second; peak {memory:.0f} MB; floor {bytes_only:.3f} s", flush=True)


if __name__ == "__main__":
    main()
