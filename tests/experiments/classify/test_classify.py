"""Classification of a user's own folder, from image files to scores, with random weights."""

import os
import shutil
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.metrics import accuracy_score, adjusted_rand_score, balanced_accuracy_score

from paper_repro import cli
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.run import Run, open_run
from paper_repro.clustering import stability, ward
from paper_repro.encoders import encode
from paper_repro.experiments import classify as module
from paper_repro.patches import dataset
from tests import records_made
from tests.experiments.folders_made import (
    COUNTS,
    MANGLED,
    TRUE,
    N,
    assert_classes_fit,
    classify,
    images,
    refuse,
    small,
    stale,
    table_of,
)


def contents(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(folder.rglob("*")) if path.is_file()}


def outputs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix == ".csv"}


def test_labelled_images_are_classified_and_scored(tmp_path: Path, run: Run,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    target = classify(run, images(tmp_path / "Sky Images", labelled=True))
    assert target == run.results / "sky-images"
    found = table_of(target)
    assert list(found.columns) == ["id", "source", "class", "distance", "silhouette", "label", "matched"]
    assert found["label"].tolist() == np.array(list(COUNTS))[TRUE].tolist()
    assert found["source"][0] == "dark/00.png"
    features = encode.open_features(run.features("sky-images", "simple"))
    assert_classes_fit(found, features.values, 3)
    scores = read_json(target / "scores.json")
    assert scores is not None
    assert scores["accuracy"] == pytest.approx(accuracy_score(found["label"], found["matched"]))
    assert scores["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(found["label"], found["matched"]))
    assert scores["ari"] == pytest.approx(adjusted_rand_score(TRUE, found["class"]))
    assert 1 / 3 < scores["chance_accuracy"] < 0.7
    assert 0.4 < scores["accuracy"] < 1
    assert (scores["model"], scores["clusters"], scores["n"]) == ("simple", 3, N)
    confusion = pd.read_csv(target / "confusion.csv", index_col="true")
    assert np.trace(confusion.to_numpy()) == round(scores["accuracy"] * N)
    places = pd.read_csv(target / "tsne2.csv")
    assert places["id"].tolist() == found["id"].tolist()
    assert np.isfinite(places[["x", "y"]].to_numpy()).all()
    record = read_json(target / "provenance.json")
    assert record is not None
    assert record["simulated"] is False
    assert ["stand-in weights" in note for note in record["notes"]] == [True]
    capsys.readouterr()
    module.tell(run, "sky-images", "simple", None)
    said = capsys.readouterr().out
    sizes = ", ".join(str(size) for size in np.bincount(found["class"]))
    assert f"sky-images: {N} images of 16 x 16 px in gray, encoder simple\nimages in each class: {sizes}; mean " in said
    assert f"accuracy {scores['accuracy']:.3f}, balanced accuracy {scores['balanced_accuracy']:.3f}, adj" in said
    assert f", accuracy of random labels {scores['chance_accuracy']:.3f}\n" in said
    assert record["outputs"].keys() == {"classes.csv", "scores.json", "confusion.csv"}
    assert (read_json(target / "tsne2.json") or {})["outputs"].keys() == {"tsne2.csv"}


def test_images_without_labels_need_a_number_of_classes(tmp_path: Path, run: Run,
                                                        capsys: pytest.CaptureFixture[str]) -> None:
    folder = images(tmp_path / "flat")
    with pytest.raises(UserError, match=r"flat: the images have no labels .* name it with --classes K"):
        classify(run, folder)
    assert not run.data.exists()
    target = classify(run, folder, 4)
    assert {path.name for path in target.iterdir()} == {"classes.csv", "tsne2.csv", "tsne2.json", "provenance.json"}
    assert list(table_of(target).columns) == ["id", "source", "class", "distance", "silhouette"]
    assert_classes_fit(table_of(target), encode.open_features(run.features("flat", "simple")).values, 4)
    capsys.readouterr()
    module.tell(run, "flat", "simple", None)
    assert "against the labels" not in capsys.readouterr().out


def test_what_is_done_is_not_done_again(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = images(tmp_path / "in", labelled=True)
    target = classify(run, folder)
    first = contents(target)
    with monkeypatch.context() as patch:
        for where, name in ((dataset, "save"), (encode, "encode_images"), (ward, "linkage"), (module, "reduce")):
            patch.setattr(where, name, refuse)
        assert classify(run, folder, 3, "simple") == target
        assert contents(target) == first
        with pytest.raises(UserError, match="left alone"):
            classify(run, folder, 4)
    monkeypatch.setattr(module, "reduce", refuse)  # the map doesn't depend on the number of classes
    classify(run, folder, 4)
    assert contents(target)["tsne2.csv"] == first["tsne2.csv"]


@pytest.mark.attack("edited-classes")
def test_classes_that_were_edited_are_noticed_and_made_again(tmp_path: Path, run: Run) -> None:
    where = images(tmp_path / "in", labelled=True)
    path = classify(run, where) / "classes.csv"
    before = contents(run.results)
    for mangle in MANGLED:
        path.write_bytes(mangle(before["in/classes.csv"][0]))
        assert stale(run, where) == {"classify in": "classes.csv is no longer what was written"}
        classify(run, where)
        assert outputs(path.parent) == {Path(name).name: data for name, (data, _) in before.items()
                                        if name.endswith(".csv")}


@pytest.mark.attack("classify-here")
@pytest.mark.parametrize("labelled", [True, False])
def test_the_folder_where_one_is_can_be_classified_again_and_again(
        tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch, labelled: bool,
        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(images(tmp_path / "photos", labelled=labelled))
    asked = ["classify", ".", "--weights", str(weights), "--classes", "3"]
    assert cli.main(asked) == 0
    classes = Path("data/classify/results/photos/classes.csv").read_bytes()
    assert any(Path("figures/classify").glob("*.png"))  # images, but none of the user's
    capsys.readouterr()
    for _ in range(2):
        assert cli.main(asked) == 0
        assert "made        " not in capsys.readouterr().out
    assert Path("data/classify/results/photos/classes.csv").read_bytes() == classes


def test_content_alone_decides_what_is_made_again(tmp_path: Path, run: Run) -> None:
    folder = images(tmp_path / "in", labelled=True)
    asked = ("patches in", "base weights", "encode in simple-s0", "classify in", "map in")
    assert stale(run, folder).keys() == set(asked)
    target = classify(run, folder)
    assert stale(run, folder) == {}
    assert stale(run, folder, 4) == {"classify in": "clusters changed from 3 to 4"}
    os.utime(folder / "dark" / "00.png", (0, 0))  # a wrong clock
    assert stale(run, folder) == {}
    (target / "tsne2.csv").write_text("id,x,y\n")
    assert stale(run, folder) == {"map in": "tsne2.csv is no longer what was written"}
    (target / "confusion.csv").unlink()
    (target / "tsne2.csv").unlink()
    assert stale(run, folder) == {"classify in": "confusion.csv is missing", "map in": "tsne2.csv is missing"}
    classify(run, folder)
    features = run.features("in", "simple")
    features.write_bytes(features.read_bytes()[:-1])
    assert list(stale(run, folder)) == ["encode in simple-s0", "classify in", "map in"]
    classify(run, folder)
    times = (folder / "dark" / "01.png").stat()
    Image.fromarray(np.full((16, 16), 77, np.uint8)).save(folder / "dark" / "01.png")
    os.utime(folder / "dark" / "01.png", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert stale(run, folder)["patches in"] == "images changed"


def test_the_set_of_a_folder_is_taken_as_it_is(tmp_path: Path, run: Run) -> None:
    folder = images(tmp_path / "in", labelled=True)
    classify(run, folder)
    made = contents(run.patches("in"))
    classify(run, run.patches("in"))
    assert stale(run, run.patches("in")) == {}
    assert contents(run.patches("in")).items() >= made.items()
    assert stale(run, folder) == {}


def test_with_another_number_of_classes_than_labels_nothing_is_matched(tmp_path: Path, run: Run,
                                                                       capsys: pytest.CaptureFixture[str]) -> None:
    folder = images(tmp_path / "in", labelled=True)
    classify(run, folder)
    target = classify(run, folder, 2)
    found, scores = table_of(target), read_json(target / "scores.json")
    assert list(found.columns) == ["id", "source", "class", "distance", "silhouette", "label"]
    ari = adjusted_rand_score(TRUE, found["class"])
    assert scores == {"ari": pytest.approx(ari), "classes": list(COUNTS), "clusters": 2, "clustering": "hac",
                      "model": "simple", "n": N}
    assert not (target / "confusion.csv").exists()
    classify(run, folder)
    (target / "provenance.json").unlink()  # as if it had been killed before its end
    classify(run, folder, 2)
    assert not (target / "confusion.csv").exists()
    capsys.readouterr()
    module.tell(run, "in", "simple", None)
    assert f"against the labels: adjusted Rand index {ari:.3f}\n" in capsys.readouterr().out


def test_stopped_midway_it_leaves_no_half_result(tmp_path: Path, run: Run, weights: Path,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any, **__: Any) -> NoReturn:
        raise KeyboardInterrupt

    folder = images(tmp_path / "in", labelled=True)
    target = classify(run, folder)
    first = outputs(target)
    Image.fromarray(np.full((16, 16), 77, np.uint8)).save(folder / "dark" / "new.png")
    stops: list[tuple[Any, str]] = [(encode, "encode_images"), (stability, "silhouettes"), (module, "write_json"),
                                    (module, "write_csv"), (module, "reduce")]
    for where, name in stops:
        with monkeypatch.context() as patch:
            patch.setattr(where, name, stop)
            with pytest.raises(KeyboardInterrupt):
                classify(run, folder, 2)
        # the old is whole until new classes are, and isn't taken for new
        left = stale(run, folder, 2)
        assert "map in" in left
        assert ("classify in" in left) is (outputs(target) == first) is (name != "reduce")
        assert list(target.glob(".*")) == []
    classify(run, folder, 2)
    other = classify(small(tmp_path / "other", weights), folder, 2)
    assert outputs(target) == outputs(other)
    assert len(table_of(target)) == N + 1
    assert stale(run, folder, 2) == {}


def test_few_images_have_classes_but_no_map(tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    many = classify(run, images(tmp_path / "in"), 3)
    assert (many / "tsne2.csv").is_file()
    shutil.rmtree(tmp_path / "in")
    (many / "tsne2.json").unlink()  # as if it had been killed before its end
    target = classify(run, images(tmp_path / "in", count=12), 3)
    assert {path.name for path in target.iterdir()} == {"classes.csv", "provenance.json", "tsne2.json"}
    no_map = (read_json(target / "tsne2.json") or {})["no_map"]
    assert no_map == "t-SNE with perplexity 30 needs more than that many images, there are 12"
    capsys.readouterr()
    module.tell(run, "in", "simple", no_map)
    assert capsys.readouterr().out.endswith(f"\nno map: {no_map}\nto explore in a browser: {target / 'index.html'}\n")


def test_a_patch_set_keeps_its_labels_and_what_must_be_said(tmp_path: Path, run: Run) -> None:
    rng = np.random.default_rng(0)
    bright = np.where(TRUE == 0, 30, 200)[:, None, None]
    made = (bright + rng.integers(0, 50, (N, 16, 16))).astype(np.uint8)
    table = pd.DataFrame({"id": np.arange(N) + 5, "source": "x.fit", "label": np.array(["a", "b", "b"])[TRUE]})
    sample = open_run("sample", tmp_path / "other")
    records_made.patch_set(sample, "uvi-flat", made, table, ["a", "b", "gone"], ["made up"])
    target = classify(run, sample.patches("uvi-flat"))
    found, said = table_of(target), read_json(target / "provenance.json")
    assert found["id"].tolist() == table["id"].tolist()
    assert (found["matched"] == table["label"]).all()
    assert said is not None
    assert said["simulated"] is True
    assert said["notes"][0] == "made up"


# Numbers that don't fit
