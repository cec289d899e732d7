"""Classes of Venus' clouds on made-up features whose groups are known."""

import itertools
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score, precision_score, silhouette_score

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.run import Run, open_run
from paper_repro.clustering import numbers
from paper_repro.experiments import class_measures, truth, venus
from paper_repro.patches import dataset
from paper_repro.simulated.venus_fields import TYPES, Field
from paper_repro.steps import steps_of
from paper_repro.steps.targets import resolve
from tests import records_made
from tests.experiments.venus_made import GROUPS, NAME, SIZES, N, classify, encode_by, features, make_run


def test_classes_are_wards_numbered_by_size(done: Run) -> None:
    found = pd.read_csv(done.results / NAME / "classes.csv")
    assert list(found.columns) == ["id", "class", "distance", "silhouette"]
    assert found["class"].tolist() == GROUPS.tolist()  # the largest group is class 0
    expected = AgglomerativeClustering(n_clusters=4, linkage="ward").fit_predict(features(0))
    assert adjusted_rand_score(expected, found["class"]) == 1
    assert found["silhouette"].mean() == pytest.approx(silhouette_score(features(0), GROUPS))
    mean = features(0)[GROUPS == 2].mean(axis=0)
    own = np.linalg.norm(features(0)[GROUPS == 2] - mean, axis=1)
    assert found["distance"][GROUPS == 2].to_numpy() == pytest.approx(own, rel=1e-5)
    places = pd.read_csv(done.results / NAME / "tsne2.csv")
    assert places["id"].tolist() == list(range(N))


def test_stability_tells_four_from_other_numbers(done: Run) -> None:
    found = pd.read_csv(done.results / NAME / "stability.csv")
    assert found["k"].tolist() == list(range(2, 11))
    assert found["silhouette"].argmax() == 2  # k = 4
    assert found["bootstrap_ari_mean"][2] == 1
    assert found["bootstrap_ari_mean"][8] < 0.9
    assert (found["smallest"][2], found["largest"][2]) == (10, 30)
    trees = [AgglomerativeClustering(n_clusters=4, linkage="ward").fit_predict(features(seed)) for seed in range(3)]
    pairs = [adjusted_rand_score(a, b) for a, b in itertools.combinations(trees, 2)]
    assert found["seeds_ari_mean"][2] == pytest.approx(np.mean(pairs))
    assert found["seeds_ari_min"][2] == pytest.approx(min(pairs))
    assert min(pairs) < 0.9  # the later trainings are the worse ones
    beside = numbers.table_of(features(0), "hac", range(1, 11), 0, 1)
    assert numbers.by_gap(beside) == 4
    assert found["gap"].argmax() == 2
    record = read_json(done.results / NAME / "classes.json") or {}
    assert record["by_gap"] == "4"
    assert "The gap statistic, which knows one class too, says 4." in (done.results / NAME / "classes.md").read_text()


def test_the_catalogue_says_what_was_measured(done: Run) -> None:
    record = read_json(done.results / NAME / "classes.json")
    assert record is not None
    assert record["simulated"]
    assert [one["size"] for one in record["classes"]] == list(SIZES)
    for number, one in enumerate(record["classes"]):
        assert one["latitude_deg"] == {"min": 20 * number - 30, "median": 20 * number - 30, "max": 20 * number - 30}
        assert one["local_time_h"]["median"] == 8 + 2 * number
        assert one["contrast"]["median"] == pytest.approx(0.5)  # (3 - 1) / (3 + 1)
        members = np.flatnonzero(number == GROUPS)
        mean = features(0)[members].mean(axis=0)
        order = members[np.argsort(np.linalg.norm(features(0)[members] - mean, axis=1))]
        assert one["nearest"] == order[:8].tolist()
        assert one["border"] == border(number)
    text = (done.results / NAME / "classes.md").read_text()
    assert "Made from simulated images." in text
    assert "made up" in text
    assert "numbered by size" in text
    assert "3 trainings, 3 bootstraps" in text
    assert re.search(r"\|\s+4 \|\s+0\.\d{3} \|\s+1\.000 \|\s+0\.000 \|", text)
    assert [one["drawn_out"] for one in record["classes"]] == [0, 0, 0, 7]
    assert re.search(r"\| 3 +\| 7 +\| 70% +\|\n\nClass 3 consists mostly of them", text)
    assert "Class 2 consists mostly" not in text
    assert re.search(r"Highest among 2 to \d+ classes: silhouette with 4 \(0\.\d+\)", text)


