"""Test losses drawn again: against the loss written out, on states kept of a training that ran."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from paper_repro.base.recipe import RECIPES
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.encoders import resume, train
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.checkpoint import load_encoder
from paper_repro.patches.dataset import open_set
from tests.bench import keep_best
from tests.encoders.test_simclr import literal
from tests.steps_made import make
from tests.tiny_profile import text_of

EPOCHS, SEED = 3, 0


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Path]:
    """A training, with the state of each of its epochs."""
    out = tmp_path_factory.mktemp("kept")
    (out / "tiny.toml").write_text(text_of(["simclr"], per_class=12, epochs=EPOCHS))
    run, write = open_run(str(out / "tiny.toml"), out), resume.write

    def write_and_keep(path: Path, *others: Any) -> None:
        keep_best.keep(path.parent, out / "states")  # what the epoch before has left
        write(path, *others)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAPER_REPRO_OFFLINE", "1")
        patch.setattr(resume, "write", write_and_keep)
        patch.setattr(train, "SAVE_EVERY_S", 0)  # after each epoch, however short
        make(run, f"train {COLOUR} simclr-s{SEED}")
    keep_best.main(["keep", "--profile", str(run.profile.path), "--out", str(out), COLOUR, str(SEED),
                    str(out / "states")])
    keep_best.keep(run.encoder(COLOUR, "simclr"), out / "states")  # once more
    return run, out / "states"


def test_each_draw_is_the_loss_of_views_of_its_own(kept: tuple[Run, Path], capsys: pytest.CaptureFixture[str]) -> None:
    run, states = kept
    assert [keep_best.state_of(path)["epoch"] for path in sorted(states.iterdir())] == [1, 2, 3]
    table, patches = keep_best.redraw(run, COLOUR, SEED, states), open_set(run.patches(COLOUR))
    losses = pd.read_csv(run.encoder(COLOUR, "simclr") / "losses.csv")
    assert list(table["trained"]) == pytest.approx(list(losses["test_loss"]), abs=1e-12)

    count = len(patches)
    test_ids = np.random.default_rng(SEED).permutation(count)[round(0.8 * count):]
    augment = Augmenter(32, True, RECIPES["paper"], jitter_and_blur=True)
    for epoch, draw in ((1, 0), (3, 7)):
        network = keep_best.network_of(states / f"epoch-000{epoch}.safetensors")
        rng = np.random.default_rng([SEED, epoch, draw])
        ids = rng.permutation(test_ids)
        assert len(ids) <= 32  # one batch
        with torch.inference_mode():
            expected = literal(network(augment.two_views(patches.images[ids], rng)).double(), 1.0)
        assert table.loc[epoch - 1, f"draw_{draw + 1}"] == pytest.approx(expected, rel=1e-5)
    draws = table[keep_best.DRAWN].to_numpy()
    assert len(np.unique(draws)) == draws.size

    best = int(losses["test_loss"].argmin()) + 1  # whose weights the training kept
    ours = keep_best.network_of(states / f"epoch-000{best}.safetensors").get_submodule("encoder").state_dict()
    theirs = load_encoder(run.encoder(COLOUR, "simclr") / "checkpoint.safetensors", "simclr").state_dict()
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
    named = set(table.loc[table["accuracy"].notna(), "epoch"])
    assert named == {best, *(int(column.argmin()) + 1 for column in draws.T)}

    def never(*_: object) -> None:
        raise AssertionError

    with pytest.MonkeyPatch.context() as patch:  # what is written isn't drawn again
        patch.setattr(keep_best, "network_of", never)
        capsys.readouterr()
        keep_best.main(["redraw", "--profile", str(run.profile.path), "--out", str(run.out), COLOUR, str(SEED),
                        str(states)])
    assert capsys.readouterr().out.strip() == keep_best.said(table)


def test_what_came_out_is_counted() -> None:
    draws = np.array([[5.0, 5, 5, 5, 5, 5, 5, 5], [2, 2, 2, 2, 2, 4, 4, 4], [3, 3, 3, 3, 3, 3, 3, 3]])
    table = pd.DataFrame({"epoch": [1, 2, 3], "trained": [5.0, 4.0, 2.5],
                          **{name: draws[:, place] for place, name in enumerate(keep_best.DRAWN)},
                          "accuracy": [np.nan, 0.75, 0.8]})
    spread = (sum((value - 2.75) ** 2 for value in draws[1]) / 7 / 3) ** 0.5
    assert keep_best.said(table) == (
        f"3 epochs (1 to 3), test loss drawn 8 times: standard deviation {spread:.4f}. Best epoch: 3 in the training; "
        "by each draw: epoch 2 5 x, epoch 3 3 x. Mean of the draws: 2.7500 at epoch 2, 3.0000 at the next, epoch 3; "
        "the training's, epoch 3, is number 2. Accuracy (no reduction, HAC): epoch 2 75.0 %, epoch 3 80.0 %.")
