"""Training of an encoder (Sects. 3.2.2 and 4.1, Table 2): SimCLR with LARS, or the autoencoder with Adam."""

import math
import os
import sys
import time
from collections.abc import Iterator
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import write_csv
from paper_repro.base.memory import keep_freed
from paper_repro.base.profile import Model
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.encoders import resume
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.autoencoder import Autoencoder
from paper_repro.encoders.checkpoint import save_tensors
from paper_repro.encoders.lars import LARS
from paper_repro.encoders.recipe import Recipe, training_settings, with_switches
from paper_repro.encoders.resnet import STRIDE
from paper_repro.encoders.simclr import SimCLR, nt_xent
from paper_repro.encoders.weights import BaseWeights, open_base
from paper_repro.patches.dataset import open_set

CHECKPOINT, LOSSES, PROVENANCE, RESUME = "checkpoint.safetensors", "losses.csv", "provenance.json", "resume.safetensors"
BATCH = paper.TABLE2.batch_size
Network = TypeVar("Network", bound=nn.Module)


def train(run: Run, set_name: str, model: Model, seed: int, *, device: str | None) -> Made:
    """Train `model` on a patch set from the run's base weights.

    Writes `checkpoint.safetensors` and `losses.csv` (epoch, train_loss, test_loss), and until then
    `resume.safetensors` after every epoch: stopped at any time, the same call resumes, and on a CPU with as many
    threads ends with the same bytes as if never stopped.
    Raises UserError for too few images, an impossible input side, or losses that are no numbers.
    """
    patches, folder, chosen = open_set(run.patches(set_name)), run.encoder(set_name, model, seed), run.profile.encoders
    base, place_on = open_base(run), choose_device(device)
    recipe = with_switches(chosen.recipe, chosen.switches)
    for leftover in folder.glob(".*.partial*"):  # of a process killed while it wrote
        leftover.unlink()

    keep_freed()
    rng = np.random.default_rng(seed)
    train_ids, test_ids = split(len(patches), rng)
    augment = Augmenter(chosen.side, patches.colour, recipe, jitter_and_blur=model == "simclr")
    network = place(build(model, base, seed, chosen.side), place_on)
    optimiser = build_optimiser(model, network, recipe)
    deciding = {"settings": training_settings(run.profile, set_name, model, seed), "patches": patches.sha256,
                "base_weights": base.sha256}
    history = resume.read(folder / RESUME, deciding, network, optimiser, rng)
    unmoving = optimiser.unmoving() if isinstance(optimiser, LARS) else 0
    if unmoving:
        print(f"{set_name} {model}: {unmoving} parameters of norm 0 don't move under LARS (biases of batch-norm layers "
              "are 0 in random base weights)", file=sys.stderr)
    if (here := f"{place_on.type}, {torch.get_num_threads()} threads") not in history.ran_on:
        history.ran_on.append(here)
    steps = math.ceil(len(train_ids) / BATCH) + math.ceil(len(test_ids) / BATCH)
    progress = Progress(f"{set_name} {model}", chosen.epochs * steps, "steps", done=history.epoch * steps)

    def batch_losses(ids: NDArray[np.int64], training: bool) -> Iterator[float]:
        """Loss of each batch of an epoch, in random order; the last one may be smaller."""
        order = rng.permutation(ids)
        for start in range(0, len(order), BATCH):
            images = patches.images[order[start : start + BATCH]]
            loss = batch_loss(model, network, images, augment, rng, recipe, place_on, training)
            if training:
                optimiser.zero_grad()
                torch.autograd.backward([loss])
                optimiser.step()
            value = loss.item()
            if training and not math.isfinite(value):
                raise UserError(f"{folder}: epoch {history.epoch + 1}: expected a finite loss, found {value}; "
                                "check the images and the recipe's switches.")
            progress.step(note=f"epoch {history.epoch + 1}, loss {value:.4f}")
            yield value

    be_deterministic(place_on)
    try:
        while history.epoch < chosen.epochs:
            start = time.monotonic()
            network.train()
            train_loss = float(np.mean(list(batch_losses(train_ids, training=True))))
            network.eval()
            with torch.inference_mode():
                test_loss = float(np.mean(list(batch_losses(test_ids, training=False))))
            # In evaluation mode an early autoencoder can overflow, its batch-norm statistics lag behind so far:
            # such an epoch is just never the best.
            test_loss = test_loss if math.isfinite(test_loss) else math.inf
            history.add(train_loss, test_loss, time.monotonic() - start, network)
            resume.write(folder / RESUME, deciding, history, network, optimiser, rng)
    except KeyboardInterrupt:
        print(f"\n{set_name} {model}: stopped after epoch {history.epoch} of {chosen.epochs}; run the same command "
              "again to resume", file=sys.stderr)
        raise

    if recipe.keep_best and not history.best_epoch:
        raise UserError(f"{folder}: expected an epoch with a finite test loss, found none in {chosen.epochs}; "
                        "train for more epochs (profile), or check the images.")
    save_tensors(folder / CHECKPOINT, history.best if recipe.keep_best else network.state_dict())
    losses = pd.DataFrame(history.losses, columns=["train_loss", "test_loss"])
    losses.insert(0, "epoch", range(1, len(losses) + 1))
    write_csv(folder / LOSSES, losses)
    return Made({
        "best_epoch": history.best_epoch, "weights_of_epoch": history.best_epoch if recipe.keep_best else chosen.epochs,
        "ran_on": history.ran_on, "seconds_per_epoch": history.seconds, "unmoving_parameters": unmoving,
        "train_images": len(train_ids), "test_images": len(test_ids), "base_weights": base.kind,
    })  # fmt: skip


