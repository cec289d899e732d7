"""What is measured on example images: interpolation (Fig. 9) and the Minnaert law, on discs made up for it."""

import dataclasses
import time
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.interpolate import griddata

from paper_repro.base.run import Run, open_run
from paper_repro.observations.observation import Observation
from paper_repro.verify.claims import examples
from paper_repro.verify.claims.claim import Claim
from tests.figures.observations_shown import DISC, K, archives, orthographic
from tests.verify import runs_made as made
from tests.verify.runs_made import measure

SMALL = orthographic(90, 42.0, K, 5)
DARK = dataclasses.replace(SMALL, invalid=np.ones_like(SMALL.invalid))
MINUTE = [made.BY_ID[f"example.{method}"] for method in ("linear", "cubic")]
ALL = [*(claim.id for claim in MINUTE), "example.nearest-faster", "example.minnaert-85"]
Floats = NDArray[np.float64]


def test_interpolations_differ_by_a_share_of_the_range(real: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    archives(real, monkeypatch, {"uvi_1_365_l2b_v10.fit": DISC}, {})
    shown = examples._patch(real)
    assert shown.verdict == ""
    thinned = dataclasses.replace(shown, window=np.ascontiguousarray(shown.window[:, ::25]))  # or this takes long
    monkeypatch.setattr(examples, "_patch", lambda _: thinned)
    y, z, value = thinned.window
    across = np.linspace(-shown.half, shown.half, 128)
    grids: dict[str, Floats] = {method: griddata((y, z), value, (across[None, :], across[::-1, None]), method=method)
                                for method in ("nearest", "linear", "cubic")}
    range_ = grids["nearest"].max() - grids["nearest"].min()
    for claim in MINUTE:
        found = measure(real, claim.id)
        expected = np.sqrt(((grids[claim.id.removeprefix("example.")] - grids["nearest"]) ** 2).mean()) / range_
        assert found.value == pytest.approx(expected, rel=1e-3)
        assert expected > 1e-3
        assert (found.shown, found.why, found.comparable) == (f"{expected:.2%}", "", True)
    # made once for all three claims, and timed
    kept = examples._interpolations(real)
    assert kept is examples._interpolations(real)
    assert min(kept.seconds.values()) > 0
    assert isinstance(measure(real, "example.nearest-faster").value, bool)


def keep(run: Run, monkeypatch: pytest.MonkeyPatch, patches: dict[str, Floats], seconds: dict[str, float]) -> None:
    """Interpolations as if they were made."""
    monkeypatch.setitem(examples.MADE, (run.profile.name, run.archive("uvi")), examples.Interpolated(patches, seconds))


def test_the_difference_by_hand(real: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    nearest = np.array([[0.0, 10.0], [20.0, 40.0]])
    # a pixel beyond the outermost points has no value by interpolation
    linear, cubic = np.array([[0.0, 14.0], [16.0, np.nan]]), nearest + 4.0
    keep(real, monkeypatch, {"nearest": nearest, "linear": linear, "cubic": cubic}, {})
    values = [measure(real, claim.id).value for claim in MINUTE]
    assert values == [pytest.approx(np.sqrt(32 / 3) / 40), pytest.approx(0.1)]
    assert [claim.fits(value or 0.0) for claim, value in zip(MINUTE, values, strict=True)] == [False, False]


@pytest.mark.parametrize(("linear", "cubic", "holds"), [(5.0, 5.0, True), (4.9, 50.0, False), (50.0, 4.9, False)])
def test_nearest_is_faster_than_both(real: Run, sample: Run, monkeypatch: pytest.MonkeyPatch, linear: float,
                                     cubic: float, holds: bool) -> None:
    for run in (real, sample):
        keep(run, monkeypatch, {}, {"nearest": 1.0, "linear": linear, "cubic": cubic})
        found = measure(run, "example.nearest-faster")
        assert (found.value, found.simulated) == (holds, run is sample)


def test_what_is_compiled_is_not_timed(real: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    archives(real, monkeypatch, {"uvi_1_365_l2b_v10.fit": DISC}, {})
    asked: list[str] = []
    clock = iter(range(100))

    def fake(window: Floats, half: float, settings: object) -> Floats:
        asked.append(settings.interpolation)  # type: ignore[attr-defined]
        if len(asked) == 1:  # compiling: five ticks
            for _ in range(5):
                next(clock)
        return np.zeros((2, 2))

    monkeypatch.setattr(examples, "interpolate", fake)
    monkeypatch.setattr(time, "perf_counter", lambda: float(next(clock)))
    made_once = examples._interpolations(real)
    assert asked == ["nearest", "nearest", "linear", "cubic"]
    assert made_once.seconds == {"nearest": 1.0, "linear": 1.0, "cubic": 1.0}


def scatter(observation: Observation, angle: float) -> float:
    """Standard deviation of log(mu I) about the straight line of Eq. 2, written out."""
    lit = ~observation.invalid & (observation.incidence <= angle) & (observation.emission <= angle)
    mu, mu0 = (np.cos(np.radians(plane[lit].astype(np.float64)))
               for plane in (observation.emission, observation.incidence))
    x, y = np.log(mu * mu0), np.log(mu * observation.image[lit].astype(np.float64))
    slope, intercept = np.polyfit(x, y, 1)
    return float(np.std(y - slope * x - intercept))


def at_the_limb(strength: float) -> Observation:
    """A disc whose brightness strays between 75 and 85 degrees."""
    rng = np.random.default_rng(6)
    limb = (SMALL.incidence > 75) | (SMALL.emission > 75)
    factor = np.where(limb, np.exp(strength * rng.normal(size=limb.shape)), 1.0)
    return dataclasses.replace(SMALL, image=(SMALL.image * factor).astype(np.float32))


@pytest.mark.parametrize("angle", [75.0, 85.0])
def test_scatter_about_the_fit_of_eq_2(angle: float) -> None:
    for observation in (SMALL, at_the_limb(0.3)):
        assert examples.scatter(observation, angle) == pytest.approx(scatter(observation, angle), rel=1e-6)


def test_the_minnaert_law_is_tried_up_to_85_degrees(real: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [at_the_limb(strength) for strength in (0.0, 0.1, 1.5)]
    archives(real, monkeypatch, {
        "uvi_1_365_l2b_v10.fit": shown[2], "uvi_2_365_l2b_v10.fit": DARK, "uvi_3_365_l2b_v10.fit": shown[0],
        "uvi_4_365_l2b_v10.fit": None, "uvi_5_365_l2b_v10.fit": shown[1]}, {})
    ratios = [scatter(one, 85.0) / scatter(one, 75.0) for one in shown]
    assert ratios == sorted(ratios)
    assert ratios[2] > 2
    found = measure(real, "example.minnaert-85")
    assert found.value == pytest.approx(ratios[1], rel=1e-6)  # the median; the dark and the broken one don't count
    assert (found.shown, found.comparable) == (f"{ratios[1]:.2f} (3 images)", True)
    claim: Claim = made.BY_ID["example.minnaert-85"]
    archives(real, monkeypatch, {"uvi_1_365_l2b_v10.fit": shown[2]}, {})
    assert not claim.fits(measure(real, claim.id).value or 0.0)


def test_simulated_images_say_so(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    archives(sample, monkeypatch, {"uvi_1_365_l2b_v10.fit": SMALL}, {})
    found = measure(sample, "example.minnaert-85")
    assert (found.simulated, found.why) == (True, "simulated input")
    assert found.value is not None


@pytest.mark.parametrize("profile", ["swimcat", "paper"])
def test_without_images_examples_are_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: str) -> None:
    (tmp_path / "images").mkdir()
    run = open_run(profile, tmp_path, images=tmp_path / "images")
    for name in ALL:
        assert (measure(run, name).value, measure(run, name).why) == (None, examples.ABSENT)
    archives(run, monkeypatch, {"uvi_1_365_l2b_v10.fit": DARK, "uvi_2_365_l2b_v10.fit": None}, {})
    for name in ALL:
        assert (measure(run, name).value, measure(run, name).why) == (None, examples.ABSENT)
