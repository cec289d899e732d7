"""What makes sets of photographs new to make: other photographs, settings, code, damage; no time of any file."""

import os
from pathlib import Path

import pytest

from paper_repro.base import hashes, step
from paper_repro.base.code import hash_of_module
from paper_repro.base.run import COLOUR, GRAY
from paper_repro.patches.dataset import open_set
from tests.patches.photographs_made import put, run_of, small_sample, snapshot
from tests.steps_made import damage, make, stale


def test_sets_are_left_alone_whatever_the_times_of_files(tmp_path: Path, images: Path) -> None:
    run = run_of(tmp_path, images)
    make(run, "sets")
    before = snapshot(run.data / "patches")
    for path in images.rglob("*"):
        os.utime(path, (1, 1))
    assert stale(run, "sets") == {}
    make(run, "sets")
    assert snapshot(run.data / "patches") == before


@pytest.mark.parametrize("change", ["pixels", "name", "label", "more", "fewer"])
def test_changed_photographs_are_read_again(tmp_path: Path, images: Path, change: str,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    """Though the file's size and time are those of the one before, and their hashes are remembered."""
    monkeypatch.setattr(hashes, "SETTLED_NS", 0)
    run = run_of(tmp_path, images)
    make(run, "sets")
    before = open_set(run.patches(GRAY)).sha256
    one = images / "A-Clear Sky" / "A_1img.png"
    if change == "pixels":
        times, other = one.stat(), tmp_path / "other.png"
        put(other, 999)
        assert other.stat().st_size == times.st_size
        os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
        other.replace(one)
    elif change == "more":
        put(one.with_name("A_0img.png"))
    elif change == "fewer":
        one.unlink()
    else:
        one.rename(one.with_name("A_7img.png") if change == "name" else images / "F-Veil Clouds" / "A_1img.png")
    assert stale(run, f"patches {COLOUR}") == {f"patches {COLOUR}": "photographs changed"}
    make(run, "sets")
    assert open_set(run.patches(GRAY)).sha256 != before
    assert len(open_set(run.patches(COLOUR))) == {"more": 19, "fewer": 17}.get(change, 18)
    assert stale(run, "sets") == {}


def test_what_the_folder_holds_besides_makes_nothing_new_to_make(tmp_path: Path, images: Path) -> None:
    run = run_of(tmp_path, images)
    make(run, "sets")
    (images / "A-Clear Sky" / "notes.txt").write_text("seen")
    put(images / "__MACOSX" / "A_1img.png")
    assert stale(run, "sets") == {}


@pytest.mark.parametrize("name", ["images.npy", "patches.csv"])
@pytest.mark.parametrize("how", ["gone", "other"])
def test_damaged_set_is_made_again(tmp_path: Path, images: Path, name: str, how: str) -> None:
    run = run_of(tmp_path, images)
    make(run, "sets")
    before = {path: data for path, (data, _) in snapshot(run.patches(COLOUR)).items() if path != "provenance.json"}
    why = f"{name} is {damage(run.patches(COLOUR) / name, how, -3)}"
    assert stale(run, f"patches {COLOUR}") == {f"patches {COLOUR}": why}
    make(run, "sets")
    assert before.items() <= {path: data for path, (data, _) in snapshot(run.patches(COLOUR)).items()}.items()
    assert stale(run, "sets") == {}


@pytest.mark.parametrize(("changed", "reason"), [({"seed": 4}, "seed changed from 3 to 4"),
                                                 ({"per_class": 3}, "per_class changed from 2 to 3"),
                                                 ({"side": 32}, "side changed from 16 to 32")])
def test_settings_of_the_sample_make_it_new_to_make(tmp_path: Path, changed: dict[str, int], reason: str) -> None:
    make(small_sample(tmp_path), f"patches {GRAY}")
    assert stale(small_sample(tmp_path, **changed), f"patches {GRAY}") == {
        f"patches {COLOUR}": reason, f"patches {GRAY}": f"patches {COLOUR} is made first"}


def test_code_that_sets_are_made_by_makes_them_new_to_make(tmp_path: Path, images: Path,
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_of(tmp_path, images)
    make(run, "sets")
    for name, stays in (("patches.photographs", False), ("patches.flatten", True), ("simulated.sky_photographs", True)):
        with monkeypatch.context() as patch:
            patch.setattr(step, "hash_of_module", lambda one, name=name: "0" if one == name else hash_of_module(one))
            assert (stale(run, f"patches {COLOUR}") == {}) == stays
