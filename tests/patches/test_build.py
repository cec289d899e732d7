"""Patch sets of Venus from a folder: the same bytes however they were made, nothing lost, nothing twice."""

import json
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from paper_repro import cli
from paper_repro.base import cleaning
from paper_repro.base.hashes import digest
from paper_repro.base.walk import walk
from paper_repro.observations import uvi as uvi_file
from paper_repro.observations.observation import Observation, Pair
from paper_repro.paper import TABLE4
from paper_repro.patches import assemble, build, dataset, drawn_out, part
from paper_repro.patches.flatten import flatten
from paper_repro.patches.project import patches_of
from paper_repro.steps import steps_of
from tests.instruments import uvi
from tests.patches import tiny_archive
from tests.patches.tiny_archive import SCALES, bytes_of, reasons_of, run_of
from tests.steps_made import stale

COUNT = 6
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six observations; one more without geometry, one dark, one too coarse for the smaller scale, one cut off."""
    root = tiny_archive.make(tmp_path_factory.mktemp("archive"), COUNT)
    for number in (10, 13):
        tiny_archive.add(root, number)
    tiny_archive.add(root, 11, dark=True)
    tiny_archive.add(root, 12, coarse=True)
    next(root.rglob("*_000010_365_l3bx_*")).unlink()
    cut = next(root.rglob("*_000013_365_l3bx_*"))
    cut.write_bytes(cut.read_bytes()[:100_000])
    return root


@pytest.fixture(scope="session")
def once(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Folder and hashes of one build, never stopped, in one process."""
    out = tmp_path_factory.mktemp("once")
    return out, tiny_archive.build_once(out, archive)


