"""Folders of photographs: both layouts in the wild open, and classes are known by their names."""

import shutil
import string
from collections import Counter
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest
from PIL import Image

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.patches.dataset import open_set
from paper_repro.patches.image_files import natural
from paper_repro.patches.image_folder import class_name
from paper_repro.patches.photographs import read_folder, to_gray
from tests.patches.photographs_made import CLOUD_IMVN, pixels, put, run_of
from tests.steps_made import make


def test_cloud_imvn_layout(images: Path) -> None:
    found, table, classes = read_folder(images)
    assert classes == paper.CLASS_NAMES
    assert table.columns.tolist() == ["id", "source", "label"]
    assert table["id"].tolist() == list(range(18))
    assert table["label"].tolist() == [name for name in paper.CLASS_NAMES for _ in range(3)]
    assert table["source"][3:7].tolist() == ["B-Patterned Clouds/B_1img.png", "B-Patterned Clouds/B_2img.png",
                                            "B-Patterned Clouds/B_3img.png", "F-Veil Clouds/F_1img.png"]
    assert [image.tolist() for image in found][6] == pixels(500).tolist()


def test_top_folder_and_left_overs_of_archives_do_not_count(tmp_path: Path, images: Path) -> None:
    moved = tmp_path / "unpacked"
    shutil.copytree(images, moved / "Swimcat-extend")
    put(moved / "__MACOSX" / "Swimcat-extend" / "A-Clear Sky" / "._A_1img.png")
    (moved / "__MACOSX" / "more").mkdir()
    for name in (".DS_Store", "Thumbs.db", "._A_9img.png", ".hidden.png"):
        (moved / "Swimcat-extend" / "A-Clear Sky" / name).write_bytes(b"no image")
    put(moved / "Swimcat-extend" / ".git" / "a.png")
    put(moved / "Swimcat-extend" / "A-Clear Sky" / "__MACOSX" / "a.png")
    _, table, classes = read_folder(moved)
    _, plain, _ = read_folder(images)
    assert classes == paper.CLASS_NAMES
    assert table["source"].tolist() == [f"Swimcat-extend/{source}" for source in plain["source"]]


def test_swimcat_layout(tmp_path: Path) -> None:
    for name in ("A-sky", "B-pattern", "C-thick-dark", "D-thick-white", "E-veil"):
        for i in (1, 2, 10):
            put(tmp_path / name / "images" / f"{name[0]}_{i}img.png")
        (tmp_path / name / f"{name[0]}_info.csv").write_text("File,Date\n")
    (tmp_path / "license.html").write_text("licence")
    (tmp_path / "readme.pdf").write_bytes(b"%PDF")
    _, table, classes = read_folder(tmp_path)
    assert classes == ("Clear sky", "Patterned", "Veil", "Thick white", "Thick dark")
    assert table["source"][:3].tolist() == [f"A-sky/images/A_{i}img.png" for i in (1, 2, 10)]
    assert table["label"].value_counts().to_dict() == dict.fromkeys(classes, 3)


def test_real_swimcat(tmp_path: Path, real_inputs: Path) -> None:
    run = run_of(tmp_path, real_inputs / "swimcat")
    make(run, "sets")
    colour, gray = open_set(run.patches("photos-colour")), open_set(run.patches("photos-gray"))
    assert colour.images.shape == (784, 125, 125, 3)
    assert gray.images.shape == (784, 125, 125)
    assert Counter(colour.table["label"]) == {"Clear sky": 224, "Patterned": 89, "Thick dark": 251, "Thick white": 135,
                                              "Veil": 85}
    assert colour.classes == ("Clear sky", "Patterned", "Veil", "Thick white", "Thick dark")
    for i in (0, 300, 783):
        with Image.open(real_inputs / "swimcat" / colour.table["source"][i]) as image:
            assert np.array_equal(colour.images[i], np.asarray(image))
        assert np.array_equal(gray.images[i], to_gray(colour.images[i]))
    assert not colour.provenance["simulated"]


@pytest.mark.parametrize(("folder", "expected"), [
    *zip(CLOUD_IMVN, ("Clear sky", "Patterned", "Thin white", "Thick white", "Thick dark", "Veil"), strict=True),
    *zip(("A-sky", "B-pattern", "C-thick-dark", "D-thick-white", "E-veil"),
         ("Clear sky", "Patterned", "Thick dark", "Thick white", "Veil"), strict=True),
    ("clear", "Clear sky"), ("SKY", "Clear sky"), ("ClearSky", "Clear sky"), ("1_clear_sky", "Clear sky"),
    ("thin white", "Thin white"), ("white, thin", "Thin white"), ("ThickDarkClouds", "Thick dark"),
    ("Veil cloud", "Veil"), ("Patterned", "Patterned"),
    ("Cloudy sky", "Cloudy sky"), ("dark sky", "dark sky"), ("thick", "thick"), ("white", "white"), ("A", "A"),
    ("thick white veil", "thick white veil"), ("unveil", "unveil"), ("clouds", "clouds"), ("rain", "rain"),
])
def test_classes_are_known_by_words(folder: str, expected: str) -> None:
    assert class_name(folder) == expected


def test_unknown_classes_follow_alphabetically(tmp_path: Path) -> None:
    for name in ("rain", "E-veil", "Fog", "type 10", "type 2", "A-sky", "Äther", "NA"):
        put(tmp_path / name / "a.png")
        put(tmp_path / name / "b.png")
    _, table, classes = read_folder(tmp_path)
    assert classes == ("Clear sky", "Veil", "Fog", "NA", "rain", "type 2", "type 10", "Äther")
    assert table["label"].tolist() == [name for name in classes for _ in range(2)]


def test_any_suffix_the_wild_has_and_nothing_else(tmp_path: Path) -> None:
    for name in ("a.PNG", "b.jpg", "c.JPG", "d.jpeg", "e.png"):
        put(tmp_path / "rain" / name)
        put(tmp_path / "fog" / name)
    (tmp_path / "fog" / "notes.txt").write_text("")
    (tmp_path / "fog" / "folder.png").mkdir()
    _, table, _ = read_folder(tmp_path)
    assert table["source"][:5].tolist() == [f"fog/{name}" for name in ("a.PNG", "b.jpg", "c.JPG", "d.jpeg", "e.png")]


@hypothesis.given(st.lists(st.text(string.ascii_letters + string.digits + " _-ß²", min_size=1), unique=True))
def test_natural_order_is_an_order_and_counts(names: list[str]) -> None:
    backwards = names[::-1]
    assert sorted(names, key=natural) == sorted(backwards, key=natural)
    assert sorted(["a10", "a9", "A8", "b1"], key=natural) == ["A8", "a9", "a10", "b1"]


def test_images_without_class_folders(tmp_path: Path) -> None:
    put(tmp_path / "images" / "a.png")
    with pytest.raises(UserError, match="one subfolder for each of at least two classes, found no class folders"):
        read_folder(tmp_path / "images")


def test_one_class_alone(tmp_path: Path) -> None:
    put(tmp_path / "images" / "A-sky" / "images" / "a.png")
    with pytest.raises(UserError, match="found only A-sky/images"):
        read_folder(tmp_path / "images")
