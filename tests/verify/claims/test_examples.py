"""What is measured on example images: interpolation (Fig. 9) and the Minnaert law, on discs made up for it."""

import dataclasses
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.interpolate import griddata

from paper_repro.base.run import Run, open_run
from paper_repro.figures.examples import Projection
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


@pytest.fixture(autouse=True)
def listed(real: Run, sample: Run) -> None:
    """The lists of the observations that the images are of."""
    for run in (real, sample):
        path = run.data / "observations" / "uvi.csv"
        made.record(path.with_suffix(".json"), run, "observations", simulated=run is sample)
        path.write_text("source\n")


def test_interpolations_differ_by_a_share_of_the_range(real: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    archives(real, monkeypatch, {"uvi_1_365_l2b_v10.fit": DISC}, {})
    shown = examples._projection(real)
    assert shown.verdict == ""
    thinned = dataclasses.replace(shown, window=np.ascontiguousarray(shown.window[:, ::25]))  # or this takes long
    monkeypatch.setattr(examples, "_projection", lambda _: thinned)
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
    monkeypatch.setattr(examples, "TIMED_POINTS", 200)
    faster = measure(real, "example.nearest-faster")
    assert isinstance(faster.value, bool)
    assert re.fullmatch(r"[\d.]+ times as fast, [\d.]+ to [\d.]+ in 7 rounds of CPU time", faster.clock)


def shown(run: Run, monkeypatch: pytest.MonkeyPatch, count: int = 3) -> None:
    """A projection of so many points, as if it were that of Fig. 9."""
    window = np.vstack([np.linspace(-1, 1, count), np.linspace(1, -1, count) ** 2, np.arange(count, dtype=np.float64)])
    bins = np.zeros((8, 8), np.int64)
    monkeypatch.setattr(examples, "_projection", lambda _: Projection(np.zeros(3), window, 1.0, bins, ""))


def test_the_difference_by_hand(real: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    nearest = np.array([[0.0, 10.0], [20.0, 40.0]])
    # a pixel beyond the outermost points has no value by interpolation
    patches = {"nearest": nearest, "linear": np.array([[0.0, 14.0], [16.0, np.nan]]), "cubic": nearest + 4.0}
    shown(real, monkeypatch)
    monkeypatch.setattr(examples, "interpolate", lambda window, half, settings: patches[settings.interpolation])
    values = [measure(real, claim.id).value for claim in MINUTE]
    assert values == [pytest.approx(np.sqrt(32 / 3) / 40), pytest.approx(0.1)]
    assert [claim.fits(value or 0.0) for claim, value in zip(MINUTE, values, strict=True)] == [False, False]


class Clock:
    """CPU time that only interpolations take, each a `cost` of its own times a `strain` that may change."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, **cost: float) -> None:
        self.now, self.cost, self.calls = 0.0, cost, list[tuple[str, int]]()
        self.strain: Callable[[str], float] = lambda _: 1.0
        monkeypatch.setattr(examples, "griddata", self.interpolate)
        monkeypatch.setattr(time, "thread_time", lambda: self.now)

    def interpolate(self, points: tuple[Floats, Floats], values: Floats, grid: object, method: str) -> None:
        assert len(points[0]) == len(points[1]) == len(values)
        self.calls.append((method, len(values)))
        self.now += self.cost[method] * self.strain(method)


@pytest.mark.parametrize(("linear", "cubic", "holds"), [(5.0, 5.0, True), (4.9, 50.0, False), (50.0, 4.9, False)])
def test_nearest_is_faster_than_both(real: Run, sample: Run, monkeypatch: pytest.MonkeyPatch, linear: float,
                                     cubic: float, holds: bool) -> None:
    Clock(monkeypatch, nearest=1.0, linear=linear, cubic=cubic)
    for run in (real, sample):
        shown(run, monkeypatch)
        found = measure(run, "example.nearest-faster")
        assert (found.value, found.simulated) == (holds, run is sample)
        ratio = f"{min(linear, cubic):g}"
        assert found.clock == f"{ratio} times as fast, {ratio} to {ratio} in 7 rounds of CPU time"


def test_methods_are_timed_in_turn_and_not_before_all_is_compiled(real: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch, nearest=1.0, linear=10.0, cubic=30.0)
    clock.strain = lambda method: 1e6 if len(clock.calls) <= 3 else 1.0  # compiling
    shown(real, monkeypatch, 50_000)
    assert measure(real, "example.nearest-faster").clock == "10 times as fast, 10 to 10 in 7 rounds of CPU time"
    assert clock.calls == [(method, 16_667) for _ in range(8) for method in ("nearest", "linear", "cubic")]


@pytest.mark.parametrize(("linear", "cubic", "holds"), [(40.0, 50.0, True), (50.0, 40.0, True), (1.2, 1.5, False)])
def test_load_does_not_flip_what_the_clock_says(real: Run, monkeypatch: pytest.MonkeyPatch, linear: float,
                                                cubic: float, holds: bool) -> None:
    """Rounds up to 10 times slower, each time up to 3 times, and in 3 rounds one or the other side up to 50 times."""
    clock = Clock(monkeypatch, nearest=1.0, linear=linear, cubic=cubic)
    shown(real, monkeypatch)
    flipped_by_one_round = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        rounds = rng.uniform(1, 10, 8)
        struck = dict(zip(rng.choice(8, 3, replace=False), rng.choice(["nearest", "others"], 3), strict=True))
        clock.calls.clear()

        def strain(method: str, rounds: Floats = rounds, struck: dict[int, str] = struck,
                   rng: np.random.Generator = rng) -> float:
            round_ = (len(clock.calls) - 1) // 3
            hit = struck.get(round_) == ("nearest" if method == "nearest" else "others")
            return float(rounds[round_] * rng.uniform(1, 3) * (50 if hit else 1))

        clock.strain = strain
        found = measure(real, "example.nearest-faster")
        assert found.value is holds, seed
        low, high = (float(text) for text in re.findall(r"([\d.]+) to ([\d.]+)", found.clock)[0])
        flipped_by_one_round += low < 5 if holds else high >= 5
    assert flipped_by_one_round > 30


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
    (tmp_path / "images").mkdir(exist_ok=True)
    run = open_run(profile, tmp_path, images=tmp_path / "images")
    for name in ALL:
        assert (measure(run, name).value, measure(run, name).why) == (None, examples.ABSENT)
    archives(run, monkeypatch, {"uvi_1_365_l2b_v10.fit": DARK, "uvi_2_365_l2b_v10.fit": None}, {})
    for name in ALL:
        assert (measure(run, name).value, measure(run, name).why) == (None, examples.ABSENT)