def test_what_is_drawn_out_is_kept_beside_the_set_and_changes_none_of_it(
        archive: Path, once: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    shutil.copytree(once[0], tmp_path / "out")
    run = run_of(tmp_path / "out", archive)
    before = bytes_of(run)
    wanted = run.venus_sets[0]
    made = build.measure_drawn_out(run, wanted)
    table = dataset.open_set(run.patches(wanted.name)).table
    found = drawn_out.joined(table, run.patches(wanted.name))["drawn_out"]
    pairs = {pair.source: pair for pair in uvi.pairs(archive)}
    expected = np.concatenate([patches_of(uvi.read(pairs[source]), [wanted.scale_km], TABLE4)[wanted.scale_km].drawn_out
                               for source in dict.fromkeys(table["source"])])
    assert found.to_numpy() == pytest.approx(expected, abs=1e-12)
    assert made.extra == {"drawn_out": int((expected > 0.1).sum()), "above": 0.1}
    assert before.items() <= bytes_of(run).items()
    assert "drawn_out" not in drawn_out.joined(table[1:], run.patches(wanted.name))  # of other patches


def test_a_set_holds_the_patches_of_each_observation_in_order(archive: Path, once: tuple[Path, dict[str, str]]) -> None:
    patches = dataset.open_set(run_of(once[0], archive).patches("uvi-3000km"))
    start = 0
    for pair in uvi.pairs(archive):
        if any(f"{number:06d}_365" in pair.source for number in (10, 11, 12, 13)):
            continue
        expected = patches_of(uvi.read(pair), [3000.0], TABLE4)[3000.0]
        stop = start + len(expected.images)
        assert stop > start
        rows = patches.table[start:stop]
        assert np.array_equal(patches.images[start:stop], expected.images)
        assert set(rows["source"]) == {pair.source}
        assert set(rows["time_utc"]) == {uvi.header(pair).time_utc}
        assert np.allclose(rows["minnaert_k"], expected.minnaert_k, rtol=1e-15)
        for column in ("longitude_deg", "latitude_deg", "local_time_h", "density", "density_min_bin", "value_min",
                       "value_max"):
            assert np.allclose(rows[column], getattr(expected, column), rtol=1e-14)
        start = stop
    assert start == len(patches)
    assert tuple(patches.table.columns) == assemble.COLUMNS
    assert patches.table["id"].tolist() == list(range(len(patches)))
    assert patches.provenance["settings"]["angle_threshold_deg"] == TABLE4.angle_threshold_deg
    assert patches.provenance["simulated"] is False
    assert patches.provenance["observations"] == COUNT + 4
    assert patches.classes == ()


def test_what_is_left_out_is_listed_with_the_reason(archive: Path, once: tuple[Path, dict[str, str]]) -> None:
    run = run_of(once[0], archive)
    reasons = reasons_of(run, "uvi-3000km")
    assert set(reasons) == {10, 11, 12, 13}
    assert "geometry" in reasons[10]
    assert reasons[11]
    assert reasons[12].startswith("resolution of 36")
    assert "truncated" in reasons[13]
    assert set(reasons_of(run, "uvi-4000km")) == {10, 11, 13}


def test_flattened_sets_have_the_same_rows(archive: Path, once: tuple[Path, dict[str, str]]) -> None:
    run = run_of(once[0], archive)
    patches, flat = (dataset.open_set(run.patches(f"uvi-3000km{end}")) for end in ("", "-flat"))
    assert np.array_equal(flat.images, flatten(np.asarray(patches.images), TABLE4))
    assert (run.patches("uvi-3000km-flat") / "patches.csv").read_bytes() == (
        run.patches("uvi-3000km") / "patches.csv").read_bytes()
    assert flat.provenance["inputs"] == {"patches uvi-3000km": digest(patches.provenance["outputs"])}


def test_statistics_and_list_of_the_sets(archive: Path, once: tuple[Path, dict[str, str]]) -> None:
    run = run_of(once[0], archive)
    names = sorted(f"uvi-{scale:g}km{end}" for scale in SCALES for end in ("", "-flat"))
    table = pd.read_csv(run.data / "patches/statistics.csv", index_col="set")
    assert list(table.index) == names
    for name in names:
        patches = dataset.open_set(run.patches(name))
        assert table.loc[name, "count"] == len(patches)
        assert table.loc[name, "mean"] == pytest.approx(np.asarray(patches.images, dtype=np.float64).mean(), rel=1e-12)
        assert table.loc[name, "std"] == pytest.approx(np.asarray(patches.images, dtype=np.float64).std(), rel=1e-12)
        assert table.loc[name, "longitude_deg_max"] == pytest.approx(patches.table["longitude_deg"].max(), abs=1e-12)
        assert table.loc[name, "minnaert_k_median"] == pytest.approx(patches.table["minnaert_k"].median(), abs=1e-12)
        assert table.loc[name, "observations"] == COUNT + (name.startswith("uvi-4000km"))


def test_the_order_in_which_observations_end_changes_no_byte(archive: Path, once: tuple[Path, dict[str, str]],
                                                             tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def shuffled(function: Callable[[Any], Any], todo: Sequence[Any], *_: object,
                 **__: object) -> Generator[tuple[Any, Any]]:
        for task in random.Random(3).sample(todo, len(todo)):
            yield task, function(task)

    monkeypatch.setattr(build, "parallel", shuffled)
    assert tiny_archive.build_once(tmp_path, archive) == once[1]


def test_each_file_is_read_once_for_all_scales_and_never_again(archive: Path, once: tuple[Path, dict[str, str]],
                                                               tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: Counter[str] = Counter()
    read = uvi.read

    def counted(pair: Pair) -> Observation:
        reads[pair.source] += 1
        return read(pair)

    monkeypatch.setitem(uvi_file.INSTRUMENTS, "uvi", replace(uvi, read=counted))
    assert tiny_archive.build_once(tmp_path, archive) == once[1]
    # seven good ones and the dark one: time and memory go with the number of reads
    assert sorted(reads.values()) == [1] * (COUNT + 2)
    assert tiny_archive.build_once(tmp_path, archive) == once[1]
    for folder in ("uvi-3000km", "uvi-4000km-flat"):
        (tmp_path / "data/paper/patches" / folder / "provenance.json").unlink()
    assert tiny_archive.build_once(tmp_path, archive) == once[1]
    assert sorted(reads.values()) == [1] * (COUNT + 2)


def test_two_workers_give_the_bytes_of_one(archive: Path, once: tuple[Path, dict[str, str]], tmp_path: Path,
                                           monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "SECONDS", 60.0)  # work enough for more workers than one
    monkeypatch.setattr(part, "_write", lambda *_: pytest.fail("made in this process"))
    assert tiny_archive.build_once(tmp_path, archive, jobs=2) == once[1]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_killed_build_goes_on_as_if_never_stopped(jobs: int, archive: Path, once: tuple[Path, dict[str, str]],
                                                    tmp_path: Path) -> None:
    words = [sys.executable, "-m", "tests.patches.killed_build", str(archive), str(tmp_path), str(jobs), "3"]
    ended = subprocess.run(words, cwd=ROOT, capture_output=True, timeout=120, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    parts = list((tmp_path / "data/paper/patches/.parts/uvi").glob("[!.]*.npz"))
    assert len(parts) >= 3  # workers may be some ahead of what was handed over
    before = {path: path.stat().st_mtime_ns for path in parts}
    assert not list(tmp_path.rglob("images.npy"))
    with cleaning.working("patches", run_of(tmp_path, archive).data):
        assert tiny_archive.build_once(tmp_path, archive) == once[1]
    assert {path: path.stat().st_mtime_ns for path in parts} == before  # not made again
    assert not list(tmp_path.rglob("*partial*"))


def test_a_damaged_part_is_made_again_at_once(archive: Path, once: tuple[Path, dict[str, str]],
                                              tmp_path: Path) -> None:
    shutil.copytree(once[0], tmp_path, dirs_exist_ok=True)
    part = min((tmp_path / "data/paper/patches/.parts/uvi").glob("*.npz"), key=lambda path: -path.stat().st_size)
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 0xFF
    part.write_bytes(content)
    (tmp_path / "data/paper/patches/uvi-3000km/images.npy").unlink()
    (tmp_path / "data/paper/patches/uvi-4000km/images.npy").unlink()
    assert walk(steps_of(run_of(tmp_path, archive)), ["statistics"], 1) == {}
    assert tiny_archive.build_once(tmp_path, archive) == once[1]


@pytest.mark.attack("part-forged")
@pytest.mark.parametrize("forge", [
    lambda path, stored: stored | {"3000.images": 255 - stored["3000.images"]},
    lambda path, stored: stored | {"3000.rows": stored["3000.rows"] + 1},
    lambda path, stored: {name: array for name, array in stored.items() if not name.startswith("3000.")},
    lambda path, stored: {name: array for name, array in stored.items() if name != part.SUMS},
    lambda path, stored: dict(np.load(min(one for one in path.parent.glob("[!.]*.npz") if one != path))),
], ids=["images", "rows", "taken out", "without sums", "another's"])
def test_a_forged_part_is_made_again_at_once(
    archive: Path, once: tuple[Path, dict[str, str]], tmp_path: Path,
    forge: Callable[[Path, dict[str, Any]], dict[str, Any]],
) -> None:
    """A run was stopped, and somebody had other patches put into its sets by the next one."""
    shutil.copytree(once[0], tmp_path, dirs_exist_ok=True)
    path = min((tmp_path / "data/paper/patches/.parts/uvi").glob("*.npz"), key=lambda path: -path.stat().st_size)
    np.savez(path, **forge(path, dict(np.load(path))))
    for name in ("uvi-3000km", "uvi-4000km"):
        (tmp_path / "data/paper/patches" / name / "images.npy").unlink()
    assert walk(steps_of(run_of(tmp_path, archive)), ["statistics"], 1) == {}
    assert tiny_archive.build_once(tmp_path, archive) == once[1]


def test_png_of_each_patch_on_request(archive: Path, once: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    shutil.copytree(once[0], tmp_path, dirs_exist_ok=True)
    run = run_of(tmp_path, archive)
    stray = run.patches("uvi-3000km") / "png" / "99.png"
    stray.parent.mkdir()
    stray.touch()
    words = ["patches", "--only", "venus", "--png", "--jobs", "1", "--out", str(tmp_path), "--uvi", str(archive)]
    assert cli.main([*words, *(word for scale in SCALES for word in ("--scale", str(scale)))]) == 0
    for name in ("uvi-3000km", "uvi-3000km-flat"):
        patches = dataset.open_set(run.patches(name))
        found = sorted((run.patches(name) / "png").iterdir(), key=lambda path: int(path.stem))
        assert [path.name for path in found] == [f"{number}.png" for number in range(len(patches))]
        assert np.array_equal(np.asarray(Image.open(found[-1])), patches.images[-1])


def test_the_command_makes_sets_of_a_users_folder(archive: Path, once: tuple[Path, dict[str, str]], tmp_path: Path,
                                                  capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(once[0], tmp_path, dirs_exist_ok=True)
    words = ["--uvi", str(archive), "--out", str(tmp_path)]
    assert cli.main(["patches", *words, "--scale", "3000", "--scale", "4000", "--jobs", "1"]) == 0
    assert bytes_of(run_of(tmp_path, archive)) == once[1]
    said = capsys.readouterr().out
    assert "up to date  patches uvi-3000km\n" in said
    assert "made " not in said
    assert cli.main(["index", *words]) == 0
    said = capsys.readouterr().out
    assert f"\nuvi: {COUNT + 4} observations, {COUNT + 2} usable" in said
    assert "truncated" in said


def test_the_provenance_tells_settings_and_inputs(archive: Path, once: tuple[Path, dict[str, str]]) -> None:
    found = json.loads((run_of(once[0], archive).patches("uvi-3000km") / "provenance.json").read_text())
    assert found["settings"]["scale_km"] == 3000
    assert found["settings"]["resolution_px"] == 128
    assert set(found["inputs"]) == {"observations uvi"}
    assert found["patches"] == len(dataset.open_set(run_of(once[0], archive).patches("uvi-3000km")))


def test_single_sets_do_not_pass_for_a_whole_build(archive: Path, once: tuple[Path, dict[str, str]],
                                                   tmp_path: Path) -> None:
    shutil.copytree(once[0], tmp_path, dirs_exist_ok=True)
    single, both = run_of(tmp_path, archive, (4000.0,)), run_of(tmp_path, archive)
    assert stale(single, "statistics") == {
        "statistics": "inputs: no longer patches uvi-3000km, no longer patches uvi-3000km-flat"}
    tiny_archive.build(single)
    assert stale(both, "statistics") == {
        "statistics": "inputs: now patches uvi-3000km, now patches uvi-3000km-flat"}
    tiny_archive.build(both)
    assert bytes_of(both) == once[1]
