"""Training of an encoder (Sects. 3.2.2 and 4.1, Table 2): SimCLR with LARS, or the autoencoder with Adam."""

import functools
import math
import os
import sys
import time
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_csv
from paper_repro.base.memory import keep_freed
from paper_repro.base.profile import Model
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Made
from paper_repro.base.recipe import Recipe, departures, training_settings, with_switches
from paper_repro.base.run import Run
from paper_repro.encoders import monitor, resume, watch
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.autoencoder import Autoencoder
from paper_repro.encoders.batch import batch_loss, batches, check_sizes, mean_loss, split, views
from paper_repro.encoders.checkpoint import save_tensors
from paper_repro.encoders.lars import LARS
from paper_repro.encoders.resnet import STRIDE
from paper_repro.encoders.simclr import SimCLR
from paper_repro.encoders.trained_on import input_of
from paper_repro.encoders.weights import BaseWeights, open_base
from paper_repro.paper import Table2
from paper_repro.patches.dataset import open_set

CHECKPOINT, LOSSES, PROVENANCE, RESUME = "checkpoint.safetensors", "losses.csv", "provenance.json", "resume.safetensors"
EMBEDDED = 64  # images of the test whose embeddings are looked at in the end
SAVE_EVERY_S = 20  # writing the state, up to 300 MB, would cost epochs of a few seconds a fifth of their time
Network = TypeVar("Network", bound=nn.Module)


