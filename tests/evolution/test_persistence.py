"""Persistence: its formula term by term, sums by lag, and the fit of a decay against scipy's."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from paper_repro.evolution import pairs as pairing
from paper_repro.evolution import persistence
from paper_repro.evolution.sightings import Sightings, sightings
from tests.evolution.moving_clouds import Clouds, observe

EDGES = np.array([0.0, 8.0, 20.0, 80.0])


@pytest.fixture(scope="module")
def seen() -> Sightings:
    return sightings(observe(Clouds(30.0), 20, 8, 3, 40.0), "table", block_h=48)


def test_terms_and_sums_are_the_literal_ones(seen: Sightings) -> None:
    known, all_pairs = pairing.climate(seen), pairing.revisits(seen, 900.0, 80.0, 111.3, "rigid")
    p, q = (pairing.expected(seen, known, all_pairs, of) for of in (all_pairs.i, all_pairs.j))
    upper, lower = np.zeros((3, 4)), np.zeros((3, 4))
    count, weighted, weight = np.zeros(3), np.zeros(3), np.zeros(3)
    for n, (i, j) in enumerate(zip(all_pairs.i, all_pairs.j, strict=True)):
        if np.isnan(p[n, 0]) or np.isnan(q[n, 0]):
            continue
        lag = seen.hours[j] - seen.hours[i]
        place = next(bin_ for bin_ in range(3) if EDGES[bin_] < lag <= EDGES[bin_ + 1])
        count[place] += 1
        for c in range(4):
            below = (p[n, c] * (1 - p[n, c]) * q[n, c] * (1 - q[n, c])) ** 0.5
            upper[place, c] += ((seen.label[i] == c) - p[n, c]) * ((seen.label[j] == c) - q[n, c])
            lower[place, c] += below
            weighted[place], weight[place] = weighted[place] + below * lag, weight[place] + below
    pairs, made = persistence.terms(seen, known, all_pairs)
    sums = persistence.by_lag(seen, pairs, made, EDGES)
    assert sums.upper.sum(axis=0) == pytest.approx(upper)
    assert sums.lower.sum(axis=0) == pytest.approx(lower)
    assert sums.pairs.sum(axis=0) == pytest.approx(count)
    assert sums.lag == pytest.approx(weighted / weight)
    for block in range(seen.blocks):
        of_block = seen.block[pairs.i] == block
        assert sums.upper[block].sum(axis=0) == pytest.approx(made.upper[of_block].sum(axis=0))
    assert sums.share.sum(axis=(0, 1)) == pytest.approx(made.share.sum(axis=0))


def test_where_all_places_keep_their_class_it_is_one() -> None:
    seen = sightings(observe(Clouds(1e9), 40, 8, 3, 40.0), "table", block_h=48)
    known, pairs = pairing.climate(seen), pairing.revisits(seen, 200.0, 80.0, 111.2974646, "rigid")
    label = np.arange(len(seen)) % 4  # any classes, as long as both of a pair have the same
    label[pairs.j] = label[pairs.i]
    upper = lower = 0.0
    for i in range(4):
        share = 0.25
        a, b = label[pairs.i] == i, label[pairs.i] == i
        upper += float(((a - share) * (b - share)).sum())
        lower += len(pairs) * share * (1 - share)
    assert persistence.ratio(np.array(upper), np.array(lower)) == pytest.approx(1, abs=0.05)
    pairs, made = persistence.terms(seen, known, pairs)
    assert made.upper.sum() / made.lower.sum() > 0.7  # what is less is patches near a cell's border


def test_the_fit_is_scipys() -> None:
    rng = np.random.default_rng(4)
    lag = np.array([4.0, 12, 20, 33, 47, 60, 81, 100, 115])
    for life in (11.0, 30.0, 90.0):
        r = 0.8 * np.exp(-lag / life) + rng.normal(0, 0.01, 9)
        weight = rng.uniform(50, 500, 9)
        wanted, _ = curve_fit(lambda t, a, b: a * np.exp(-t / b), lag, r, p0=(1, 40), sigma=weight**-0.5)
        amplitude, found = persistence.fit(lag, r, weight, 120.0)
        assert found == pytest.approx(wanted[1], rel=0.01)
        assert amplitude == pytest.approx(wanted[0], rel=0.01)


def test_bins_without_pairs_do_not_count() -> None:
    lag, r = np.array([5.0, 20, 50, 90]), np.array([0.7, np.nan, 0.2, 0.05])
    weight = np.array([9.0, 100, 9, 9])
    full = persistence.fit(lag[[0, 2, 3]], r[[0, 2, 3]], weight[[0, 2, 3]], 120.0)
    assert np.array(persistence.fit(lag, r, weight, 120.0)) == pytest.approx(np.array(full))
    several = persistence.fit(lag, np.array([r, r]), np.array([weight, weight]), 120.0)
    assert several[1].tolist() == pytest.approx([full[1]] * 2)


def test_the_top_of_a_parabola_is_found_between_the_values() -> None:
    x = np.arange(10.0)
    best, shift = persistence.peak(np.array([-(x - 4.3) ** 2, -(x - 8.8) ** 2, x]))
    assert best.tolist() == [4, 9, 9]
    assert (best + shift).tolist() == pytest.approx([4.3, 9, 9])
