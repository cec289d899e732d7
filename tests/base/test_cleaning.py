"""Only what a run wrote is ever removed."""

import shutil
from pathlib import Path

import pytest

from paper_repro.base import cleaning
from paper_repro.base.errors import UserError


def made(out: Path, profile: str = "sample") -> None:
    for kind in cleaning.KINDS:
        cleaning.mark(out / kind / profile)
        (out / kind / profile / "file").touch()
    (out / "data" / profile / "results").mkdir()
    (out / "data" / profile / "encoders").mkdir()


def test_clean_keeps_what_took_long(tmp_path: Path) -> None:
    made(tmp_path)
    made(tmp_path, "paper")
    removed = cleaning.clean(tmp_path, "sample")
    assert {path.relative_to(tmp_path).as_posix() for path in removed} == {
        "figures/sample", "tables/sample", "report/sample", "data/sample/results"}
    assert (tmp_path / "data/sample/encoders").is_dir()
    assert (tmp_path / "tables/paper/file").is_file()


def test_distclean_removes_all_profiles_and_nothing_of_the_users(tmp_path: Path) -> None:
    made(tmp_path)
    made(tmp_path, "paper")
    for mine in ("data/mine/thesis.csv", "figures/mine.png", "tables/chapter/1.tex", "report/index.html", "notes"):
        (tmp_path / mine).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / mine).touch()
    assert len(cleaning.distclean(tmp_path)) == 8
    assert sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()) == [
        "data/mine/thesis.csv", "figures/mine.png", "notes", "report/index.html", "tables/chapter/1.tex"]


def test_raw_files_put_there_by_hand_stay(tmp_path: Path) -> None:
    raw = tmp_path / "data/paper/raw/darts/a.fit"
    raw.parent.mkdir(parents=True)
    raw.touch()
    cleaning.mark(tmp_path / "data/paper")
    (tmp_path / "data/paper/patches").mkdir()
    cleaning.distclean(tmp_path)
    assert raw.is_file()
    assert not (tmp_path / "data/paper/patches").exists()
    assert not (tmp_path / "data/paper" / cleaning.MARK).exists()


def test_raw_files_of_a_run_go(tmp_path: Path) -> None:
    cleaning.mark(tmp_path / "data/sample")
    cleaning.claim(tmp_path / "data/sample/raw", "darts", "archive.json")
    (tmp_path / "data/sample/raw/darts/a").mkdir(parents=True)
    cleaning.claim(tmp_path / "data/sample/raw", "darts")
    cleaning.distclean(tmp_path)
    assert not (tmp_path / "data/sample").exists()


def test_raw_files_of_both_are_told_apart(tmp_path: Path) -> None:
    raw = tmp_path / "data/paper/raw"
    (raw / "psa").mkdir(parents=True)
    (raw / "psa/mine.img").touch()
    cleaning.mark(tmp_path / "data/paper")
    cleaning.claim(raw, "darts", "psa")
    (raw / "darts").mkdir()
    cleaning.distclean(tmp_path)
    assert [path.name for path in (tmp_path / "data/paper").rglob("*")] == ["raw", "psa", "mine.img"]


def test_a_folder_of_somebody_elses_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "data/sample").mkdir(parents=True)
    (tmp_path / "data/sample/mine.csv").touch()
    with pytest.raises(UserError, match=r"data/sample: expected a folder made by a run.*choose another place"):
        cleaning.mark(tmp_path / "data/sample")
    assert cleaning.distclean(tmp_path) == []
    assert (tmp_path / "data/sample/mine.csv").is_file()


def test_what_a_link_points_at_stays(tmp_path: Path) -> None:
    made(tmp_path / "elsewhere")
    (tmp_path / "here/figures").mkdir(parents=True)
    (tmp_path / "here/figures/sample").symlink_to(tmp_path / "elsewhere/figures/sample")
    cleaning.clean(tmp_path / "here", "sample")
    cleaning.distclean(tmp_path / "here")
    assert (tmp_path / "elsewhere/figures/sample/file").is_file()


def test_new_folders_that_nothing_came_to_stand_in_go_again(tmp_path: Path) -> None:
    out = tmp_path / "a/b"
    data, tables = out / "data/x", out / "tables/x"
    with cleaning.working("table", data, tables):
        assert (data / cleaning.MARK).is_file()
        with pytest.raises(UserError, match="found process"), cleaning.working("table", data):
            pass
        cleaning.claim(data / "raw", "plan")
        (data / ".hashes.json").touch()
        (data / "patches/photos-colour").mkdir(parents=True)
    assert list(tmp_path.iterdir()) == []
    with cleaning.working("table", data, tables):
        (tables / "table1.md").touch()
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*")) == [
        "data", "data/x", "data/x/.lock", "data/x/.made-by-paper-repro",
        "tables", "tables/x", "tables/x/.made-by-paper-repro", "tables/x/table1.md"]
    shutil.rmtree(data)
    with cleaning.working("table", data):
        pass
    assert (out / "data").is_dir()  # was there before
    cleaning.mark(data)
    with cleaning.working("table", data):
        pass
    assert (data / cleaning.MARK).is_file()
