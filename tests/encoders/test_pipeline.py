"""From a patch set to its features: what is trained and encoded, and when the lists of it are new to make."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from paper_repro.base.files import sha256_file
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.encoders import pipeline, weights
from paper_repro.encoders.weights import BaseWeights
from tests.experiments import conftest

BASE = BaseWeights({}, "random", "0" * 64, None, "")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run with a colour set, whose encoders and features are files of a few bytes."""
    made = conftest.make_run(tmp_path)
    conftest.make_set(made)

    def train(run: Run, name: str, model: Any, seed: int, base: BaseWeights, **_: Any) -> Path:
        assert base is BASE
        return write(run.encoder(name, model, seed) / "checkpoint.safetensors", f"{name} {model} {seed}").parent

    def encode(run: Run, name: str, model: Any, seed: int, base: BaseWeights, **_: Any) -> Path:
        assert base is BASE
        return write(run.features(name, model, seed), f"features {name} {model} {seed}")

    monkeypatch.setattr(weights, "find", lambda _: BASE)
    monkeypatch.setattr(pipeline, "train", train)
    monkeypatch.setattr(pipeline, "encode", encode)
    return made


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def listed(path: Path) -> list[list[str]]:
    table = pd.read_csv(path)
    assert list(table.columns) == ["model", "file", "sha256"]
    assert [sha256_file(path.parent / file) for file in table["file"]] == list(table["sha256"])
    return table[["model", "file"]].to_numpy().tolist()


def test_encoders_are_trained_and_all_features_listed(run: Run) -> None:
    pipeline.encode_set(run, COLOUR)
    assert listed(run.data / "encoders" / COLOUR / "index.csv") == [["simclr", "simclr-s0/checkpoint.safetensors"]]
    assert listed(run.data / "features" / COLOUR / "index.csv") == [["simple", "simple-s0.npy"],
                                                                   ["simclr", "simclr-s0.npy"]]


def test_a_set_that_there_is_not_has_an_empty_list_and_a_sentence(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    pipeline.encode_set(run, GRAY)
    assert listed(run.data / "encoders" / GRAY / "index.csv") == []
    assert listed(run.data / "features" / GRAY / "index.csv") == []
    assert capsys.readouterr().out == f"{GRAY}: there is no such set in this run\n"


def test_a_set_of_venus_is_trained_with_each_of_its_own_seeds(run: Run) -> None:
    name = "uvi-3000km-flat"
    assert run.profile.venus is not None
    venus = dataclasses.replace(run.profile.venus, seeds=(1, 2))
    run = dataclasses.replace(run, profile=dataclasses.replace(run.profile, venus=venus))
    write(run.data / "patches" / "index.csv", f"set\n{COLOUR}\n{name}\n")
    pipeline.encode_set(run, name)
    assert listed(run.data / "encoders" / name / "index.csv") == [
        ["simclr", f"simclr-s{seed}/checkpoint.safetensors"] for seed in (1, 2)]
    assert listed(run.data / "features" / name / "index.csv") == [["simclr", f"simclr-s{seed}.npy"] for seed in (1, 2)]
    pipeline.encode_set(run, COLOUR)
    assert listed(run.data / "features" / COLOUR / "index.csv")[1] == ["simclr", "simclr-s0.npy"]


@pytest.mark.parametrize("touch", [True, False])
def test_an_unchanged_list_is_new_to_make_only_for_the_step_that_is_about_it(run: Run, touch: bool) -> None:
    pipeline.encode_set(run, COLOUR)
    lists = [run.data / room / COLOUR / "index.csv" for room in ("encoders", "features")]
    for path in lists:
        os.utime(path, (1, 1))
    pipeline.encode_set(run, COLOUR, touch=touch)
    encoders, features = (path.stat().st_mtime > 1 for path in lists)
    assert (encoders, features) == (False, touch)
    pipeline.train_set(run, COLOUR, touch=touch)
    assert (lists[0].stat().st_mtime > 1) == touch


def test_a_changed_list_is_always_written(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.encode_set(run, COLOUR)
    path = run.data / "features" / COLOUR / "index.csv"
    before = path.read_text()
    monkeypatch.setattr(pipeline, "encode", lambda run, name, model, seed, *_, **__: write(
        run.features(name, model, seed), "others"))
    pipeline.encode_set(run, COLOUR)
    assert path.read_text() != before
    assert len(listed(path)) == 2
