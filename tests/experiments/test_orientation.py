"""Patches of Venus turned: which are drawn, their features, and of each class how many keep it, counted one by one."""

import dataclasses
import itertools
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering

from paper_repro.base.files import read_json
from paper_repro.base.recipe import RECIPES
from paper_repro.base.run import Run
from paper_repro.encoders import encode
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.encode import folded
from paper_repro.encoders.resnet import ResNetEncoder
from paper_repro.encoders.weights import random_state
from paper_repro.experiments import turned_patches
from paper_repro.experiments.settings import turned_file
from paper_repro.paper import TABLE4
from paper_repro.patches import build, part, project
from paper_repro.patches.dataset import open_set
from paper_repro.patches.turned import Turning, turn_part
from tests.experiments.venus_made import GROUPS, NAME, N, classify, features, make_run, turn, turned
from tests.patches import tiny_archive

SCALE = 3000.0
WHOLE = np.arange(N) != np.flatnonzero(GROUPS == 0)[0]


def counted(labels: NDArray[np.int64]) -> dict[int, list[list[bool]]]:
    """Of each class, by the nearest mean, whether each turn of each whole patch keeps it."""
    means = [features(0)[labels == c].mean(axis=0, dtype=np.float64) for c in range(labels.max() + 1)]
    found: dict[int, list[list[bool]]] = {c: [] for c in range(len(means))}
    for row in np.flatnonzero(WHOLE):
        own, *others = [int(np.argmin([np.linalg.norm(x - mean) for mean in means])) for x in turned()[row]]
        found[own].append([other == own for other in others])
    return found


def test_of_each_class_the_share_that_keeps_it_is_counted(done: Run) -> None:
    folder = done.results / NAME
    table = pd.read_csv(folder / "orientation.csv", dtype={"class": str}).set_index("class")
    assert table["kept"].tolist() == pytest.approx([1, 12 / 23, 0, 22 / 23, (29 * 23 + 20 * 12 + 10 * 22) / (74 * 23)])
    assert table["all"].tolist() == pytest.approx([1, 0, 0, 0, 29 / 74])
    assert table["images"].to_dict() == {"0": 29, "1": 20, "2": 15, "3": 10, "all": 74}
    for c, rows in counted(GROUPS).items():
        assert table.loc[str(c), "kept"] == pytest.approx(np.mean(rows))
    angles = pd.read_csv(folder / "orientation_angles.csv")
    assert angles["angle_deg"].tolist() == [15.0 * n for n in range(1, 24)]
    assert angles["kept"].iloc[[0, 1, 22]].tolist() == pytest.approx([59 / 74, 39 / 74, 49 / 74])


def test_the_catalogue_says_it_and_the_stability_of_every_number_of_classes(done: Run) -> None:
    record = read_json(done.results / NAME / "classes.json") or {}
    assert [one["turned"]["patches"] for one in record["classes"]] == [29, 20, 15, 10]
    assert (record["turned"]["patches"], record["not_turned"]) == (74, 1)
    text = (done.results / NAME / "classes.md").read_text()
    for c, share in enumerate(("100% of 29", "52% of 20", "0% of 15", "96% of 10")):
        assert re.search(rf"^\| {c} +\|.*\| {share} +\|$", text, re.MULTILINE)
    assert "at every angle; 1 have not. In all 66% of 74." in text
    stable = pd.read_csv(done.results / NAME / "stability.csv").set_index("k")["kept"]
    for k in (2, 3, 4, 7):
        labels = AgglomerativeClustering(n_clusters=k, linkage="ward").fit_predict(features(0))
        kept = [each for rows in counted(labels).values() for row in rows for each in row]
        assert stable[k] == pytest.approx(np.mean(kept))


def test_where_no_patch_can_be_turned_it_is_said(tmp_path: Path) -> None:
    run = make_run(tmp_path, seeds=(0,), bootstraps=1)
    turn(run, turned(), np.zeros(N, np.bool_))
    classify(run)
    assert pd.read_csv(run.results / NAME / "orientation.csv")["kept"].isna().all()
    text = (run.results / NAME / "classes.md").read_text()
    assert text.count("| not measured") == 4
    assert "75 have not. In all not measured." in text


