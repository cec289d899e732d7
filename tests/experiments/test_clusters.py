"""Other clusterings of a set of Venus whose groups are known, and of a folder: noise, scores, and what is refused."""

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.metrics import adjusted_rand_score

from paper_repro import cli
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.run import Run
from paper_repro.clustering.names import Method
from paper_repro.encoders.weights import random_state
from paper_repro.experiments import settings
from paper_repro.experiments.classify import number_of_classes
from paper_repro.patches import folder
from paper_repro.steps import Means, steps_of
from tests.experiments.folders_made import COUNTS, TRUE, classify, images, small
from tests.experiments.venus_made import GROUPS, NAME, N, features


@pytest.mark.parametrize("method", ["kmeans", "gmm", "hdbscan"])
def test_a_set_of_venus_by_another_clustering(done: Run, tmp_path: Path, method: Method) -> None:
    run = dataclasses.replace(done, out=tmp_path / "out")  # other tests compare every file of `done`
    shutil.copytree(done.out, run.out)
    steps = steps_of(run, Means(jobs=1))
    before = (run.results / NAME / "classes.csv").read_bytes()
    steps.make(steps.by_name[f"clusters {method} {NAME}"])
    where = settings.clusters_folder(run, method, NAME)
    found, summary = pd.read_csv(where / "classes.csv"), read_json(where / "summary.json") or {}
    inside = found["class"] >= 0
    assert adjusted_rand_score(GROUPS[inside], found["class"][inside]) > 0.9
    assert summary["noise"] == (~inside).sum() < N / 3
    assert found.loc[~inside, ["distance", "silhouette"]].isna().all().all()
    x = features(0)
    for n in np.flatnonzero(inside)[:5]:
        members = x[found["class"] == found["class"][n]]
        assert found["distance"][n] == pytest.approx(np.linalg.norm(members.mean(axis=0) - x[n]), rel=1e-4)
    apart = found["class"].where(inside, -1 - found["id"])  # each of noise by itself
    assert summary["ari_with_ward"] == pytest.approx(adjusted_rand_score(GROUPS, apart))
    stable = pd.read_csv(where / "stability.csv")
    assert stable["k"].tolist() == ([summary["classes"]] if method == "hdbscan" else list(range(1, 11)))
    assert (run.results / NAME / "classes.csv").read_bytes() == before


def test_noise_of_a_folder_counts_as_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save(random_state(5), tmp_path / "random.pth")
    run = small(tmp_path / "out", tmp_path / "random.pth")
    target = classify(run, images(tmp_path / "sky", labelled=True), clustering="hdbscan")
    found, scores = pd.read_csv(target / "classes.csv"), read_json(target / "scores.json") or {}
    noise = found["class"] == -1
    assert scores["noise"] == noise.sum() > 0
    assert scores["clusters"] == found["class"].max() + 1
    assert scores["accuracy"] <= 1 - noise.mean()
    assert scores["ari"] == pytest.approx(adjusted_rand_score(TRUE, found["class"].where(~noise, -1 - found["id"])))
    assert "matched" not in found
    assert found.loc[noise, "silhouette"].isna().all()
    assert set(found["label"]) == set(COUNTS)
    asked = folder.find(tmp_path / "sky")
    with pytest.raises(UserError, match="--classes 3: HDBSCAN finds the number of classes by itself"):
        number_of_classes(asked, 3, "hdbscan")
    assert number_of_classes(asked, None, "hdbscan") == 0
    assert number_of_classes(asked, 3, "gmm") == 3


def test_a_clustering_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["classify", "folder", "--clustering", "dbscan"])
    assert "expected one of ward, kmeans, hdbscan, gmm, scan, found 'dbscan'; choose one" in capsys.readouterr().err
