"""Which trainings and features a run has, and what makes a training new to make: its inputs and settings, no time."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from paper_repro.base import code, step
from paper_repro.base.run import COLOUR, GRAY, Run, open_run
from paper_repro.base.walk import would_make
from paper_repro.steps import Means, steps_of
from tests.encoders.conftest import changed, content, go, make_base, make_set
from tests.steps_made import damage, make, stale

Tiny = Callable[..., Run]
TRAIN = f"train {COLOUR} simclr-s0"
FLAT = ("uvi-3000km-flat", "uvi-500km-flat", "vmc-25km-flat")


def names(run: Run, kind: str) -> list[str]:
    """The run's steps of a kind, without that word, the measurements of effects, and sets of known truth."""
    return [name.removeprefix(f"{kind} ") for name in steps_of(run).by_name
            if name.startswith(f"{kind} ") and "effects/" not in name and not name.startswith(f"{kind} truth")]


# Which there are

def test_each_set_is_encoded_by_what_is_trained_on_it_with_its_own_seeds(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path)
    assert run.profile.venus is not None
    venus = dataclasses.replace(run.profile.venus, seeds=(5, 2))
    run = changed(dataclasses.replace(run, profile=dataclasses.replace(run.profile, venus=venus)), seeds=(3, 4))
    trained = [*(f"{COLOUR} {model}-s{seed}" for seed in (3, 4) for model in ("simclr", "autoencoder")),
               f"{GRAY} simclr-s3", *(f"{name} simclr-s{seed}" for name in FLAT for seed in (5, 2))]
    assert names(run, "train") == trained
    assert names(run, "encode") == [f"{COLOUR} simple-s0", *trained]


def test_the_base_model_is_not_trained(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path, encoders=["simple"])
    assert names(run, "train") == []
    assert names(run, "encode") == [f"{name} simple-s0" for name in (COLOUR, GRAY, *FLAT)]


def test_the_authors_encoders_are_not_trained(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path, checkpoints="authors")
    assert names(run, "train") == []
    assert names(run, "encode") == [*(f"{COLOUR} {name}" for name in ("simple-s0", "simclr-authors",
            "autoencoder-authors")), *(f"{name} simclr-authors" for name in (GRAY, *FLAT))]  # fmt: skip


# What leaves a training as it is

def test_a_training_that_is_there_is_left_alone(tiny: Tiny, small: None, capsys: pytest.CaptureFixture[str]) -> None:
    run = tiny()
    folder = go(run)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for path in [*before, *run.patches(COLOUR).iterdir(), run.weights]:
        assert path is not None
        os.utime(path, (1, 1))
    capsys.readouterr()
    make(run, TRAIN)
    assert capsys.readouterr().out.splitlines()[-1] == f"up to date  {TRAIN}"
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    for means in (Means(device="mps"), Means(jobs=7), Means(dask="tcp://here:1")):
        assert would_make(steps_of(run, means), [TRAIN]) == []


@pytest.mark.parametrize("kind", ["code", "libraries"])
def test_other_code_or_libraries_alone_do_not_throw_a_training_away(
    tiny: Tiny, small: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    run = tiny()
    before = content(go(run))
    hash_of, version_of = code.hash_of_module, code.version_of
    if kind == "code":
        monkeypatch.setattr(step, "hash_of_module", lambda name: "0" if name == "encoders.lars" else hash_of(name))
    else:
        monkeypatch.setattr(step, "version_of", lambda name: "0.1" if name == "torch" else version_of(name))
    capsys.readouterr()
    make(run, TRAIN)
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith(f"up to date  {TRAIN}  (kept: made by version ")
    assert ("the code of encoders.lars changed" if kind == "code" else "torch changed from ") in said
    assert content(run.encoder(COLOUR, "simclr")) == before


# What makes it new to make

@pytest.mark.parametrize(("chosen", "reason"), [
    ({"epochs": 2}, "epochs changed from 3 to 2"), ({"side": 64}, "side changed from 32 to 64"),
    ({"recipe": "authors"}, "recipe."),
    ({"switches": {"weight_decay": 0.5}}, "recipe.weight_decay changed from 0.0001 to 0.5"),
])  # fmt: skip
def test_other_settings_are_trained_anew(tiny: Tiny, small: None, chosen: dict[str, object], reason: str) -> None:
    run = tiny()
    before = content(go(run))
    other = changed(run, **chosen)
    [(name, why)] = stale(other, TRAIN).items()
    assert name == TRAIN
    assert why.startswith(reason)
    make(other, TRAIN)
    assert content(run.encoder(COLOUR, "simclr"))["record"]["settings"] != before["record"]["settings"]
    assert stale(other, TRAIN) == {}


def test_other_images_are_trained_anew(tiny: Tiny, small: None) -> None:
    run = tiny()
    before = content(go(run))
    make_set(run, GRAY, seed=2)
    assert stale(run, TRAIN) == {}
    make_set(run, seed=2)
    assert stale(run, TRAIN) == {TRAIN: f"patches {COLOUR} changed"}
    make(run, TRAIN)
    assert content(run.encoder(COLOUR, "simclr"))["checkpoint.safetensors"] != before["checkpoint.safetensors"]
    make_set(run, seed=1)
    make(run, TRAIN)
    assert content(run.encoder(COLOUR, "simclr")) == before


def test_other_weights_behind_the_same_name_are_trained_anew(tiny: Tiny, base_file: Path, tmp_path: Path) -> None:
    """Though the file is as long, and its times are those of the one before."""
    named = tmp_path / "named.pth"
    named.write_bytes(base_file.read_bytes())
    run = tiny(weights=named, count=8, epochs=1)
    before = content(go(run))
    other, times = tmp_path / base_file.name, named.stat()  # its stem stands in the file
    torch.save(make_base(6).state, other)
    assert other.stat().st_size == times.st_size
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(named)
    assert stale(run, TRAIN) == {"base weights": "weights changed", TRAIN: "base weights is made first"}
    make(run, TRAIN)
    assert content(run.encoder(COLOUR, "simclr"))["checkpoint.safetensors"] != before["checkpoint.safetensors"]


@pytest.mark.parametrize("name", ["checkpoint.safetensors", "losses.csv"])
@pytest.mark.parametrize("how", ["gone", "other"])
def test_what_a_training_left_is_made_again_if_it_is_no_more(tiny: Tiny, small: None, name: str, how: str) -> None:
    run = tiny()
    folder = go(run)
    before = content(folder)
    why = damage(folder / name, how)
    assert stale(run, TRAIN) == {TRAIN: f"{name} is {why}"}
    make(run, TRAIN)
    assert content(folder) == before
