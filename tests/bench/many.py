"""Assigning a folder of very many images, and the page of it: python -m tests.bench.many [IMAGES].

Simulated photographs of 600 scenes, each cut, turned and lightened anew, so that no two are alike. The encoder is a
file that costs next to nothing (means over squares), so that the rest is seen. Wall seconds of each step, and the most
memory that a process of the command took.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from paper_repro.paper import CLASS_NAMES
from paper_repro.simulated import mark, sky_photographs
from tests.encoders import own_files

SIDE, SCENES, CLASSES = 32, 600, 6


def write(folder: Path, count: int, seed: int) -> Path:
    """Write so many photographs of SIDE px."""
    folder.mkdir()
    rng, text = np.random.default_rng(seed), mark.text()
    scenes = np.stack(list(sky_photographs.generate(SCENES // len(CLASS_NAMES), 2 * SIDE, seed)[0]))
    for number in range(count):
        image = _cut(scenes[rng.integers(len(scenes))], rng)
        Image.fromarray(image).save(folder / f"{number:06d}.png", pnginfo=text, compress_level=1)
    return folder


def _cut(scene: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    row, column = rng.integers(0, SIDE, 2)
    image = np.rot90(scene[row : row + SIDE, column : column + SIDE], int(rng.integers(4)))
    return np.ascontiguousarray((image * rng.uniform(0.8, 1)).astype(np.uint8))


def measured(*arguments: str | Path) -> None:
    """Run a command; print the seconds of its steps, of all, and its memory."""
    command = [sys.executable, "-m", "paper_repro", *map(str, arguments)]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, printed
    for step, seconds in re.findall(r"^made +(.+?)  \(.*, ([\d.]+) s$", printed, re.MULTILINE):
        print(f"  {step}: {seconds} s")
    print(f"{arguments[0]}: {time.perf_counter() - start:.0f} s, {usage.ru_utime + usage.ru_stime:.0f} s of CPU time, "
          f"{usage.ru_maxrss / 1e3:.0f} MB", flush=True)


def main(count: int) -> None:
    """Classify 3,000 images, assign `count` others to their classes, look again; print what each took."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        encoder = place / "encoder.onnx"
        encoder.write_bytes(own_files.ONNX)
        known, new = write(place / "known", 3000, 1), write(place / "new", count, 2)
        out = ("--out", place / "out")
        measured("classify", known, "--classes", str(CLASSES), "--encoder-file", encoder, *out)
        catalogue = place / "out" / "data" / "classify" / "results" / "known" / "catalogue"
        for _ in range(2):  # the second time everything is up to date
            measured("assign", catalogue, new, "--weights", encoder, *out)
        page = next((place / "out").rglob("assign-*/**/index.html"))
        print(f"page: {page.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