def train(run: Run, set_name: str, model: Model, seed: int, *, device: str | None) -> Made:
    """Train `model` on a patch set from the run's base weights.

    Writes `checkpoint.safetensors`, after every epoch `losses.csv` (epoch, train_loss, test_loss, the measures of
    `watch`), and `resume.safetensors` after the first and the last one and those that end SAVE_EVERY_S or more after it
    was last written: stopped at any time, or finished and now wanted for more epochs, the same call goes on from there,
    and on a CPU with as many threads ends with the same bytes as if never stopped. Says on standard error how each
    epoch went, and what makes a training worthless: images of one value, a loss no better than a guess, embeddings
    that are all alike.
    Raises UserError for too few images, an impossible input side, or losses that are no numbers.
    """
    patches, folder, chosen = open_set(run.patches(set_name)), run.encoder(set_name, model, seed), run.profile.encoders
    base, place_on = open_base(run), choose_device(device)
    recipe = with_switches(chosen.recipe, chosen.switches)

    keep_freed()
    rng = np.random.default_rng(seed)
    train_ids, test_ids = split(len(patches), rng, recipe.split)
    check_sizes(train_ids, test_ids, model)
    table = run.profile.training
    augment = Augmenter(chosen.side, patches.colour, recipe, run.profile.augmentation,
                        jitter_and_blur=model == "simclr")
    network = place(build(model, base, seed, chosen.side, recipe), place_on)
    optimiser = build_optimiser(model, network, recipe, table)
    deciding = {"settings": training_settings(run.profile, set_name, model, seed), "patches": patches.sha256,
                "base_weights": base.sha256}
    history = resume.read(folder / RESUME, deciding, chosen.epochs, network, optimiser, rng)
    unmoving = optimiser.unmoving() if isinstance(optimiser, LARS) else 0
    if unmoving:
        print(f"{set_name} {model}: {unmoving} parameters of norm 0 don't move under LARS (biases of batch-norm layers "
              "are 0 in random base weights)", file=sys.stderr)
    if constant := monitor.constant_images(patches.images):
        print(f"{set_name}: {constant} of {len(patches)} images have the same value in every pixel: they teach an "
              "encoder nothing and end up in one class", file=sys.stderr)
    continued = _continued(folder, history.epoch, chosen.epochs)
    if history.epoch < chosen.epochs:
        history.goes_on(f"{place_on.type}, {torch.get_num_threads()} threads")
    cut = functools.partial(batches, size=table.batch_size, model=model, side=chosen.side)
    sizes = [len(batch) for batch in cut(train_ids, training=True)]
    steps = len(sizes) + len(cut(test_ids, training=False))
    guess = mean_loss([monitor.chance_loss(size) for size in sizes], sizes, recipe.last_batch, model)
    progress = Progress(f"{set_name} {model}", chosen.epochs * steps, "steps", done=history.epoch * steps)

    seen = watch.Watch(model, network, patches.labels)
    if not history.epoch:
        own = np.random.default_rng(seed)  # no draw of the training moves
        history.before = seen.before(network, cut(np.sort(test_ids), training=False), lambda batch: views(
            model, patches.images[batch], augment, own, training=False).to(place_on))

    def epoch_loss(ids: NDArray[np.int64], training: bool) -> tuple[float, float, NDArray[np.int64]]:
        """Loss of one epoch over the images, in random order; in training with a step for each batch.

        Beside it the loss over that of a guess, and the order of the images.
        """
        order, losses = rng.permutation(ids), list[float]()
        parts = cut(order, training=training)
        for batch in parts:
            loss = batch_loss(model, network, patches.images[batch], augment, rng, recipe, place_on, training,
                              table.loss_temperature)
            if training:
                optimiser.zero_grad()
                torch.autograd.backward([loss])
                optimiser.step()
            losses.append(loss.item())
            if training and not math.isfinite(losses[-1]):
                raise UserError(f"{folder}: epoch {history.epoch + 1}: expected a finite loss, found {losses[-1]}; "
                                "check the images and the recipe's switches.")
            progress.step(note=f"epoch {history.epoch + 1}, loss {losses[-1]:.4f}")
        counts = [len(batch) for batch in parts]
        return mean_loss(losses, counts, recipe.last_batch, model), watch.of_guess(losses, counts), order

    be_deterministic(place_on)
    kept, kept_at = history.epoch, -math.inf
    try:
        while history.epoch < chosen.epochs:
            start = time.monotonic()
            network.train()
            train_loss, train_share, _ = epoch_loss(train_ids, training=True)
            network.eval()
            with torch.inference_mode():
                test_loss, test_share, order = epoch_loss(test_ids, training=False)
            # In evaluation mode an early autoencoder can overflow, its batch-norm statistics lag behind so far:
            # such an epoch is just never the best.
            test_loss = test_loss if math.isfinite(test_loss) else math.inf
            measured = seen.measured(order)
            history.add(train_loss, test_loss, measured, time.monotonic() - start, network)
            if history.epoch == chosen.epochs or time.monotonic() - kept_at >= SAVE_EVERY_S:
                resume.write(folder / RESUME, deciding, history, network, optimiser, rng)
                kept, kept_at = history.epoch, time.monotonic()
            write_losses(folder, history)
            progress.say(watch.line(history.epoch, chosen.epochs, (train_loss, test_loss), (train_share, test_share)
                                    if model == "simclr" else None, measured, history.before))
            if model == "simclr" and monitor.became_chance([loss for loss, _ in history.losses], guess):
                print(f"{set_name} {model}: for two epochs the training loss was within 1 % of {guess:.3f}, that "
                      "of a guess (ln(2N - 1) for N images per batch): nothing has been learnt so far", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"\n{set_name} {model}: stopped in epoch {history.epoch + 1} of {chosen.epochs}; the same command "
              f"resumes with epoch {kept + 1}", file=sys.stderr)
        raise

    if recipe.keep_best and not history.best_epoch:
        raise UserError(f"{folder}: expected an epoch with a finite test loss, found none in {chosen.epochs}; "
                        "train for more epochs (profile), or check the images.")
    few = augment.plain(patches.images[np.sort(test_ids[:EMBEDDED])])
    if monitor.collapsed(embeddings(model, network, few.to(place_on))):
        print(f"{set_name} {model}: the embeddings of all images are nearly equal (collapse): classes made of them "
              "mean nothing", file=sys.stderr)
    save_tensors(folder / CHECKPOINT, history.best if recipe.keep_best else network.state_dict(),
                 input_of(chosen.side, patches.colour).metadata())
    write_losses(folder, history)
    return Made({
        "best_epoch": history.best_epoch, "weights_of_epoch": history.best_epoch if recipe.keep_best else chosen.epochs,
        "ran_on": history.ran_on, "versions": history.versions, "continued": continued,
        "seconds_per_epoch": history.seconds,
        "unmoving_parameters": unmoving, "untrained": history.before,
        "train_images": len(train_ids), "test_images": len(test_ids), "base_weights": base.kind,
    }, notes=departures(run.profile, model))  # fmt: skip


