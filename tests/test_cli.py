"""The command line, from photographs to tables and figures, on a profile small enough for a test."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from paper_repro import cli, paper

TINY = """
title = "tiny"
[photographs]
source = "simulated"
per_class = 8
side = 32
seed = 1
[encoders]
models = ["simple", "simclr", "autoencoder"]
recipe = "paper"
side = 32
epochs = 3
seeds = [0]
[grid]
repeats = 2
seed = 0
kmeans_n_init = 1
"""
CHAIN = (["patches"], ["train"], ["encode"], ["cluster", "--jobs", "1"], ["benchmark"], ["table", "1"], ["table", "2"],
         ["table", "3"], ["figure", "fig11"], ["figure", "fig12"], ["figure", "fig13"], ["figure", "losses"],
         ["figure", "accuracies"])


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of everything on the tiny profile; returns its folder."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "tiny.toml").write_text(TINY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAPER_REPRO_OFFLINE", "1")
        patch.setenv("TORCH_HOME", str(folder / "torch"))
        for words in CHAIN:
            assert cli.main([*words, "--profile", str(folder / "tiny.toml"), "--out", str(folder / "out"),
                             "--device", "cpu"]) == 0, words
    return folder


def hashes(folder: Path, pattern: str) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob(pattern)) if path.name not in {"table1_seconds.csv", "spent.csv"}}


def test_every_output_is_there_with_its_provenance(tiny: Path) -> None:
    out = tiny / "out"
    for table in ("table1", "table2", "table3"):
        for suffix in (".csv", ".md", ".tex", ".json"):
            assert (out / f"tables/tiny/{table}{suffix}").stat().st_size > 0
    for figure in ("fig11", "fig12a", "fig12b", "fig13a", "fig13b", "losses", "accuracies"):
        for suffix in (".png", ".pdf", ".json"):
            assert (out / f"figures/tiny/{figure}{suffix}").stat().st_size > 0
    assert "simulated" in (out / "figures/tiny/fig12.txt").read_text()
    runs = pd.read_csv(out / "data/tiny/results/table1_runs.csv")
    missing = pd.read_csv(out / "data/tiny/results/table1_not_run.csv")
    # 48 images: no 256 and no 64 components
    assert set(missing["dims"]) == {256, 64}
    assert len(runs) + 2 * len(missing) == 2 * len(paper.TABLE1)
    assert "not comparable: simulated" in (out / "tables/tiny/table1.md").read_text()
    assert "random weights" in (out / "tables/tiny/table1.md").read_text()
    assert not list(out.rglob("*partial*"))


def test_the_same_commands_again_change_nothing(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tiny / "torch"))
    data = tiny / "out/data"
    before = hashes(data, "*.[cns][spa]*")
    assert len(before) > 15
    stamps = {path: path.read_text() for path in data.rglob("*.json")}
    for words in CHAIN:
        assert cli.main([*words, "--profile", str(tiny / "tiny.toml"), "--out", str(tiny / "out"),
                         "--device", "cpu"]) == 0
    assert hashes(data, "*.[cns][spa]*") == before
    assert {path: path.read_text() for path in data.rglob("*.json")} == stamps  # times of writing included


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["patches", "--profile", "nope"], "There is no profile 'nope'"),
        (["patches", "--profile", "swimcat"], "IMAGES="),
        (["table", "1"], "make table1"),
        (["train", "--device", "tpu"], "patches"),
        (["figure", "losses"], "patches"),
    ],
)
def test_a_mistake_is_one_sentence_and_status_2(words: list[str], sentence: str, tmp_path: Path,
                                               capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([*words, "--out", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("paper_repro: ")
    assert sentence in said
    assert said.count("\n") == 1
    assert "Traceback" not in said


def test_a_home_folder_is_known_by_its_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                             capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cli.main(["patches", "--profile", "swimcat", "--images", "~/my photos", "--out", str(tmp_path)]) == 2
    assert f"{tmp_path}/my photos: expected a folder of photographs" in capsys.readouterr().err


def test_an_interrupt_ends_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                          capsys: pytest.CaptureFixture[str]) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setitem(cli.COMMANDS, "patches", (stop, ""))
    assert cli.main(["patches", "--out", str(tmp_path)]) == 130
    assert "goes on where this stopped" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data").write_text("in the way")
    assert cli.main(["patches", "--out", str(tmp_path)]) == 2
    assert "can't be read or written" in capsys.readouterr().err
