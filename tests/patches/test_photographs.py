"""Sets of photographs: made, kept, made again; and each way a folder can be wrong gives one clear sentence."""

import dataclasses
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file
from paper_repro.base.profile import Photographs
from paper_repro.base.run import Run, open_run
from paper_repro.patches.dataset import open_set
from paper_repro.patches.photographs import build, to_gray
from paper_repro.simulated import sky_photographs
from tests.patches.photographs_made import CLOUD_IMVN, cloud_imvn, pixels, put, run_of


def small_sample(out: Path, **changes: int) -> Run:
    run = open_run("sample", out)
    smaller = Photographs("simulated", **({"per_class": 2, "side": 16, "seed": 3} | changes))
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, photographs=smaller))


def snapshot(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
            for path in sorted(folder.rglob("*")) if path.is_file()}


# Sets

def test_build_makes_both_sets(tmp_path: Path, images: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = run_of(tmp_path, images)
    build(run)
    colour, gray = open_set(run.patches("photos-colour")), open_set(run.patches("photos-gray"))
    assert colour.images.shape == (18, 4, 4, 3)
    assert np.array_equal(colour.images[0], pixels(0))
    assert np.array_equal(gray.images, to_gray(colour.images))
    assert colour.labels is not None
    assert colour.labels.tolist() == [c for c in range(6) for _ in range(3)]
    assert gray.table.equals(colour.table)
    assert gray.classes == colour.classes == paper.CLASS_NAMES
    assert gray.provenance["inputs"] == {"photos-colour": colour.sha256}
    assert not colour.provenance["simulated"]
    assert capsys.readouterr().out.splitlines() == ["photos-colour: 18 images of 4 x 4 px, 6 classes",
                                                    "photos-gray: 18 images of 4 x 4 px, 6 classes"]
    index = pd.read_csv(run.data / "patches" / "index.csv")
    assert index.to_numpy().tolist() == [["photos-colour", 18, 4, 6, colour.sha256],
                                         ["photos-gray", 18, 4, 6, gray.sha256]]


def test_unchanged_sets_are_left_alone_but_the_list_is_new(tmp_path: Path, images: Path,
                                                           capsys: pytest.CaptureFixture[str]) -> None:
    run = run_of(tmp_path, images)
    build(run)
    index = run.data / "patches" / "index.csv"
    os.utime(index, (1, 1))
    before = snapshot(run.data)
    capsys.readouterr()
    build(run)
    after = snapshot(run.data)
    assert {name: entry for name, entry in after.items() if name != "patches/index.csv"} == {
        name: entry for name, entry in before.items() if name != "patches/index.csv"}
    assert after["patches/index.csv"][0] == before["patches/index.csv"][0]
    assert index.stat().st_mtime > 1
    assert all(line.endswith(", up to date") for line in capsys.readouterr().out.splitlines())


@pytest.mark.parametrize("change", ["pixels", "name", "label", "more"])
def test_changed_photographs_are_read_again(tmp_path: Path, images: Path, change: str) -> None:
    run = run_of(tmp_path, images)
    build(run)
    before = open_set(run.patches("photos-gray")).sha256
    one = images / "A-Clear Sky" / "A_1img.png"
    if change == "pixels":
        put(one, 999)
    elif change == "more":
        put(one.with_name("A_0img.png"))
    else:
        one.rename(one.with_name("A_7img.png") if change == "name" else images / "F-Veil Clouds" / "A_1img.png")
    build(run)
    assert open_set(run.patches("photos-gray")).sha256 != before
    assert len(open_set(run.patches("photos-colour"))) == (19 if change == "more" else 18)


def test_damaged_set_is_made_again(tmp_path: Path, images: Path) -> None:
    run = run_of(tmp_path, images)
    build(run)
    (run.patches("photos-colour") / "images.npy").unlink()
    build(run)
    assert len(open_set(run.patches("photos-colour"))) == 18


def test_gray_photographs_make_the_gray_set_only(tmp_path: Path, images: Path,
                                                 capsys: pytest.CaptureFixture[str]) -> None:
    build(run_of(tmp_path, images))
    run = run_of(tmp_path, cloud_imvn(tmp_path / "gray", colour=False))
    capsys.readouterr()
    build(run)
    assert np.array_equal(open_set(run.patches("photos-gray")).images[0], pixels(0, colour=False))
    assert not (run.patches("photos-colour") / "provenance.json").exists()
    assert capsys.readouterr().out.splitlines() == ["photos-gray: 18 images of 4 x 4 px, 6 classes",
                                                    "photos-colour: not made, the photographs are gray"]
    assert pd.read_csv(run.data / "patches" / "index.csv")["set"].tolist() == ["photos-gray"]


def test_simulated_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = small_sample(tmp_path)
    build(run)
    colour = open_set(run.patches("photos-colour"))
    assert np.array_equal(colour.images, sky_photographs.generate(2, 16, 3)[0])
    assert colour.provenance["simulated"] is True
    assert open_set(run.patches("photos-gray")).provenance["simulated"] is True
    assert colour.provenance["inputs"] == {"recipe": sha256_file(Path(sky_photographs.__file__))}
    assert colour.table["source"][:3].tolist() == ["simulated/Clear sky/0", "simulated/Clear sky/1",
                                                  "simulated/Patterned/0"]
    assert colour.labels is not None
    assert np.array_equal(colour.labels, sky_photographs.generate(2, 16, 3)[1])
    assert "12 simulated images" in capsys.readouterr().out


def test_simulated_sample_is_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(small_sample(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(sky_photographs, "generate", lambda *_: pytest.fail("drawn again"))
        build(small_sample(tmp_path))
    build(small_sample(tmp_path, seed=4))
    found = open_set(small_sample(tmp_path).patches("photos-colour"))
    assert np.array_equal(found.images, sky_photographs.generate(2, 16, 4)[0])


def test_sample_with_fewer_than_two_images_a_class(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="per_class"):
        build(small_sample(tmp_path, per_class=1))
    assert snapshot(tmp_path) == {}


# What can be wrong with a folder

@pytest.fixture
def assert_refused(tmp_path: Path, images: Path) -> Any:
    """A function that builds, expects one sentence that holds all its arguments, and an untouched earlier set."""
    run = run_of(tmp_path, images)
    build(run)
    before = snapshot(run.out)

    def check(*said: object) -> None:
        with pytest.raises(UserError) as caught:
            build(run)
        for part in said:
            assert str(part) in str(caught.value)
        assert "\n" not in str(caught.value)
        assert snapshot(run.out) == before

    return check


def test_empty_class(images: Path, assert_refused: Any) -> None:
    shutil.rmtree(images / "F-Veil Clouds")
    (images / "F-Veil Clouds").mkdir()
    (images / "F-Veil Clouds" / "readme.txt").write_text("")
    assert_refused(images / "F-Veil Clouds", "no PNG or JPEG image")


def test_class_with_one_image(images: Path, assert_refused: Any) -> None:
    for i in (1, 2):
        (images / "F-Veil Clouds" / f"F_{i}img.png").unlink()
    assert_refused(images / "F-Veil Clouds" / "F_3img.png", "the only image of its class")


def test_as_many_images_as_clusters_are_too_few(images: Path, assert_refused: Any) -> None:
    for name in CLOUD_IMVN:
        for i in (1, 2):
            (images / name / f"{name[0]}_{i}img.png").unlink()
    assert_refused(images / "A-Clear Sky" / "A_3img.png", "at least two")


def test_truncated_image(images: Path, assert_refused: Any) -> None:
    path = put(images / "C-Thin White Clouds" / "C_2img.png", side=40)
    path.write_bytes(path.read_bytes()[:1000])
    assert_refused(path, "can't be read")


def test_unreadable_image(images: Path, assert_refused: Any) -> None:
    path = images / "F-Veil Clouds" / "F_3img.png"
    path.write_bytes(b"not an image")
    assert_refused(path, "can't be read")


def test_dangling_link(images: Path, assert_refused: Any) -> None:
    path = images / "F-Veil Clouds" / "F_4img.png"
    path.symlink_to(images / "nowhere.png")
    assert_refused(path, "can't be read")


def test_name_that_is_not_utf8(images: Path, assert_refused: Any) -> None:
    put(images / "F-Veil Clouds" / "a.png").rename(images / "F-Veil Clouds" / os.fsdecode(b"caf\xe9.png"))
    assert_refused("caf\\udce9.png", "not in UTF-8")


def test_mixed_channels(images: Path, assert_refused: Any) -> None:
    put(images / "F-Veil Clouds" / "F_2img.png", colour=False)
    assert_refused("A-Clear Sky/A_1img.png is 4 x 4 px colour", "F-Veil Clouds/F_2img.png is 4 x 4 px gray")


def test_mixed_sizes(images: Path, assert_refused: Any) -> None:
    put(images / "F-Veil Clouds" / "F_2img.png", side=5)
    assert_refused("A-Clear Sky/A_1img.png is 4 x 4 px colour", "F-Veil Clouds/F_2img.png is 5 x 5 px colour")


def test_not_square(images: Path, assert_refused: Any) -> None:
    Image.fromarray(np.zeros((4, 6, 3), np.uint8)).save(images / "A-Clear Sky" / "A_1img.png")
    assert_refused("A-Clear Sky/A_1img.png", "found 6 x 4 px")


def test_two_folders_of_one_class(images: Path, assert_refused: Any) -> None:
    put(images / "veil" / "a.png")
    put(images / "veil" / "b.png")
    assert_refused(images / "veil", images / "F-Veil Clouds", "'Veil'")
