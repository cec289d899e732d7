"""A folder's patch set: under which name it is made, when it is made again, and when it is left as it is."""

import os
from pathlib import Path

import pytest

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.patches import folder as folder_sets
from paper_repro.patches.folder import find
from tests.patches.folders_made import made, patch_set, run_of, why_stale
from tests.patches.photographs_made import pixels, put, snapshot


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
    for path in (tmp_path / "in").iterdir():
        os.utime(path, (1, 1))
    (tmp_path / "in" / "notes.txt").write_text("no image")
    made(tmp_path, tmp_path / "in")
    assert snapshot(tmp_path / "out/data/classify/patches/in") == before
    (tmp_path / "in").rename(tmp_path / "IN")
    made(tmp_path, tmp_path / "IN")
    assert snapshot(tmp_path / "out/data/classify/patches/in") == before
    (tmp_path / "IN").rename(tmp_path / "in")
    put(tmp_path / "in" / "3.png", 3)
    again = made(tmp_path, tmp_path / "in")
    assert len(again) == 4
    assert again.sha256 != first.sha256
    image = tmp_path / "in" / "3.png"
    times = image.stat()
    put(tmp_path / "other.png", 4)
    os.utime(tmp_path / "other.png", ns=(times.st_atime_ns, times.st_mtime_ns))
    (tmp_path / "other.png").replace(image)
    assert why_stale(tmp_path, tmp_path / "in") == "images changed"
    assert made(tmp_path, tmp_path / "in").images[3].tolist() == pixels(4).tolist()
    image.unlink()
    assert why_stale(tmp_path, tmp_path / "in") == "images changed"


@pytest.mark.attack("same-name")
def test_a_folder_of_the_same_name_does_not_take_the_others_place(tmp_path: Path) -> None:
    put(tmp_path / "a" / "images" / "x.png", 1)
    put(tmp_path / "b" / "images" / "x.png", 2)
    made(tmp_path, tmp_path / "a" / "images")
    before = snapshot(tmp_path / "out/data/classify/patches/images")
    with pytest.raises(UserError, match=r"b/images: .*patches/images holds the images of another folder.*a/images; re"):
        made(tmp_path, tmp_path / "b" / "images")
    assert snapshot(tmp_path / "out/data/classify/patches/images") == before
    (tmp_path / "a").rename(tmp_path / "moved")
    with pytest.raises(UserError, match=r"b/images: .*patches/images holds the images of another folder.*a/images; re"):
        made(tmp_path, tmp_path / "b" / "images")
    assert snapshot(tmp_path / "out/data/classify/patches/images") == before
    assert made(tmp_path, tmp_path / "moved" / "images").images[0].tolist() == pixels(1).tolist()
    assert snapshot(tmp_path / "out/data/classify/patches/images") == before


def test_a_name_that_is_taken_once_the_work_begins_is_refused_too(tmp_path: Path) -> None:
    put(tmp_path / "a" / "images" / "x.png", 1)
    put(tmp_path / "b" / "images" / "x.png", 2)
    made(tmp_path, tmp_path / "a" / "images")
    with pytest.raises(UserError, match=r"b/images: .* holds the images of another folder of that name"):
        folder_sets.make_set(run_of(tmp_path), tmp_path / "b" / "images")


def test_the_record_says_which_folder_it_was(tmp_path: Path) -> None:
    put(tmp_path / "in" / "a.png")
    made(tmp_path, tmp_path / "in")
    record = read_json(tmp_path / "out/data/classify/patches/in/provenance.json")
    assert record is not None
    assert record["folder"] == str((tmp_path / "in").resolve())
    assert (record["profile"], record["step"], record["name"]) == ("classify", "patches", "patches in")
    assert record["inputs"].keys() == {"images"}


# A patch set where it is

def test_a_set_of_this_run_is_left_where_it_is(tmp_path: Path) -> None:
    run = run_of(tmp_path)
    source = patch_set(run.patches("mine"), labelled=True)
    before = snapshot(run.patches("mine"))
    assert len(made(tmp_path, run.patches("mine"))) == len(source)
    assert snapshot(run.patches("mine")) == before


def test_a_set_of_this_run_that_was_damaged_is_refused(tmp_path: Path) -> None:
    source = run_of(tmp_path).patches("mine")
    patch_set(source, labelled=True)
    data = bytearray((source / "images.npy").read_bytes())
    data[-1] ^= 1
    (source / "images.npy").write_bytes(data)
    before = snapshot(source)
    with pytest.raises(UserError, match=r"mine: expected the patch set that its provenance\.json tells of, found"):
        made(tmp_path, source)
    assert snapshot(source) == before


def test_a_set_made_of_a_folder_is_still_that_folders_once_it_was_used_itself(tmp_path: Path) -> None:
    put(tmp_path / "in" / "a.png")
    made(tmp_path, tmp_path / "in")
    made(tmp_path, run_of(tmp_path).patches("in"))
    assert why_stale(tmp_path, tmp_path / "in") == ""
