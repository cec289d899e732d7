"""Classes by the nearest centre and by neighbours: against literal loops over numpy's own mean, std, quantile."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from paper_repro.clustering import nearest_class
from paper_repro.clustering.names import WAYS, Way
from paper_repro.clustering.nearest_class import NEIGHBOURS, Known

SIZES = (30, 12, 4, 1)
LABELS = np.random.default_rng(2).permutation(np.concatenate([np.repeat(range(4), SIZES), [-1, -1]]))
X = (np.random.default_rng(0).normal(size=(len(LABELS), 6)) + 3 * np.eye(5, 6)[LABELS]).astype(np.float32)


def known(rows: NDArray[np.int64]) -> Known:
    return Known(nearest_class.centres_of(X, LABELS), X[rows].astype(np.float64), LABELS[rows])


def literal(x: NDArray[np.float32], others: Iterable[NDArray[Any]]) -> list[float]:
    return [float(np.sqrt(((x.astype(np.float64) - other.astype(np.float64)) ** 2).sum())) for other in others]


def test_centres_and_spreads_are_numpys_means_and_standard_deviations() -> None:
    for c in range(4):
        members = X[c == LABELS].astype(np.float64)
        assert nearest_class.centres_of(X, LABELS)[c] == pytest.approx(members.mean(axis=0))
        assert nearest_class.spreads_of(X, LABELS)[c] == pytest.approx(members.std(axis=0), abs=1e-12)


@pytest.mark.parametrize("batch", [7, 2048])
def test_distances_are_those_to_centres_and_to_the_nearest_members(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nearest_class, "BATCH", batch)
    every = np.flatnonzero(LABELS >= 0)
    new = np.random.default_rng(1).normal(size=(20, 6)).astype(np.float32)
    by_centre = nearest_class.distances(new, known(every), "centre")
    by_members = nearest_class.distances(new, known(every), "neighbours")
    for n, row in enumerate(new):
        for c in range(4):
            members = X[c == LABELS]
            assert by_centre[n, c] == pytest.approx(literal(row, [members.astype(np.float64).mean(axis=0)])[0])
            assert by_members[n, c] == pytest.approx(np.mean(sorted(literal(row, members))[:NEIGHBOURS]))


def test_the_nearest_class_its_distance_and_the_margin() -> None:
    far = np.array([[3.0, 1.0, 1.5], [2.0, 2.0, 9.0]])
    classes, own, margin = nearest_class.nearest(far)
    assert classes.tolist() == [1, 0]
    assert own.tolist() == [1, 2]
    assert margin.tolist() == [0.5, 0]
    assert nearest_class.nearest(np.array([[4.0]]))[2].tolist() == [np.inf]


@pytest.mark.parametrize("way", ["centre", "neighbours"])
def test_own_distances_leave_the_patchs_observation_out(way: Way) -> None:
    sources = np.random.default_rng(5).integers(9, size=len(X))
    rows = np.sort(np.random.default_rng(3).permutation(np.flatnonzero(LABELS >= 0))[:35])  # not all are kept
    found = nearest_class.own_distances(X, LABELS, sources, known(rows), rows, way)
    for n, c in enumerate(LABELS):
        others = np.array([m for m in (rows if way == "neighbours" else range(len(X)))
                           if LABELS[m] == c and sources[m] != sources[n]], dtype=int)
        if c < 0 or not len(others):
            assert np.isnan(found[n])
        elif way == "centre":
            assert found[n] == pytest.approx(literal(X[n], [X[others].astype(np.float64).mean(axis=0)])[0])
        else:
            assert found[n] == pytest.approx(np.mean(sorted(literal(X[n], X[others]))[:NEIGHBOURS]))


def test_limits_are_numpys_quantiles_of_each_class_and_of_all_for_a_class_of_one() -> None:
    own = np.random.default_rng(4).uniform(size=len(X))
    own[(LABELS == 3) | (LABELS < 0)] = np.nan
    found = nearest_class.limits(own, LABELS, 0.9)
    assert found[:3].tolist() == [np.quantile(own[c == LABELS], 0.9) for c in range(3)]
    assert found[3] == np.quantile(own[(LABELS >= 0) & (LABELS < 3)], 0.9)


def test_there_are_no_limits_where_no_class_has_a_second_source() -> None:
    rows = np.flatnonzero(LABELS >= 0)
    for way in WAYS:
        own = nearest_class.own_distances(X, LABELS, np.zeros(len(X), np.int64), known(rows), rows, way)
        assert np.isnan(nearest_class.limits(own, LABELS, 0.9)).tolist() == [True] * 4


def test_members_are_all_or_each_class_by_its_share() -> None:
    assert nearest_class.chosen_members(LABELS, 47, 0).tolist() == np.flatnonzero(LABELS >= 0).tolist()
    few = nearest_class.chosen_members(LABELS, 20, 0)
    assert np.bincount(LABELS[few]).tolist() == [30 * 20 // 47, 12 * 20 // 47, 1, 1]
    assert len(set(few)) == len(few)
    assert few.tolist() == nearest_class.chosen_members(LABELS, 20, 0).tolist()
    assert few.tolist() != nearest_class.chosen_members(LABELS, 20, 1).tolist()
