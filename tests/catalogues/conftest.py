"""A classified folder of labelled images and its catalogue, with random base weights."""

from dataclasses import dataclass
from pathlib import Path

import pytest
import torch

from paper_repro.base.run import Run
from paper_repro.base.walk import walk
from paper_repro.encoders.weights import random_state
from tests.experiments.folders_made import images, small, steps_for
from tests.report.conftest import chromium  # noqa: F401


@dataclass(frozen=True)
class Made:
    """A run with a classified folder: the images, the base weights, and the catalogue."""

    run: Run
    images: Path
    weights: Path
    catalogue: Path


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """To be left as it is."""
    folder = tmp_path_factory.mktemp("catalogue")
    weights = folder / "random.pth"
    torch.save(random_state(5), weights)
    run, where = small(folder / "out", weights), images(folder / "sky", labelled=True)
    asked, steps = steps_for(run, where)
    assert walk(steps, [f"catalogue {asked.name}"], 1) == {}
    return Made(run, where, weights, run.results / "sky" / "catalogue")
