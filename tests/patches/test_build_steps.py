"""What makes sets of patches of Venus new to make, and how much of the work then; no time of any file does."""

import dataclasses
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from paper_repro.base import files, hashes, step
from paper_repro.base.code import hash_of_module, version_of
from paper_repro.base.run import Run
from paper_repro.observations import uvi as uvi_file
from paper_repro.observations.observation import Observation, Pair
from paper_repro.patches import dataset, part
from tests.instruments import uvi
from tests.patches import tiny_archive
from tests.patches.tiny_archive import SCALES, bytes_of, run_of
from tests.steps_made import damage, make, stale

SET, FLATTENED = "patches uvi-3000km", "patches uvi-3000km-flat"
COUNT = 3


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an archive of three observations, `in`, and the sets that are made of it, `out`."""
    folder = tmp_path_factory.mktemp("built")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(hashes, "SETTLED_NS", 0)  # all hashes are remembered
        tiny_archive.build_once(folder / "out", tiny_archive.make(folder / "in", COUNT))
    return folder


@pytest.fixture
def run(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A copy of both for one test, with their times."""
    monkeypatch.setattr(hashes, "SETTLED_NS", 0)
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return run_of(tmp_path / "out", tmp_path / "in")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each observation was read."""
    counts: Counter[str] = Counter()
    real = uvi.read

    def counted(pair: Pair) -> Observation:
        counts[pair.source] += 1
        return real(pair)

    monkeypatch.setitem(uvi_file.INSTRUMENTS, "uvi", dataclasses.replace(uvi, read=counted))
    return counts


def image(run: Run, number: int) -> Path:
    return next(run.archive("uvi").rglob(f"*_{number:06d}_365_l2b_*"))


def test_sets_are_left_alone_whatever_the_times_of_files(run: Run, read: Counter[str]) -> None:
    before = bytes_of(run)
    for path in [*run.archive("uvi").rglob("*"), *run.data.rglob("*")]:
        os.utime(path, (1, 1))
    (image(run, 0).parent / "readme.txt").write_text("from the archive")
    assert stale(run, "statistics") == {}
    tiny_archive.build(run)
    assert (bytes_of(run), read) == (before, {})


@pytest.mark.parametrize("change", ["replaced", "new", "gone"])
@pytest.mark.parametrize("which", ["l2b", "l3bx"])
def test_of_changed_files_only_their_own_observation_is_read(run: Run, tmp_path: Path, read: Counter[str], which: str,
                                                             change: str) -> None:
    """Though a replaced file has the size and the times of the one before."""
    name = image(run, 1).relative_to(run.archive("uvi")).as_posix()
    path = next(run.archive("uvi").rglob(f"*_000001_365_{which}_*"))
    if change == "new":
        path.rename(tmp_path / "aside")
        tiny_archive.build(run)
        (tmp_path / "aside").rename(path)
        read.clear()
    elif change == "replaced":
        tiny_archive.add(tmp_path / "other", 1, low_sun=True)
        other, times = next((tmp_path / "other").rglob(path.name)), path.stat()
        assert other.stat().st_size == times.st_size
        os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
        other.replace(path)
    else:
        path.unlink()
    reasons = stale(run, "statistics")
    assert reasons["observations uvi"] == "uvi files changed"
    assert reasons[SET] == "observations uvi is made first"
    tiny_archive.build(run)
    assert read == ({} if change == "gone" else {name: 1})
    assert stale(run, "statistics") == {}
    assert bytes_of(run) == tiny_archive.build_once(tmp_path / "fresh", run.archive("uvi"))


def test_a_new_file_costs_itself_and_one_gone_takes_its_patches_away(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tiny_archive.make(tmp_path / "in", 2)
    tiny_archive.build_once(tmp_path / "out", root)
    made: list[str] = []
    make_part = part.make_part

    def noted(task: part.Task) -> int:
        made.append(task.source)
        return make_part(task)

    monkeypatch.setattr(part, "make_part", noted)
    added = tiny_archive.add(root, 2)
    after = tiny_archive.build_once(tmp_path / "out", root)
    assert made == [added.relative_to(root).as_posix()]
    added.unlink()
    tiny_archive.build_once(tmp_path / "out", root)
    assert len(made) == 1
    run = run_of(tmp_path / "out", root)
    assert dataset.open_set(run.patches("uvi-3000km")).table["source"].nunique() == 2
    assert len(list(run.patches(".parts").rglob("*.npz"))) == 2
    assert bytes_of(run) != after


@pytest.mark.parametrize("name", [
    "patches/uvi-3000km/images.npy", "patches/uvi-3000km/patches.csv", "patches/uvi-3000km/left_out.csv",
    "patches/uvi-3000km-flat/images.npy", "patches/statistics.csv", "observations/uvi.csv",
])  # fmt: skip
@pytest.mark.parametrize("how", ["gone", "other"])
def test_what_was_damaged_is_made_again_of_what_is_there(run: Run, read: Counter[str], name: str, how: str) -> None:
    before, path = bytes_of(run), run.data / name
    why = f"{path.name} is {damage(path, how)}"
    assert why in stale(run, "statistics").values()
    tiny_archive.build(run)
    assert (bytes_of(run), read) == (before, {})
    assert stale(run, "statistics") == {}


def test_parameters_make_all_that_they_go_into_new_to_make(run: Run) -> None:
    parameters = dataclasses.replace(run.profile.patches, angle_threshold_deg=60.0)
    other = dataclasses.replace(run, profile=dataclasses.replace(run.profile, patches=parameters))
    reasons = stale(other, "statistics")
    assert "observations uvi" not in reasons
    assert reasons[SET].startswith("angle_threshold_deg changed from ")
    assert reasons[FLATTENED] == f"{SET} is made first"


@pytest.mark.parametrize(("module", "steps"), [
    ("observations.uvi", {"observations uvi", SET, FLATTENED}),
    ("observations.fits", {"observations uvi", SET, FLATTENED}),
    ("patches.project", {SET, FLATTENED}), ("patches.flatten", {FLATTENED}), ("observations.vmc", set()),
    ("patches.waves", set()), ("patches.photographs", set()), ("encoders.train", set()),
])  # fmt: skip
def test_code_makes_only_what_it_decides_new_to_make(run: Run, monkeypatch: pytest.MonkeyPatch, module: str,
                                                     steps: set[str]) -> None:
    monkeypatch.setattr(step, "hash_of_module", lambda name: "0" if name == module else hash_of_module(name))
    assert stale(run, FLATTENED).keys() == steps


@pytest.mark.parametrize(("library", "steps"), [("numba", {SET, FLATTENED}), ("matplotlib", set()), ("torch", set())])
def test_libraries_make_only_what_uses_them_new_to_make(run: Run, monkeypatch: pytest.MonkeyPatch, library: str,
                                                        steps: set[str]) -> None:
    monkeypatch.setattr(step, "version_of", lambda name: "0" if name == library else version_of(name))
    assert stale(run, FLATTENED).keys() == steps


def test_what_a_set_built_alone_and_one_at_work_need_is_left_alone(tmp_path: Path) -> None:
    root = tiny_archive.make(tmp_path / "in", 1)
    run, alone = (run_of(tmp_path / "out", root, scales) for scales in (SCALES, SCALES[:1]))
    make(run, "parts uvi")
    [whole] = run.patches(".parts").rglob("*.npz")
    begun, old = (whole.with_name(name) for name in ("begun.npz", "of-other-settings.npz"))
    with files.atomic(begun):
        make(alone, "patches uvi-4000km-flat", "drawn-out uvi-4000km")
        made = set(run.patches(".parts").rglob("[!.]*.npz"))
        assert whole in made
        assert len(made) == 2
        old.touch()
        make(run, "parts uvi")
    assert set(run.patches(".parts").rglob("*.npz")) == {*made, begun}
