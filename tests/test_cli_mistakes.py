"""Mistakes on the command line and in the environment: one sentence, status 2, and nothing left behind."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from paper_repro import cli
from tests.patches.photographs_made import put

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.attack("profile-outside")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["patches", "--profile", "nope"], "There is no profile 'nope'"),
        (["run", "all", "--profile", "papr"], "There is no profile 'papr'"),
        (["run", "fig17"], "There is no target 'fig17'"),
        (["run", "tabel1"], "did you mean 'table1'?"),
        (["run", "fig16", "--profile", "swimcat", "--encoders", "simple"], "has nothing for it; it has: "),
        *(([*words, "--profile", "classify"], "used by `classify FOLDER` and `encode FOLDER`; run one of these")
          for words in (["run"], ["run", "table1", "--dry-run"], ["patches"], ["report"], ["figure", "fig03"])),
        (["run", "table1", "--why", "fig01"], "--why fig01: it makes nothing, and found targets to be made beside it, "
                                              "table1; ask --why of them too"),
        (["run", "fig14", "--profile", "swimcat"], "fig14: this run has nothing for it"),
        (["train", "--set", "uvi-25km"], "this run has no such set to train an encoder on; it has: photos-colour"),
        (["encode", "--set", "nope"], "this run has no such set to encode"),
    (["train", "--set", "/etc"], "/etc: this run has no such set to train an encoder on"),
    (["encode", "--set", "../../x"], "../../x: this run has no such set to encode"),
        (["train", "--encoders", "simple,scan"], "Unknown encoder 'scan'"),
        (["patches", "--profile", "swimcat", "--images", "none"], "none: expected a folder of photographs"),
        (["verify"], "nothing was run here yet"),
        (["patches", "--only", "venus", "--profile", "swimcat"], "has nothing for it"),
        (["train", "--set", "x", "--profile", "swimcat", "--encoders", "simple"], "train an encoder on; it has: none"),
        (["fetch", "--profile", "sample"], "Profile 'sample' fetches nothing"),
        (["fetch", "--mirror", "x"], "--mirror x: expected NAME=ADDRESS"),
        (["fetch", "--plan", "--mirror", "nix=/"], "there is no archive 'nix'"),
        (["fetch", "--mirror", "darts=~nobody1/x"], "--mirror darts=~nobody1/x: expected an http(s) address"),
    ],
)
def test_a_mistake_is_one_sentence_and_leaves_nothing(words: list[str], sentence: str, tmp_path: Path,
                                                      capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*words, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("paper_repro: ")
    assert sentence in said
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()


def test_each_target_there_is_is_named_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Some are a table, a figure and a group of steps."""
    assert cli.main(["run", "nosuch", "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    named = said[said.index("Choose from: ") + 13:said.index("; or a step")].split(", ")
    assert len(named) == len(set(named)) > 30


def test_a_missing_folder_stops_what_needs_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "table1", "table4", "--profile", "swimcat", "--out", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert "IMAGES=" in said.err
    assert "not made    table 1" in said.out
    # what failed, not what could not be made for want of it
    last = said.err.splitlines()[-1]
    failed = re.fullmatch(r"paper_repro: \d+ of \d+ steps were not made, since ('.*') failed; see above\.", last)
    assert failed, last
    # without weights the base can't be had either; steps beside each other fail in any order
    assert {"'patches photos-colour'"} <= set(failed[1].split(", ")) <= {"'patches photos-colour'", "'base weights'"}
    assert "made        table 4" in said.out


@pytest.mark.parametrize(("words", "sentence"), [
    (["run", "table1", "--profile", "swimcat"], "reads photographs from a folder: name it with IMAGES=folder"),
    (["patches", "--profile", "paper", "--only", "venus"], "expected Akatsuki UVI files"),
    (["train", "--device", "mps"], "Device 'mps': expected one that is here"),
    (["classify", "photos", "--device", "mps"], "Device 'mps': expected one that is here"),
    (["fetch", "--plan"], "could not be asked, so that what is needed isn't known"),
    (["patches", "--profile", "swimcat", "--images", "photos"], "photos/a/0.png: expected an image (PNG, JPEG"),
])
@pytest.mark.skipif(sys.platform == "darwin", reason="not run: macOS has the device mps")
def test_what_can_not_be_made_leaves_nothing(words: list[str], sentence: str, tmp_path: Path,
                                             monkeypatch: pytest.MonkeyPatch,
                                             capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a/0", "a/1", "b/0", "b/1"):
        put(tmp_path / f"photos/{name}.png")
    if words[0] == "patches":
        (tmp_path / "photos/a/0.png").write_text("none")
    assert cli.main([*words, "--out", "new/out"]) == 2
    assert sentence in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


def test_an_empty_place_for_results_is_refused(monkeypatch: pytest.MonkeyPatch,
                                              capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PAPER_REPRO_OUT", "")
    for words in (["table", "4"], ["clean"], ["distclean"], ["verify"], ["fetch", "--check"]):
        assert cli.main(words) == 2
        assert "OUT= is empty" in capsys.readouterr().err
    monkeypatch.delenv("PAPER_REPRO_OUT")
    with pytest.raises(SystemExit, match="2"):
        cli.main(["table", "4", "--out", ""])
    assert "it is empty; name a folder" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["assign", "cat", "~nobody1/y", "--by", "centre"],
                                   ["assign", "cat", "--by", "centre", "~nobody1/y"]])
def test_the_home_of_nobody_is_one_sentence_before_options_and_after(words: list[str],
                                                                     capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.main(words)
    assert "argument folder: ~nobody1/y: expected a path, found the home folder of a user" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "value", "words", "sentence"), [
    ("OUT", "~nobody1/x", ["table", "4"], "OUT= or --out: ~nobody1/x: expected a path, found the home folder"),
    ("UVI", "~nobody1/x", ["index"], "UVI= or --uvi: ~nobody1/x: expected a path"),
    ("MIRROR", "darts='a", ["fetch"], "MIRROR=darts='a: expected NAME=PLACE, several with spaces between"),
    ("MIRROR", "x", ["fetch"], "--mirror x: expected NAME=ADDRESS"),
    ("JOBS", "0", ["table", "4"], "expected 1 or more worker processes, found 0"),
    ("JOBS", "x", ["table", "4"], "JOBS= or --jobs: expected a whole number, found 'x'; correct it."),
    ("SCALE", "3000 km", ["table", "4"], "SCALE= or --scale: expected a number, found 'km'; correct it."),
    ("CLASSES", "4.5", ["table", "4"], "CLASSES= or --classes: expected a whole number, found '4.5'; correct it."),
    ("DEVICE", "gpu", ["table", "4"], "DEVICE=gpu: expected one of cpu, cuda, mps; correct it."),
    ("ENCODERS", "simple, scan", ["table", "2"], "Unknown encoder 'scan'"),
])
def test_a_wrong_value_in_the_environment_is_one_sentence_and_leaves_nothing(
        name: str, value: str, words: list[str], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"PAPER_REPRO_{name}", value)
    assert cli.main(words) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").write_text("in the way")
    assert cli.main(["patches", "--out", str(tmp_path)]) == 2
    assert "can't be read or written" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["table", "4"], ["run", "all"], ["verify"], ["clean"], ["fetch", "--check"]])