def write_losses(folder: Path, history: resume.History) -> None:
    """Write losses.csv: a row an epoch, with what was measured."""
    table = pd.DataFrame(history.losses, columns=["train_loss", "test_loss"])
    table.insert(0, "epoch", range(1, len(table) + 1))
    for name in watch.MEASURES:
        table[name] = [measured.get(name, math.nan) for measured in history.measures]
    write_csv(folder / LOSSES, table)


def _continued(folder: Path, done: int, epochs: int) -> list[dict[str, Any]]:
    """What made the earlier epochs of a finished training that now goes on to `epochs`; `done`: those at hand.

    Says on standard error where a finished training can't be gone on from.
    """
    before = read_json(folder / PROVENANCE) or {}
    earlier = before.get("settings", {}).get("epochs", epochs)
    if earlier < epochs and not (folder / RESUME).is_file():
        print(f"{folder}: {RESUME}, from which the training of {earlier} epochs would go on, is gone; starting over",
              file=sys.stderr)
    if not 0 < earlier < epochs or not done:
        return []
    made_by = {key: before.get(key) for key in ("version", "code", "libraries")}
    return [*before.get("continued", []), {"epochs": earlier, **made_by}]


def build(model: Model, base: BaseWeights, seed: int, side: int, recipe: Recipe) -> nn.Module:
    """The network before training, an autoencoder with the recipe's decoder.

    What the base weights don't give is drawn from `seed`. Raises UserError for a model or input side that can't be.
    """
    generator = torch.Generator().manual_seed(seed)
    if model == "simclr":
        return SimCLR(base.state, generator)
    if model == "simple":
        raise UserError("The simple encoder is the base model itself and isn't trained; choose simclr or autoencoder.")
    if side % STRIDE:
        raise UserError(f"Encoder input side of the autoencoder: expected a multiple of {STRIDE} px, found {side}; "
                        "set `side` in the profile.")
    return Autoencoder(base.state, generator, recipe.decoder)


def build_optimiser(model: Model, network: nn.Module, recipe: Recipe, table: Table2 = paper.TABLE2
                    ) -> torch.optim.Optimizer:
    """LARS as in Table 2 and the recipe for SimCLR, Adam with the same learning rate for the autoencoder."""
    if model == "simclr":
        return LARS(network.parameters(), table.base_learning_rate, table.lars_coefficient, table.lars_momentum,
                    recipe.weight_decay, recipe.keep_momentum)
    return torch.optim.Adam(network.parameters(), table.base_learning_rate, betas=(0.9, 0.999), eps=1e-8,
                            weight_decay=0.0, amsgrad=False, fused=True)


def embeddings(model: Model, network: nn.Module, images: Tensor) -> NDArray[np.float32]:
    """What the loss or the classes are made of, of normalised images [N, 3, S, S]: projections, or the 512 features."""
    network.eval()
    with torch.inference_mode():
        found: Tensor = (network if model == "simclr" else network.get_submodule("encoder"))(images)
    return found.cpu().numpy()


def choose_device(name: str | None) -> torch.device:
    """The device `name` ("cpu", "cuda", "mps"); without a name the fastest there is.

    Raises UserError if there is none of that name.
    """
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    found = [device for device, there in present.items() if there]
    if name is not None and name not in found:
        raise UserError(f"Device {name!r}: expected one that is here ({', '.join(found)}); choose one of them.")
    return torch.device(name or found[0])


def place(network: Network, device: torch.device) -> Network:
    """Move a network to the device, in the order of memory in which convolutions are fastest there."""
    return network.to(device).to(memory_format=torch.contiguous_format if device.type == "mps" else torch.channels_last)


def be_deterministic(device: torch.device) -> None:
    """Let torch use deterministic algorithms only, from here on; off the CPU, where some have none, it warns."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what CUDA's matrix products need for it
    torch.use_deterministic_algorithms(True, warn_only=device.type != "cpu")
    memory: Any = torch.utils.deterministic
    memory.fill_uninitialized_memory = False  # costs memory traffic, and nothing here reads such memory
