"""Archive files of moving clouds: regions live as long as is said and move with the wind, each with a new texture."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from paper_repro.observations import registry
from paper_repro.simulated.mark import is_marked
from paper_repro.simulated.venus_archive import TRUTH, UVI_LEVEL
from paper_repro.simulated.venus_camera import unit
from paper_repro.simulated.venus_fields import GRADIENTS, ROTATION_H
from tests.evolution import moving_fields
from tests.evolution.moving_clouds import Clouds
from tests.evolution.moving_fields import CLASSES, RADIUS_DEG, MovingField, field_of, textures

CLOUDS = Clouds(30.0, (0.5, 0.3, 0.2), (0.1, 0.2, 0.7))
START_H = 85_000.0
STEPS = np.degrees(np.linspace(-600, 600, 5) / 6051.8)  # of 5 points in a patch of 1500 km


@pytest.fixture(scope="module")
def field() -> MovingField:
    return field_of(CLOUDS, START_H, 100, np.random.default_rng(1))


def places(count: int, north: float = 60.0) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    rng = np.random.default_rng(2)
    return rng.uniform(0, 360, count), rng.uniform(-north, north, count)


def test_places_are_renewed_as_often_as_is_said(field: MovingField) -> None:
    """The same region is seen after tau hours with the probability exp(-tau / life)."""
    longitude, latitude = places(500)
    for tau in (5.0, 30.0, 60.0):
        kept = [(field.region(longitude, latitude, START_H + at)
                 == field.region(longitude - 360 * tau / ROTATION_H, latitude, START_H + at + tau)).mean()
                for at in np.arange(0, 2300, 20.0)]
        assert np.mean(kept) == pytest.approx(np.exp(-tau / CLOUDS.life_h), abs=0.03)


def test_classes_are_those_of_the_climatology(field: MovingField) -> None:
    polar = np.abs(np.degrees(np.arcsin(field.middle[:, 2])))[:, None] / 90
    shares = (1 - polar) * np.array(CLOUDS.equator) + polar * np.array(CLOUDS.pole)
    assert np.bincount(field.label) / len(field.label) == pytest.approx(shares.mean(axis=0), abs=0.03)


def test_the_last_region_that_covers_a_place_is_seen(field: MovingField) -> None:
    longitude, latitude = places(50, 89)
    hours = START_H + 700.0
    found = field.region(longitude, latitude, hours)
    for place, number in zip(unit(longitude + 360 * hours / ROTATION_H, latitude).T, found, strict=True):
        covering = [n for n in range(len(field.when)) if field.when[n] <= hours
                    and np.degrees(np.arccos(np.clip(field.middle[n] @ place, -1, 1))) <= RADIUS_DEG]
        assert number == max(covering)


def test_brightness_moves_with_the_wind(field: MovingField) -> None:
    """What is at a place now is 45 degrees further west 12 h later, wherever it wasn't renewed; elsewhere it isn't."""
    longitude, latitude = places(2000)
    now = field.brightness(longitude, latitude, 0.0, START_H, 50.0)
    later = field.brightness(longitude - 45, latitude, 0.0, START_H + 12, 50.0)
    same = field.region(longitude, latitude, START_H) == field.region(longitude - 45, latitude, START_H + 12)
    assert 0.4 < same.mean() < 0.9
    assert np.abs(now - later)[same].max() < 1e-7
    assert np.median(np.abs(now - later)[~same]) > 0.01
    assert now.std() > 0.03


@pytest.mark.parametrize("label", range(CLASSES))
def test_each_region_has_a_texture_of_its_own_even_of_one_class(label: int) -> None:
    where = np.ascontiguousarray(unit(*places(20_000, 90)).T)

    def texture(number: int) -> NDArray[np.float64]:
        every = np.ones(len(where), np.int64)
        return textures(where, np.full(len(where), 50.0), number * every, label * every, GRADIENTS)

    assert np.array_equal(texture(7), texture(7))
    alike = [np.corrcoef(texture(7), texture(other))[0, 1] for other in (*range(8, 18), 1000, 1001)]
    assert np.max(np.abs(alike)) < 0.4
    assert np.mean(alike) == pytest.approx(0, abs=0.08)


def test_textures_of_the_classes_differ() -> None:
    """Smooth changes little over 150 km; veins are narrow, so their median is far below their middle."""
    longitude, latitude = places(5000, 5)
    pixels = np.full(5000, 50.0)
    first, beside = (np.ascontiguousarray(unit(longitude + east, latitude).T) for east in (0.0, 1.4))
    every = np.ones(5000, np.int64)
    smooth, broken, veins = ([textures(where, pixels, 3 * every, label * every, GRADIENTS) for where in (first, beside)]
                             for label in range(3))
    changes = [np.abs(a - b).mean() / a.std() for a, b in (smooth, broken, veins)]
    assert changes[0] < 0.6 * min(changes[1:])
    assert np.median(veins[0]) < 0.97
    assert np.median(broken[0]) == pytest.approx(1, abs=0.1)


def test_truth_of_patches(field: MovingField) -> None:
    """Of 5 x 5 points within a patch: the class of most, and the share of the region that has most."""
    longitude, latitude = places(40)
    label, share = field.truth(longitude, latitude, START_H, 1500.0)
    for n, (east, north) in enumerate(zip(longitude, latitude, strict=True)):
        seen = [int(field.region([east + right / np.cos(np.radians(north + up))], [north + up], START_H)[0])
                for up in STEPS for right in STEPS]
        counts = np.bincount(field.label[seen], minlength=CLASSES)
        assert counts[label[n]] == counts.max()
        assert share[n] == max(seen.count(region) for region in seen) / 25
    assert (share == 1).any()


def test_files_say_that_they_are_simulated_and_are_read_as_any_others(tmp_path: Path) -> None:
    field = moving_fields.make(tmp_path, CLOUDS, 1, 12, 3)
    files = [path for path in (tmp_path / "darts").rglob("*") if path.is_file()]
    assert len(files) == 4
    assert [path.name for path in files if not is_marked(path)] == []
    uvi = registry.get("uvi")
    observation = uvi.read(uvi.pairs(tmp_path / "darts")[0])
    truth = pd.read_csv(tmp_path / TRUTH[0]).iloc[0]
    assert truth["source"] == observation.source
    seen = ~observation.invalid & (observation.incidence < 60) & (observation.emission < 60)
    mu0, mu = (np.cos(np.radians(angle[seen])) for angle in (observation.incidence, observation.emission))
    shown = observation.image[seen] / UVI_LEVEL / mu0 ** truth["k"] / mu ** (truth["k"] - 1)
    # about the size of a pixel, which decides how much of the finest of smooth clouds is seen
    put_in = field.brightness(observation.longitude[seen], observation.latitude[seen], 0.0, truth["hours"], 100.0)
    assert put_in.std() > 0.03
    assert np.median(np.abs(shown - put_in)) < 0.01
    assert np.corrcoef(shown, put_in)[0, 1] > 0.97
