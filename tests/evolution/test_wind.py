"""The wind that classes persist at: sums and score literally, known winds recovered, and what is refused."""

import numpy as np
import pytest

from paper_repro.evolution import pairs as pairing
from paper_repro.evolution import persistence, wind
from paper_repro.evolution.sightings import Sightings, sightings
from tests.evolution.moving_clouds import Clouds, observe
from tests.evolution.recovery import WIND

NEAR_KM, MOST_H = 900.0, 120.0


def seen_in(days: float, every_h: float, clouds: Clouds, seed: int = 1, block_h: float = 240.0) -> Sightings:
    return sightings(observe(clouds, days, every_h, seed, 30.0), "table", block_h=block_h)


def test_sums_are_over_all_pairs_at_each_wind() -> None:
    seen = seen_in(20, 12, Clouds(30.0), block_h=48)
    known, tried = pairing.climate(seen), np.arange(100.0, 125.0, 5.0)
    found = wind.overlaps(seen, known, NEAR_KM, MOST_H, tried, "rigid", 0)
    for n, speed in enumerate(tried):
        pairs, made = persistence.terms(seen, known, pairing.revisits(seen, NEAR_KM, MOST_H, float(speed), "rigid"))
        k = 1 - pairing.haversine(seen, pairs, float(speed), "rigid") / pairing.reach(NEAR_KM)
        # left out: pairs so close in time that all of these winds fit them
        half = pairing.width(seen.latitude[pairs.i], seen.latitude[pairs.j], NEAR_KM) / pairing.rate(
            seen.latitude[pairs.i], 1.0, "rigid") / pairs.lag
        told = 2 * half < tried[-1] - tried[0]
        x, y = made.upper.sum(axis=1), made.lower.sum(axis=1)
        expected = np.zeros((seen.blocks, wind.BINS, 3))
        for pair in np.flatnonzero(told):
            bin_ = min(int(pairs.lag[pair] / MOST_H * wind.BINS), wind.BINS - 1)
            expected[seen.block[pairs.i[pair]], bin_] += (k[pair] * x[pair], k[pair] * y[pair], 1)
        assert found[:, n] == pytest.approx(expected, abs=1e-9)
    assert found[..., 2].sum() > 100


def test_the_score_is_the_literal_one() -> None:
    sums = np.random.default_rng(2).uniform(0, 9, (3, 5, wind.BINS, 2))
    sums[1, :, 4] = 0  # a lag that no pair has
    found = wind.score(sums)
    for one, scores in zip(sums, found, strict=True):
        for u in range(5):
            total = 0.0
            for b in range(wind.BINS):
                tau, mean = (b + 0.5) * MOST_H / wind.BINS, sum(one[v, b, 1] for v in range(5)) / 5
                if mean:
                    below = max(one[u, b, 1], 0.6 * mean)
                    total += np.exp(-tau / (MOST_H / 2)) * mean * one[u, b, 0] / below
            assert scores[u] == pytest.approx(total)


@pytest.mark.parametrize("rotation_h", [96.0, 144.0])
def test_a_known_wind_is_recovered(rotation_h: float) -> None:
    true = WIND * 96 / rotation_h
    seen = seen_in(100, 8, Clouds(40.0, rotation_h=rotation_h))
    found = wind.fit(seen, pairing.climate(seen), 600.0, MOST_H, (0.0, 200.0), "rigid")
    assert found.refused == ""
    assert found.value == pytest.approx(true, rel=0.1)
    assert found.low < found.value < found.high
    assert found.high - found.low < 0.2 * true
    assert found.tried[np.nanargmax(found.fit)] == pytest.approx(true, rel=0.1)
    assert np.nanmax(found.fit) == 1


def test_what_stays_in_its_belt_is_not_taken_for_clouds_that_live() -> None:
    """Classes that depend on latitude alone and are drawn anew each time have no wind."""
    seen = seen_in(100, 12, Clouds(1.0, (0.97, 0.01, 0.01, 0.01), (0.01, 0.01, 0.01, 0.97)))
    found = wind.fit(seen, pairing.climate(seen), 600.0, MOST_H, (0.0, 200.0), "rigid", 3)
    assert "makes classes persist beyond what latitude and local time let expect (" in found.refused
    assert np.isnan([found.value, found.low, found.high]).all()


@pytest.mark.parametrize(("days", "every_h", "winds", "said"), [
    (400, 200, (0.0, 200.0), "too few to find the wind: 0 pairs of the same place seen again within 120 h where other "
                             "blocks of time tell what to expect; 100 are needed."),
    (36, 8, (0.0, 200.0), "too few to find the wind with an error: "),
    (100, 8, (0.0, 100.0), "persistence is largest at the end of the winds tried (100 m/s, "),
])
def test_what_cannot_be_told_is_refused_with_the_number_of_pairs(days: float, every_h: float,
                                                                 winds: tuple[float, float], said: str) -> None:
    seen = seen_in(days, every_h, Clouds(40.0))
    found = wind.fit(seen, pairing.climate(seen), 600.0, MOST_H, winds, "rigid")
    assert found.refused.startswith(said)
    assert np.isnan([found.value, found.low, found.high]).all()
    assert f"{found.pairs:,} pairs" in found.refused
    assert wind.counted(1, "pair") == "1 pair"


@pytest.mark.parametrize(("winds", "tried"), [((110.0, 110.5), 1), ((110.0, 112.0), 2)])
def test_a_range_of_fewer_than_three_winds_is_refused(winds: tuple[float, float], tried: int) -> None:
    seen = seen_in(36, 8, Clouds(40.0))
    found = wind.fit(seen, pairing.climate(seen), 600.0, MOST_H, winds, "rigid")
    assert found.refused == (
        f"too narrow a range to find the wind: 110 to {winds[1]:g} m/s, {tried} wind{'s' * (tried > 1)} in steps of "
        "1.39 m/s; 3 are needed; widen the range in the profile.")
    assert [len(values) for values in (found.tried, found.fit, found.r, found.pairs_at)] == [tried] * 4
    assert np.isnan([found.value, found.low, found.high]).all()
    assert len(wind.fit(seen, pairing.climate(seen), 600.0, MOST_H, (110.0, 113.0), "rigid").tried) == 3


@pytest.mark.parametrize(("winds", "open_end"), [((110.0, 200.0), "low"), ((0.0, 111.5), "high")])
def test_an_interval_that_reaches_the_last_wind_tried_has_no_end_there(winds: tuple[float, float], open_end: str
                                                                      ) -> None:
    seen = seen_in(100, 8, Clouds(40.0))
    found = wind.fit(seen, pairing.climate(seen), 600.0, MOST_H, winds, "rigid")
    assert found.refused == ""
    assert np.isnan(getattr(found, open_end))
    assert np.isfinite(getattr(found, "high" if open_end == "low" else "low"))
