"""Moving clouds are what they are said to be: shares, life time, rotation, and what of them a camera sees."""

import dataclasses

import numpy as np
import pytest

from paper_repro.simulated.venus_camera import subsolar
from paper_repro.simulated.venus_fields import ROTATION_H
from tests.evolution.moving_clouds import CELL_DEG, Clouds, observe, sky

CLOUDS = Clouds(30.0, (0.5, 0.3, 0.2), (0.1, 0.2, 0.7))


def test_a_cell_keeps_its_class_as_long_as_is_said() -> None:
    """At one place of the turning frame, P(same after tau) = e + (1 - e) sum p^2 with e = exp(-tau / life)."""
    hours, cells = np.arange(0.0, 4000.0, 10.0), 17  # in the belt from 10 to 30 degrees
    centres = (np.arange(cells) + 0.5) * 360 / cells
    longitude = (centres[:, None] - 360 * hours / ROTATION_H).ravel()
    label = sky(CLOUDS, longitude, np.full(longitude.size, 15.0), np.tile(hours, cells), np.random.default_rng(1))
    label = label.reshape(cells, -1)
    shares = (1 - 20 / 90) * np.array(CLOUDS.equator) + 20 / 90 * np.array(CLOUDS.pole)
    assert np.bincount(label.ravel()) / label.size == pytest.approx(shares, abs=0.03)
    for steps in (1, 3, 6, 12):
        kept = np.exp(-10.0 * steps / CLOUDS.life_h)
        assert (label[:, steps:] == label[:, :-steps]).mean() == pytest.approx(kept + (1 - kept) * (shares**2).sum(),
                                                                              abs=0.03)


def test_places_of_a_cell_have_one_class_and_cells_their_own() -> None:
    east = np.linspace(0, 359.9, 720)
    label = sky(CLOUDS, east, np.full(720, 5.0), np.zeros(720), np.random.default_rng(3))
    assert len(np.unique(label)) == 3
    assert (np.flatnonzero(np.diff(label)) + 1 == (np.flatnonzero(np.diff(label)) + 1) // 40 * 40).all()  # 20 degrees
    assert CELL_DEG == 20


def test_images_are_of_the_day_side_and_of_one_time_each() -> None:
    table = observe(CLOUDS, 3, 12, 0)
    assert table.groupby("source")["time_utc"].nunique().tolist() == [1] * 6
    assert table["id"].tolist() == list(range(len(table)))
    sun = np.array([subsolar(time)[0] for time in table["time_utc"]])
    assert ((sun - table["longitude_deg"] + 180) % 360 / 15).to_numpy() == pytest.approx(table["local_time_h"])
    assert table["local_time_h"].between(7, 17).all()
    assert table["latitude_deg"].between(-70, 70).all()


def test_one_seed_is_one_sky() -> None:
    assert observe(CLOUDS, 3, 12, 5).equals(observe(CLOUDS, 3, 12, 5))
    assert not observe(CLOUDS, 3, 12, 5)["class"].equals(observe(CLOUDS, 3, 12, 6)["class"])


def test_confused_patches_are_drawn_at_random() -> None:
    sure, confused = (observe(dataclasses.replace(CLOUDS, confused=share), 60, 12, 5)["class"] for share in (0.0, 0.3))
    assert (sure != confused).mean() == pytest.approx(0.3 * 2 / 3, abs=0.02)
