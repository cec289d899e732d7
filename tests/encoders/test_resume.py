import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from paper_repro.base import cleaning, step
from paper_repro.base.profile import Model
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.base.step import Steps
from paper_repro.encoders import train
from paper_repro.encoders.batch import batch_loss
from paper_repro.encoders.checkpoint import save_tensors
from tests.encoders.conftest import content, go, step_of
from tests.steps_made import stale

ROOT = Path(__file__).resolve().parents[2]
Tiny = Callable[..., Run]


def test_killed_twice_it_ends_with_the_same_bytes(tiny: Tiny, base_file: Path, small: None, few: None) -> None:
    killed, whole = tiny("killed", epochs=2), tiny("whole", epochs=2)
    folder = killed.encoder(COLOUR, "simclr")
    script = [sys.executable, "-m", "tests.encoders.killed_training", str(killed.out), str(base_file), "batch", "write"]
    found = subprocess.run(script, cwd=ROOT, capture_output=True, timeout=300, check=False, text=True)
    assert found.stdout.split() == ["batch", "9", "write", "9"], found.stderr
    assert not (folder / "checkpoint.safetensors").exists()
    assert len(list(folder.glob(".*.partial*"))) == 1  # the half-written file, which the next command takes away
    with cleaning.working("train", killed.data):
        assert not list(folder.glob(".*.partial*"))
    with safe_open(folder / "resume.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["training"])["epoch"] == 1  # lost: one epoch at most
    assert content(go(killed)) == content(go(whole))


@pytest.mark.parametrize(("model", "name", "recipe"), [("autoencoder", COLOUR, "paper"), ("simclr", GRAY, "authors")])
def test_interrupted_it_says_so_and_ends_with_the_same_bytes(
    tiny: Tiny, few: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    model: Model, name: str, recipe: str,
) -> None:  # fmt: skip
    stopped, whole = (tiny(folder, count=10, epochs=2, recipe=recipe) for folder in ("stopped", "whole"))
    calls: list[int] = []

    def interrupt(*args: Any) -> Tensor:
        calls.append(1)
        if len(calls) == 5:  # the second batch of the second epoch
            raise KeyboardInterrupt
        return batch_loss(*args)

    monkeypatch.setattr(train, "batch_loss", interrupt)
    with pytest.raises(KeyboardInterrupt):
        go(stopped, model, name)
    assert "stopped after epoch 1 of 2; run the same command again to resume" in capsys.readouterr().err
    assert [path.name for path in stopped.encoder(name, model).iterdir()] == ["resume.safetensors"]
    assert content(go(stopped, model, name)) == content(go(whole, model, name))
    assert len(calls) == 5 + 3 + 6  # of the second epoch only


def test_killed_after_the_last_epoch_nothing_is_trained_again(tiny: Tiny, small: None,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    """However late it is killed: what the training can be resumed from outlives all but the record."""
    run, whole = tiny("run"), tiny("whole")

    def die(*args: Any) -> None:
        raise SystemExit

    for module, last in ((train, "save_tensors"), (train, "write_csv"), (step, "write_record")):
        with monkeypatch.context() as patch:
            patch.setattr(module, last, die)
            with pytest.raises(SystemExit):
                go(run)
        assert stale(run, step_of(run)) == {step_of(run): "not made yet"}
    with monkeypatch.context() as patch:
        patch.setattr(train, "batch_loss", die)
        go(run)
    assert content(run.encoder(COLOUR, "simclr")) == content(go(whole))


def test_killed_once_the_record_is_written_it_is_made_and_the_rest_is_cleared_away(
    tiny: Tiny, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tiny()
    with monkeypatch.context() as patch:
        patch.setattr(Steps, "_tidy", lambda *_: None)
        path = go(run) / "resume.safetensors"
    assert path.is_file()
    assert stale(run, step_of(run)) == {}
    assert not path.exists()


@pytest.mark.parametrize("broken", ["settings", "torn", "foreign", "nested"])
def test_resume_file_that_does_not_fit_is_left_aside_with_a_sentence(
    tiny: Tiny, small: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    broken: str,
) -> None:  # fmt: skip
    run, whole = tiny("run"), tiny("whole")
    other = run if broken != "settings" else tiny("run", epochs=2)

    def stop(*args: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(train, "save_tensors", stop)
        with pytest.raises(SystemExit):
            go(other)
    path = run.encoder(COLOUR, "simclr") / "resume.safetensors"
    if broken == "torn":
        os.truncate(path, path.stat().st_size // 2)
    elif broken == "foreign":
        path.write_bytes(run.patches(COLOUR).joinpath("images.npy").read_bytes())
    elif broken == "nested":
        save_tensors(path, {"a": torch.zeros(1)}, {"training": "[" * 100_000})
    assert content(go(run)) == content(go(whole))
    said = capsys.readouterr().err
    assert f"{path}: " in said
    assert "starting over" in said
