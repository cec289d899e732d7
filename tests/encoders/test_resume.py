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

from paper_repro.base.profile import Model
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.encoders import train
from paper_repro.encoders.batch import batch_loss
from paper_repro.encoders.checkpoint import save_tensors
from paper_repro.encoders.weights import BaseWeights
from tests.encoders.conftest import content, go

ROOT = Path(__file__).resolve().parents[2]
Tiny = Callable[..., Run]


def test_killed_twice_it_ends_with_the_same_bytes(tiny: Tiny, base: BaseWeights, small: None, few: None) -> None:
    killed, whole = tiny("killed", epochs=2), tiny("whole", epochs=2)
    folder = killed.encoder(COLOUR, "simclr")
    script = [sys.executable, "-m", "tests.encoders.killed_training", str(killed.out), "batch", "write"]
    found = subprocess.run(script, cwd=ROOT, capture_output=True, timeout=300, check=False, text=True)
    assert found.stdout.split() == ["batch", "9", "write", "9"], found.stderr
    assert not (folder / "checkpoint.safetensors").exists()
    assert len(list(folder.glob(".*.partial*"))) == 1  # the half-written file, which the next run takes away
    with safe_open(folder / "resume.safetensors", framework="pt") as file:
        assert json.loads(file.metadata()["training"])["epoch"] == 1  # lost: one epoch at most
    assert content(go(killed, base)) == content(go(whole, base))


@pytest.mark.parametrize(("model", "name", "recipe"), [("autoencoder", COLOUR, "paper"), ("simclr", GRAY, "authors")])
def test_interrupted_it_says_so_and_ends_with_the_same_bytes(
    tiny: Tiny, base: BaseWeights, few: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
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
        go(stopped, base, model, name)
    assert "stopped after epoch 1 of 2; run the same command again to go on" in capsys.readouterr().err
    assert [path.name for path in stopped.encoder(name, model).iterdir()] == ["resume.safetensors"]
    assert not torch.are_deterministic_algorithms_enabled()
    assert content(go(stopped, base, model, name)) == content(go(whole, base, model, name))
    assert len(calls) == 5 + 3 + 6  # of the second epoch only


def test_killed_after_the_last_epoch_nothing_is_trained_again(tiny: Tiny, base: BaseWeights, small: None,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    run, whole = tiny("run"), tiny("whole")

    def die(*args: Any) -> None:
        raise SystemExit

    for last in ("save_tensors", "write_csv"):
        with monkeypatch.context() as patch:
            patch.setattr(train, last, die)
            with pytest.raises(SystemExit):
                go(run, base)
    with monkeypatch.context() as patch:
        patch.setattr(train, "batch_loss", die)
        go(run, base)
    assert content(run.encoder(COLOUR, "simclr")) == content(go(whole, base))


@pytest.mark.parametrize("broken", ["settings", "torn", "foreign", "nested"])
def test_resume_file_that_does_not_fit_is_left_aside_with_a_sentence(
    tiny: Tiny, base: BaseWeights, small: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    broken: str,
) -> None:  # fmt: skip
    run, whole = tiny("run"), tiny("whole")
    other = run if broken != "settings" else tiny("run", epochs=2)

    def stop(*args: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(train, "save_tensors", stop)
        with pytest.raises(SystemExit):
            go(other, base)
    path = run.encoder(COLOUR, "simclr") / "resume.safetensors"
    if broken == "torn":
        os.truncate(path, path.stat().st_size // 2)
    elif broken == "foreign":
        path.write_bytes(run.patches(COLOUR).joinpath("images.npy").read_bytes())
    elif broken == "nested":
        save_tensors(path, {"a": torch.zeros(1)}, {"training": "[" * 100_000})
    assert content(go(run, base)) == content(go(whole, base))
    said = capsys.readouterr().err
    assert f"{path}: " in said
    assert "starting anew" in said
