"""Any encoder of the user's: an ONNX or TorchScript file that maps images [N, 3, S, S] to features [N, D].

It takes the place of the base model where nothing is trained; everything made with it says so.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file

MOST_BYTES = 1 << 33
ADVICE = "check --encoder-file"


class OwnEncoder:
    """The encoder in a file: normalised images float32 [N, 3, S, S] -> features float32 [N, D], on the CPU.

    side: S, where the file accepts one size alone; else None. Raises UserError for a file that can't be read, and for
    an output that isn't one row of finite numbers an image.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.side = path, None
        if path.stat().st_size > MOST_BYTES:
            raise UserError(f"{path}: expected at most {MOST_BYTES} bytes, found more; {ADVICE}.")
        if path.suffix.lower() == ".onnx":
            self._run, self.side = _onnx(path)
        else:
            self._run = _torchscript(path)

    def __call__(self, images: Tensor) -> Tensor:
        """The features of a batch."""
        try:
            found = self._run(images.contiguous())
        except Exception as error:  # whatever is in the file may raise anything
            raise UserError(f"{self.path}: expected an encoder of images {list(images.shape)}, which it can't take "
                            f"({_first_line(error)}); {ADVICE}, or set `side` in the profile.") from error
        if not isinstance(found, Tensor) or found.ndim != 2 or len(found) != len(images) or not found.shape[1]:
            shape = list(found.shape) if isinstance(found, Tensor) else type(found).__name__
            raise UserError(f"{self.path}: expected features [{len(images)}, D] of {len(images)} images, found "
                            f"{shape}; {ADVICE}.")
        found = found.float()
        if not bool(torch.isfinite(found).all()):
            raise UserError(f"{self.path}: expected finite features, found others; {ADVICE}.")
        return found


def note_of(path: Path, normalisation: str) -> str:
    """What stands with every result that is made with such an encoder."""
    return (f"Made with the encoder in {path.name} (sha256 {sha256_file(path)}, input normalised: {normalisation}) in "
            "place of the base model: not the paper's encoder.")


def _onnx(path: Path) -> tuple[Callable[[Tensor], Tensor], int | None]:
    """How an ONNX file is run, and the side of its input where that is fixed."""
    try:
        import onnxruntime
    except ImportError as error:
        raise UserError(f"{path}: an ONNX file needs the package onnxruntime; install it with "
                        "`pip install paper_repro[onnx]`, or name a TorchScript file.") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises half a dozen kinds
        raise UserError(f"{path}: expected an ONNX file, which can't be read ({_first_line(error)}); {ADVICE}."
                        ) from error
    inputs = session.get_inputs()
    if len(inputs) != 1 or inputs[0].type != "tensor(float)" or len(inputs[0].shape) != 4 or inputs[0].shape[1] != 3:
        found = ", ".join(f"{each.name} {each.type} {each.shape}" for each in inputs)
        raise UserError(f"{path}: expected one input of float32 images [N, 3, S, S], found {found}; {ADVICE}.")
    name, side = inputs[0].name, inputs[0].shape[2]

    def run(images: Tensor) -> Tensor:
        if isinstance(inputs[0].shape[0], int):  # a file for batches of one size alone
            size = inputs[0].shape[0]
            filled = torch.cat([images, images[-1:].expand(-len(images) % size, -1, -1, -1)])
            parts = [session.run(None, {name: part.numpy()})[0] for part in torch.split(filled, size)]
            return torch.from_numpy(np.concatenate(parts)[:len(images)])
        return torch.from_numpy(np.asarray(session.run(None, {name: images.numpy()})[0]))

    return run, side if isinstance(side, int) else None


def _torchscript(path: Path) -> Callable[[Tensor], Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch says that it is going to drop the format
            module: Callable[[Tensor], Any] = torch.jit.load(  # type: ignore[no-untyped-call]
                str(path), map_location="cpu").eval()
    except Exception as error:
        raise UserError(f"{path}: expected a TorchScript file (or, ending in .onnx, an ONNX file), which can't be read "
                        f"({_first_line(error)}); {ADVICE}.") from error
    return module


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200] or type(error).__name__
