"""A fifth held out: whole observations, each once, and what is measured against a literal version."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from paper_repro.catalogues import held_out
from paper_repro.clustering import ward
from paper_repro.clustering.methods import classes_of

SOURCES = np.sort(np.random.default_rng(0).integers(20, size=120))
GROUPS = np.random.default_rng(1).integers(3, size=120)
X = (np.random.default_rng(2).normal(size=(120, 6)) + 4 * np.eye(3, 6)[GROUPS]).astype(np.float32)


def test_observations_are_never_on_both_sides_and_each_is_held_out_once() -> None:
    parts = held_out.folds(SOURCES)
    assert np.sort(np.concatenate(parts)).tolist() == list(range(120))
    of_part = [set(SOURCES[rows]) for rows in parts]
    assert sum(map(len, of_part)) == len(set(SOURCES))
    assert max(map(len, parts)) < 1.4 * min(map(len, parts))


def test_of_many_images_whole_observations_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_out, "MOST", 60)
    used = np.concatenate(held_out.folds(SOURCES))
    assert 40 < len(used) <= 60
    assert sum(np.count_nonzero(source == SOURCES) for source in set(SOURCES[used])) == len(used)


@pytest.mark.parametrize("way", ["centre", "neighbours"])
def test_it_is_the_literal_measure(tmp_path: Path, way: str) -> None:
    np.save(tmp_path / "x.npy", X)
    labels = ward.cut(ward.linkage(X), 3)
    table = held_out.measure(tmp_path / "x.npy", SOURCES, labels, "hac", 0, jobs=1)
    rows = table[table["way"] == way].reset_index()
    for fold, out in enumerate(held_out.folds(SOURCES)):
        rest = np.array([n for n in range(120) if n not in set(out)])
        anew = AgglomerativeClustering(3, linkage="ward").fit_predict(X[rest])

        def nearest(x: np.ndarray, classes: np.ndarray, known: np.ndarray) -> int:
            far = []
            for c in range(3):
                members = X[known[classes == c]].astype(float)
                each = np.sort(np.linalg.norm(members - x, axis=1))
                far.append(np.linalg.norm(members.mean(axis=0) - x) if way == "centre" else each[:5].mean())
            return int(np.argmin(far))

        found = [nearest(X[n], anew, rest) for n in out]
        again = [nearest(X[n], labels[rest], rest) for n in out]
        assert rows["ari"][fold] == pytest.approx(adjusted_rand_score(labels[out], found))
        assert rows["agreement"][fold] == pytest.approx(np.mean(again == labels[out]))
        assert rows["held_out"][fold] == len(out)
    summary = held_out.summary(table)[way]
    assert summary["ari_mean"] == pytest.approx(rows["ari"].mean())
    assert summary["agreement"] == pytest.approx(sum(rows["agreement"] * rows["held_out"]) / 120)
    assert 0 <= (summary["unlike"] or 0) < 0.2


def test_classes_that_no_other_observation_has_tell_nothing_of_what_is_unlike(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X[:5])
    for labels, limited in (([0, 1, 2, 3, 4], 0), ([0, 1, 2, 3, 0], 3)):
        table = held_out.measure(tmp_path / "x.npy", np.arange(5), np.array(labels), "hac", 0, jobs=1)
        assert table["unlike"].notna().sum() == 2 * limited
        for summary in held_out.summary(table).values():
            assert (summary["folds"], summary["unlike_folds"]) == (5, limited)
            assert (summary["unlike"] is None) == (limited == 0)
    some = held_out.summary(pd.DataFrame({"way": "centre", "held_out": [1, 3, 2], "ari": 1.0, "agreement": 1.0,
                                          "unlike": [np.nan, 0.5, 1.0]}))
    assert some["centre"] == pytest.approx({"ari_mean": 1, "ari_std": 0, "agreement": 1, "unlike": 0.7, "folds": 3,
                                            "unlike_folds": 2})


def noisy(tmp_path: Path, sources: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """What is measured of two dense groups with noise after them, by HDBSCAN, and the classes of all."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0, 0.05, (24, 6)), rng.normal(5, 0.05, (24, 6)),
                        rng.normal(0, 90, (len(sources) - 48, 6))])
    np.save(tmp_path / "x.npy", x.astype(np.float32))
    labels = classes_of(x.astype(np.float32), "hdbscan", 0, 0)
    assert np.bincount(labels[labels >= 0]).tolist() == [24, 24]
    return held_out.measure(tmp_path / "x.npy", sources, labels, "hdbscan", 0, jobs=1), labels


def test_noise_does_not_count(tmp_path: Path) -> None:
    sources = np.array([*range(10)] * 8)
    table, labels = noisy(tmp_path, sources)
    inside = [int((labels[rows] >= 0).sum()) for rows in held_out.folds(sources)]
    for way in ("centre", "neighbours"):
        rows = table[table["way"] == way]
        assert rows["held_out"].tolist() == inside
        assert rows["agreement"].tolist() == [1] * 5
        assert rows["ari"].tolist() == [1] * 5
        assert rows["unlike"].max() < 0.5  # the noise is beyond any limit


def test_folds_whose_images_are_all_noise_are_left_out(tmp_path: Path) -> None:
    table, labels = noisy(tmp_path, np.array([0, 1, 2] * 16 + [3] * 14 + [4] * 14))
    assert table["fold"].nunique() == 3
    assert table["held_out"].sum() == 2 * (labels >= 0).sum()
    for summary in held_out.summary(table).values():
        assert summary["folds"] == 3
        json.dumps(summary, allow_nan=False)


def test_where_hdbscan_finds_no_cluster_among_the_others_nothing_agrees(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0, 0.1, (6, 16)), rng.normal(5, 0.1, (6, 16))]).astype(np.float32)
    np.save(tmp_path / "x.npy", x)
    table = held_out.measure(tmp_path / "x.npy", np.arange(12), np.repeat([0, 1], 6), "hdbscan", 0, jobs=1)
    assert table["ari"].eq(0).any()
    assert table["agreement"].eq(1).all()


def test_folds_of_which_no_other_image_has_a_class_are_left_out(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    labels = np.where(np.repeat(range(5), 24) == 2, 0, -1)
    table = held_out.measure(tmp_path / "x.npy", np.repeat(range(5), 24), labels, "hdbscan", 0, jobs=1)
    assert len(table) == 0
    assert held_out.summary(table) == {}


def test_too_few_observations_say_nothing(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    table = held_out.measure(tmp_path / "x.npy", np.repeat(range(3), 40), GROUPS, "hac", 0, jobs=1)
    assert len(table) == 0
    assert held_out.summary(table) == {}
