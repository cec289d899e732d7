"""What a GPU does with the encoders, in some ten minutes: python -m tests.gpu_check [--device cuda|mps] [--json FILE].

Nobody who develops this project has had one so far. Compared with the CPU of the same machine, on made-up images and
random weights: features, losses and gradients (correctness), two trainings alike (determinism), images and steps a
second in float32 and bfloat16 (speed), and the largest memory. It prints a line for each, writes all of it as JSON,
and says what to send us. Exit status 1: something isn't right.
"""

import argparse
import dataclasses
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.profile import Model
from paper_repro.base.recipe import RECIPES, Precision
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.batch import batch_loss
from paper_repro.encoders.encode import encode_images
from paper_repro.encoders.resnet import ResNetEncoder
from paper_repro.encoders.train import be_deterministic, build, build_optimiser, choose_device, place
from paper_repro.encoders.weights import BaseWeights, random_state

TRAINED: tuple[Model, ...] = ("simclr", "autoencoder")
CPU = torch.device("cpu")
FEATURES_ERROR, LOSS_ERROR, GRADIENT_ERROR = 1e-3, 1e-3, 1e-2  # relative; TF32 and other orders of sums stay below
STEPS, ENCODED = 20, 2048


@dataclass(frozen=True)
class Size:
    """How much is done: side of the input in px, images of a batch, steps that are timed, images that are encoded."""

    side: int = paper.INPUT_SIDE_PX
    batch: int = paper.TABLE2.batch_size
    steps: int = STEPS
    encoded: int = ENCODED


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, the value, and whether it is as it must be; None where it is only measured."""

    name: str
    value: float
    unit: str
    good: bool | None = None

    def __str__(self) -> str:
        verdict = {True: "right", False: "WRONG", None: "measured"}[self.good]
        return f"{verdict:<8}  {self.name}: {self.value:.4g}{' ' * bool(self.unit)}{self.unit}"


def images_of(count: int) -> NDArray[np.uint8]:
    """Made-up photographs of 150 px."""
    side = paper.IMAGE_SIDE_PX
    return np.random.default_rng(0).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def base() -> BaseWeights:
    """Random weights, the same on every machine."""
    return BaseWeights(random_state(0), "random", "", None, "")


def apart(found: torch.Tensor, expected: torch.Tensor) -> float:
    """Largest difference over the largest absolute value expected."""
    found, expected = found.detach().cpu().double(), expected.detach().cpu().double()
    return float((found - expected).abs().max() / expected.abs().max())


def steps_of(model: Model, device: torch.device, size: Size, count: int, precision: Precision = "float32"
             ) -> tuple[list[float], torch.nn.Module]:
    """Losses of so many steps of training from one state and one sequence of views, and the network after them."""
    recipe = dataclasses.replace(RECIPES["paper"], precision=precision)
    network = place(build(model, base(), 0, size.side, recipe), device).train()
    optimiser = build_optimiser(model, network, recipe)
    augment = Augmenter(size.side, colour=True, recipe=recipe, jitter_and_blur=model == "simclr")
    images, rng, losses = images_of(size.batch), np.random.default_rng(1), list[float]()
    be_deterministic(device)
    for _ in range(count):
        loss = batch_loss(model, network, images, augment, rng, recipe, device, training=True)
        optimiser.zero_grad()
        torch.autograd.backward([loss])
        optimiser.step()
        losses.append(loss.item())
    return losses, network


def correctness(device: torch.device, size: Size) -> Iterator[Finding]:
    """Features, and the loss and gradient of a step, against those of the CPU."""
    encoder, images = ResNetEncoder(random_state(0)), images_of(size.batch)
    there, here = (torch.from_numpy(encode_images(encoder, images, size.side, True, where)) for where in (device, CPU))
    difference = apart(there, here)
    yield Finding("features differ from the CPU's by", difference, "of the largest", difference < FEATURES_ERROR)
    for model in TRAINED:
        (loss_there, network_there), (loss_here, network_here) = (steps_of(model, where, size, 1)
                                                                  for where in (device, CPU))
        difference = abs(loss_there[0] / loss_here[0] - 1)
        yield Finding(f"{model}: the first loss differs by", difference, "of it", difference < LOSS_ERROR)
        gradients = [torch.cat([each.grad.flatten().cpu() for each in network.parameters() if each.grad is not None])
                     for network in (network_there, network_here)]
        difference = float((gradients[0] - gradients[1]).norm() / gradients[1].norm())
        yield Finding(f"{model}: its gradient differs by", difference, "of its norm", difference < GRADIENT_ERROR)


def determinism(device: torch.device, size: Size) -> Iterator[Finding]:
    """Whether two trainings of some steps end with the same bytes; on a GPU they needn't, but must not drift apart."""
    for model in TRAINED:
        (first, one), (second, other) = (steps_of(model, device, size, max(3, size.steps // 4)) for _ in range(2))
        different = sum(not torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(),
                                                              strict=True))
        yield Finding(f"{model}: tensors that differ between two trainings alike", different, "",
                      different == 0 if device.type == "cpu" else None)
        drift = max(abs(a / b - 1) for a, b in zip(first, second, strict=True))
        yield Finding(f"{model}: their losses differ by at most", drift, "of them", drift < GRADIENT_ERROR)


def speed(device: torch.device, size: Size) -> Iterator[Finding]:
    """Seconds a step and images a second, and the largest memory."""
    def timed(work: Callable[[], object]) -> float:
        work()  # what is compiled or chosen on the first call
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    encoder, images = ResNetEncoder(random_state(0)), images_of(size.encoded)
    seconds = timed(lambda: encode_images(encoder, images, size.side, True, device))
    yield Finding("encoding", size.encoded / seconds, "images/s")
    precisions: tuple[Precision, ...] = ("float32", "bfloat16")
    for model in TRAINED:
        for precision in precisions:
            def train(model: Model = model, precision: Precision = precision) -> None:
                steps_of(model, device, size, size.steps, precision)

            yield Finding(f"{model}, {precision}: a step of {size.batch} images at {size.side} px",
                          1000 * timed(train) / size.steps, "ms")
    if device.type == "cuda":
        yield Finding("largest memory on the device", torch.cuda.max_memory_allocated() / 1e9, "GB")


def main(arguments: list[str] | None = None, size: Size | None = None) -> int:
    """Check the device; returns the exit status."""
    words = argparse.ArgumentParser(prog="python -m tests.gpu_check", description=__doc__.partition("\n")[0])
    words.add_argument("--device", choices=("cuda", "mps", "cpu"), help="default: the fastest there is")
    words.add_argument("--json", type=Path, default=Path(tempfile.gettempdir()) / "gpu_check.json", metavar="FILE")
    chosen, start, size = words.parse_args(arguments), time.perf_counter(), size or Size()
    try:
        device = choose_device(chosen.device)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    if device.type == "cpu" and chosen.device is None:
        print("There is no GPU that torch sees here; --device cpu tries the check itself.", file=sys.stderr)
        return 2
    name = torch.cuda.get_device_name() if device.type == "cuda" else platform.processor() or platform.machine()
    print(f"{device.type}: {name}; torch {torch.__version__}, {platform.system()}, Python {platform.python_version()}")
    findings: list[Finding] = []
    for part in (correctness, determinism, speed):
        for finding in part(device, size):
            findings.append(finding)
            print(finding, flush=True)
    wrong = sum(finding.good is False for finding in findings)
    chosen.json.write_text(json.dumps({
        "device": device.type, "name": name, "torch": torch.__version__, "system": platform.platform(),
        "python": platform.python_version(), "size": dataclasses.asdict(size),
        "seconds": round(time.perf_counter() - start), "findings": [dataclasses.asdict(each) for each in findings],
    }, indent=1) + "\n", encoding="utf-8")  # fmt: skip
    checks = sum(each.good is not None for each in findings)
    print(f"{wrong} of {checks} checks wrong. Please send us {chosen.json}, as an issue of the project.")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