@pytest.mark.parametrize("most", [1, 40, 99, 200])
def test_whole_observations_are_drawn_up_to_so_many(most: int) -> None:
    sources = [f"{letter}.fit" for letter in "abcdefgh" for _ in range(1 + 7 * (ord(letter) % 3))]
    sources = [sources[n] for n in np.random.default_rng(2).permutation(len(sources))]
    rows = turned_patches.drawn(sources, most)
    assert len(rows) == min(most, len(sources))
    assert rows.tolist() == sorted(set(rows.tolist()))
    assert rows.tolist() == turned_patches.drawn(sources, most).tolist()
    found, every = Counter(sources[row] for row in rows), Counter(sources)
    assert sum(found[source] < every[source] for source in found) <= 1  # the last one drawn


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with patches of six observations, and their features by random weights."""
    folder = tmp_path_factory.mktemp("orientation")
    run = tiny_archive.run_of(folder / "out", tiny_archive.make(folder / "in", 6), (SCALE,))
    encoders = dataclasses.replace(run.profile.encoders, side=32)
    run = dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))
    tiny_archive.build(run)
    features = run.features(NAME, run.benchmark_model)
    encode.encode_set(run, NAME, lambda: ResNetEncoder(random_state(0)), "", features, "cpu")
    return run


def test_features_of_turned_patches_are_those_of_each_alone(archive: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    patches, encoder = open_set(archive.patches(NAME)), ResNetEncoder(random_state(0))
    monkeypatch.setattr(turned_patches, "MOST_TURNED", len(patches) - 1)
    monkeypatch.setattr(turned_patches, "_encoder", lambda *_: encoder)
    turned_patches.encode_turned(archive, NAME, device="cpu", jobs=1)
    path = turned_file(archive, NAME)
    values, table = np.load(path), pd.read_csv(path.with_suffix(".csv"))
    assert len(table) == len(patches) - 1
    assert values.shape == (table["whole"].sum(), 24, 512)
    assert len(values) > 1
    tasks = build.tasks(archive, "uvi", build.observe(archive, "uvi"))
    plain = Augmenter(32, False, RECIPES["paper"], jitter_and_blur=False).plain
    upright = np.load(archive.features(NAME, archive.benchmark_model))
    sources, network = patches.table["source"], folded(encoder)
    found = iter(values)
    for patch, fits in table.itertuples(index=False):
        [row] = np.flatnonzero(patches.table["id"] == patch)
        within = int((sources[:row] == sources[row]).sum())
        images, whole = turn_part(Turning(tasks[sources[row]], SCALE, int((sources == sources[row]).sum()), (within,),
                                          tuple(15.0 * n for n in range(24))))
        assert bool(whole[0]) == fits
        if fits:
            x = next(found)
            assert x[0] == pytest.approx(upright[row], rel=1e-4, abs=1e-5)
            for n in (0, 1, 13):
                with torch.inference_mode():
                    alone = network(plain(images[0, n][None]))[0].numpy()
                assert x[n] == pytest.approx(alone, rel=1e-4, abs=1e-5)
    assert next(found, None) is None
    assert all(np.abs(a - b).max() > 1e-3 for a, b in itertools.pairwise(values[0]))


def test_where_some_are_dropped_the_others_are_still_the_sets_own(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "FAR_PX", 0.3)  # between points, so that about half of these are drawn out
    monkeypatch.setattr(part, "SHARE", 0.108)
    run = tiny_archive.run_of(tmp_path / "out", tiny_archive.make(tmp_path / "in", 2), (1500.0,))
    assert run.profile.venus is not None
    run = dataclasses.replace(run, profile=dataclasses.replace(
        run.profile, patches=dataclasses.replace(TABLE4, resolution_px=32),
        venus=dataclasses.replace(run.profile.venus, drawn_out="drop")))
    tiny_archive.build(run)
    name = "uvi-1500km-flat"
    patches = open_set(run.patches(name))
    assert patches.table["source"].value_counts().tolist() == [5, 3]  # of nine each
    views = turned_patches.views(run, name, np.arange(len(patches)), 1)
    whole = {row: images for row, images in views if images is not None}
    assert set(patches.table["source"][list(whole)]) == set(patches.table["source"])
    for row, images in whole.items():
        assert np.array_equal(images[0], patches.images[row])  # at 0 degrees


def test_features_of_no_patch(archive: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turned_patches, "_encoder", lambda *_: ResNetEncoder(random_state(0)))
    monkeypatch.setattr(turned_patches, "views", lambda run, name, rows, jobs: ((int(row), None) for row in rows))
    turned_patches.encode_turned(archive, NAME, device="cpu", jobs=1)
    path = turned_file(archive, NAME)
    assert np.load(path).shape == (0, 24, 512)
    assert not pd.read_csv(path.with_suffix(".csv"))["whole"].any()
