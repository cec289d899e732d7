"""The command `classify` with a small encoder and random base weights."""

import os
from pathlib import Path

import pytest
import torch

from paper_repro.base.run import Run
from paper_repro.encoders.weights import random_state
from tests.experiments.folders_made import small


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test cuts the power."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of random base weights."""
    path = tmp_path_factory.mktemp("weights") / "random.pth"
    torch.save(random_state(5), path)
    return path


@pytest.fixture
def run(tmp_path: Path, weights: Path) -> Run:
    """The profile of the command with a small encoder."""
    return small(tmp_path / "out", weights)
