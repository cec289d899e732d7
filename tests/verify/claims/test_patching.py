"""Rules by which patches are made: the paper's numbers by hand, and each rule once with the code or profile changed."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from scipy import ndimage

from paper_repro.base.preprocessing import Changes
from paper_repro.base.run import Run
from paper_repro.observations.observation import Observation
from paper_repro.paper import Table4
from paper_repro.patches import flatten as flattening
from paper_repro.patches import project
from paper_repro.patches.preprocess import Points, preprocess
from paper_repro.verify.claims import patching
from tests.verify.runs_made import BY_ID, measure

IDS = ("median", "angles", "points", "points-in-bin", "clipped")


def fits(run: Run, name: str) -> bool:
    """Whether the claim is as specified."""
    value = measure(run, f"method.{name}").value
    assert value is not None
    return BY_ID[f"method.{name}"].fits(value)


def with_patches(run: Run, **changes: Any) -> Run:
    """The run with other values of Table 4."""
    changed = dataclasses.replace(run.profile.patches, **changes)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, patches=changed))


def with_preprocessing(run: Run, changes: Changes) -> Run:
    """The run with other steps before patches of UVI images are made."""
    assert run.profile.venus is not None
    venus = dataclasses.replace(run.profile.venus, preprocessing={"uvi": changes})
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, venus=venus))


class Elsewhere:
    """numpy with another `clip`."""

    def __init__(self, clip: Any) -> None:
        self.clip = clip

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


def test_rules_of_the_paper(sample: Run, real: Run) -> None:
    for run in (sample, real):
        assert all(fits(run, name) for name in IDS)
        assert measure(run, "method.median").value == 3.0
        assert measure(run, "method.points").value == 0.5 * 128**2 * 1.5**2 == 18432.0
        assert measure(run, "method.points-in-bin").value == 26.0  # not less than 0.1 * (128 / 8)^2 = 25.6
        assert measure(run, "method.clipped").shown == "-1.00 to 1.00"
    assert "25.6." in BY_ID["method.points-in-bin"].statement


@pytest.mark.parametrize("side", [1, 5, 9, 0])
def test_another_filter_than_the_median_of_3_px_is_seen(
    sample: Run, monkeypatch: pytest.MonkeyPatch, side: int
) -> None:
    def other(observation: Observation, settings: Table4) -> Points:
        image = observation.image.astype(np.float64)
        blurred = ndimage.median_filter(image, size=side) if side else ndimage.uniform_filter(image, 3)
        kept = np.abs(blurred - image) <= settings.outlier_sigmas * (blurred - image).std()
        return dataclasses.replace(preprocess(observation, settings), value=image[kept])

    monkeypatch.setattr(patching, "preprocess", other)
    assert measure(sample, "method.median").value == side
    assert not fits(sample, "median")


def test_outliers_that_stay_are_seen(sample: Run) -> None:
    assert not fits(with_preprocessing(sample, {"outliers": False}), "median")


@pytest.mark.parametrize(("alpha", "holds"), [(75.0, True), (60.0, True), (90.0, True), (91.0, False), (120.0, False)])
def test_the_dark_side_is_seen_where_a_profile_keeps_it(sample: Run, alpha: float, holds: bool) -> None:
    assert fits(with_patches(sample, angle_threshold_deg=alpha), "angles") is holds


def test_light_from_elsewhere_is_seen(sample: Run) -> None:
    assert not fits(with_preprocessing(sample, {"side": "both", "darkening": "none"}), "angles")
    night = with_preprocessing(sample, {"side": "night", "darkening": "none"})
    assert not fits(night, "angles")
    found = measure(night, "method.median")
    assert found.value is None
    assert found.why.startswith("of an image of our own nothing is left: no valid pixel")


@pytest.mark.parametrize("less", [1.0, -1.0])
def test_angles_that_are_left_out_too_early_or_late_are_seen(
    sample: Run, monkeypatch: pytest.MonkeyPatch, less: float
) -> None:
    monkeypatch.setattr(patching, "preprocess", lambda seen, settings: preprocess(
        seen, dataclasses.replace(settings, angle_threshold_deg=settings.angle_threshold_deg - less)))
    assert not fits(sample, "angles")


@pytest.mark.parametrize(("name", "changes", "value"), [
    ("points", {"min_density": 0.25}, 9216), ("points", {"resolution_px": 64}, 4608),
    ("points-in-bin", {"min_bin_density": 0.2}, 52), ("points-in-bin", {"density_bins": 4}, 103),
    ("points-in-bin", {"resolution_px": 64}, 7),
])
def test_the_density_checks_are_those_of_the_runs_profile(sample: Run, name: str, changes: dict[str, Any],
                                                          value: int) -> None:
    other = with_patches(sample, **changes)
    assert measure(other, f"method.{name}").value == value
    assert not fits(other, name)


def test_density_checks_of_other_code_are_seen(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as changed:
        changed.setattr(project, "WINDOW", 1.0)
        assert measure(sample, "method.points").value == 0.5 * 128**2
    monkeypatch.setattr(patching, "sparse", lambda *_: ("global density", 0))
    for name in ("points", "points-in-bin"):
        assert not fits(sample, name)
    monkeypatch.setattr(patching, "sparse", lambda *_: ("", 0))
    for name in ("points", "points-in-bin"):
        assert measure(sample, f"method.{name}").value == 0.0


@pytest.mark.parametrize(("low", "high"), [(-0.9, 1.0), (-1.0, 1.5), (-9.0, 9.0)])
def test_another_range_is_seen(sample: Run, monkeypatch: pytest.MonkeyPatch, low: float, high: float) -> None:
    stored = flattening.to_bytes

    def unclipped(values: Any, *_: float) -> Any:
        return values

    monkeypatch.setattr(flattening, "np", Elsewhere(unclipped))
    monkeypatch.setattr(flattening, "to_bytes", lambda values: stored(np.clip(values, low, high)))
    value = measure(sample, "method.clipped").value
    assert isinstance(value, tuple)
    assert value == pytest.approx((max(low, -1.73), min(high, 1.73)), abs=0.05)
    assert not fits(sample, "clipped")
