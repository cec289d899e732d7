"""Known truth through the files: products of the simulated archive, read by the readers, give it back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from paper_repro.observations.observation import Observation
from paper_repro.paper import TABLE4
from paper_repro.patches.preprocess import preprocess
from paper_repro.patches.project import patches_of
from paper_repro.simulated import venus_archive
from paper_repro.simulated.venus_archive import Shot
from paper_repro.simulated.venus_camera import subsolar
from paper_repro.simulated.venus_fields import Field, Spot
from tests.instruments import uvi, vmc


def written(folder: Path, shot: Shot, field: Field) -> tuple[Observation, float]:
    """What a reader makes of the files of a shot, and the true k."""
    k = venus_archive.take(folder, shot, field, 5)
    reader, below = (uvi, "darts") if shot.instrument == "uvi" else (vmc, "psa")
    (pair,) = reader.pairs(folder / below)
    return reader.read(pair), k


def at_date_line(shot: Shot) -> Shot:
    """The shot at a time when the Sun stands about 4 degrees west of longitude 180, looking at a line across that."""
    times = [venus_archive.uvi_time(tenths) for tenths in range(1200)]
    time = min(times, key=lambda each: abs(subsolar(each)[0] - 176))
    turn = 180.0 - (shot.view.aim or (shot.view.longitude,))[0]
    aim = shot.view.aim and (180.0, shot.view.aim[1])
    return replace(shot, view=replace(shot.view, time_utc=time, longitude=shot.view.longitude + turn, aim=aim))


SHOTS = {"disc": (venus_archive.disc(1), 3000.0), "close-up": (venus_archive.close_up(1), 500.0),
         "northern": (venus_archive.north(1), 25.0)}


@pytest.mark.parametrize("kind", SHOTS)
@pytest.mark.parametrize("date_line", [False, True])
def test_a_feature_lies_in_the_middle_of_the_patch_that_says_so(tmp_path: Path, kind: str, date_line: bool) -> None:
    shot, scale_km = SHOTS[kind]
    shot = at_date_line(shot) if date_line else shot
    before, _ = written(tmp_path / "before", shot, Field(1, clouds=False))
    where = patches_of(before, [scale_km], TABLE4)[scale_km]
    spots = [Spot(*place, sigma_km=0.08 * scale_km) for place in zip(where.longitude_deg, where.latitude_deg,
                                                                     strict=True)]
    observation, _ = written(tmp_path / "after", shot, Field(1, clouds=False, spots=spots))
    found = patches_of(observation, [scale_km], TABLE4)[scale_km]
    assert len(found.images) == len(where.images) >= 3
    assert bool(np.ptp(found.longitude_deg) > 180) == date_line
    pixel_deg = np.degrees(scale_km / TABLE4.resolution_px / 6051.8)
    assert np.abs(found.latitude_deg - where.latitude_deg).max() < 0.1 * pixel_deg
    for image in found.images.astype(float):
        weight = np.clip(image - 0.5 * (image.max() + np.median(image)), 0, None)
        rows, columns = np.indices(image.shape)
        assert abs((weight * rows).sum() / weight.sum() - 63.5) < 1
        assert abs((weight * columns).sum() / weight.sum() - 63.5) < 1
    hours = (shot.view.sun[0] - found.longitude_deg + 180) % 360 / 15  # of the archive's own ephemeris
    np.testing.assert_allclose(found.local_time_h, hours, rtol=0, atol=0.002 / 15)


@pytest.mark.parametrize("kind", SHOTS)
def test_what_the_headers_say(tmp_path: Path, kind: str) -> None:
    shot, _ = SHOTS[kind]
    observation, _ = written(tmp_path, shot, Field(1))
    assert observation.image.shape == shot.view.shape
    assert observation.time_utc == shot.view.time_utc
    assert observation.resolution_m_px == pytest.approx(1000 * shot.view.ifov * (shot.view.distance_km - 6051.8), 1e-5)
    assert abs((observation.subsolar_longitude - shot.view.sun[0] + 180) % 360 - 180) < 0.002
    lost = np.isfinite(observation.emission) & observation.invalid
    outside = int((observation.image == -1).sum()) if kind == "northern" else shot.lost_rows * shot.view.shape[1]
    assert lost.sum() <= outside
    assert (lost.sum() > 0) == (kind != "close-up")


@pytest.mark.parametrize("number", [0, 2])
def test_k_comes_back_from_a_featureless_disc(tmp_path: Path, number: int) -> None:
    """At once and binned."""
    observation, k = written(tmp_path, venus_archive.disc(number), Field(1, clouds=False))
    assert preprocess(observation, TABLE4).k == pytest.approx(k, abs=0.002)
