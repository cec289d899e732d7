"""How many classes: the gap statistic against a literal one, planted blobs, and what is advised."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import silhouette_score

from paper_repro.clustering import numbers
from paper_repro.clustering.names import NOISE, Method
from paper_repro.experiments import settings

CENTRES = np.array([[0, 0, 0], [11, 0, 0], [0, 14, 0], [25, 25, 9]])
X = np.repeat(CENTRES, 25, axis=0) + np.random.default_rng(0).normal(size=(100, 3))


def literal_log_within(x: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    """Tibshirani et al. 2001, Eq. 1 and 2: half the squared distances of all pairs in a class, over its size."""
    total = 0.0
    for c in set(labels.tolist()):
        members = x[labels == c]
        pairs = sum(float(((a - b) ** 2).sum()) for a in members for b in members)
        total += pairs / (2 * len(members))
    return float(np.log(total))


def test_log_within_is_that_of_all_pairs() -> None:
    labels = np.random.default_rng(1).integers(3, size=(2, len(X)))
    assert numbers.log_within(X, labels) == pytest.approx([literal_log_within(X, each) for each in labels])


def test_gap_and_its_error_are_the_literal_ones() -> None:
    labels = np.stack([np.zeros(len(X), np.int64), np.repeat(range(4), 25)])
    references = np.random.default_rng(2).normal(5, 1, size=(7, 2))
    gap, error = numbers.gap_of(X, labels, references)
    for k in range(2):
        expected = sum(references[:, k]) / 7 - literal_log_within(X, labels[k])
        assert gap[k] == pytest.approx(expected)
        deviation = np.sqrt(sum((each - sum(references[:, k]) / 7) ** 2 for each in references[:, k]) / 7)
        assert error[k] == pytest.approx(deviation * np.sqrt(1 + 1 / 7))


def test_references_fill_the_box_of_the_principal_components() -> None:
    drawn = numbers.uniform(X, np.random.default_rng(3))
    centred = X - X.mean(axis=0)
    axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1]
    scores = np.sort(np.ptp(centred @ axes, axis=0))
    assert drawn.shape == X.shape
    assert (np.sort(np.ptp(drawn, axis=0)) <= scores + 1e-9).all()
    assert (np.sort(np.ptp(drawn, axis=0)) > 0.8 * scores).all()


@pytest.mark.parametrize("method", ["hac", "gmm"])
def test_four_planted_blobs_are_advised_by_all_three(method: Method) -> None:
    table = numbers.table_of(X, method, range(1, 7), seed=0, jobs=1)
    assert table["k"].tolist() == [1, 2, 3, 4, 5, 6]
    assert numbers.by_gap(table) == 4
    assert table.set_index("k")["silhouette"].idxmax() == 4
    assert table.set_index("k").loc[4, "bootstrap_ari_mean"] == 1
    assert numbers.advice(table, 5) == ("Number of classes, of 1 to 6: highest silhouette with 4 "
                                        f"({table['silhouette'].max():.3f}), the bootstraps' ARI with 2 (1.000), the "
                                        "gap statistic says 4; used: 5.")


def test_rows_without_groups_are_one_class_by_the_gap() -> None:
    table = numbers.table_of(np.random.default_rng(4).uniform(size=(80, 3)), "hac", range(1, 6), seed=0, jobs=1)
    assert numbers.by_gap(table) == 1


def test_silhouettes_and_sizes_are_scikit_learns() -> None:
    table = numbers.table_of(X, "hac", (2, 3), seed=0, jobs=1)
    for row in table.to_dict("records"):
        labels = AgglomerativeClustering(row["k"], linkage="ward").fit_predict(X)
        assert row["silhouette"] == pytest.approx(silhouette_score(X, labels))
        sizes = np.bincount(labels)
        assert (row["smallest"], row["largest"], row["noise"]) == (sizes.min(), sizes.max(), 0)


def test_hdbscans_row_has_its_own_number_and_its_noise() -> None:
    x = np.concatenate([X, np.full((2, 3), 70.0) * [[1], [-1]]])
    table = numbers.table_of(x, "hdbscan", range(1, 6), seed=0, jobs=1)
    [row] = table.to_dict("records")
    assert (row["k"], row["noise"], row["smallest"]) == (4, 2, 25)
    assert np.isnan(row["gap"])
    assert numbers.advice(table, 4).endswith("other numbers were not tried.")


@pytest.mark.parametrize("method", ["hac", "kmeans", "gmm"])
def test_as_many_classes_as_different_rows_are_told_of_too(method: Method) -> None:
    table = numbers.table_of(np.repeat(X[[0, 99]], 3, axis=0), method, range(1, 7), seed=0, jobs=1)
    assert table["k"].tolist() == [1, 2]
    assert table["silhouette"].tolist() == pytest.approx([np.nan, 1], nan_ok=True)
    assert np.isfinite(table["gap"].tolist()).tolist() == [True, False]
    assert not np.isinf(table.to_numpy(float)).any()
    assert numbers.said_by_gap(table) == ""
    assert numbers.advice(table, 2) == ("Number of classes, of 1 to 2: highest silhouette with 2 (1.000), the "
                                        f"bootstraps' ARI with 2 ({table['bootstrap_ari_mean'][1]:.3f}); used: 2.")


def test_classes_of_one_row_each_have_no_silhouette_and_no_gap() -> None:
    table = numbers.table_of(X[:5], "hac", range(1, 11), seed=0, jobs=1)
    assert table["k"].tolist() == [1, 2, 3, 4, 5]
    assert table["silhouette"].isna().tolist() == [True, False, False, False, True]
    assert table["gap"].isna().tolist() == [False] * 4 + [True]
    assert table["gap_error"].isna().tolist() == [False] * 4 + [True]
    assert numbers.said_by_gap(table.assign(gap=[0, 1, 2, 3, np.nan], gap_error=0.0)) == "more than 4"


def test_scan_has_a_row_also_where_it_was_asked_for_more_classes_than_different_rows() -> None:
    [row] = numbers.table_of(np.repeat(X[[0, 99]], 3, axis=0), "scan", (4,), seed=0, jobs=1).to_dict("records")
    assert 1 <= row["k"] <= 2


def test_what_is_undefined_is_said_in_words() -> None:
    one = pd.DataFrame({"k": [1], "silhouette": [np.nan], "bootstrap_ari_mean": [np.nan], "gap": [np.nan]})
    assert numbers.advice(one, 1) == ("Of 1 class: silhouette undefined, bootstraps' ARI undefined; other numbers were "
                                      "not tried.")
    assert numbers.advice(pd.concat([one, one.assign(k=2)]), 2) == "Number of classes, of 1 to 2; used: 2."


def test_of_many_rows_so_many_are_drawn_and_the_smallest_number_that_is_enough_is_said(
        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbers, "MOST_ROWS", 40)
    table = numbers.table_of(X, "hac", (1, 2), seed=0, jobs=1)
    assert table["largest"][0] == 40
    given = pd.DataFrame({"k": [1, 2, 3], "gap": [0.1, 0.5, 0.9], "gap_error": [0.01, 0.01, 0.01]})
    assert numbers.by_gap(given) is None
    assert numbers.silhouettes(X, np.full(len(X), NOISE)).tolist() == pytest.approx([np.nan] * len(X), nan_ok=True)


def test_the_gap_compares_a_number_with_one_more_only() -> None:
    given = pd.DataFrame({"k": [1, 2, 20], "gap": [0.1, 0.5, 0.4], "gap_error": [0.01, 0.01, 0.01]})
    assert numbers.by_gap(given) is None
    assert numbers.by_gap(given.assign(k=[1, 2, 3])) == 2


@pytest.mark.parametrize(("first", "chosen", "tried"), [
    (1, 4, range(1, 11)), (2, 10, range(2, 11)), (2, 14, range(2, 15)), (1, 20, range(1, 21)), (2, 1, range(2, 11)),
    (1, 1000, [*range(1, 21), 1000])])
def test_up_to_a_number_all_are_tried_and_beyond_only_the_chosen_one(first: int, chosen: int,
                                                                     tried: Sequence[int]) -> None:
    assert settings.tried(first, chosen) == tuple(tried)
