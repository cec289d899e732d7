"""Patches turned on the sphere: the set's own at 0 degrees, quarter turns, and any angle against a literal search."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from paper_repro.base.run import Run
from paper_repro.observations import registry
from paper_repro.observations.observation import Observation, Pair
from paper_repro.paper import TABLE4
from paper_repro.patches import build, project
from paper_repro.patches.flatten import to_bytes
from paper_repro.patches.part import Task
from paper_repro.patches.preprocess import preprocess
from paper_repro.patches.turned import Turning, turn_part, turned
from paper_repro.patches.viewpoints import centred, centring, grid, trace_back
from tests.patches import tiny_archive

SCALE = 3000.0


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with patches of one observation."""
    folder = tmp_path_factory.mktemp("turned")
    made = tiny_archive.run_of(folder / "out", tiny_archive.make(folder / "in", 1), (SCALE,))
    tiny_archive.build(made)
    return made


@pytest.fixture(scope="module")
def task(run: Run) -> Task:
    [only] = build.tasks(run, "uvi", build.observe(run, "uvi")).values()
    return only


@pytest.fixture(scope="module")
def observation(task: Task) -> Observation:
    return registry.get("uvi").read(Pair(task.image, task.geometry, task.source))


def all_of(task: Task, count: int, *angles: float) -> Turning:
    """All patches of an observation, which has `count`, at these angles."""
    return Turning(task, SCALE, count, tuple(range(count)), angles)


def test_at_0_degrees_they_are_the_sets_own(run: Run, task: Task) -> None:
    stored: NDArray[np.uint8] = np.load(run.patches("uvi-3000km-flat") / "images.npy")
    images, whole = turn_part(all_of(task, len(stored), 0.0, 90.0))
    assert whole.any()
    assert np.array_equal(images[whole, 0], stored[whole])


def test_a_quarter_turn_is_that_of_the_picture(task: Task, observation: Observation) -> None:
    count = len(project.patches_of(observation, [SCALE], TABLE4)[SCALE].images)
    images, whole = turned(observation, all_of(task, count, 0.0, 90.0, 180.0))
    assert whole.any()
    for row in np.flatnonzero(whole):
        for n in (1, 2):
            same = images[row, n] == np.rot90(images[row, 0], -n)  # clockwise
            assert same.mean() > 0.999


def test_any_angle_is_that_of_a_literal_search(task: Task, observation: Observation) -> None:
    """Each pixel of the turned picture has the value of the point nearest to where the turned camera looks."""
    patches = project.patches_of(observation, [SCALE], TABLE4)[SCALE]
    row, angle = int(np.argmax(patches.density_min_bin)), 35.0
    images, whole = turned(observation, Turning(task, SCALE, len(patches.images), (row,), (angle,)))
    assert whole.all()
    points = preprocess(observation, TABLE4)
    frame = centred(points, centring(points))
    vectors = grid(SCALE, frame.y_range, frame.z_range, planet=observation.planet).vectors
    longitude, latitude = trace_back(vectors, frame.matrix)
    [place] = np.flatnonzero(np.isclose(longitude, patches.longitude_deg[row])
                             & np.isclose(latitude, patches.latitude_deg[row]))
    y, z, value = project.window(points, frame.matrix, vectors[place], SCALE)
    half, turn = 0.5 * SCALE / observation.planet.radius_km, np.radians(angle)
    positions = np.linspace(-half, half, TABLE4.resolution_px)
    expected = np.empty((len(positions), len(positions)))
    for i, up in enumerate(positions[::-1]):
        for j, right in enumerate(positions):
            # a picture turned clockwise shows at a place what was counter-clockwise of it
            there_y, there_z = np.cos(turn) * right - np.sin(turn) * up, np.sin(turn) * right + np.cos(turn) * up
            expected[i, j] = value[np.argmin((y - there_y) ** 2 + (z - there_z) ** 2)]
    assert (images[0, 0] == to_bytes(expected)).mean() > 0.999


def test_those_without_data_all_round_are_told(task: Task, observation: Observation) -> None:
    # a band hardly higher than a patch: those that are turned reach beyond it
    narrow = dataclasses.replace(observation, invalid=observation.invalid | (np.abs(observation.latitude) > 15))
    count = len(project.patches_of(narrow, [SCALE], TABLE4)[SCALE].images)
    _, whole = turned(narrow, all_of(task, count, 0.0, 45.0))
    assert count > 0
    assert not whole.all()


@pytest.mark.parametrize("more", [-1, 1])
def test_another_number_of_patches_than_the_set_has_is_noticed(task: Task, observation: Observation, more: int
                                                               ) -> None:
    count = len(project.patches_of(observation, [SCALE], TABLE4)[SCALE].images)
    with pytest.raises(ValueError, match=f"{count} patches of 3000.0 km, expected the {count + more} of its set"):
        turned(observation, all_of(task, count + more, 0.0))
