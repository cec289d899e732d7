"""The recipe's switches that make other images: each changes what it names, and the steps of the list know it."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paper_repro.base.preprocessing import Preprocessing
from paper_repro.base.recipe import RECIPES, Longitudes, WithoutFit
from paper_repro.base.run import Run
from paper_repro.observations import uvi as uvi_file
from paper_repro.observations.observation import Header, Observation, Pair
from paper_repro.patches import part
from paper_repro.patches.dataset import open_set
from paper_repro.patches.project import patches_of
from tests import steps_made
from tests.instruments import uvi, vmc
from tests.patches import observations_made as made
from tests.patches import photographs_made, tiny_archive
from tests.steps_made import stale

SETTINGS = made.small(16)
SCENE = made.Scene(size=60, km_px=90.0, observer=(170.0, 5.0), sun=(150.0, 0.0))


def with_switches(run: Run, **switches: Any) -> Run:
    encoders = dataclasses.replace(run.profile.encoders, switches=switches)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))


def part_of(observation: Observation, folder: Path, monkeypatch: pytest.MonkeyPatch,
            longitudes: Longitudes = "wrapped", without_fit: WithoutFit = "keep") -> tuple[Any, NDArray[Any], str]:
    """Rows, images and reason of the part that is made of an observation."""
    monkeypatch.setitem(uvi_file.INSTRUMENTS, "uvi", dataclasses.replace(uvi, read=lambda _: observation))
    task = part.Task("uvi", folder, folder, "made.fit", (3000.0,), SETTINGS, folder / "part.npz", longitudes,
                     without_fit)
    part.make_part(task)
    rows, reason = part.rows_of(task, 3000.0)
    return rows, part.images_of(task, 3000.0), reason


@pytest.mark.parametrize("fault", ["no radiance", "one angle"])
def test_an_observation_without_a_fit_is_kept_or_left_out_with_the_reason(
        fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = made.observe(SCENE)
    same = np.full_like(whole.image, 30)
    spoilt = (dataclasses.replace(whole, image=-whole.image) if fault == "no radiance"
              else dataclasses.replace(whole, incidence=same, emission=same))
    rows, images, reason = part_of(spoilt, tmp_path, monkeypatch)
    assert len(rows) == len(images) > 0
    assert np.isnan(rows[:, part.COLUMNS.index("minnaert_k")]).all()
    assert reason == ""
    rows, images, reason = part_of(spoilt, tmp_path, monkeypatch, without_fit="leave out")
    assert (len(rows), len(images), reason) == (0, 0, part.NO_FIT)
    kept, left = (part_of(whole, tmp_path, monkeypatch, without_fit=value) for value in ("keep", "leave out"))
    assert len(kept[0]) == len(left[0]) > 0


def test_an_instrument_that_takes_no_fit_is_never_left_out_for_it(tmp_path: Path,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    observation = dataclasses.replace(made.observe(SCENE), preprocessing=Preprocessing(darkening="none"))
    assert len(part_of(observation, tmp_path, monkeypatch, without_fit="leave out")[0]) > 0


def test_longitudes_are_turned_or_taken_as_the_file_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Turning rounds: where a degree is counted from 0 to 360, a few pixels see another point as the nearest."""
    drawn = made.observe(SCENE)
    east = (np.where(np.isfinite(drawn.longitude), drawn.longitude, np.nan) % np.float32(360)).astype(np.float32)
    head = Header(drawn.time_utc, drawn.resolution_m_px, drawn.subsolar_longitude)
    observation = vmc.observation(
        Pair(tmp_path, None, "V.IMG"), head, drawn.image, drawn.incidence, drawn.emission, drawn.latitude, east,
        drawn.invalid)
    assert observation.stored_longitude is not None
    np.testing.assert_array_equal(observation.stored_longitude, east)
    assert (observation.longitude[~observation.invalid] < 180).all()
    stored = patches_of(dataclasses.replace(observation, longitude=east), [3000.0], SETTINGS)[3000.0]
    wrapped = patches_of(observation, [3000.0], SETTINGS)[3000.0]
    np.testing.assert_array_equal(part_of(observation, tmp_path, monkeypatch)[1], wrapped.images)
    rows, images, _ = part_of(observation, tmp_path, monkeypatch, longitudes="stored")
    np.testing.assert_array_equal(images, stored.images)
    place = part.COLUMNS.index("longitude_deg")
    assert (rows[:, place] != part_of(observation, tmp_path, monkeypatch)[0][:, place]).any()
    np.testing.assert_allclose(stored.longitude_deg, wrapped.longitude_deg, atol=1e-4)


def test_longitudes_of_the_usual_convention_are_the_files(tmp_path: Path) -> None:
    drawn = made.observe(dataclasses.replace(SCENE, observer=(0.0, 5.0), sun=(0.0, 0.0)))
    longitude = np.nan_to_num(drawn.longitude)
    head = Header(drawn.time_utc, drawn.resolution_m_px, drawn.subsolar_longitude)
    observation = vmc.observation(
        Pair(tmp_path, None, "V.IMG"), head, drawn.image, drawn.incidence, drawn.emission, drawn.latitude, longitude,
        drawn.invalid)
    assert observation.stored_longitude is None


def test_a_switch_makes_the_sets_again_that_it_changes(tmp_path: Path) -> None:
    root = tiny_archive.make(tmp_path / "in", 1)
    run = tiny_archive.run_of(tmp_path / "out", root, scales=(4000.0,))
    tiny_archive.build(run)
    assert stale(run, "statistics") == {}
    for switches in ({"longitudes": "stored"}, {"without_fit": "leave out"}):
        assert "patches uvi-4000km" in stale(with_switches(run, **switches), "statistics")
    assert stale(with_switches(run, luma="float32", views="chain"), "statistics") == {}
    theirs = dataclasses.replace(run.profile.encoders, recipe="authors")
    authors = dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=theirs))
    alone = with_switches(run, longitudes=RECIPES["authors"].longitudes)
    assert [dataclasses.replace(task, part=tmp_path) for task in tasks(authors)] == [
        dataclasses.replace(task, part=tmp_path) for task in tasks(alone)]
    assert [task.part for task in tasks(authors)] == [task.part for task in tasks(alone)]


def tasks(run: Run) -> list[part.Task]:
    from paper_repro.patches import build

    return list(build.tasks(run, "uvi", build.observe(run, "uvi")).values())


def test_the_gray_version_follows_the_switch(images: Path, tmp_path: Path) -> None:
    run = photographs_made.run_of(tmp_path, images)
    found = {}
    for luma in ("integer", "float32"):
        switched = with_switches(run, luma=luma)
        steps_made.make(switched, "patches photos-gray")
        assert stale(switched, "patches photos-gray") == {}
        found[luma] = np.array(open_set(switched.patches("photos-gray")).images)
    assert "patches photos-gray" in stale(run, "patches photos-gray")
    assert (found["integer"].astype(int) - found["float32"]).min() >= 0
    assert (found["integer"].astype(int) - found["float32"]).max() <= 1
