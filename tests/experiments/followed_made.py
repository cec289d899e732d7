"""A run with one set of Venus whose classes are those of clouds with a known life time and rotation."""

import dataclasses
from pathlib import Path

import numpy as np

from paper_repro.base.files import write_csv, write_json
from paper_repro.base.hashes import digest
from paper_repro.base.in_time import InTime
from paper_repro.base.profile import Venus, VenusSet
from paper_repro.base.run import Run, open_run
from tests import records_made
from tests.evolution.moving_clouds import Clouds, observe

NAME, SCALE_KM = "uvi-1200km-flat", 1200.0
CLOUDS = Clouds(30.0, (0.4, 0.3, 0.2, 0.1), (0.1, 0.2, 0.3, 0.4))


def make_run(out: Path, days: float = 100.0, every_h: float = 8.0, clouds: Clouds = CLOUDS, seed: int = 1) -> Run:
    """A run whose patches and classes are made; its images are blank, since nothing of time looks at them."""
    run = open_run("sample", out)
    made = Venus("simulated", (VenusSet("uvi", SCALE_KM),), (0,), 1)
    run = dataclasses.replace(run, profile=dataclasses.replace(run.profile, venus=made,
                                                               time=InTime(wind_shape="rigid")))
    table = observe(clouds, days, every_h, seed, 30.0)
    orbit = table["time_utc"].str[:10].factorize()[0] // 10
    table["source"] = [f"archive/r{number:04d}/{source}" for number, source in zip(orbit, table["source"], strict=True)]
    images = np.zeros((len(table), 32, 32), np.uint8)
    for name in (NAME, NAME.removesuffix("-flat")):
        records_made.patch_set(run, name, images, table.drop(columns="class"))
    folder = run.results / NAME
    write_csv(folder / "classes.csv", table[["id", "class"]])
    records_made.record(folder / "provenance.json", run, "venus", outputs={"classes.csv": digest({"seed": seed})})
    return run


def follow(run: Run) -> Path:
    """Follow the set in time, with a record; the folder with its tables."""
    from paper_repro.experiments import evolution
    from paper_repro.experiments.settings import evolution_folder

    evolution.follow(run, NAME)
    folder = evolution_folder(run, NAME)
    write_json(folder / "provenance.json", {"step": "time"})
    return folder
