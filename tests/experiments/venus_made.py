"""A run with one set of Venus whose groups are known, and its classification as the step that writes its record."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.files import write_csv, write_json
from paper_repro.base.profile import Venus, VenusSet
from paper_repro.base.run import Run, open_run
from paper_repro.experiments.settings import turned_file
from paper_repro.patches import drawn_out
from paper_repro.steps import Means, steps_of
from tests import records_made

NAME = "uvi-3000km-flat"
SIZES = (30, 20, 15, 10)
N = sum(SIZES)
GROUPS = np.repeat(range(4), SIZES)[np.random.default_rng(0).permutation(N)]
DRAWN_OUT = np.cumsum(GROUPS == 3) > 3  # all of the smallest group but three, and none of the others


def features(seed: int) -> NDArray[np.float32]:
    """Four groups, told apart well by the first training, less by others."""
    rng = np.random.default_rng([5, seed])
    centres = 8 * np.eye(4, 16)
    return (centres[GROUPS] + rng.normal(size=(N, 16)) * (1 + 2 * seed)).astype(np.float32)


def turned() -> NDArray[np.float32]:
    """Of every patch at 24 angles, unturned first; of the others group 0 keeps its place and group 1 every second time.

    Group 2 never does, and goes where group 3 is; group 3 does, but for the last angle.
    """
    values = np.repeat(features(0)[:, None], 24, axis=1)
    away = (8 * np.eye(4, 16)).astype(np.float32)
    values[GROUPS == 1, 2::2] = away[0]
    values[GROUPS == 2, 1:] = away[3]
    values[GROUPS == 3, 23] = away[1]
    return values


def turn(run: Run, values: NDArray[np.float32], whole: NDArray[np.bool_]) -> None:
    """Features of those patches that are whole at 24 angles, as the step that makes them leaves them."""
    path = turned_file(run, NAME)
    records_made.features(run, path, values[whole], ("made up",))
    write_csv(path.with_suffix(".csv"), pd.DataFrame({"id": range(N), "whole": whole}))


def make_run(out: Path, seeds: tuple[int, ...] = (0, 1, 2), bootstraps: int = 3, classes: int = 4) -> Run:
    """A run with one set of made-up patches in four groups, and the truth of a simulated archive."""
    run = open_run("sample", out)
    made = Venus("simulated", (VenusSet("uvi", 3000.0),), seeds, bootstraps, classes=classes)
    run = dataclasses.replace(run, profile=dataclasses.replace(run.profile, venus=made))
    rng = np.random.default_rng(1)
    low = rng.uniform(0.2, 0.5, N)
    rows = pd.DataFrame({"id": range(N), "source": np.where(np.arange(N) % 2, "a.fit", "b.fit"),
                         "longitude_deg": rng.uniform(-180, 180, N), "latitude_deg": 20.0 * GROUPS - 30,
                         "local_time_h": 8 + 2.0 * GROUPS, "value_min": low, "value_max": 3 * low})
    images = rng.integers(0, 255, (N, 32, 32)).astype(np.uint8)
    records_made.patch_set(run, NAME, images, rows, notes=("made up",))
    folder = run.patches("uvi-3000km")
    records_made.record(folder / "provenance.json", run, "patches")
    drawn_out.save(folder, rows["id"], np.where(GROUPS == 3, 0.3, 0.0) * DRAWN_OUT)
    records_made.record(folder / "drawn_out.json", run, "drawn-out")
    for seed in seeds:
        encode_by(run, seed)
    turn(run, turned(), np.arange(N) != np.flatnonzero(GROUPS == 0)[0])
    write_json(run.raw / "truth" / "field.json", {"seed": 3})
    write_csv(run.raw / "truth" / "observations.csv", pd.DataFrame(
        {"source": ["a.fit", "b.fit"], "subsolar_longitude_deg": [10.0, -50.0], "hours": [0.0, 30.0]}))
    return run


def encode_by(run: Run, seed: int, values: NDArray[np.float32] | None = None) -> None:
    """Features by one training, which are those of its seed unless others are given."""
    records_made.features(run, run.features(NAME, "simclr", seed), features(seed) if values is None else values,
                          ("made up",))


def classify(run: Run, jobs: int = 1) -> Path:
    """Classify as the step that writes its record; the results' folder."""
    steps = steps_of(run, Means(jobs=jobs))
    steps.make(steps.by_name[f"classes {NAME}"])
    return run.results / NAME


def files(run: Run) -> dict[str, bytes]:
    """All results but records, by their names."""
    paths = [path for path in run.results.rglob("*") if path.is_file() and path.name != "provenance.json"]
    return {path.relative_to(run.results).as_posix(): path.read_bytes() for path in paths}
