"""Any encoder of the user's: an ONNX or TorchScript file that maps images [N, 3, S, S] to features [N, D].

It takes the place of the base model where nothing is trained; everything made with it says so.
"""

import tempfile
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
MOST_SIDE = 4096
ADVICE = "check --encoder-file"
ALIKE = 0.01  # of the largest feature: what an image's may change by with those beside it (half precision: 0.001)


class OwnEncoder:
    """The encoder in a file: normalised images float32 [N, 3, S, S] -> features float32 [N, D], on the CPU.

    side: S, where the file accepts one size alone; else None. Raises UserError for a file that can't be read, for an
    output that isn't one row of finite numbers an image, and for rows that depend on what else is in a batch.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.side = path, None
        self._width = 0
        if path.stat().st_size > MOST_BYTES:
            raise UserError(f"{path}: expected at most {MOST_BYTES} bytes, found more; {ADVICE}.")
        if path.suffix.lower() == ".onnx":
            self._run, self.side = _onnx(path)
        else:
            self._run = _torchscript(path)

    def __call__(self, images: Tensor) -> Tensor:
        """The features of a batch."""
        found = self._features(images)
        first, alone = not self._width, found
        if first:
            self._width, alone = found.shape[1], self._features(images[:1])
        if not found.shape[1] == alone.shape[1] == self._width:
            raise UserError(f"{self.path}: expected as many features of any batch, found {self._width} and "
                            f"{({found.shape[1], alone.shape[1]} - {self._width}).pop()}; {ADVICE}.")
        if first and float((found[0] - alone[0]).abs().max()) > ALIKE * float(alone.abs().max()):
            raise UserError(f"{self.path}: expected features that don't depend on the other images of a batch, found "
                            f"others of one that is alone; save it in evaluation mode (`model.eval()`), or {ADVICE}.")
        return found

    def _features(self, images: Tensor) -> Tensor:
        """The features of a batch, each row checked by itself."""
        try:
            found = self._run(images.contiguous())
        except Exception as error:  # whatever is in the file may raise anything
            raise UserError(f"{self.path}: expected an encoder of images {list(images.shape)}, which it can't take "
                            f"({_said(error)}); {ADVICE}, or give it images of another side (`side` in a profile; an "
                            "ONNX file may name its own).") from error
        if not isinstance(found, Tensor) or found.layout != torch.strided or found.is_complex() or found.ndim != 2 \
                or len(found) != len(images) or not found.shape[1]:
            shape = f"{found.dtype} {list(found.shape)}" if isinstance(found, Tensor) else type(found).__name__
            raise UserError(f"{self.path}: expected features [{len(images)}, D] of {len(images)} images, real numbers, "
                            f"found {shape}; {ADVICE}.")
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
                        "`python -m pip install onnxruntime`, or name a TorchScript file.") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.log_severity_level = 4
    try:
        with tempfile.TemporaryDirectory() as nothing:  # weights in a file beside it aren't in its hash
            options.add_session_config_entry("session.model_external_initializers_file_folder_path", nothing)
            session = onnxruntime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises half a dozen kinds
        if "external data" in str(error).lower():
            raise UserError(f"{path}: expected an ONNX file with its weights in it, found them in another file; save "
                            "it in one (`torch.onnx.export(..., external_data=False)`).") from error
        raise UserError(f"{path}: expected an ONNX file, which can't be read ({_said(error)}); {ADVICE}.") from error
    inputs, outputs = session.get_inputs(), [each.name for each in session.get_outputs()]
    if len(inputs) != 1 or inputs[0].type != "tensor(float)" or not _is_of_images(inputs[0].shape):
        found = ", ".join(f"{each.name} {each.type} {each.shape}" for each in inputs)
        raise UserError(f"{path}: expected one input of float32 images [N, 3, S, S], S at most {MOST_SIDE}, found "
                        f"{found}; {ADVICE}.")
    if len(outputs) != 1:
        raise UserError(f"{path}: expected one output, features [N, D], found {', '.join(outputs)}; save it with the "
                        "one that is wanted.")
    name, side = inputs[0].name, inputs[0].shape[2]

    def run(images: Tensor) -> Tensor:
        if isinstance(inputs[0].shape[0], int):  # a file for batches of one size alone
            size = inputs[0].shape[0]
            filled = torch.cat([images, images[-1:].expand(-len(images) % size, -1, -1, -1)])
            parts = [session.run(None, {name: part.numpy()})[0] for part in torch.split(filled, size)]
            return torch.from_numpy(np.concatenate(parts)[:len(images)])
        return torch.from_numpy(np.asarray(session.run(None, {name: images.numpy()})[0]))

    return run, side if isinstance(side, int) else None


def _is_of_images(shape: list[Any]) -> bool:
    """Whether the shape of an ONNX file's input, names where it is free, fits images [N, 3, S, S]."""
    if len(shape) != 4 or shape[1] != 3:
        return False
    sides = {each for each in shape[2:] if isinstance(each, int)}
    return len(sides) < 2 and all(0 < side <= MOST_SIDE for side in sides)


def _torchscript(path: Path) -> Callable[[Tensor], Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch says that it is going to drop the format
            module: Callable[[Tensor], Any] = torch.jit.load(  # type: ignore[no-untyped-call]
                str(path), map_location="cpu").eval()
    except Exception as error:
        raise UserError(f"{path}: expected a TorchScript file (or, ending in .onnx, an ONNX file), which can't be read "
                        f"({_said(error)}); {ADVICE}.") from error
    return module


def _said(error: Exception) -> str:
    """What an error says in one line: the last one of TorchScript's interpreter, else the first."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[-1 if "TorchScript interpreter" in lines[0] else 0][:200]
