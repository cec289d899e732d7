"""Images from which no limit can be told, or that HDBSCAN divides: there is a catalogue of them all the same."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from paper_repro import cli
from paper_repro.base.files import write_json
from paper_repro.base.provenance import Origin
from paper_repro.base.run import Run
from paper_repro.base.walk import walk
from paper_repro.catalogues import assign, keep
from paper_repro.catalogues.document import open_catalogue
from paper_repro.encoders import weights_file
from paper_repro.encoders.weights import random_state
from paper_repro.experiments import classify
from tests import records_made
from tests.experiments.folders_made import images, small, steps_for

N = 40
GROUPS = np.repeat([0, 1], N // 2)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    torch.save(random_state(5), tmp_path / "random.pth")
    return small(tmp_path / "out", tmp_path / "random.pth")


@pytest.fixture
def whole(run: Run, tmp_path: Path) -> Path:
    """The catalogue of patches of which all come from one image."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"id": range(N), "source": "one.fits"})
    records_made.patch_set(run, "one", rng.integers(0, 255, (N, 16, 16)).astype(np.uint8), table)
    path = run.patches("one") / "provenance.json"
    write_json(path, {**json.loads(path.read_text(encoding="utf-8")), "folder": str(tmp_path / "one")})
    write_json(weights_file.folder_of(run) / weights_file.BASE,
               {"kind": "random", "sha256": "0" * 64, "seed": 5})
    features = run.features("one", "simple")
    records_made.features(run, features, (rng.normal(size=(N, 512)) + 50 * GROUPS[:, None]).astype(np.float32))
    classify.classify_set(run, "one", features, 2, "simple", "hac")
    keep.keep(run, "one", features, Origin(), model="simple", checkpoint=None, settings=None, clustering="hac", jobs=1)
    return run.results / "one" / "catalogue"


def test_patches_of_one_observation_give_a_catalogue_without_limits(whole: Path) -> None:
    about = open_catalogue(whole).about
    assert about["limits"] == {way: {level: [None, None] for level in ("0.5", "0.9", "0.95", "0.99", "1.0")}
                               for way in ("centre", "neighbours")}
    assert about["held_out"] == {}


def test_by_such_a_catalogue_nothing_is_told_to_be_unlike_and_that_is_said(
        whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = images(tmp_path / "sky")
    assert cli.main(["assign", str(whole), str(where), "--out", str(tmp_path / "there"), "--device", "cpu"]) == 0
    said = capsys.readouterr().out
    assert assign.NO_LIMIT_NOTE in said
    assert "are unlike any class" not in said.replace(assign.NO_LIMIT_NOTE, "")
    assert ", of which" not in said
    results = tmp_path / "there/data/assign-sky/results/sky"
    assert not pd.read_csv(results / "assigned.csv")["unlike"].any()
    assert pd.read_csv(results / "counts.csv")["limit"].isna().all()
    for name in ("provenance.json", "index.html"):
        assert assign.NO_LIMIT_NOTE in (results / name).read_text(encoding="utf-8")
    page = (results / "index.html").read_text(encoding="utf-8")
    assert "images assigned to 2 classes of one, of which nothing tells whether they are unlike any class" in page
    assert page.count('<td class="n">not told</td>') == 2
    assert "0 (0.0%)</td>\n<td><img" not in page


def test_five_images_in_four_classes_get_a_catalogue(run: Run, tmp_path: Path,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    asked, steps = steps_for(run, images(tmp_path / "five", count=5), 4)
    assert walk(steps, [f"catalogue {asked.name}"], 1) == {}
    found = open_catalogue(run.results / "five" / "catalogue").about
    assert found["held_out"]["centre"]["folds"] == 5
    assert 0 < (found["held_out"]["centre"]["unlike_folds"] or 0) < 5
    stable = pd.read_csv(run.results / "five" / "stability.csv")
    assert stable["k"].tolist() == [1, 2, 3, 4, 5]
    assert [row["k"] for row in found["stability"]] == [1, 2, 3, 4, 5]
    classify.tell(run, "five", "simple", None)
    assert "nan" not in capsys.readouterr().out


def test_unlabelled_images_are_divided_by_hdbscan(run: Run, tmp_path: Path) -> None:
    asked, steps = steps_for(run, images(tmp_path / "sky"), clustering="hdbscan")
    assert walk(steps, [f"catalogue {asked.name}"], 1) == {}
    results = run.results / "sky"
    assert not (results / "confusion.csv").exists()
    assert not (results / "scores.json").exists()
    assert open_catalogue(results / "catalogue").about["noise"] == (pd.read_csv(results / "classes.csv")["class"]
                                                                   < 0).sum()
