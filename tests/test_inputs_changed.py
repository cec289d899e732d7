"""What the user names counts by content, and outputs and records are what was written: else exactly that is made again.

Through the command line, with clocks that are right, wrong or set back.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from paper_repro import cli
from tests.encoders.weights.weights_made import like_resnet18
from tests.observations import products
from tests.patches import tiny_archive
from tests.patches.photographs_made import cloud_imvn, put
from tests.steps_made import flip, with_times_of

TINY = """
title = "tiny"
[photographs]
source = "folder"
[encoders]
models = ["simple"]
recipe = "paper"
side = 32
epochs = 1
seeds = [0]
[grid]
repeats = 1
seed = 0
kmeans_n_init = 1
"""
COLOUR, GRAY, SETS = "patches photos-colour", "patches photos-gray", "sets"
Make = Callable[[], list[str]]


@pytest.fixture
def made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Make:
    """Calls `patches` on the photographs in `photos`; returns the steps made. They have been made once."""
    (tmp_path / "tiny.toml").write_text(TINY)
    cloud_imvn(tmp_path / "photos", 2)
    make = calling(["patches", "--profile", str(tmp_path / "tiny.toml"), "--images", str(tmp_path / "photos"),
                    "--out", str(tmp_path / "out")], capsys)
    assert make() == [COLOUR, GRAY, SETS]
    return make


def calling(words: list[str], capsys: pytest.CaptureFixture[str]) -> Make:
    def make() -> list[str]:
        capsys.readouterr()
        assert cli.main(words) == 0
        return [line[5:].strip().partition("  (")[0] for line in capsys.readouterr().out.splitlines()
                if line.startswith("made ")]

    return make


def test_photographs_count_by_content(made: Make, tmp_path: Path) -> None:
    first, second = sorted((tmp_path / "photos/A-Clear Sky").iterdir())
    kept = first.read_bytes()
    assert made() == []
    for stamp in (0, 2**32):  # long ago and far ahead
        os.utime(first, (stamp, stamp))
        assert made() == []
    with_times_of(first, lambda path: put(path, 77))
    assert made() == [COLOUR, GRAY, SETS]
    with_times_of(first, lambda path: path.write_bytes(kept))
    assert made() == [COLOUR, GRAY, SETS]
    shutil.copy2(first, first.with_name("A_9img.png"))
    assert made() == [COLOUR, GRAY, SETS]
    first.with_name("A_9img.png").unlink()
    assert made() == [COLOUR, GRAY, SETS]
    first.rename(tmp_path / "aside")
    second.rename(first)
    (tmp_path / "aside").rename(second)
    assert made() == [COLOUR, GRAY, SETS]
    first.with_name("readme.txt").touch()  # no image
    assert made() == []


def test_what_a_link_leads_to_counts(made: Make, tmp_path: Path) -> None:
    (tmp_path / "photos").rename(tmp_path / "one")
    (tmp_path / "photos").symlink_to("one")
    assert made() == []
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    (tmp_path / "photos").unlink()
    (tmp_path / "photos").symlink_to("two")
    assert made() == []  # the same images
    image = next((tmp_path / "two/A-Clear Sky").iterdir())
    image.rename(tmp_path / "elsewhere.png")
    image.symlink_to(tmp_path / "elsewhere.png")
    assert made() == []
    with_times_of(tmp_path / "elsewhere.png", lambda path: put(path, 78))
    assert made() == [COLOUR, GRAY, SETS]


@pytest.mark.parametrize("name", ["images.npy", "patches.csv"])
def test_outputs_are_what_was_written(made: Make, tmp_path: Path, name: str) -> None:
    path = tmp_path / "out/data/tiny/patches/photos-colour" / name
    whole = path.read_bytes()
    for damage in (flip, Path.unlink, lambda path: path.write_bytes(b""), lambda path: path.write_bytes(whole + b"\n")):
        damage(path)
        assert made() == [COLOUR]  # which gives the same bytes, so that nothing else is stale
        assert path.read_bytes() == whole
    with_times_of(path, flip)
    assert made() == [COLOUR]
    target = path.rename(path.with_name("aside"))
    path.symlink_to(target)
    assert made() == []
    flip(target)
    assert made() == [COLOUR]
    assert not path.is_symlink()


@pytest.mark.parametrize("damage", [
    Path.unlink, lambda path: path.write_text(""), lambda path: path.write_text("{}"),
    lambda path: path.write_text("[1]"), lambda path: path.write_bytes(b"\xff"),
    lambda path: path.write_text(path.read_text().replace('"photographs": "', '"photographs": "0')),
    lambda path: path.write_text(path.read_text().replace('"outputs": {', '"outputs": {"../x": "y", ')),
    lambda path: path.write_text(path.read_text().replace('"libraries": {', '"libraries": {"x": "1", ')),
])
def test_a_record_that_was_changed_is_no_record(made: Make, tmp_path: Path,
                                               damage: Callable[[Path], object]) -> None:
    path = tmp_path / "out/data/tiny/patches/photos-colour/provenance.json"
    (path.parents[1] / "x").write_text("the user's")
    damage(path)
    assert made() == [COLOUR]
    assert made() == []
    assert (path.parents[1] / "x").read_text() == "the user's"


def test_a_set_replaced_by_that_of_another_run_is_made_again(made: Make, tmp_path: Path,
                                                             capsys: pytest.CaptureFixture[str]) -> None:
    other = cloud_imvn(tmp_path / "other", 3)
    assert calling(["patches", "--profile", str(tmp_path / "tiny.toml"), "--images", str(other), "--out",
                    str(tmp_path / "out 2")], capsys)() == [COLOUR, GRAY, SETS]
    mine, theirs = (tmp_path / out / "data/tiny/patches/photos-colour" for out in ("out", "out 2"))
    shutil.rmtree(mine)
    shutil.copytree(theirs, mine)
    assert made() == [COLOUR]


def test_two_profiles_in_one_place_leave_each_other_alone(made: Make, tmp_path: Path,
                                                          capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "other.toml").write_text(TINY)
    other = calling(["patches", "--profile", str(tmp_path / "other.toml"), "--images", str(tmp_path / "photos"),
                     "--out", str(tmp_path / "out")], capsys)
    assert other() == [COLOUR, GRAY, SETS]
    assert made() == other() == []


def test_a_place_behind_a_link_and_by_another_name(made: Make, tmp_path: Path,
                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "out").rename(tmp_path / "disk")
    (tmp_path / "out").symlink_to("disk")
    assert made() == []
    monkeypatch.chdir(tmp_path / "disk")
    assert cli.main(["distclean"]) == 0
    assert not list((tmp_path / "disk/data").iterdir())
    assert (tmp_path / "out").is_symlink()


def test_weights_count_by_content(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    state = like_resnet18()
    torch.save(state, tmp_path / "a.pth")
    torch.save(state | {"fc.bias": state["fc.bias"].clone() + 1}, tmp_path / "b.pth")
    weights = tmp_path / "weights.pth"
    shutil.copy2(tmp_path / "a.pth", weights)
    (tmp_path / "tiny.toml").write_text(TINY)
    make = calling(["run", "base weights", "--profile", str(tmp_path / "tiny.toml"), "--weights", str(weights),
                    "--out", str(tmp_path / "out")], capsys)
    assert make() == ["base weights"]
    os.utime(weights, (0, 0))
    assert make() == []
    with_times_of(weights, lambda path: path.write_bytes((tmp_path / "b.pth").read_bytes()))
    assert make() == ["base weights"]
    weights.unlink()
    weights.symlink_to("b.pth")
    assert make() == []
    weights.unlink()
    weights.symlink_to("a.pth")
    assert make() == ["base weights"]


def test_observations_count_by_content(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tiny_archive.make(tmp_path / "uvi", 2)
    make = calling(["patches", "--uvi", str(root), "--scale", "4000", "--jobs", "1", "--out", str(tmp_path / "out")],
                   capsys)
    everything = ["observations uvi", "parts uvi", "patches uvi-4000km", "patches uvi-4000km-flat", "statistics"]
    assert make() == everything
    assert make() == []
    image = tiny_archive.add(root, 2)
    assert make() == everything
    image.unlink()
    assert make() == everything
    kept = next(root.rglob("*000001*l2b*.fit"))
    with_times_of(kept, lambda path: path.write_bytes(path.read_bytes()))
    assert make() == []
    with_times_of(kept, lambda _: tiny_archive.add(root, 1, low_sun=True))
    assert make() == everything


def test_images_of_any_instrument_and_their_geometry_count_by_content(tmp_path: Path,
                                                                      capsys: pytest.CaptureFixture[str]) -> None:
    pair = products.vmc_pair(tmp_path / "vmc")
    make = calling(["index", "--vmc", str(tmp_path / "vmc"), "--out", str(tmp_path / "out")], capsys)
    assert make() == ["observations vmc"]
    assert make() == []
    for path in (pair.image, products.geometry_of(pair)):
        with_times_of(path, lambda path: path.write_bytes(path.read_bytes()))
        assert make() == []
        with_times_of(path, flip)
        assert make() == ["observations vmc"]
    products.geometry_of(pair).unlink()
    assert make() == ["observations vmc"]
