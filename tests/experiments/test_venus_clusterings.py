"""A profile that divides the sets of Venus in another way than the paper: same files, and everything says so."""

import dataclasses
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.profile import VenusClustering
from paper_repro.base.run import Run, open_run
from paper_repro.clustering import numbers
from paper_repro.clustering.names import METHODS, NOISE, method_of
from paper_repro.experiments import truth, venus
from paper_repro.figures import style
from paper_repro.patches.dataset import open_set
from paper_repro.report.explored import explorer
from paper_repro.report.explorer import named_classes, open_all
from paper_repro.steps import Means, clusters, steps_of
from paper_repro.tables import stability
from paper_repro.verify.claims.measured import basis_of
from tests.experiments.venus_made import GROUPS, NAME, N, classify, encode_by, features, make_run

NAMES = {"kmeans": "k-means", "gmm": "a Gaussian mixture", "hdbscan": "HDBSCAN"}


def run_by(out: Path, method: VenusClustering, seeds: tuple[int, ...] = (0, 1)) -> Run:
    run = make_run(out, seeds=seeds)
    assert run.profile.venus is not None
    chosen = dataclasses.replace(run.profile.venus, clustering=method)
    values = features(0)
    values[:5] += 40 * np.eye(5, 16, 4)  # apart from all groups, and from each other
    encode_by(run, 0, values)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, venus=chosen))


def test_a_profile_has_the_clusterings_there_are() -> None:
    assert [method_of(name) for name in get_args(VenusClustering)] == list(METHODS)


@pytest.mark.parametrize("method", ["kmeans", "gmm", "hdbscan"])
def test_classes_of_venus_by_the_profiles_clustering(tmp_path: Path, method: VenusClustering) -> None:
    run = run_by(tmp_path, method)
    folder = classify(run)
    found, stable = (pd.read_csv(folder / name) for name in ("classes.csv", "stability.csv"))
    inside = (found["class"] != NOISE).to_numpy()
    assert adjusted_rand_score(GROUPS[5:][inside[5:]], found["class"][5:][inside[5:]]) > 0.5
    assert inside.all() == (method != "hdbscan")
    assert found.loc[~inside, ["distance", "silhouette"]].isna().all().all()
    record, said = (read_json(folder / name) or {} for name in ("provenance.json", "classes.json"))
    note = f"Divided into classes by {NAMES[method]}, an experiment beside the paper's Ward."
    assert note in record["notes"]
    assert note in said["notes"]
    text = (folder / "classes.md").read_text()
    assert f"{NAMES[method]}. Classes are numbered by size." in text
    assert note in text
    assert [one["size"] for one in said["classes"]] == np.bincount(found["class"][inside]).tolist()
    assert said["noise"] == (~inside).sum()
    assert (f"{said['noise']} patches are noise" in text) == (said["noise"] > 0) == (method == "hdbscan")
    assert stable["k"].tolist() == ([len(said["classes"])] if method == "hdbscan" else list(range(2, 11)))
    x = np.load(run.features(NAME, "simclr", 0))
    expected = numbers.table_of(x, method_of(method), range(1, 11), 0, 1).set_index("k")
    for column in ("silhouette", "bootstrap_ari_mean", "gap", "gap_error"):
        assert stable[column].to_numpy() == pytest.approx(expected.loc[stable["k"], column], nan_ok=True)
    assert (stable["seeds_ari_mean"] <= 1).all()
    assert (said["by_gap"] == "") == (method == "hdbscan")
    venus.summarise(run)
    row = pd.read_csv(run.results / "venus.csv").iloc[0]
    assert row["classes"] == len(said["classes"])
    of_margin = pd.read_csv(folder / "measures.csv")["margin"]
    assert of_margin.isna().tolist() == (~inside).tolist()


def test_what_shows_the_classes_has_noise_as_the_last(tmp_path: Path) -> None:
    run = run_by(tmp_path, "hdbscan")
    folder = classify(run)
    found = pd.read_csv(folder / "classes.csv")["class"]
    assert (found == NOISE).any()
    steps = steps_of(run, Means(jobs=1))
    steps.make(steps.by_name[f"maps {NAME}"])
    other = pd.read_csv(run.results / NAME / "maps" / "simclr-s1.csv")["class"]
    assert other.min() >= NOISE
    labels, names = style.named(found.to_numpy())
    assert names[-1] == "Noise"
    assert (labels == found.max() + 1).tolist() == (found == NOISE).tolist()
    shown = named_classes(open_set(run.patches(NAME)), found.to_frame())
    assert (shown[0], shown[1].tolist(), shown[3]) == (names, labels.tolist(), True)
    one = explorer(open_all(run)[0]).data["maps"][0]
    measures = pd.read_csv(folder / "measures.csv")
    assert [value is None for value in one["distance"]] == (found == NOISE).tolist()
    assert [np.nan if value is None else value for value in one["margin"]] == pytest.approx(
        measures["margin"].tolist(), abs=2e-3, nan_ok=True)
    known = read_json(folder / "truth.json") or {}
    true = truth.types(run, NAME)
    assert known["ari"] == pytest.approx(adjusted_rand_score(true, found.where(found != NOISE, -1 - found.index)))
    assert sum(map(sum, known["types"].values())) == (found != NOISE).sum() < N
    steps.make(steps.by_name["venus"])
    made = stability.write(run, steps.origin(steps.by_name["table stability"]))
    text = next(path for path in made.files if path.suffix == ".md").read_text()
    assert "Silhouette of the HDBSCAN classes" in text
    assert "an experiment beside the paper's Ward" in text
    assert "other numbers were not tried" in text


def test_every_other_clustering_can_be_tried_beside_it(tmp_path: Path) -> None:
    run = run_by(tmp_path, "kmeans", seeds=(0,))
    classify(run)
    steps = steps_of(run, Means(jobs=1))
    assert f"clusters kmeans {NAME}" not in steps.by_name
    steps.make(steps.by_name[f"clusters hac {NAME}"])
    summary = read_json(run.results / "clusters" / "hac" / NAME / "summary.json") or {}
    one, other = (pd.read_csv(folder / "classes.csv")["class"] for folder in (
        run.results / NAME, run.results / "clusters" / "hac" / NAME))
    assert summary["ari_with_kmeans"] == pytest.approx(adjusted_rand_score(one, other))
    assert [clusters.target(run, asked) for asked in (None, "kmeans", "hac")] == ["venus", "venus", "clusters hac"]
    assert steps.by_name[f"catalogue {NAME}"].settings["clustering"] == "kmeans"


def test_claims_are_not_held_against_other_classes(tmp_path: Path) -> None:
    run = run_by(tmp_path, "kmeans", seeds=(0,))
    record = read_json(classify(run) / "provenance.json") or {}
    basis = basis_of(record | {"simulated": False})
    assert (basis.comparable, basis.why) == (
        False, "Divided into classes by k-means, an experiment beside the paper's Ward")
    assert basis_of(record | {"simulated": False, "notes": []}).comparable


def test_mistakes_about_it_are_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('extends = "sample"\n[venus]\nclustering = "dbscan"\n')
    with pytest.raises(UserError, match=r"mine.toml: \[venus\] clustering: expected .*hdbscan.*, found .dbscan."):
        open_run(str(path), tmp_path)
    path.write_text('extends = "sample"\n[venus]\nclustering = "hdbscan"\n')
    assert open_run(str(path), tmp_path).profile.venus is not None
    with pytest.raises(UserError, match=r"--classes 3: HDBSCAN, the clustering of profile .*mine.toml', finds the"):
        open_run(str(path), tmp_path, classes=3)
