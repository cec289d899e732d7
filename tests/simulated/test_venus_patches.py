"""Patches with one property turned: what is measured on the images is what was asked, and nothing else changes."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paper_repro.base.turned import Turned
from paper_repro.paper import TABLE4
from paper_repro.patches import windows
from paper_repro.simulated import venus_patches
from paper_repro.simulated.venus_fields import TYPES, Field
from paper_repro.simulated.venus_patches import NOISE, PIXELS, WAVE

PLAIN = Turned(16, 7.0, 0.0, 0.0, 0.0, 3)


def drawn(**turned: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """All patches of a set, and which of their pixels are lost."""
    values, lost = zip(*venus_patches.draw(dataclasses.replace(PLAIN, **turned)), strict=True)  # type: ignore[arg-type]
    return np.array(values), np.array(lost)


@pytest.fixture(scope="module")
def plain() -> NDArray[np.float64]:
    return drawn()[0]


def test_every_type_in_turn_and_places_show_it() -> None:
    kinds = np.arange(PLAIN.patches) % 4
    assert PLAIN.kinds(TYPES) == [TYPES[kind] for kind in kinds]
    field = Field(PLAIN.seed)
    where = venus_patches.places(field, PLAIN.patches)
    shares = field.shares(where[:, 0], where[:, 1], 0.0, 0.0, venus_patches.SCALE_KM)
    assert (shares[np.arange(len(kinds)), kinds] >= venus_patches.PURE).all()
    assert (shares.argmax(axis=1) == kinds).all()
    assert len(np.unique(where, axis=0)) == len(where)


def test_without_waves_and_noise_it_is_the_field_itself() -> None:
    field = Field(PLAIN.seed)
    place = venus_patches.places(field, 4)[WAVE]
    longitude, latitude = venus_patches.around(place)
    assert latitude.max() - latitude.min() == pytest.approx(np.degrees(25.0 / 6051.8) * (PIXELS - 1) / PIXELS)
    assert latitude.reshape(PIXELS, PIXELS)[0, 0] == latitude.max()
    mine = venus_patches.clouds(field, place, 1.0)
    true = field.brightness(longitude, latitude, 0.0, 0.0, venus_patches.PIXEL_KM).reshape(mine.shape)
    np.testing.assert_array_equal(mine, true)
    crests = venus_patches.crests(field, place).reshape(mine.shape)
    # where the trains are taken out, what they add is gone: the rest doesn't follow their crests any more
    rest = venus_patches.clouds(field, place, 0.0)
    assert abs(np.corrcoef(mine.ravel(), crests.ravel())[0, 1]) > 0.9
    assert abs(np.corrcoef(rest.ravel(), crests.ravel())[0, 1]) < 0.3
    np.testing.assert_allclose(mine - rest, crests, atol=1e-12)


@pytest.mark.parametrize("contrast", [0.5, 7.0])
def test_waves_stand_out_of_the_noise_as_asked(contrast: float) -> None:
    with_waves, without = drawn(contrast=contrast)[0], drawn(contrast=0)[0]
    kinds = np.arange(PLAIN.patches) % 4
    waves = (with_waves - without)[kinds == WAVE]
    assert np.sqrt(np.mean(waves**2)) / NOISE == pytest.approx(contrast, rel=1e-9)
    others = (with_waves - without)[kinds != WAVE]
    assert np.sqrt(np.mean(others**2)) < 0.3 * np.sqrt(np.mean(waves**2))


def test_the_noise_is_the_cameras(plain: NDArray[np.float64]) -> None:
    field = Field(PLAIN.seed)
    where = venus_patches.places(field, PLAIN.patches)
    strength = venus_patches.amplitude(field, where[WAVE::4], PLAIN.contrast)
    noise = plain - np.array([venus_patches.clouds(field, place, strength) for place in where])
    np.testing.assert_allclose(noise.std(axis=(1, 2)), NOISE, rtol=0.03)
    assert np.abs(noise.mean(axis=(1, 2))).max() < 5 * NOISE / PIXELS
    assert np.abs(np.corrcoef(noise.reshape(len(noise), -1)) - np.eye(len(noise))).max() < 0.05
    # relative to a signal lit at 60 degrees, and the camera's constant part
    assert pytest.approx(np.hypot(0.003, 1.5 / (2600 * 0.5**0.775))) == NOISE


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_that_share_of_a_patch_shows_another_type(share: float) -> None:
    for angle in np.linspace(0, 2 * np.pi, 7):
        weight = venus_patches.cover(angle, share)
        assert weight.mean() == pytest.approx(share, abs=1e-6)
        assert weight.min() == 0
        assert weight.max() > 0.97
    kinds = np.arange(64) % 4
    partners = np.array([venus_patches.partner(number) for number in range(64)])
    assert (kinds[partners] != kinds).all()
    assert all(len(set(kinds[partners[kinds == kind]])) == 3 for kind in range(4))


def test_where_nothing_covers_a_blended_patch_stays_as_it_was(plain: NDArray[np.float64]) -> None:
    blended = drawn(blending=0.3)[0]
    for number, (before, after) in enumerate(zip(plain, blended, strict=True)):
        border = np.random.default_rng([PLAIN.seed, number]).uniform(0, 2 * np.pi, 3)[0]
        kept = np.asarray(venus_patches.cover(border, 0.3) == 0)
        assert 0.4 < kept.mean() < 0.7
        np.testing.assert_array_equal(after[kept], before[kept])
        assert np.abs(after[~kept] - before[~kept]).max() > NOISE


def test_brightness_falls_across_a_patch_as_asked(plain: NDArray[np.float64]) -> None:
    darkened = drawn(limb_darkening=0.2)[0]
    rows, columns = np.mgrid[:PIXELS, :PIXELS] / PIXELS
    design = np.column_stack([rows.ravel(), columns.ravel(), np.ones(rows.size)])
    directions = []
    for before, after in zip(plain, darkened, strict=True):
        slope = np.linalg.lstsq(design, (after / before).ravel(), rcond=None)[0]
        assert np.hypot(*slope[:2]) == pytest.approx(0.2, rel=0.01)
        directions.append(np.arctan2(*slope[:2]))
    assert np.std(directions) > 0.5


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.25, 4), (0.5, 8), (1.0, 16)])
def test_that_share_of_patches_and_of_each_type_has_a_hole(share: float, expected: int) -> None:
    values, lost = drawn(holes=share)
    holed = np.array([one.any() for one in lost])
    assert holed.sum() == expected
    assert len({int(holed[kind::4].sum()) for kind in range(4)}) == 1
    np.testing.assert_array_equal(values, drawn()[0])


def test_a_hole_is_one_that_the_density_check_lets_pass() -> None:
    """Each of the 8 x 8 bins of Table 4 keeps more pixels than it needs, for nearly every band."""
    _, lost = drawn(patches=64, holes=1.0)
    place = (np.arange(PIXELS) + 0.5) / PIXELS
    edges = np.linspace(0, 1, TABLE4.density_bins + 1)
    emptiest = []
    for one in lost:
        rows, columns = np.nonzero(~one)
        counts = windows.bin_counts(place[columns], place[rows], edges)
        emptiest.append(counts.min() / (TABLE4.resolution_px / TABLE4.density_bins) ** 2)
        assert 0.02 < one.mean() < 0.15
    assert np.mean(np.array(emptiest) >= TABLE4.min_bin_density) > 0.8


def test_a_smaller_set_is_the_beginning_of_a_larger_one_and_seeds_differ(plain: NDArray[np.float64]) -> None:
    def strength(patches: int) -> float:
        field = Field(PLAIN.seed)
        return venus_patches.amplitude(field, venus_patches.places(field, patches)[WAVE::4], 1.0)

    few = drawn(patches=8, contrast=7.0 * strength(16) / strength(8))[0]  # of few waves the mean strength is another
    np.testing.assert_allclose(few, plain[:8], atol=1e-12)
    assert drawn(patches=6)[0].shape == (6, PIXELS, PIXELS)
    np.testing.assert_array_equal(drawn()[0], plain)
    assert np.abs(drawn(seed=4)[0] - plain).max() > 0.01


def test_names_tell_sets_apart() -> None:
    changes: tuple[dict[str, Any], ...] = (
        {}, {"patches": 17}, {"contrast": 0.25}, {"blending": 0.25}, {"limb_darkening": 0.25}, {"holes": 0.25},
        {"seed": 4}, {"contrast": 7.0000001})
    sets = [dataclasses.replace(PLAIN, **change) for change in changes]
    assert len({one.name for one in sets}) == len(sets)
    assert PLAIN.name == "truth-n16-c7-b0-l0-h0-s3"
