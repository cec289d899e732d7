"""A fifth held out: whole observations, each once, and what is measured against a literal version."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from paper_repro.catalogues import held_out
from paper_repro.clustering import ward

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
    assert 0 <= summary["unlike"] < 0.2


def test_too_few_observations_say_nothing(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", X)
    table = held_out.measure(tmp_path / "x.npy", np.repeat(range(3), 40), GROUPS, "hac", 0, jobs=1)
    assert len(table) == 0
    assert held_out.summary(table) == {}
