"""The data of the explorable page: which images, what is similar and odd, and a page of its own."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from paper_repro.base.errors import UserError
from paper_repro.clustering import similar, stability
from paper_repro.report import explore_page, explored
from tests.report.explored_made import COUNT, grid, turned
from tests.report.pages_made import Page


def unpacked(text: str, count: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.frombuffer(base64.b64decode(text), "<u2").reshape(count, -1).astype(np.int64)


def test_the_most_similar_are_the_nearest() -> None:
    x = np.random.default_rng(0).normal(size=(2500, 7)).astype(np.float32)
    x[100:103] = x[7]  # equal ones come by their number, and none stands beside itself
    found = similar.most_similar(x, 8)
    for row in (0, 7, 100, 102, 1024, 2499):
        far = np.linalg.norm(x.astype(np.float64) - x[row], axis=1)
        far[row] = np.inf
        assert found[row].tolist() == np.argsort(np.round(far, 5), kind="stable")[:8].tolist()
    assert similar.most_similar(x[:3], 8).shape == (3, 2)
    assert similar.most_similar(x[:1], 8).shape == (1, 0)


def test_distance_and_margin_are_those_to_the_means() -> None:
    rng = np.random.default_rng(1)
    x, labels = rng.normal(size=(50, 5)), rng.integers(0, 3, 50) * 2  # a class may be empty
    distance, margin = stability.to_means(x, labels)
    for row in range(50):
        own = np.linalg.norm(x[row] - x[labels == labels[row]].mean(axis=0))
        others = [np.linalg.norm(x[row] - x[labels == c].mean(axis=0)) for c in {0, 2, 4} - {labels[row]}]
        assert distance[row] == pytest.approx(own)
        assert margin[row] == pytest.approx(min(others) - own)
    assert np.isnan(stability.to_means(x, np.zeros(50, np.int64))[1]).all()


def test_noise_is_near_to_no_mean() -> None:
    classes, features = ("Class 0", "Class 1", "Noise"), np.asarray(grid().features)
    labels = grid(classes=classes).labels
    assert (labels == 2).any()
    [shown] = explored.explorer([grid(classes=classes, noise=True)]).data["maps"]
    distance, margin = stability.to_means(features, np.where(labels == 2, -1, labels))
    for key, expected in (("distance", distance), ("margin", margin)):
        assert [value is None for value in shown[key]] == (labels == 2).tolist()
        known = [value for value in shown[key] if value is not None]
        assert known == pytest.approx(expected[labels != 2], abs=1e-3)
    [plain] = explored.explorer([grid(classes=classes)]).data["maps"]  # a class of the user's that is called Noise
    assert None not in plain["distance"]
    [empty] = explored.explorer([grid(classes=("Noise",), labels=np.zeros(COUNT, np.int64), noise=True)]).data["maps"]
    assert empty["distance"] == empty["margin"] == [None] * COUNT


def test_maps_of_the_same_images_share_a_table() -> None:
    shown = explored.explorer([grid(), turned(), grid("other", "Third", 12), grid("renamed", "Fourth")]).data
    assert [one["table"] for one in shown["maps"]] == [0, 0, 1, 2]
    families = [one["family"] for one in shown["tables"]]
    assert families[0] == families[2] != families[1]  # the same ids and sources under another name: other pictures
    assert unpacked(shown["maps"][0]["similar"], COUNT).tolist() == similar.most_similar(
        np.asarray(grid().features)).tolist()


def test_of_many_images_a_sample_is_shown_and_said_to_be() -> None:
    many = explored.explorer([grid(), turned()], most=20)
    table, (first, second) = many.data["tables"][0], many.data["maps"]
    rows = [one - 100 for one in table["id"]]
    assert len(set(rows)) == 20
    assert rows == sorted(rows)
    assert table["all"] == COUNT
    assert [first["x"], first["y"]] == [second["y"], second["x"]]  # the same ones on each map
    assert unpacked(first["similar"], 20).max() < 20
    distance, margin = stability.to_means(np.asarray(grid().features), grid().labels)  # of all, not of those shown
    assert first["distance"] == pytest.approx(distance[rows], abs=1e-3)
    assert first["margin"] == pytest.approx(margin[rows], abs=1e-3)
    assert many.sampled == [f"uvi-500km-flat: 20 of its {COUNT} images are shown, drawn by seed; what is most similar "
                            "is looked for among them."]
    assert explored.draw(COUNT, 20, seed=1).tolist() != explored.draw(COUNT, 20).tolist()


def test_a_page_of_its_own(tmp_path: Path) -> None:
    bare = grid("x", "Bare", 2, table=pd.DataFrame({"id": [0, 1], "source": ["a", "b"]}), features=None)
    explore_page.write(tmp_path / "a.html", "Two <b>maps</b>", [grid(), bare], ["A note."])
    explore_page.write(tmp_path / "b.html", "Two <b>maps</b>", [grid(), bare], ["A note."])
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert text == (tmp_path / "b.html").read_text(encoding="utf-8")
    page = Page(text)
    assert "Two <b>maps</b>" in page.text
    assert "Simulated input. Nothing here was observed. A note." in page.text
    (data,) = [json.loads(script) for script in page.scripts if script.startswith("{")]
    assert "similar" not in data["maps"][1]
    assert "lat" not in data["tables"][1]


def test_a_page_that_would_be_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(explore_page, "MOST_BYTES", 1000)
    with pytest.raises(UserError, match="show fewer maps"):
        explore_page.write(tmp_path / "a.html", "x", [grid()])
    assert list(tmp_path.iterdir()) == []
