"""The explorable page that every classified folder ends with."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest

from paper_repro.base import stopping
from paper_repro.base.run import Run
from paper_repro.base.walk import walk, would_make
from paper_repro.clustering.principal import principal
from tests.experiments.folders_made import N, images, steps_for, table_of
from tests.report.pages_made import Page


def page_of(run: Run, where: Path, k: int | None = None) -> tuple[Path, dict[str, Any]]:
    """The page that the command makes of a folder, and what its script reads."""
    asked, steps = steps_for(run, where, k)
    stopping.forget()
    assert walk(steps, [f"page {asked.name}"], 1) == {}
    assert not list(would_make(steps, [f"page {asked.name}"]))
    path = run.results / asked.name / "index.html"
    page = Page(path.read_text(encoding="utf-8"))
    (data,) = [json.loads(script) for script in page.scripts if script.startswith("{")]
    return path, data


def test_labelled_images_stand_on_the_map_with_what_they_were_found_as(tmp_path: Path, run: Run) -> None:
    path, data = page_of(run, images(run.out / "Sky Images", labelled=True))
    (shown,), (table,) = data["maps"], data["tables"]
    found = table_of(path.parent)
    assert shown["kind"] == "true class"
    assert [shown["classes"][number] for number in shown["class"]] == found["label"].tolist()
    assert [shown["foundNames"][number] for number in shown["found"]] == found["matched"].tolist()
    assert table["id"] == found["id"].tolist()
    linked = path.parent / unquote(table["links"][0])
    assert linked.resolve() == (run.out / "Sky Images" / "dark" / "00.png").resolve()
    assert len(shown["distance"]) == len(shown["margin"]) == N


def test_images_without_labels_stand_by_their_classes_and_link_to_nothing_outside(tmp_path: Path, run: Run) -> None:
    path, data = page_of(run, images(tmp_path / "plain"), 3)
    (shown,), (table,) = data["maps"], data["tables"]
    assert shown["kind"] == "class"
    assert shown["class"] == table_of(path.parent)["class"].tolist()
    assert shown["classes"] == ["Class 0", "Class 1", "Class 2"]
    assert set(table["links"]) == {None}  # the folder isn't below the output's
    assert "t-SNE map" in shown["note"]


def test_few_images_stand_by_their_principal_components(tmp_path: Path, run: Run) -> None:
    _, data = page_of(run, images(tmp_path / "few", count=3), 2)
    assert "too few images for a t-SNE map" in data["maps"][0]["note"]
    assert len(data["maps"][0]["x"]) == 3


def test_principal_components_are_those_of_the_covariance() -> None:
    x = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32) * np.array([5, 3, 1, 1, 1, 1], np.float32)
    found = principal(x)
    values, vectors = np.linalg.eigh(np.cov(x.T.astype(np.float64)))
    for column in range(2):
        expected = (x - x.mean(axis=0)) @ vectors[:, -1 - column]
        assert abs(found[:, column]) == pytest.approx(abs(expected), abs=1e-3)
    assert found.var(axis=0, ddof=1) == pytest.approx(values[:-3:-1], rel=1e-4)
