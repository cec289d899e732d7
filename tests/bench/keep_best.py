"""How stable is `keep_best`? The test losses by which SimCLR's epoch is chosen, drawn again from each epoch's weights.

    python -m tests.bench.keep_best keep --profile P --out OUT photos-colour 1 STATES     # beside a training that runs
    python -m tests.bench.keep_best redraw --profile P --out OUT photos-colour 1 STATES   # then, or meanwhile

`keep` links the state that the training of seed 1 writes after each epoch into the folder STATES (on the same disk;
about 90 MB an epoch), until the training is finished. `redraw` draws the test loss of each epoch there eight times, as
the training drew it once: images in random order, two random views of each; then it classifies all photographs by the
features of each epoch that a draw calls the best. It writes STATES/losses.csv, goes on from it, and prints what came
out. A training whose states weren't kept can't be asked: its weights are those of one epoch.
"""

import argparse
import contextlib
import json
import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from torch import nn

from paper_repro.base.files import write_csv
from paper_repro.base.recipe import with_switches
from paper_repro.base.run import Run, open_run
from paper_repro.clustering.cluster import hac
from paper_repro.clustering.score import match
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.batch import batch_loss, batches, mean_loss, split
from paper_repro.encoders.encode import encode_images
from paper_repro.encoders.simclr import SimCLR
from paper_repro.encoders.train import PROVENANCE, RESUME, place
from paper_repro.patches.dataset import PatchSet, open_set

DRAWS, LOSSES = 8, "losses.csv"
CPU = torch.device("cpu")
DRAWN = [f"draw_{number}" for number in range(1, DRAWS + 1)]


def state_of(path: Path) -> dict[str, Any]:
    """What a state says of its training: epoch, losses of all epochs so far, ..."""
    with safe_open(path, framework="pt") as file:
        return dict(json.loads(file.metadata()["training"]))


def keep(training: Path, states: Path) -> None:
    """Keep the state that a training has written last; none where it hasn't written any."""
    states.mkdir(parents=True, exist_ok=True)
    new = states / "new"
    new.unlink(missing_ok=True)
    with contextlib.suppress(FileNotFoundError):
        os.link(training / RESUME, new)
        new.rename(states / f"epoch-{state_of(new)['epoch']:04d}.safetensors")
        new.unlink()  # which is still there where it was kept before


def network_of(path: Path) -> nn.Module:
    """SimCLR with the weights of a state."""
    network = SimCLR(None, torch.Generator())
    with safe_open(path, framework="pt") as file:
        network.load_state_dict({key.removeprefix("network."): file.get_tensor(key) for key in file.keys()  # noqa: SIM118
                                 if key.startswith("network.")})
    return place(network.eval(), CPU)


def drawn(run: Run, patches: PatchSet, network: nn.Module, seed: int, epoch: int) -> list[float]:
    """Eight test losses of an epoch's network: each draws order and views from a generator of its own."""
    encoders, table = run.profile.encoders, run.profile.training
    recipe = with_switches(encoders.recipe, encoders.switches)
    augment = Augmenter(encoders.side, patches.colour, recipe, run.profile.augmentation, jitter_and_blur=True)
    test_ids, losses = split(len(patches), np.random.default_rng(seed), recipe.split)[1], list[float]()
    for draw in range(DRAWS):
        rng = np.random.default_rng([seed, epoch, draw])
        parts = batches(rng.permutation(test_ids), table.batch_size, "simclr", encoders.side, training=False)
        with torch.inference_mode():
            every = [batch_loss("simclr", network, patches.images[part], augment, rng, recipe, CPU, False,
                                table.loss_temperature).item() for part in parts]
        losses.append(mean_loss(every, [len(part) for part in parts], recipe.last_batch, "simclr"))
    return losses


def accuracy(patches: PatchSet, network: nn.Module, side: int) -> float:
    """Accuracy of Ward's classes of all images, without reduction."""
    encoder = network.get_submodule("encoder")
    features = encode_images(encoder, patches.images, side, patches.colour, CPU)  # type: ignore[arg-type]
    assert patches.labels is not None
    return match(patches.labels, hac(features, len(patches.classes)), len(patches.classes)).accuracy


