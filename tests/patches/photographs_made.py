"""Folders of labelled photographs as they are found in the wild, a few pixels each."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from paper_repro.base.profile import Photographs
from paper_repro.base.run import Run, open_run

Pixels = NDArray[np.uint8]
CLOUD_IMVN = ("A-Clear Sky", "B-Patterned Clouds", "C-Thin White Clouds", "D-Thick White Clouds", "E-Thick Dark Clouds",
              "F-Veil Clouds")


def pixels(seed: int, side: int = 4, colour: bool = True) -> Pixels:
    shape = (side, side, 3) if colour else (side, side)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def put(path: Path, seed: int = 0, **how: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels(seed, **how)).save(path)
    return path


def cloud_imvn(top: Path, each: int = 3, **how: Any) -> Path:
    for c, name in enumerate(CLOUD_IMVN):
        for i in range(each):
            put(top / name / f"{name[0]}_{i + 1}img.png", 100 * c + i, **how)
    return top


def run_of(tmp_path: Path, images: Path) -> Run:
    return open_run("swimcat", tmp_path / "out", images=images)


def small_sample(out: Path, **changes: int) -> Run:
    run = open_run("sample", out)
    smaller = Photographs("simulated", **({"per_class": 2, "side": 16, "seed": 3} | changes))
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, photographs=smaller))


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(folder.rglob("*")) if path.is_file()}
