"""The command line, from photographs to tables and figures, on a profile small enough for a test."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from paper_repro import cli, paper
from paper_repro.base import cleaning, lock, usage
from paper_repro.base.step import Step, Steps
from paper_repro.steps import make
from paper_repro.tables import table4
from tests.tiny_profile import text_of

ROOT = Path(__file__).resolve().parents[1]
TINY = text_of(("simple", "simclr", "autoencoder"), epochs=3, repeats=2)
CHAIN = (["patches"], ["train", "--device", "cpu"], ["cluster", "--jobs", "1", "--device", "cpu"],
         ["run", "--device", "cpu", "tables", "figures"])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of everything on the tiny profile, a file of the user's own; returns its folder."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "tiny.toml").write_text(TINY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAPER_REPRO_OFFLINE", "1")
        patch.setenv("TORCH_HOME", str(folder / "torch"))
        for words in CHAIN:
            assert cli.main([*words, "--profile", str(folder / "tiny.toml"), "--out", str(folder / "out")]) == 0, words
    return folder


def hashes(folder: Path, pattern: str) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob(pattern)) if path.name not in {"table1_seconds.csv", usage.NAME}}


def test_every_output_is_there_with_its_provenance(tiny: Path) -> None:
    out = tiny / "out"
    for table in ("table1", "table2", "table3"):
        for suffix in (".csv", ".md", ".tex", ".json"):
            assert (out / f"tables/tiny/{table}{suffix}").stat().st_size > 0
    for figure in ("fig11", "fig12a", "fig12b", "fig13a", "fig13b", "losses", "accuracies"):
        for suffix in (".png", ".pdf"):
            assert (out / f"figures/tiny/{figure}{suffix}").stat().st_size > 0
    for figure in ("fig11", "fig12", "fig13", "losses", "accuracies"):
        assert (out / f"figures/tiny/{figure}.json").is_file()
    assert "simulated" in (out / "figures/tiny/fig12.txt").read_text()
    runs = pd.read_csv(out / "data/tiny/results/table1_runs.csv")
    missing = pd.read_csv(out / "data/tiny/results/table1_not_run.csv")
    # 48 images: no 256 and no 64 components
    assert set(missing["dims"]) == {256, 64}
    assert len(runs) + 2 * len(missing) == 2 * len(paper.TABLE1)
    assert "not comparable: simulated" in (out / "tables/tiny/table1.md").read_text()
    assert "random weights" in (out / "tables/tiny/table1.md").read_text()
    assert not list(out.rglob("*partial*"))


def test_the_same_commands_again_change_nothing(tiny: Path, monkeypatch: pytest.MonkeyPatch,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tiny / "torch"))
    data = tiny / "out/data"
    before = hashes(data, "*.[cns][spa]*")
    assert len(before) > 15
    records = {path: path.read_text() for path in data.rglob("*.json") if path.name != ".hashes.json"}
    for words in CHAIN:
        assert cli.main([*words, "--profile", str(tiny / "tiny.toml"), "--out", str(tiny / "out")]) == 0
    assert "made " not in capsys.readouterr().out
    assert hashes(data, "*.[cns][spa]*") == before
    assert {path: path.read_text() for path in records} == records  # times of writing included


def test_only_folders_that_something_is_written_to_are_made(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(TINY)
    assert cli.main(["patches", "--profile", str(tmp_path / "tiny.toml"), "--out", str(tmp_path / "out")]) == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["data"]
    assert cli.main(["table", "4", "--out", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["data", "tables"]


def test_a_hint_after_a_check_repeats_the_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "my results"
    assert cli.main(["fetch", "--check", "--out", str(out)]) == 2
    assert f"`python -m paper_repro fetch --profile paper --out '{out}'`" in capsys.readouterr().err


def test_what_make_hands_on_is_taken_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PAPER_REPRO_OUT", str(tmp_path / "a $b; c%d: 'e' \"f\""))
    monkeypatch.setenv("PAPER_REPRO_IMAGES", "")  # not named
    assert cli.main(["table", "4"]) == 0
    assert (tmp_path / "a $b; c%d: 'e' \"f\"/tables/sample/table4.csv").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["a $b; c%d: 'e' \"f\""]


def test_table_4_needs_no_photographs(tmp_path: Path) -> None:
    for profile in ("paper", "swimcat"):
        assert cli.main(["table", "4", "--profile", profile, "--out", str(tmp_path)]) == 0
        assert (tmp_path / f"tables/{profile}/table4.md").is_file()


def test_many_results_are_named_by_their_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = [Step(f"table {n}", "table", tmp_path / f"{n}.json", (tmp_path / f"t{n % 2}" / f"{n}.csv",),
                  lambda _: None, "sample") for n in range(4)]
    make.where(Steps(steps, tmp_path), [step.name for step in steps])
    assert capsys.readouterr().out.splitlines() == [f"{tmp_path}/t0", f"{tmp_path}/t1"]
    make.where(Steps(steps, tmp_path), ["table 0"])
    assert capsys.readouterr().out.splitlines() == [f"{tmp_path}/t0/0.csv"]


def test_telling_makes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert cli.main(["run", "table1", "--dry-run", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "would make  grid s0  (patches photos-colour is made first)" in told
    assert told.splitlines()[-1].endswith(" steps would be made")
    assert cli.main(["run", "--why", "table4", "--out", str(out)]) == 0
    assert capsys.readouterr().out.splitlines() == ["would make  table 4  (not made yet)", "1 of 1 steps would be made"]
    assert not out.exists()


def test_a_home_folder_is_known_by_its_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                             capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cli.main(["patches", "--profile", "swimcat", "--images", "~/my photos", "--out", str(tmp_path)]) == 2
    assert f"{tmp_path}/my photos: expected a folder of photographs" in capsys.readouterr().err


def test_an_interrupt_ends_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                          capsys: pytest.CaptureFixture[str]) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(table4, "write", stop)
    assert cli.main(["table", "4", "--out", str(tmp_path)]) == 130
    assert "the same command resumes where this one stopped" in capsys.readouterr().err


def test_a_second_run_in_the_same_folder_is_told_of_the_first(tmp_path: Path,
                                                             capsys: pytest.CaptureFixture[str]) -> None:
    cleaning.mark(tmp_path / "data/sample")
    with lock.held(tmp_path / "data/sample", "run all"):
        assert cli.main(["table", "4", "--out", str(tmp_path)]) == 2
    assert f"found process {os.getpid()}" in capsys.readouterr().err


def test_clean_and_distclean_leave_what_is_the_users(tiny: Path, tmp_path: Path) -> None:
    out = tmp_path / "thesis"
    for mine in ("data/mine.csv", "figures/mine.png", "tables/x/mine.tex", "report/thesis.md"):
        (out / mine).parent.mkdir(parents=True, exist_ok=True)
        (out / mine).touch()
    assert cli.main(["table", "4", "--out", str(out)]) == 0
    assert cli.main(["clean", "--out", str(out)]) == 0
    assert not (out / "tables/sample").exists()
    assert cli.main(["table", "4", "--out", str(out)]) == 0
    assert cli.main(["distclean", "--out", str(out)]) == 0
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()) == [
        "data/mine.csv", "figures/mine.png", "report/thesis.md", "tables/x/mine.tex"]


def test_results_go_home_by_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cli.main(["table", "4", "--out", "~/a"]) == 0
    monkeypatch.setenv("PAPER_REPRO_OUT", "~/b")
    assert cli.main(["table", "4"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


@pytest.mark.parametrize(("words", "unwanted"), [
    (["table", "4"], {"numpy", "pandas", "scipy", "matplotlib", "torch", "sklearn", "numba"}),
    (["clean"], {"numpy", "doit", "torch"}),
    (["patches", "--profile", "tiny.toml"], {"matplotlib", "torch", "sklearn", "numba", "astropy"}),
])
def test_only_what_a_command_uses_is_loaded(words: list[str], unwanted: set[str], tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(TINY)
    code = f"import sys; from paper_repro.cli import main; assert main({words}) == 0; print(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
                          capture_output=True, text=True, check=True)
    assert not unwanted & set(done.stdout.split())
