"""Images assigned to a catalogue's classes through the command line, against literal distances."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from paper_repro import cli
from paper_repro.base.errors import UserError
from paper_repro.catalogues import assign
from paper_repro.catalogues.document import open_catalogue
from paper_repro.encoders import encode
from tests.catalogues.conftest import Made
from tests.experiments.folders_made import refuse
from tests.local_cluster import local_cluster


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assign, "PIECE", 10)


def result(out: Path, made_of: str, name: str = "sky") -> Path:
    return out / f"data/assign-{made_of}/results/{name}"


def own(made: Made, out: Path, *words: str) -> pd.DataFrame:
    """The catalogue's own images, assigned."""
    assert cli.main(["assign", str(made.catalogue), "--weights", str(made.weights), "--out", str(out), "--device",
                     "cpu", *words, str(made.images)]) == 0
    return pd.read_csv(result(out, "sky") / "assigned.csv")


@pytest.mark.parametrize("way", ["centre", "neighbours"])
def test_the_catalogues_own_images_get_the_nearest_class(made: Made, tmp_path: Path, way: str) -> None:
    found = own(made, tmp_path, "--by", way)
    x = encode.open_features(made.run.features("sky", "simple")).values.astype(np.float64)
    labels = pd.read_csv(made.run.results / "sky" / "classes.csv")["class"].to_numpy()
    for n, row in enumerate(found.to_dict("records")):
        if way == "centre":
            far = [np.linalg.norm(x[labels == c].mean(axis=0) - x[n]) for c in range(3)]
        else:
            far = [np.sort(np.linalg.norm(x[labels == c] - x[n], axis=1))[:5].mean() for c in range(3)]
        assert row["class"] == int(np.argmin(far))
        assert row["distance"] == pytest.approx(min(far), rel=1e-3, abs=2e-3)
        assert row["margin"] == pytest.approx(sorted(far)[1] - min(far), rel=1e-2, abs=5e-3)
    assert found["source"].tolist() == pd.read_csv(made.run.results / "sky" / "classes.csv")["source"].tolist()
    assert found["label"].notna().all()


def test_unlike_is_beyond_the_quantile_that_was_named(made: Made, tmp_path: Path) -> None:
    found = own(made, tmp_path, "--quantile", "0.3")
    table = pd.read_csv(made.catalogue / "patches.csv.gz")
    limits = [np.quantile(table.loc[table["class"] == c, "centre"], 0.3) for c in range(3)]
    assert found["unlike"].tolist() == [bool(row["distance"] > limits[row["class"]]) for _, row in found.iterrows()]
    assert 0 < found["unlike"].sum() < len(found)
    counts = pd.read_csv(result(tmp_path, "sky") / "counts.csv")
    assert counts["limit"].to_numpy() == pytest.approx(limits)
    for c in range(3):
        assert counts["assigned"][c] == (found["class"] == c).sum()
        assert counts["unlike"][c] == (found["unlike"] & (found["class"] == c)).sum()


def test_what_is_far_from_all_is_unlike_any_class(made: Made, tmp_path: Path,
                                                  capsys: pytest.CaptureFixture[str]) -> None:
    x = encode.open_features(made.run.features("sky", "simple")).values
    np.save(tmp_path / "two.npy", np.stack([open_catalogue(made.catalogue).arrays["centres"][1], 10 * x[0]]))
    assert cli.main(["assign", str(made.catalogue), "--features", str(tmp_path / "two.npy"), "--out", str(tmp_path),
                     "--quantile", "1"]) == 0
    found = pd.read_csv(result(tmp_path, "two") / "assigned.csv")
    assert found["unlike"].tolist() == [False, True]
    assert found["class"][0] == 1
    assert "1 of 2 (50.0%) are unlike any class" in capsys.readouterr().out


def test_notes_and_simulated_are_passed_on(made: Made, tmp_path: Path) -> None:
    own(made, tmp_path)
    record = json.loads((result(tmp_path, "sky") / "provenance.json").read_text(encoding="utf-8"))
    assert any("stand-in weights" in note for note in record["notes"])
    assert record["simulated"] is False
    assert record["settings"] == {"way": "centre", "quantile": 0.99}
    classes = json.loads((made.run.results / "sky" / "provenance.json").read_text(encoding="utf-8"))
    assert record["classes_of"] == classes["outputs"]["classes.csv"]  # by which `compare` knows them again


def test_features_of_a_file_are_assigned_as_images_are(made: Made, tmp_path: Path) -> None:
    features = tmp_path / "mine.npy"
    shutil.copy(made.run.features("sky", "simple"), features)
    assert cli.main(["assign", str(made.catalogue), "--features", str(features), "--out", str(tmp_path)]) == 0
    found, images = pd.read_csv(result(tmp_path, "mine") / "assigned.csv"), own(made, tmp_path / "images")
    assert list(found.columns) == ["id", "class", "distance", "margin", "unlike"]
    for column in found.columns:
        assert found[column].tolist() == images[column].tolist()
    record = json.loads((result(tmp_path, "mine") / "provenance.json").read_text(encoding="utf-8"))
    assert assign.GIVEN_NOTE in record["notes"]


def test_workers_and_a_dask_cluster_write_the_same_bytes(made: Made, tmp_path: Path,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    features = made.run.features("sky", "simple")
    given = ["assign", str(made.catalogue), "--features", str(features), "--out"]
    images = ["assign", str(made.catalogue), str(made.images), "--weights", str(made.weights), "--turned", "--out"]
    assert cli.main([*given, str(tmp_path / "one"), "--jobs", "1"]) == 0
    assert cli.main([*images, str(tmp_path / "one"), "--jobs", "1", "--device", "cpu"]) == 0
    with local_cluster(2) as cluster:
        (tmp_path / "here").mkdir()
        monkeypatch.chdir(tmp_path / "here")  # where the workers are not
        there = ["--dask", cluster.scheduler_address]
        monkeypatch.setattr(encode, "encode_images", refuse)  # in this process
        assert cli.main([*given, "../there", *there]) == 0
        assert cli.main([*images, "../there", *there]) == 0
    for name in ("assigned.csv", "orientation.csv", "orientation_angles.csv", "catalogue.npy"):
        one, found = ({path.relative_to(tmp_path / where): path.read_bytes()
                       for path in (tmp_path / where).rglob(name)} for where in ("one", "there"))
        assert one == found
        assert one


def test_a_worker_that_has_read_a_catalogue_notices_another_in_its_place(made: Made, tmp_path: Path) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(made.catalogue, folder)
    features = made.run.features("sky", "simple").resolve()
    first = assign.work(assign.Piece(folder, "first", features, 0, 36, "centre"))
    (folder / "catalogue.json").unlink()
    assert_array_equal(assign.work(assign.Piece(folder, "first", features, 0, 36, "centre"))[0], first[0])
    with pytest.raises(UserError, match="expected the folder of a catalogue"):  # read again
        assign.work(assign.Piece(folder, "second", features, 0, 36, "centre"))


def test_nothing_is_assigned_twice_until_something_changed(made: Made, tmp_path: Path,
                                                           capsys: pytest.CaptureFixture[str]) -> None:
    own(made, tmp_path)
    capsys.readouterr()
    own(made, tmp_path)
    assert "up to date  assign sky" in capsys.readouterr().out
    own(made, tmp_path, "--quantile", "0.5")
    assert "quantile changed from 0.99 to 0.5" in capsys.readouterr().out
    assert open_catalogue(made.catalogue).name == "sky"