def split(count: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the images for training (80 %) and for the test (20 %), at random (Sect. 4.1)."""
    if count < 5:
        raise UserError(f"Training needs at least 5 images (80 % to train, 20 % to test), found {count}; add images.")
    order = rng.permutation(count)
    cut = round(paper.TRAIN_SHARE * count)
    return order[:cut], order[cut:]


def build(model: Model, base: BaseWeights, seed: int, side: int) -> nn.Module:
    """The network before training; what the base weights don't give is drawn from `seed`."""
    generator = torch.Generator().manual_seed(seed)
    if model == "simclr":
        return SimCLR(base.state, generator)
    if model == "simple":
        raise UserError("The simple encoder is the base model itself and isn't trained; choose simclr or autoencoder.")
    if side % STRIDE:
        raise UserError(f"Encoder input side of the autoencoder: expected a multiple of {STRIDE} px, found {side}; "
                        "set `side` in the profile.")
    return Autoencoder(base.state, generator)


def build_optimiser(model: Model, network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """LARS as in Table 2 and the recipe for SimCLR, Adam with the same learning rate for the autoencoder."""
    table = paper.TABLE2
    if model == "simclr":
        return LARS(network.parameters(), table.base_learning_rate, table.lars_coefficient, table.lars_momentum,
                    recipe.weight_decay, recipe.keep_momentum)
    return torch.optim.Adam(network.parameters(), table.base_learning_rate, betas=(0.9, 0.999), eps=1e-8,
                            weight_decay=0.0, amsgrad=False, fused=True)


def batch_loss(model: Model, network: nn.Module, images: NDArray[np.uint8], augment: Augmenter,
               rng: np.random.Generator, recipe: Recipe, device: torch.device, training: bool) -> Tensor:
    """Loss of one batch of uint8 images: NT-Xent of two views, or the squared error of the reconstruction.

    The test loss is that of augmented views too for SimCLR, of the plain images for the autoencoder.
    """
    if model == "simclr":
        inputs = augment.two_views(images, rng)
    else:
        inputs = augment(images, rng) if training else augment.plain(images)
    inputs = inputs.to(device)
    # The loss in float32 always; the network in bfloat16 where it is faster and the recipe leaves it open
    with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda" and recipe.name == "paper"):
        outputs = network(inputs)
    if model == "simclr":
        return nt_xent(outputs.float(), paper.TABLE2.loss_temperature)
    return functional.mse_loss(outputs.float(), inputs)


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
