"""Sets of photographs: what is made, and each way that a folder can be wrong gives one clear sentence."""

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
from paper_repro.base.hashes import digest
from paper_repro.base.run import COLOUR, GRAY, open_run
from paper_repro.base.walk import walk
from paper_repro.patches.dataset import open_set
from paper_repro.patches.photographs import are_gray, to_gray
from paper_repro.simulated import sky_photographs
from paper_repro.steps import steps_of
from tests.patches.photographs_made import CLOUD_IMVN, cloud_imvn, pixels, put, run_of, small_sample, snapshot
from tests.steps_made import make, make_alone

# Sets

def test_both_sets_and_their_list_are_made(tmp_path: Path, images: Path) -> None:
    run = run_of(tmp_path, images)
    make(run, "sets")
    colour, gray = open_set(run.patches(COLOUR)), open_set(run.patches(GRAY))
    assert colour.images.shape == (18, 4, 4, 3)
    assert np.array_equal(colour.images[0], pixels(0))
    assert np.array_equal(gray.images, to_gray(colour.images))
    assert colour.labels is not None
    assert colour.labels.tolist() == [c for c in range(6) for _ in range(3)]
    assert gray.table.equals(colour.table)
    assert gray.classes == colour.classes == paper.CLASS_NAMES
    assert gray.provenance["inputs"] == {f"patches {COLOUR}": digest(colour.provenance["outputs"])}
    assert colour.provenance["inputs"].keys() == {"photographs"}
    assert not colour.provenance["simulated"]
    index = pd.read_csv(run.data / "patches" / "index.csv")
    assert index.to_numpy().tolist() == [[COLOUR, 18, 4, 6, colour.sha256], [GRAY, 18, 4, 6, gray.sha256]]


def test_gray_photographs_make_the_gray_set_only(tmp_path: Path, images: Path) -> None:
    assert not are_gray(run_of(tmp_path, images))
    make(run_of(tmp_path, images), "sets")
    run = run_of(tmp_path, cloud_imvn(tmp_path / "gray", colour=False))
    assert are_gray(run)
    run = dataclasses.replace(run, gray=True)
    make(run, "sets")
    gray = open_set(run.patches(GRAY))
    assert np.array_equal(gray.images[0], pixels(0, colour=False))
    assert gray.provenance["inputs"].keys() == {"photographs"}
    assert f"patches {COLOUR}" not in steps_of(run).by_name
    assert pd.read_csv(run.data / "patches" / "index.csv")["set"].tolist() == [GRAY]


@pytest.mark.parametrize("folder", ["nowhere", "empty", "broken"])
def test_photographs_that_cannot_be_looked_at_do_not_count_as_gray(tmp_path: Path, folder: str) -> None:
    """What is wrong with them is said where their set is made."""
    (tmp_path / "empty").mkdir()
    put(tmp_path / "broken" / "one" / "a.png", colour=False).write_bytes(b"no image")
    for name in ("one/b.png", "two/a.png", "two/b.png"):
        put(tmp_path / "broken" / name, colour=False)
    run = dataclasses.replace(open_run("swimcat", tmp_path), images=tmp_path / folder)
    assert not are_gray(run)


def test_simulated_sample(tmp_path: Path) -> None:
    run = small_sample(tmp_path)
    make(run, f"patches {GRAY}")
    colour = open_set(run.patches(COLOUR))
    assert np.array_equal(colour.images, sky_photographs.generate(2, 16, 3)[0])
    assert colour.provenance["simulated"] is True
    assert open_set(run.patches(GRAY)).provenance["simulated"] is True
    assert colour.provenance["inputs"] == {}
    assert colour.provenance["settings"] == {"per_class": 2, "side": 16, "seed": 3}
    assert "simulated.sky_photographs" in colour.provenance["code"]
    assert colour.table["source"][:3].tolist() == ["simulated/Clear sky/0", "simulated/Clear sky/1",
                                                  "simulated/Patterned/0"]
    assert colour.labels is not None
    assert np.array_equal(colour.labels, sky_photographs.generate(2, 16, 3)[1])


def test_simulated_sample_is_drawn_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(small_sample(tmp_path), f"patches {GRAY}")
    with monkeypatch.context() as patch:
        patch.setattr(sky_photographs, "generate", lambda *_: pytest.fail("drawn again"))
        make(small_sample(tmp_path), f"patches {GRAY}")
    make(small_sample(tmp_path, seed=4), f"patches {GRAY}")
    found = open_set(small_sample(tmp_path).patches(COLOUR))
    assert np.array_equal(found.images, sky_photographs.generate(2, 16, 4)[0])


def test_sample_with_fewer_than_two_images_a_class(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="per_class"):
        make_alone(small_sample(tmp_path, per_class=1), f"patches {COLOUR}")
    assert snapshot(tmp_path) == {}


# What can be wrong with a folder

@pytest.fixture
def assert_refused(tmp_path: Path, images: Path) -> Any:
    """A function that makes the sets, expects a sentence that holds all it is given, and earlier sets untouched."""
    run = run_of(tmp_path, images)
    make(run, "sets")
    before = snapshot(run.data / "patches")

    def check(*said: object) -> None:
        failed = walk(steps_of(run), ["sets"], 1)
        sentence = failed[f"patches {COLOUR}"]
        assert failed.keys() == {f"patches {COLOUR}", f"patches {GRAY}", "sets"}
        for part in said:
            assert str(part) in sentence
        assert "\n" not in sentence
        assert snapshot(run.data / "patches") == before

    return check


def test_empty_class(images: Path, assert_refused: Any) -> None:
    shutil.rmtree(images / "F-Veil Clouds")
    (images / "F-Veil Clouds").mkdir()
    (images / "F-Veil Clouds" / "readme.txt").write_text("")
    assert_refused(images / "F-Veil Clouds", "the class holds no image of its own")


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
    assert_refused(path, "found a file of another kind")


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
