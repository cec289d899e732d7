"""What two runs must have alike: everything but the time that it took."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from paper_repro.encoders import resume
from paper_repro.encoders.train import RESUME
from tests.e2e import runs


def test_what_a_training_is_resumed_from_is_the_same_but_for_its_seconds(tmp_path: Path) -> None:
    def content(seconds: float = 1.0, loss: float = 2.0, weight: float = 3.0) -> object:
        network = nn.Linear(2, 1)
        nn.init.constant_(network.weight, weight)
        nn.init.zeros_(network.bias)
        history = resume.History()
        history.add(loss, loss, {}, seconds, network)
        optimiser = torch.optim.SGD(network.parameters(), lr=1.0)
        resume.write(tmp_path / RESUME, {"seed": 0}, history, network, optimiser, np.random.default_rng(0))
        return runs.content(tmp_path / RESUME)

    same = content()
    assert content(seconds=9.0) == same
    assert content(loss=2.5) != same
    assert content(weight=3.5) != same
