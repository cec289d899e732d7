import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors import safe_open
from torch import Tensor

from paper_repro.base import cleaning, step
from paper_repro.base.profile import Model
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.encoders import resume, train
from paper_repro.encoders.batch import batch_loss
from paper_repro.encoders.checkpoint import save_tensors
from paper_repro.steps import steps_of
from tests.encoders.conftest import changed, content, go, step_of
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
    (killed.data / cleaning.MARK).touch()  # as a command has it
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
    assert "stopped in epoch 2 of 2; the same command resumes with epoch 2" in capsys.readouterr().err
    assert {path.name for path in stopped.encoder(name, model).iterdir()} == {"losses.csv", "resume.safetensors"}
    assert content(go(stopped, model, name)) == content(go(whole, model, name))
    assert len(calls) == 5 + 3 + 6  # of the second epoch only


def test_epochs_by_another_version_are_told(tiny: Tiny, small: None, few: None,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    run = tiny("run", count=10, epochs=3)
    calls: list[int] = []

    def interrupt(*args: Any) -> Tensor:
        calls.append(1)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return batch_loss(*args)

    with monkeypatch.context() as patch:
        patch.setattr(train, "batch_loss", interrupt)
        patch.setattr(resume, "behind", lambda _: {"encoders.train": "0"})
        with pytest.raises(KeyboardInterrupt):
            go(run)
    record = json.loads((go(run) / "provenance.json").read_text())
    assert [each["from_epoch"] for each in record["versions"]] == [1, 2]
    assert len({each["code"] for each in record["versions"]}) == 2
    steps = steps_of(run)
    assert steps.changed_since(steps.by_name[step_of(run)]) == (
        "another version of its code or libraries went on from epoch 2")
    whole = tiny("whole", count=10, epochs=3)
    assert len(json.loads((go(whole) / "provenance.json").read_text())["versions"]) == 1
    assert steps_of(whole).changed_since(steps_of(whole).by_name[step_of(whole)]) == ""


def test_short_epochs_are_saved_after_the_first_the_last_and_every_20_s(
    tiny: Tiny, small: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Interrupted in between, the same command resumes from what was saved and ends with the same bytes."""
    stopped, whole = (tiny(folder, epochs=6) for folder in ("stopped", "whole"))
    now, saved, stop_after = [0.0], list[int](), [0]
    write, write_losses = resume.write, train.write_losses

    def remember(path: Path, deciding: Any, history: resume.History, *args: Any) -> None:
        saved.append(history.epoch)
        write(path, deciding, history, *args)

    def nine_seconds_later(folder: Path, history: resume.History) -> None:
        write_losses(folder, history)
        now[0] += 9
        if history.epoch == stop_after[0]:
            raise KeyboardInterrupt

    monkeypatch.setattr(train, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(resume, "write", remember)
    monkeypatch.setattr(train, "write_losses", nine_seconds_later)
    expected = content(go(whole))
    assert saved == [1, 4, 6]
    saved.clear()
    stop_after[0] = 3
    with pytest.raises(KeyboardInterrupt):
        go(stopped)
    assert "stopped in epoch 4 of 6; the same command resumes with epoch 2" in capsys.readouterr().err
    stop_after[0] = 0
    assert content(go(stopped)) == expected
    assert saved == [1, 2, 5, 6]


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


def test_a_finished_training_goes_on_from_its_end(tiny: Tiny, small: None, few: None, monkeypatch: pytest.MonkeyPatch,
                                                  capsys: pytest.CaptureFixture[str]) -> None:
    """It ends with the bytes of one that was never finished before, and says what made its first epochs."""
    whole, run = tiny("whole", epochs=3), tiny("run", epochs=2)
    first = json.loads((go(run) / "provenance.json").read_text())
    assert first["continued"] == []
    calls: list[int] = []

    def counted(*args: Any) -> Tensor:
        calls.append(1)
        return batch_loss(*args)

    monkeypatch.setattr(train, "batch_loss", counted)
    longer = changed(run, epochs=3)
    assert stale(longer, step_of(longer)) == {step_of(longer): "epochs changed from 2 to 3"}
    found, expected = content(go(longer)), content(go(whole))
    assert "starting over" not in capsys.readouterr().err
    assert len(calls) == 4 + 3 * 4  # one epoch of it, three of the other
    assert found["record"].pop("continued") == [
        {"epochs": 2, "version": first["version"], "code": first["code"], "libraries": first["libraries"]}]
    assert expected["record"].pop("continued") == []
    assert found == expected


@pytest.mark.parametrize(("epochs", "gone", "said"), [
    (1, False, "resume.safetensors: has 2 epochs, 1 are wanted; starting over"),
    (3, True, "resume.safetensors, from which the training of 2 epochs would go on, is gone; starting over"),
])
def test_what_cannot_be_gone_on_from_is_said(tiny: Tiny, small: None, capsys: pytest.CaptureFixture[str],
                                             epochs: int, gone: bool, said: str) -> None:
    run = tiny(epochs=2)
    folder = go(run)
    if gone:
        (folder / "resume.safetensors").unlink()
    found, whole = content(go(changed(run, epochs=epochs))), content(go(tiny("whole", epochs=epochs)))
    assert found == whole
    assert said in capsys.readouterr().err


@pytest.mark.attack("resume-edited")
@pytest.mark.parametrize("broken", ["settings", "torn", "foreign", "nested", "edited"])
def test_resume_file_that_does_not_fit_is_left_aside_with_a_sentence(
    tiny: Tiny, small: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    broken: str,
) -> None:  # fmt: skip
    run, whole = tiny("run"), tiny("whole")
    other = run if broken != "settings" else tiny("run", recipe="authors")

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
    elif broken == "edited":
        data = bytearray(path.read_bytes())
        data[-3] ^= 1  # of a weight
        path.write_bytes(data)
    elif broken == "nested":
        save_tensors(path, {"a": torch.zeros(1)}, {"training": "[" * 100_000})
    assert content(go(run)) == content(go(whole))
    said = capsys.readouterr().err
    assert f"{path}: " in said
    assert "starting over" in said
