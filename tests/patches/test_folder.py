"""Any folder of a user's: each kind of it opens, and each way that it can be wrong gives one clear sentence."""

import os
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from paper_repro.base.errors import UserError
from paper_repro.base.walk import walk
from paper_repro.patches.folder import find
from tests.patches.folders_made import asked, made, patch_set
from tests.patches.photographs_made import pixels, put, snapshot

# What a folder may be

def test_class_subfolders_make_a_labelled_set(tmp_path: Path) -> None:
    for index, name in enumerate(("dog", "cat 10", "cat 2", "A-Clear Sky")):
        for number in (0, 1):
            put(tmp_path / "in" / name / "deeper" / f"{number}.png", 10 * index + number)
    (tmp_path / "in" / "dog" / "notes.txt").write_text("no image")
    (tmp_path / "in" / "readme.pdf").write_bytes(b"no image")
    found = made(tmp_path, tmp_path / "in")
    assert found.classes == ("Clear sky", "cat 2", "cat 10", "dog")
    assert found.table["label"].tolist() == [name for name in found.classes for _ in range(2)]
    assert found.table["source"][0] == "A-Clear Sky/deeper/0.png"
    assert found.images[7].tolist() == pixels(1).tolist()


@pytest.mark.parametrize("colour", [True, False])
def test_images_of_one_folder_make_a_set_without_labels(tmp_path: Path, colour: bool) -> None:
    for number in (10, 2, 1):
        put(tmp_path / "in" / f"Im{number}.PNG", number, colour=colour)
    (tmp_path / "in" / "list.csv").write_text("a,b\n")
    (tmp_path / "in" / "notes").mkdir()
    (tmp_path / "in" / "notes" / "why.txt").write_text("so")
    for hidden in ("._Im1.png", ".thumbnails/Im1.png", "__MACOSX/Im1.png"):
        put(tmp_path / "in" / hidden, side=9)
    found = made(tmp_path, tmp_path / "in")
    assert found.classes == ()
    assert found.labels is None
    assert list(found.table.columns) == ["id", "source"]
    assert found.table["source"].tolist() == ["Im1.PNG", "Im2.PNG", "Im10.PNG"]
    assert found.images.tolist() == [pixels(number, colour=colour).tolist() for number in (1, 2, 10)]
    assert found.provenance["simulated"] is False


def test_images_may_stand_below_folders_that_hold_nothing_else(tmp_path: Path) -> None:
    put(tmp_path / "in" / "data" / "images" / "a.png", 1)
    put(tmp_path / "in" / "data" / "images" / "b.jpeg", 2)
    (tmp_path / "in" / "docs").mkdir()
    assert made(tmp_path, tmp_path / "in").table["source"].tolist() == ["a.png", "b.jpeg"]
    for name in ("one", "two"):
        put(tmp_path / "classes" / "data" / name / "a.png")
        put(tmp_path / "classes" / "data" / name / "b.png")
    (tmp_path / "classes" / "docs").mkdir()
    assert made(tmp_path, tmp_path / "classes").classes == ("one", "two")


def test_class_folders_may_be_links(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("one", "two"):
        put(tmp_path / "elsewhere" / name / "a.png")
        put(tmp_path / "elsewhere" / name / "b.png")
        (tmp_path / "in" / name).symlink_to(tmp_path / "elsewhere" / name)
    assert made(tmp_path, tmp_path / "in").classes == ("one", "two")


@pytest.mark.parametrize("labelled", [True, False])
def test_a_patch_set_is_used_as_it_is(tmp_path: Path, labelled: bool) -> None:
    source = patch_set(tmp_path / "uvi-3000km-flat", labelled)
    found = made(tmp_path, tmp_path / "uvi-3000km-flat")
    pd.testing.assert_frame_equal(found.table, source.table)
    assert found.images.tolist() == source.images.tolist()
    assert found.classes == (("a", "b") if labelled else ())
    assert (found.provenance["simulated"], found.provenance["notes"]) == (True, ["made up"])


# Bad input

@pytest.mark.parametrize(("name", "sentence"), [
    ("nothing", r"nothing: expected a folder of images, found nothing; check the name"),
    ("file", r"file: expected a folder of images, found a file; check the name"),
    ("empty", r"empty: expected images \(PNG, .* or GIF\), found none; name the folder that holds them"),
    ("text", r"text: expected images \(PNG, .*\), found none among the files \(\.heic 2, no suffix 1\);"),
])
def test_a_folder_without_images_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "empty" / "sub").mkdir(parents=True)
    (tmp_path / "text").mkdir()
    for file in ("a.heic", "b.HEIC", "README"):
        (tmp_path / "text" / file).write_bytes(b"II")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UserError, match=sentence):
        find(tmp_path / name)