def border(number: int) -> list[int]:
    """The eight patches of a class for which the way to another class's mean is nearest to that to their own."""
    means = [features(0)[c == GROUPS].mean(axis=0, dtype=np.float64) for c in range(4)]
    ways = []
    for n in np.flatnonzero(number == GROUPS):
        far = [math.dist(features(0)[n], mean) for mean in means]
        ways.append((abs(min(far[:number] + far[number + 1:]) - far[number]), int(n)))
    return [n for _, n in sorted(ways)[:8]]


def test_patches_beyond_the_border_are_not_those_nearest_to_it() -> None:
    part = pd.DataFrame({"id": range(12), "class": 0, "distance": 1.0, "silhouette": 0.0, "latitude_deg": 0.0,
                         "local_time_h": 12.0, "contrast": 0.5, "wave_score": 0.1,
                         "margin": [-9, 0.1, -0.2, 5, 0.3, -0.4, 6, 0.5, -7, 0.6, 0.7, 8]})
    assert class_measures.entry(part)["border"] == [1, 2, 4, 5, 7, 9, 10, 3]


def test_what_favours_the_papers_number_is_said() -> None:
    stable = pd.DataFrame({"k": range(2, 11), "silhouette": [0.3, 0.1, 0.2, *[0.0] * 6],
                           "bootstrap_ari_mean": [0.1, 0.1, 0.9, *[0.2] * 6], "seeds_ari_mean": np.nan})
    assert class_measures.choice(stable, 4, "") == (
        "Highest among 2 to 10 classes: silhouette with 2 (0.300; 0.200 with the 4 used here), the bootstraps' ARI "
        "with 4 (0.900).")
    assert class_measures.choice(stable, 3, "1").endswith(
        "(0.900; 0.100 with the 3 used here). The gap statistic, which knows one class too, says 1.")


def test_margin_is_the_way_to_the_next_mean(done: Run) -> None:
    found = pd.read_csv(done.results / NAME / "measures.csv")
    means = [features(0)[c == GROUPS].mean(axis=0) for c in range(4)]
    for n in range(0, N, 7):
        far = [float(np.linalg.norm(features(0)[n] - mean)) for mean in means]
        other = min(distance for c, distance in enumerate(far) if c != GROUPS[n])
        assert found["margin"][n] == pytest.approx(other - far[GROUPS[n]], rel=1e-4)


def test_a_patch_without_light_has_no_contrast(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    rows = dataset.open_set(run.patches(NAME)).table.assign(value_min=-1.0, value_max=0.5)
    records_made.patch_set(run, NAME, np.zeros((N, 32, 32), np.uint8), rows)
    measured = class_measures.measure(run, NAME, features(0), GROUPS)
    assert measured["contrast"].isna().all()
    one = rows.assign(silhouette=0.0, distance=0.0, **{"class": 0}).merge(measured)
    assert class_measures.entry(one)["contrast"] is None


def test_the_truth_of_a_simulated_set(done: Run) -> None:
    found = read_json(done.results / NAME / "truth.json")
    assert found is not None
    rows = dataset.open_set(done.patches(NAME)).table
    places = {"a.fit": (10.0, 0.0), "b.fit": (-50.0, 30.0)}
    kinds = [str(Field(3).feature_type(east, north, *places[source], 3000.0)[0]) for source, east, north in
             zip(rows["source"], rows["longitude_deg"], rows["latitude_deg"], strict=True)]
    assert truth.types(done, NAME).tolist() == kinds
    assert found["ari"] == pytest.approx(adjusted_rand_score(kinds, GROUPS))
    for kind in TYPES:
        counts = [sum(k == kind and g == c for k, g in zip(kinds, GROUPS, strict=True)) for c in range(4)]
        assert found["types"][kind] == counts
    assert found["wave_share"] is None  # patches as large as this have no waves


def test_waves_are_counted_in_the_class_that_has_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path)
    kinds = np.array(["wave"] * 10 + ["featureless"] * (N - 10))
    monkeypatch.setattr(truth, "types", lambda *_: kinds)
    labels = np.array([2] * 7 + [0] * (N - 7))
    split = np.arange(N) % 2
    found = truth.compare(run, NAME, pd.DataFrame({"id": range(N), "class": labels}), {2: split, 3: labels})
    assert (found["wave_share"], found["wave_precision"], found["wave_class"]) == (0.7, 1.0, 2)
    two, three = found["by_number"]
    assert (two["k"], two["wave_share"], two["wave_class"]) == (2, 0.5, 0)
    assert two["wave_precision"] == pytest.approx(precision_score(kinds == "wave", split == 0))
    assert two["ari"] == pytest.approx(adjusted_rand_score(kinds, split))
    assert {key: three[key] for key in ("ari", "wave_share", "wave_class")} == {
        key: found[key] for key in ("ari", "wave_share", "wave_class")}


