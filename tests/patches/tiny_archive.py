"""A folder of small Akatsuki UVI files, quick to read, and the run that makes its patches."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base import cleaning
from paper_repro.base.profile import load
from paper_repro.base.run import Run
from paper_repro.steps import Means
from tests import steps_made
from tests.observations.products import PLANES, uvi_cards, uvi_paths, write_uvi_geometry, write_uvi_image

SIDE = 200
SCALES = (4000.0, 3000.0)


def add(root: Path, number: int, *, dark: bool = False, coarse: bool = False, low_sun: bool = False) -> Path:
    """Write observation `number`: 50 degrees square about the equator; returns the path of its image.

    dark: beyond the angle threshold; low_sun: incidence angles from 45 to 70 degrees, not 20 to 45.
    """
    image, geometry = uvi_paths(root, stem=f"uvi_20160101_{number:06d}_365_{{}}_v10.fit")
    rng = np.random.default_rng(number)
    latitude, east = np.meshgrid(np.linspace(-25, 25, SIDE), np.linspace(-25, 25, SIDE), indexing="ij")
    values: dict[str, NDArray[np.float64]] = dict.fromkeys((name.lower() for name in PLANES), 0 * east)
    incidence = 80 + 0 * east if dark else (45 if low_sun else 20) + np.abs(latitude)
    values |= {"latitude": latitude, "longitude": (east + 37 * number) % 360, "incidence angle": incidence,
               "emission angle": 5 + np.abs(east)}
    mu0, mu = (np.cos(np.radians(values[f"{name} angle"])) for name in ("incidence", "emission"))
    radiance = 1e7 * mu0**0.9 * mu**-0.1 * rng.uniform(0.9, 1.1, (SIDE, SIDE))
    write_uvi_image(image, radiance.astype(np.float32), uvi_cards(DATE_OBS=f"2016-01-01T00:00:{number:02d}.000",
                                               S_IFOV=4e-4 if not coarse else 5.5e-4))
    write_uvi_geometry(geometry, {name: plane.astype(np.float32) for name, plane in values.items()})
    return image


def make(root: Path, count: int) -> Path:
    """Write `count` observations."""
    for number in range(count):
        add(root, number)
    return root


def run_of(out: Path, root: Path, scales: tuple[float, ...] = SCALES) -> Run:
    return Run(load("paper"), out, folders={"uvi": root}, instruments=("uvi",), scales=scales)


def bytes_of(run: Run) -> dict[str, str]:
    """Hash of each file of the sets whose bytes must not depend on how they were made."""
    folder = run.data / "patches"
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.suffix in {".npy", ".csv", ".png"}}


def reasons_of(run: Run, name: str) -> dict[int, str]:
    """Why an observation is left out, by its number."""
    table = pd.read_csv(run.patches(name) / "left_out.csv")
    return {int(row["source"].split("_")[-4]): row["reason"] for row in table.to_dict("records")}


def build(run: Run, jobs: int = 1, dask: str | None = None) -> None:
    """Bring the run's sets of Venus and their statistics up to date; commands take the folder for one of theirs."""
    cleaning.mark(run.data)
    steps_made.make(run, "statistics", means=Means(jobs=jobs, dask=dask))


def build_once(out: Path, root: Path, jobs: int = 1) -> dict[str, str]:
    run = run_of(out, root)
    build(run, jobs)
    return bytes_of(run)
