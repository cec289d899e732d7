"""Known truth of every camera and filter beside the paper's, through its files: place, scale, the law of its light."""

from pathlib import Path

import numpy as np
import pytest

from paper_repro.base.instruments import entries
from paper_repro.observations import registry
from paper_repro.observations.observation import Observation
from paper_repro.paper import TABLE4, VENUS_RADIUS_KM
from paper_repro.patches.preprocess import preprocess
from paper_repro.patches.project import patches_of
from paper_repro.simulated import venus_archive, venus_cameras
from paper_repro.simulated.venus_archive import Shot
from paper_repro.simulated.venus_fields import Field, Spot

OTHERS = [name for name in entries() if name not in ("uvi", "vmc")]
SPREAD = 0.466  # rms of a coordinate, in sigmas, of a Gaussian above half its height and counted from there
SCALE = {"psa": 25.0, "darts": 3000.0}


def written(folder: Path, shot: Shot, field: Field) -> tuple[Observation, float]:
    """What a reader makes of the files of a shot, and the true k."""
    k = venus_archive.take(folder, shot, field, 5)
    (pair,) = registry.get(shot.instrument).pairs(folder / entries()[shot.instrument].archive)
    return registry.get(shot.instrument).read(pair), k


def test_each_has_simulated_images() -> None:
    assert [name for name in entries() if list(venus_cameras.shots(name))] == OTHERS
    assert {*venus_cameras.AKATSUKI, *venus_cameras.VMC} == {*OTHERS}


@pytest.mark.parametrize("name", OTHERS)
def test_place_scale_and_light(name: str, tmp_path: Path) -> None:
    shot = next(venus_cameras.shots(name))
    featureless, k = written(tmp_path / "before", shot, Field(1, clouds=False))
    assert featureless.instrument == name
    assert featureless.time_utc == shot.view.time_utc
    metres = 1000 * shot.view.ifov * (shot.view.distance_km - VENUS_RADIUS_KM)
    assert featureless.resolution_m_px == pytest.approx(metres, 1e-5)
    points = preprocess(featureless, TABLE4)
    assert points.k == pytest.approx(k, abs=0.02 if shot.instrument.startswith("vmc") else 0.003)
    # without features nothing but noise is left of the law of darkening
    assert points.value.std() / points.value.mean() < 0.01

    scale = SCALE[entries()[name].archive]
    where = patches_of(featureless, [scale], TABLE4)[scale]
    assert len(where.images) >= 3
    night = np.abs((where.local_time_h + 12) % 24 - 12) < 6
    assert {"sun": not night.any(), "night": night.all(), "heat": night.any() and not night.all()}[shot.light]
    spots = [Spot(*place, sigma_km=0.08 * scale)
             for place in zip(where.longitude_deg, where.latitude_deg, strict=True)]
    observation, _ = written(tmp_path / "after", shot, Field(1, clouds=False, spots=spots))
    found = patches_of(observation, [scale], TABLE4)[scale]
    assert len(found.images) == len(where.images)
    for image in found.images.astype(float):
        weight = np.clip(image - 0.5 * (image.max() + np.median(image)), 0, None)
        rows, columns = np.indices(image.shape)
        assert abs((weight * rows).sum() / weight.sum() - 63.5) < 1.5
        assert abs((weight * columns).sum() / weight.sum() - 63.5) < 1.5
        spread = (weight * (rows - 63.5) ** 2).sum() / weight.sum()
        assert np.sqrt(spread) == pytest.approx(0.08 * 128 * SPREAD, rel=0.15)

