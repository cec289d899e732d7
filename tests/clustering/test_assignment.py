from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv
from paper_repro.clustering import chance
from paper_repro.clustering.assignment import Assignment, assign, columns_of, open_assignment, save
from tests.odd_names import ODD

# Names that pandas would take for missing values or numbers are names.
CLASSES = ("None", "sky, clear", "1")


def labelled() -> Assignment:
    ids = pd.Series([f"p{i}" for i in range(7)])
    return assign(ids, np.array([2, 2, 0, 0, 1, 1, 0]), np.array([0, 0, 1, 1, 2, 2, 2]), CLASSES)


def test_clusters_are_named_by_the_classes_they_match() -> None:
    table = labelled().table
    assert table["label"].tolist() == ["None", "None", "sky, clear", "sky, clear", "1", "1", "1"]
    assert table["matched"].tolist() == ["None", "None", "sky, clear", "sky, clear", "1", "1", "sky, clear"]


def test_what_is_saved_is_opened_again(tmp_path: Path) -> None:
    made = labelled()
    save(tmp_path, made, {"model": "simple"})
    found = open_assignment(tmp_path)
    pd.testing.assert_frame_equal(found.table, made.table, check_dtype=False)
    assert found.classes == CLASSES
    assert found.score is not None
    assert made.score is not None
    assert found.score.confusion.tolist() == made.score.confusion.tolist()
    assert found.score.accuracy == made.score.accuracy == 6 / 7


def test_files_are_read_by_pandas_alone(tmp_path: Path) -> None:
    made = labelled()
    save(tmp_path, made)
    assert made.score is not None
    assert (tmp_path / "confusion.csv").read_text().startswith("true,None,")
    confusion = pd.read_csv(tmp_path / "confusion.csv", index_col="true", keep_default_na=False)
    assert tuple(confusion.columns) == CLASSES
    assert confusion.to_numpy().tolist() == [[2, 0, 0], [0, 2, 0], [0, 1, 2]]
    scores = pd.read_json(tmp_path / "scores.json", typ="series")
    assert scores["accuracy"] == 6 / 7
    assert scores["balanced_accuracy"] == pytest.approx(8 / 9)
    random = chance.expected(made.score.confusion)
    assert [scores["chance_accuracy"], scores["chance_balanced_accuracy"]] == pytest.approx(
        [random.accuracy, random.balanced_accuracy])
    assert scores["class_accuracies"]["1"] == pytest.approx(2 / 3)


def test_without_labels_clusters_stay_numbers(tmp_path: Path) -> None:
    made = assign(pd.Series([4, 5, 6]), np.array([1, 0, 1]), None, ())
    save(tmp_path, made)
    found = open_assignment(tmp_path)
    assert found.score is None
    assert found.table["cluster"].tolist() == [1, 0, 1]
    assert found.table["matched"].tolist() == ["", "", ""]
    assert not (tmp_path / "confusion.csv").exists()


def test_absent_and_partial_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"classes\.csv and scores\.json"):
        open_assignment(tmp_path)
    save(tmp_path, labelled())
    path = tmp_path / "classes.csv"
    text = path.read_text()
    path.write_text("\n".join(text.splitlines()[:-1]) + "\n")
    with pytest.raises(UserError, match="expected columns id, label, cluster, matched, 7 rows"):
        open_assignment(tmp_path)
    path.write_text(text.replace("p0,None", "p0,Fog"))
    with pytest.raises(UserError, match="labels of"):
        open_assignment(tmp_path)


@pytest.mark.parametrize("missing", ["classes.csv", "scores.json"])
def test_either_file_alone_is_not_enough(tmp_path: Path, missing: str) -> None:
    save(tmp_path, labelled())
    (tmp_path / missing).unlink()
    with pytest.raises(UserError, match="at least one isn't there"):
        open_assignment(tmp_path)


@pytest.mark.attack("table-names")
def test_any_name_of_a_class_is_kept(tmp_path: Path) -> None:
    numbers = np.repeat(np.arange(len(ODD)), 2)
    made = assign(pd.Series(np.arange(len(numbers))), numbers[::-1], numbers, ODD)
    save(tmp_path, made)
    found = open_assignment(tmp_path)
    pd.testing.assert_frame_equal(found.table, made.table, check_dtype=False)
    assert found.classes == ODD
    counts = read_csv(tmp_path / "confusion.csv", keep_default_na=False, dtype={"true": str})
    assert counts["true"].tolist() == list(ODD)
    assert counts.columns.tolist() == ["true", *columns_of(ODD, ("true",))]
    assert (counts.iloc[:, 1:].to_numpy() == 2 * np.eye(len(ODD))).all()


def test_a_class_called_like_another_column_says_that_it_is_one() -> None:
    assert columns_of(("Veil", "true", "x"), ("true",)) == ["Veil", "class true", "x"]
    assert columns_of(("true", "class true"), ("true",)) == ["class true", "class class true"]
    assert columns_of(("class true", "true"), ("true",)) == ["class true", "class class true"]
