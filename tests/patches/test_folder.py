"""Any folder of a user's: each kind of it opens, and each way that it can be wrong gives one clear sentence."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.provenance import Provenance
from paper_repro.base.run import Run, open_run
from paper_repro.patches import dataset
from paper_repro.patches.dataset import PatchSet, open_set
from paper_repro.patches.folder import find, make

Pixels = NDArray[np.uint8]


def pixels(seed: int, side: int = 4, colour: bool = True) -> Pixels:
    shape = (side, side, 3) if colour else (side, side)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def put(path: Path, seed: int = 0, side: int = 4, colour: bool = True) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels(seed, side, colour)).save(path)
    return path


def run_of(tmp_path: Path) -> Run:
    return open_run("classify", tmp_path / "out", photographs=False)


def made(tmp_path: Path, folder: Path) -> PatchSet:
    return make(run_of(tmp_path), find(folder))


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.name: (path.read_bytes(), path.stat().st_mtime_ns) for path in folder.iterdir()}


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


def patch_set(folder: Path, labelled: bool) -> PatchSet:
    table = pd.DataFrame({"id": [7, 8, 9], "source": ["x.fit"] * 3, "latitude_deg": [0.1, 1 / 3, -88.0]})
    if labelled:
        table["label"] = ["b", "a", "b"]
    record = Provenance("flatten", "patches", "sample", True, notes=("made up",))
    extra = {"classes": ["a", "none of it", "b"]} if labelled else {}
    dataset.save(folder, [pixels(seed, colour=False) for seed in range(3)], table, record, extra)
    return open_set(folder)


@pytest.mark.parametrize("labelled", [True, False])
def test_a_patch_set_is_used_as_it_is(tmp_path: Path, labelled: bool) -> None:
    source = patch_set(tmp_path / "uvi-3000km-flat", labelled)
    found = made(tmp_path, tmp_path / "uvi-3000km-flat")
    pd.testing.assert_frame_equal(found.table, source.table)
    assert found.images.tolist() == source.images.tolist()
    assert found.classes == (("a", "b") if labelled else ())
    assert (found.provenance["simulated"], found.provenance["notes"]) == (True, ["made up"])


def test_a_set_of_this_run_is_left_where_it_is(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    patch_set(run.patches("mine"), labelled=True)
    before = snapshot(run.patches("mine"))
    make(run, find(run.patches("mine")))
    assert snapshot(run.patches("mine")) == before


# Names, and what is there already

@pytest.mark.parametrize(("folder", "name"), [
    ("Venus_Clouds-2", "venus_clouds-2"), ("my images (new)", "my-images-new"), ("Été 3.1", "t-3-1"), ("雲", "images"),
])
def test_the_set_has_the_folders_name_made_safe(tmp_path: Path, folder: str, name: str,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path / folder / "a.png")
    assert find(tmp_path / folder).name == name
    monkeypatch.chdir(tmp_path / folder)
    assert find(Path()).name == name


def test_a_set_is_made_again_only_when_an_image_changed(tmp_path: Path) -> None:
    for number in range(3):
        put(tmp_path / "in" / f"{number}.png", number)
    first = made(tmp_path, tmp_path / "in")
    before = snapshot(tmp_path / "out/data/classify/patches/in")
    made(tmp_path, tmp_path / "in")
    assert snapshot(tmp_path / "out/data/classify/patches/in") == before
    (tmp_path / "in").rename(tmp_path / "IN")
    made(tmp_path, tmp_path / "IN")
    assert snapshot(tmp_path / "out/data/classify/patches/in") == before
    put(tmp_path / "IN" / "3.png", 3)
    again = made(tmp_path, tmp_path / "IN")
    assert len(again) == 4
    assert again.sha256 != first.sha256


def test_a_folder_of_the_same_name_does_not_take_the_others_place(tmp_path: Path) -> None:
    put(tmp_path / "a" / "images" / "x.png", 1)
    put(tmp_path / "b" / "images" / "x.png", 2)
    made(tmp_path, tmp_path / "a" / "images")
    before = snapshot(tmp_path / "out/data/classify/patches/images")
    with pytest.raises(UserError, match=r"b/images: .*patches/images holds the images of another folder.*a/images; re"):
        made(tmp_path, tmp_path / "b" / "images")
    assert snapshot(tmp_path / "out/data/classify/patches/images") == before
    (tmp_path / "a" / "images").rename(tmp_path / "a" / "other")
    assert made(tmp_path, tmp_path / "b" / "images").images[0].tolist() == pixels(2).tolist()


# Bad input

@pytest.mark.parametrize(("name", "sentence"), [
    ("nothing", r"nothing: expected a folder of images, found nothing; check the name"),
    ("file", r"file: expected a folder of images, found a file; check the name"),
    ("empty", r"empty: expected PNG or JPEG images, found none; name the folder that holds them"),
    ("text", r"text: expected PNG or JPEG images, found none"),
])
def test_a_folder_without_images_is_refused(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "empty" / "sub").mkdir(parents=True)
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "a.tif").write_bytes(b"II")
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
    with pytest.raises(UserError, match=r"in/c: the class holds no PNG or JPEG image"):
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
    with pytest.raises(UserError, match=r"in/2\.png: expected a PNG or JPEG image, which can't be read"):
        made(tmp_path, tmp_path / "in")
    assert snapshot(tmp_path / "out/data/classify/patches/in") == before


def test_a_link_to_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to(tmp_path / "gone.png")
    with pytest.raises(UserError, match=r"a\.png: can't be read \(No such file or directory\); mend it"):
        find(tmp_path)


def test_a_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.png")).write_bytes(b"")
    with pytest.raises(UserError, match=r"caf\\udce9\.png': the name is not in UTF-8"):
        find(tmp_path)


@pytest.mark.parametrize("file", ["provenance.json", "patches.csv"])
def test_an_incomplete_patch_set_is_refused(tmp_path: Path, file: str) -> None:
    patch_set(tmp_path / "set", labelled=False)
    (tmp_path / "set" / file).unlink()
    with pytest.raises(UserError, match=r"make patches"):
        find(tmp_path / "set")


def test_the_record_says_which_folder_it_was(tmp_path: Path) -> None:
    put(tmp_path / "in" / "a.png")
    made(tmp_path, tmp_path / "in")
    record = read_json(tmp_path / "out/data/classify/patches/in/provenance.json")
    assert record is not None
    assert record["folder"] == str((tmp_path / "in").resolve())
    assert (record["profile"], record["step"]) == ("classify", "folder")
