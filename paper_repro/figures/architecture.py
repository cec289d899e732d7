"""The stages of an encoder, read off the model itself by passing an image through it."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torchvision.models.resnet import BasicBlock, resnet18

from paper_repro import paper
from paper_repro.encoders.simclr import SimCLR


@dataclass(frozen=True)
class Stage:
    """One box of Fig. 11: the name of the module, what it does in a few words a line, the shape that comes out.

    shape: (C, H, W) of maps, (D,) of a vector. head: it belongs to the projection head.
    """

    name: str
    kind: str
    words: tuple[str, ...]
    shape: tuple[int, ...]
    head: bool = False


def stages(side: int = paper.INPUT_SIDE_PX) -> list[Stage]:
    """The stages of SimCLR's network for an image of `side` px, in the order in which data flows through them.

    Layers that change no shape (batch norm, ReLU) are named with the stage before them.
    """
    with torch.device("meta"):
        template = resnet18(weights=None).state_dict()
    # Shapes don't depend on the weights, so there is no need to draw any.
    state = {key: torch.zeros(tensor.shape, dtype=tensor.dtype) for key, tensor in template.items()}
    model = SimCLR(state, torch.Generator().manual_seed(0)).eval()
    passed: list[tuple[str, nn.Module, tuple[int, ...], bool]] = []

    def watch(name: str, module: nn.Module, head: bool) -> None:
        def note(_: nn.Module, __: Any, out: torch.Tensor) -> None:
            passed.append((name, module, tuple(out.shape[1:]), head))

        module.register_forward_hook(note)

    for name, module in model.encoder.named_children():
        watch(name, module, head=False)
    watch("flatten", model.encoder, head=False)
    for name, module in model.head.named_children():
        watch(f"head.{name}", module, head=True)
    with torch.inference_mode():
        model(torch.zeros(1, 3, side, side))

    found = [Stage("input", "image", ("image",), (3, side, side))]
    for name, module, shape, head in passed:
        kind, words = describe(module)
        last = found[-1]
        if kind == "" and shape == last.shape:
            found[-1] = Stage(last.name, last.kind, (*last.words, *words), shape, last.head)
        else:
            found.append(Stage(name, kind, words, shape, head))
    return found


def describe(module: nn.Module) -> tuple[str, tuple[str, ...]]:
    """Kind of a stage ("" for a layer that goes with the stage before it) and its words, from its parameters."""
    if isinstance(module, nn.BatchNorm2d):
        return "", ("batch norm",)
    if isinstance(module, nn.ReLU):
        return "", ("ReLU",)
    if isinstance(module, nn.Conv2d):
        return "convolution", (f"conv {_square(module.kernel_size)}", *_stride(module.stride))
    if isinstance(module, nn.MaxPool2d):
        return "pooling", (f"max {_square(module.kernel_size)}", *_stride(module.stride))
    if isinstance(module, nn.AdaptiveAvgPool2d):
        return "pooling", ("mean of", "each map")
    if isinstance(module, nn.Linear):
        return "linear", ("linear",)
    if isinstance(module, nn.Sequential):
        return "convolution", _blocks(module)
    return "vector", ("features",)


def _blocks(layer: nn.Sequential) -> tuple[str, ...]:
    """Words for a layer of residual blocks: its convolutions along the main path, and its stride."""
    convolutions = [module for name, module in layer.named_modules()
                    if isinstance(module, nn.Conv2d) and ".downsample." not in f".{name}."]
    sizes = {_square(module.kernel_size) for module in convolutions}
    strides = max((module.stride for module in convolutions), key=max)
    residual = " residual" if all(isinstance(block, BasicBlock) for block in layer) else ""
    convolution = f"{len(convolutions)} conv {', '.join(sorted(sizes))}"
    return (f"{len(layer)}{residual}", "blocks:", convolution, *_stride(strides))


def _square(size: Any) -> str:
    """`7×7` for the size of a kernel, given as 7 or (7, 7)."""
    height, width = size if isinstance(size, tuple) else (size, size)
    return f"{height}×{width}"


def _stride(stride: Any) -> tuple[str, ...]:
    step = max(stride) if isinstance(stride, tuple) else stride
    return (f"stride {step}",) if step > 1 else ()
