"""Folders that hold several filters: split by filter, never mixed, and said; a profile's own steps for a filter."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro import cli
from paper_repro.base.errors import UserError
from paper_repro.base.profile import load
from paper_repro.base.run import Run, open_run
from paper_repro.patches.dataset import open_set
from paper_repro.patches.settings import preprocessing_of
from paper_repro.simulated import venus_archive, venus_cameras
from paper_repro.simulated.venus_fields import Field

FILTERS = ("ir2-202", "ir2-226")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One image of two filters of IR2, and one of another camera, in one folder."""
    made = tmp_path_factory.mktemp("mixed")
    for name in (*FILTERS, "ir1-09d"):
        venus_archive.take(made, next(venus_cameras.shots(name)), Field(1, clouds=False), 5)
    return made


def patches(folder: Path, out: Path, *words: str) -> int:
    return cli.main(["patches", "--ir2", str(folder), "--out", str(out), "--jobs", "1", "--only", "venus", *words])


def sources(run: Run, name: str) -> set[str]:
    return {Path(source).name[20:23] for source in open_set(run.patches(name)).table["source"]}


def test_a_set_of_each_filter_that_is_there_and_what_is_found_is_said(
        folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert patches(folder, tmp_path, "--scale", "3000") == 0
    assert f"ir2: {folder} has files of ir2-202, ir2-226, kept apart; --instrument chooses" in capsys.readouterr().err
    run = open_run("paper", tmp_path)
    assert [sources(run, f"{name}-3000km") for name in FILTERS] == [{"202"}, {"226"}]
    assert sorted(path.name for path in run.patches("").glob("[!.]*km")) == [f"{name}-3000km" for name in FILTERS]
    day, night = (open_set(run.patches(f"{name}-3000km")).table for name in FILTERS)
    assert np.abs(day["local_time_h"] - 12).max() < 6
    assert np.abs((night["local_time_h"] + 12) % 24 - 12).max() < 6
    truth = pd.Series([0.75, 1.35])
    assert np.abs(pd.Series([day["minnaert_k"][0], night["minnaert_k"][0]]) - truth).max() < 0.16


def test_only_the_instrument_that_is_asked_for(folder: Path, tmp_path: Path,
                                               capsys: pytest.CaptureFixture[str]) -> None:
    assert patches(folder, tmp_path, "--scale", "3000", "--instrument", "ir2-226") == 0
    said = capsys.readouterr().err
    assert "ir2-226: files of other filters, which are never mixed with these: ir2-202 2" in said
    assert "ir2-226: files left out for their names: 2 (.fit 2)" in said
    assert [path.name for path in open_run("paper", tmp_path).patches("").glob("[!.]*km")] == ["ir2-226-3000km"]


def test_a_profile_has_sets_of_a_filter_and_says_what_is_done_to_its_light(folder: Path, tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    text = ("extends = 'swimcat'\n[venus]\nsource = 'folder'\nseeds = [0]\nbootstraps = 2\n"
            "[venus.sets]\nir2-226-3000km = { instrument = 'ir2-226', scale_km = 3000 }\n")
    profile.write_text(text)
    assert patches(folder, tmp_path, "--profile", str(profile)) == 0
    plain = open_set(open_run(str(profile), tmp_path).patches("ir2-226-3000km"))
    assert plain.table["minnaert_k"].notna().all()
    assert "preprocessing" not in plain.provenance["settings"]
    profile.write_text(text + "[venus.preprocessing]\nir2-226 = { darkening = 'none' }\n")
    assert patches(folder, tmp_path, "--profile", str(profile)) == 0
    changed = open_set(open_run(str(profile), tmp_path).patches("ir2-226-3000km"))
    assert changed.table["minnaert_k"].isna().all()
    assert changed.provenance["settings"]["preprocessing"] == {"darkening": "none"}
    assert not np.array_equal(changed.images, plain.images)


@pytest.mark.parametrize(("words", "reason"), [
    ("ir2-226 = { darkening = 'minnaert' }", 'darkening "minnaert" needs side "day"'),
    ("uvi = { side = 'night' }", 'darkening "minnaert" needs side "day"'),
    ("uvi = { side = 'left' }", 'uvi.side: expected "both" or "day" or "night", found "left"'),
    ("juno = { side = 'day' }", "juno: there is no such key; expected some of: ir1-09d"),
    ("uvi = { law = 'none' }", "law: there is no such key; expected some of: side, darkening, outliers"),
])
def test_steps_that_do_not_go_together_or_are_none(words: str, reason: str, tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text(f"extends = 'paper'\n[venus.preprocessing]\n{words}\n")
    with pytest.raises(UserError) as error:
        preprocessing_of(Run(load(str(profile)), tmp_path), words.partition(" ")[0])
    assert reason in str(error.value)
    assert str(profile) in str(error.value)


def test_steps_that_do_not_go_together_are_refused_before_anything_is_made(tmp_path: Path,
                                                                           capsys: pytest.CaptureFixture[str]) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text("extends = 'sample'\n[venus.preprocessing]\nuvi = { side = 'night' }\n")
    assert cli.main(["patches", "--profile", str(profile), "--out", str(tmp_path / "out")]) == 2
    assert "[venus.preprocessing] uvi: Minnaert's law holds where the Sun shines" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_folder_of_another_camera_than_the_one_asked_for(folder: Path, tmp_path: Path,
                                                           capsys: pytest.CaptureFixture[str]) -> None:
    assert patches(folder, tmp_path / "out", "--scale", "3000", "--instrument", "ir1-09d") == 2
    assert capsys.readouterr().err == (
        "paper_repro: --ir2: found --instrument ir1-09d too, whose files are another camera's; name their folder with "
        "--ir1, or another instrument.\n")
    assert not (tmp_path / "out").exists()


def test_the_simulated_archive_of_a_profile_with_other_cameras_has_images_of_them(tmp_path: Path) -> None:
    profile = tmp_path / "mine.toml"
    profile.write_text("extends = 'sample'\n[venus]\nsize = 0.05\n"
                       "[venus.sets]\nlir-3000km = { instrument = 'lir', scale_km = 3000 }\n")
    assert cli.main(["patches", "--profile", str(profile), "--out", str(tmp_path), "--jobs", "1",
                     "--instrument", "lir"]) == 0
    made = open_set(open_run(str(profile), tmp_path).patches("lir-3000km"))
    assert made.provenance["simulated"]
    assert cli.main(["patches", "--profile", str(profile), "--out", str(tmp_path), "--jobs", "1",
                     "--instrument", "lir", "--scale", "3500"]) == 0
    assert open_set(open_run(str(profile), tmp_path).patches("lir-3500km")).provenance["settings"]["scale_km"] == 3500
    assert made.table["source"].nunique() == venus_cameras.OBSERVATIONS