def test_images_beside_and_in_subfolders_are_refused(tmp_path: Path) -> None:
    put(tmp_path / "in" / "top.png")
    put(tmp_path / "in" / "sub" / "deep" / "low.png")
    with pytest.raises(UserError, match=r"found top\.png and sub/deep/low\.png; move one or the other away"):
        find(tmp_path / "in")


def test_a_class_folder_without_images_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        put(tmp_path / "in" / name / "1.png")
        put(tmp_path / "in" / name / "2.png")
    (tmp_path / "in" / "c").mkdir()
    with pytest.raises(UserError, match=r"in/c: the class holds no image of its own"):
        find(tmp_path / "in")


@pytest.mark.parametrize(("side", "colour", "sentence"), [
    (5, True, r"a\.png is 4 x 4 px colour, but b\.png is 5 x 5 px colour; make them alike"),
    (4, False, r"a\.png is 4 x 4 px colour, but b\.png is 4 x 4 px gray; make them alike"),
])
def test_images_that_differ_in_size_or_kind_are_named(tmp_path: Path, side: int, colour: bool, sentence: str) -> None:
    put(tmp_path / "in" / "a.png")
    put(tmp_path / "in" / "b.png", side=side, colour=colour)
    with pytest.raises(UserError, match=sentence):
        made(tmp_path, tmp_path / "in")
    assert list((tmp_path / "out").rglob("*.*")) == []


def test_an_oblong_image_is_refused(tmp_path: Path) -> None:
    Image.new("L", (5, 4)).save(tmp_path / "a.png")
    with pytest.raises(UserError, match=r"a\.png: expected a square image, found 5 x 4 px gray; crop it"):
        made(tmp_path, tmp_path)


def test_a_broken_image_leaves_the_set_that_was_there(tmp_path: Path) -> None:
    for number in range(2):
        put(tmp_path / "in" / f"{number}.png", number)
    made(tmp_path, tmp_path / "in")
    before = snapshot(tmp_path / "out/data/classify/patches/in")
    whole = put(tmp_path / "in" / "2.png").read_bytes()
    (tmp_path / "in" / "2.png").write_bytes(whole[:60])
    with pytest.raises(UserError, match=r"in/2\.png: expected an image \(.*\), which can't be read"):
        made(tmp_path, tmp_path / "in")
    assert snapshot(tmp_path / "out/data/classify/patches/in") == before


def test_a_link_to_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to(tmp_path / "gone.png")
    steps, step = asked(tmp_path, tmp_path)
    failed = walk(steps, [step.name], 1)
    assert failed[step.name].startswith(f"{tmp_path / 'a.png'}: can't be read or written (No such file or directory);")


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.png")).write_bytes(b"")
    with pytest.raises(UserError, match=r"caf\\udce9\.png': the name is not in UTF-8"):
        find(tmp_path)


@pytest.mark.parametrize("file", ["provenance.json", "patches.csv"])
def test_an_incomplete_patch_set_is_refused(tmp_path: Path, file: str) -> None:
    patch_set(tmp_path / "set", labelled=False)
    (tmp_path / "set" / file).unlink()
    with pytest.raises(UserError, match=r"make it with `python -m paper_repro patches"):
        find(tmp_path / "set")