@pytest.mark.parametrize(("name", "found"), [("file", "a file;"), ("file/x/y", "a file at "),
                                             ("dead", "a link to nothing"), ("dead/x", "a link to nothing at ")])
def test_no_folder_for_results_is_called_what_it_is(words: list[str], name: str, found: str, tmp_path: Path,
                                                    capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "dead").symlink_to(tmp_path / "gone")
    assert cli.main([*words, "--out", str(tmp_path / name)]) == 2
    said = capsys.readouterr().err
    assert f"{tmp_path / name}: expected a folder for results, or the name of a new one, found {found}" in said
    assert said.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dead", "file"]


@pytest.mark.parametrize(("name", "words"), [("profile", ["run"]), ("encoders", ["train"]), ("dask", ["patches"]),
                                             ("mirror", ["fetch"]), ("switch", ["train"]), ("images", ["patches"])])
def test_an_option_that_is_empty_is_refused_but_a_variable_is_none(name: str, words: list[str], tmp_path: Path,
                                                                   monkeypatch: pytest.MonkeyPatch,
                                                                   capsys: pytest.CaptureFixture[str]) -> None:
    """What `make PROFILE=` passes on is the same as what it passes on without."""
    with pytest.raises(SystemExit, match="2"):
        cli.main([*words, f"--{name}", "", "--out", str(tmp_path)])
    assert f"argument --{name}: it is empty; " in capsys.readouterr().err
    monkeypatch.setenv(f"PAPER_REPRO_{name.upper()}", "")
    assert cli.main(["table", "4", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "tables" / "sample").is_dir()


def test_a_mistake_in_an_argument_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["figure", "fig99"])
    assert ended.value.code == 2
    [sentence] = capsys.readouterr().err.splitlines()
    assert re.match(r"paper_repro: argument name: invalid choice: 'fig99' \(choose from .*fig16.*--help`\.$", sentence)


def test_photographs_are_never_passed_over(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "all", "--images", str(tmp_path), "--out", str(tmp_path / "out")]) == 2
    assert "simulates its photographs and can't read a folder of real ones" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_target_of_make_is_told_with_those_there_are() -> None:
    done = subprocess.run(["make", "fig99"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "there is no such target. Those there are:" in done.stderr
    assert "table1" in done.stderr