def redraw(run: Run, name: str, seed: int, states: Path) -> pd.DataFrame:
    """Write the losses of the epochs that were kept: epoch, trained (as the training drew it), draw_1, ..., accuracy.

    The accuracy is that of epochs that are best by the training or by a draw.
    """
    patches, path = open_set(run.patches(name)), states / LOSSES
    kept = {int(file.stem.removeprefix("epoch-")): file for file in sorted(states.glob("epoch-*.safetensors"))}
    columns = ["epoch", "trained", *DRAWN, "accuracy"]
    table = pd.read_csv(path) if path.is_file() else pd.DataFrame(columns=columns, dtype=np.float64)
    for epoch in sorted(kept.keys() - set(table["epoch"])):
        losses = drawn(run, patches, network_of(kept[epoch]), seed, epoch)
        trained = state_of(kept[epoch])["losses"][-1][1]
        table.loc[len(table)] = [epoch, trained, *losses, np.nan]
        write_csv(path, table.astype({"epoch": int}))
        print(f"epoch {epoch}: {trained:.4f} in the training, drawn again {np.mean(losses):.4f} "
              f"+- {np.std(losses, ddof=1):.4f}", flush=True)
    table = table.astype({"epoch": int}).sort_values("epoch", ignore_index=True)
    for epoch in sorted(set(best_epochs(table)) - set(table.loc[table["accuracy"].notna(), "epoch"])):
        table.loc[table["epoch"] == epoch, "accuracy"] = accuracy(patches, network_of(kept[epoch]),
                                                                  run.profile.encoders.side)
    write_csv(path, table)
    return table


def best_epochs(table: pd.DataFrame) -> NDArray[np.int64]:
    """The epoch that each draw calls the best, first the training's own."""
    return table["epoch"].to_numpy()[table[["trained", *DRAWN]].to_numpy().argmin(axis=0)]


def said(table: pd.DataFrame) -> str:
    """What came out, in words."""
    own, *others = best_epochs(table)
    draws = table[DRAWN].to_numpy(np.float64)
    means = pd.Series(draws.mean(axis=1), index=table["epoch"]).sort_values()
    spread = float(np.sqrt(draws.var(axis=1, ddof=1).mean()))
    accuracies = table.set_index("epoch")["accuracy"]
    counts = ", ".join(f"epoch {epoch} {count} x" for epoch, count in Counter(map(int, others)).most_common())
    shown = ", ".join(f"epoch {epoch} {100 * accuracies[epoch]:.1f} %" for epoch in sorted({own, *others}))
    return (f"{len(table)} epochs ({table['epoch'].min()} to {table['epoch'].max()}), test loss drawn {DRAWS} times: "
            f"standard deviation {spread:.4f}. Best epoch: {own} in the training; by each draw: {counts}. Mean of the "
            f"draws: {means.iloc[0]:.4f} at epoch {means.index[0]}, {means.iloc[1]:.4f} at the next, epoch "
            f"{means.index[1]}; the training's, epoch {own}, is number {list(means.index).index(own) + 1}. Accuracy "
            f"(no reduction, HAC): {shown}.")


def main(words: list[str] | None = None) -> None:
    """Keep the states of a training, or draw their test losses again."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.keep_best")
    parser.add_argument("what", choices=["keep", "redraw"])
    parser.add_argument("--profile", required=True)
    parser.add_argument("--out", type=Path, default=Path())
    parser.add_argument("set")
    parser.add_argument("seed", type=int)
    parser.add_argument("states", type=Path)
    chosen = parser.parse_args(words)
    run = open_run(chosen.profile, chosen.out)
    if chosen.what == "redraw":
        print(said(redraw(run, chosen.set, chosen.seed, chosen.states)))
        return
    training = run.encoder(chosen.set, "simclr", chosen.seed)
    finished = False
    while not finished:
        finished = (training / PROVENANCE).is_file()  # before its last state is kept
        keep(training, chosen.states)
        time.sleep(1)


if __name__ == "__main__":
    main()
