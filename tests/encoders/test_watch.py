"""What is seen of a training after each epoch: the rows that are measured, and that looking changes nothing."""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from paper_repro.base.files import read_json
from paper_repro.base.profile import Model
from paper_repro.base.recipe import RECIPES
from paper_repro.base.run import COLOUR, Run
from paper_repro.encoders import monitor, train, watch
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.batch import views
from paper_repro.encoders.weights import BaseWeights
from tests.encoders.conftest import go
from tests.encoders.test_train import Tiny

LABELS = np.arange(14) % 3


class Blind(watch.Watch):
    """Looks at nothing."""

    def __init__(self, *_: Any) -> None:
        pass

    def measured(self, order: Any) -> dict[str, float]:
        return {}

    def before(self, *_: Any) -> dict[str, float]:
        return {}


@pytest.mark.parametrize("model", ["simclr", "autoencoder"])
def test_what_is_measured_is_what_the_network_gives_for_the_test_images(base: BaseWeights, model: Model) -> None:
    network = train.build(model, base, 0, 32, RECIPES["paper"])
    images = np.random.default_rng(0).integers(0, 256, (14, 40, 40, 3), dtype=np.uint8)
    augment = Augmenter(32, colour=True, recipe=RECIPES["paper"], jitter_and_blur=model == "simclr")
    order = np.random.default_rng(1).permutation(14)
    parts = [order[:8], order[8:]]
    inputs = [views(model, images[part], augment, np.random.default_rng(2), training=False) for part in parts]
    network.eval()
    with torch.inference_mode():
        features = np.concatenate([network.get_submodule("encoder")(each).numpy() for each in inputs])
        outputs = np.concatenate([network(each).flatten(1).numpy() for each in inputs])
    seen = watch.Watch(model, network, LABELS)
    waiting = iter(inputs)
    found = seen.before(network, parts, lambda _: next(waiting))

    embedded, one = (outputs, features[::2]) if model == "simclr" else (features, features)
    expected = {"spread": monitor.spread(embedded),
                "uniformity": monitor.uniformity(embedded[::2] if model == "simclr" else embedded),
                "knn_accuracy": monitor.knn_accuracy(one, LABELS[order], 5),
                "ward_ari": monitor.ward_ari(one, LABELS[order])}
    if model == "simclr":
        expected["alignment"] = monitor.alignment(outputs)
    assert found == {name: round(expected[name], 6) for name in watch.MEASURES if name in expected}
    assert seen.measured(order) == {}  # each pass is measured once


def test_a_network_in_training_is_not_looked_at(base: BaseWeights) -> None:
    network = train.build("simclr", base, 0, 32, RECIPES["paper"])
    seen = watch.Watch("simclr", network, LABELS)
    network.train()
    network(torch.rand(8, 3, 32, 32))
    assert seen.measured(np.arange(4)) == {}


def test_no_more_images_are_looked_at_than_needed(base: BaseWeights, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "MOST", 7)
    network = train.build("simclr", base, 0, 32, RECIPES["paper"])
    seen = watch.Watch("simclr", network, LABELS)
    waiting = [torch.rand(8, 3, 32, 32, generator=torch.Generator().manual_seed(n)) for n in range(4)]
    kept: list[int] = []

    def spread(z: Any) -> float:
        kept.append(len(z))
        return 0.0

    monkeypatch.setattr(monitor, "spread", spread)
    parts = np.array_split(np.arange(14), 4)
    seen.before(network, parts, lambda part: waiting[[int(p[0]) for p in parts].index(int(part[0]))])
    assert kept == [14]


@pytest.mark.parametrize("model", ["simclr", "autoencoder"])
def test_looking_changes_no_byte_of_the_encoder(tiny: Tiny, few: None, monkeypatch: pytest.MonkeyPatch, model: Model
                                                ) -> None:
    def trained(run: Run) -> tuple[bytes, pd.DataFrame, Path]:
        folder = go(run, model)
        return (folder / "checkpoint.safetensors").read_bytes(), pd.read_csv(folder / "losses.csv"), folder

    weights, losses, folder = trained(tiny("seen", count=15, epochs=2))
    monkeypatch.setattr(watch, "Watch", Blind)
    blind_weights, blind_losses, _ = trained(tiny("blind", count=15, epochs=2))
    assert weights == blind_weights
    assert losses.iloc[:, :3].equals(blind_losses.iloc[:, :3])
    # the test images of this set are of one class, by which nothing can be told
    known = ["spread", "alignment", "uniformity"] if model == "simclr" else ["spread", "uniformity"]
    assert losses[known].notna().all(axis=None)
    assert losses[["knn_accuracy", "ward_ari"]].isna().all(axis=None)
    assert blind_losses[known].isna().all(axis=None)
    assert {*(read_json(folder / "provenance.json") or {})["untrained"]} == {*known}


def test_losses_are_there_and_said_after_every_epoch(tiny: Tiny, small: None, monkeypatch: pytest.MonkeyPatch,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    run, rows = tiny(count=45, epochs=3), list[int]()
    write = train.write_losses

    def counted(folder: Path, history: Any) -> None:
        write(folder, history)
        rows.append(len(pd.read_csv(run.encoder(COLOUR, "simclr") / "losses.csv")))

    monkeypatch.setattr(train, "write_losses", counted)
    go(run)
    assert rows == [1, 2, 3, 3]
    said = re.findall(r"simclr: epoch (\d) of 3, training loss \d\.\d+ \(\d+\.\d % of a guess\), test loss",
                      capsys.readouterr().err)
    assert said == ["1", "2", "3"]


def test_batches_of_different_sizes_are_compared_with_a_guess_each() -> None:
    losses, sizes = [4.0, 2.0, 0.0], [32, 4, 1]
    assert watch.of_guess(losses, sizes) == pytest.approx((4 / math.log(63) + 2 / math.log(7)) / 2)
    assert watch.of_guess([math.log(2 * n - 1) for n in (32, 9)], [32, 9]) == pytest.approx(1)


def test_the_line_has_what_is_known() -> None:
    assert watch.line(3, 64, (3.5, 3.25), (0.845, 0.8), {"spread": 0.5, "knn_accuracy": 0.75, "ward_ari": 0.4},
                      {"knn_accuracy": 0.5, "ward_ari": 0.25}) == (
        "epoch 3 of 64, training loss 3.5 (84.5 % of a guess), test loss 3.25 (80.0 % of a guess), spread 0.500, "
        "kNN accuracy 75 % (untrained 50 %), Ward's ARI 0.4 (untrained 0.25)")
    assert watch.line(1, 2, (0.5, 0.25), None, {}, {}) == "epoch 1 of 2, training loss 0.5, test loss 0.25"