def test_one_training_leaves_the_other_column_not_run(tmp_path: Path) -> None:
    run = make_run(tmp_path, seeds=(0,), bootstraps=1)
    classify(run)
    assert pd.read_csv(run.results / NAME / "stability.csv")["seeds_ari_mean"].isna().all()
    assert "not run" in (run.results / NAME / "classes.md").read_text()


def test_mistakes_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="venus: this run has nothing for it"):
        resolve(steps_of(open_run("swimcat", tmp_path, tmp_path)), ["venus"])
    run = make_run(tmp_path)
    rows = dataset.open_set(run.patches(NAME)).table.head(20)
    records_made.patch_set(run, NAME, np.zeros((20, 8, 8), np.uint8), rows)
    for seed in range(3):
        encode_by(run, seed, features(seed)[:20])
    with pytest.raises(UserError, match="expected more patches for 10 classes and a t-SNE map, found 20"):
        classify(run)


def test_trainings_with_other_seeds_than_the_benchmarks(tmp_path: Path) -> None:
    run = make_run(tmp_path, seeds=(1, 2), bootstraps=1)
    classify(run)
    found = pd.read_csv(run.results / NAME / "classes.csv")
    expected = AgglomerativeClustering(n_clusters=4, linkage="ward").fit_predict(features(1))
    assert adjusted_rand_score(expected, found["class"]) == 1
    record = read_json(run.results / NAME / "provenance.json")
    assert record is not None
    assert record["settings"]["seeds"] == [1, 2]
    assert record["inputs"].keys() == {"patches uvi-3000km", "drawn-out uvi-3000km", f"patches {NAME}",
                                       f"encode {NAME} simclr-s1", f"encode {NAME} simclr-s2", f"turned {NAME}"}
    assert (record["notes"], record["simulated"]) == (["made up"], True)


@pytest.mark.parametrize("classes", [3, 12])
def test_as_many_classes_as_the_profile_says(classes: int, tmp_path: Path) -> None:
    run = make_run(tmp_path, seeds=(0,), bootstraps=2, classes=classes)
    classify(run)
    found = pd.read_csv(run.results / NAME / "classes.csv")
    expected = AgglomerativeClustering(n_clusters=classes, linkage="ward").fit_predict(features(0))
    assert found["class"].nunique() == classes
    assert adjusted_rand_score(expected, found["class"]) == 1
    stable = pd.read_csv(run.results / NAME / "stability.csv")
    assert stable["k"].tolist() == list(range(2, max(10, classes) + 1))
    venus.summarise(run)
    row = pd.read_csv(run.results / "venus.csv").iloc[0]
    assert (row["set"], row["patches"], row["classes"]) == ("uvi-3000km", N, classes)
    assert row["silhouette"] == pytest.approx(found["silhouette"].mean())
    best = stable.set_index("k")["silhouette"].idxmax()
    said = "" if best == classes else f"; {row['silhouette']:.3f} with the {classes} used here"
    assert f"silhouette with {best} ({stable['silhouette'].max():.3f}{said})" in (
        run.results / NAME / "classes.md").read_text()
    with pytest.raises(UserError, match=f"expected more patches for {N} classes"):
        classify(make_run(tmp_path / "many", seeds=(0,), classes=N))
