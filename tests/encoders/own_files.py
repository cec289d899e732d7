"""Encoders in files of a user's own, right and wrong ones."""

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

# Mean over squares of 16 px of images [n, 3, 32, 32], as features [n, 12]: an ONNX file of opset 13
ONNX = bytes.fromhex(
    "08083a93010a3c0a0178120170220b41766572616765506f6f6c2a150a0c6b65726e656c5f736861706540104010a001072a100a0773747269646573"
    "40104010a001070a1c0a01701201792207466c617474656e2a0b0a04617869731801a001021201675a1c0a017812170a15080112110a0312016e0a02"
    "08030a0208200a02082062140a0179120f0a0d080112090a0312016e0a02080c42040a00100d")
# Files with two outputs, and with weights in another file, w.data
TWO_OUTPUTS = bytes.fromhex(
    "080812003a83010a190a01781201702211476c6f62616c41766572616765506f6f6c0a0f0a01701201662207466c617474656e1201675a1e0a01"
    "7812190a17080112130a0312016e0a0208030a031201730a03120173621c0a017012170a15080112110a0312016e0a0208030a0208010a020801"
    "62140a0166120f0a0d080112090a0312016e0a02080342040a00100d")
WEIGHTS_APART = bytes.fromhex(
    "080812003aaf010a190a01781201702211476c6f62616c41766572616765506f6f6c0a0f0a01701201662207466c617474656e0a0e0a01660a01"
    "7712017922034d756c1201672a38080310014201776a120a086c6f636174696f6e1206772e646174616a0b0a066f66667365741201306a0c0a06"
    "6c656e6774681202313270015a1e0a017812190a17080112130a0312016e0a0208030a031201730a0312017362140a0179120f0a0d080112090a"
    "0312016e0a02080342040a00100d")


class Pooled(nn.Module):
    """The same for images of any side."""

    def forward(self, images: Tensor) -> Tensor:
        return nn.functional.adaptive_avg_pool2d(images, 2).flatten(1)


class Flat(nn.Module):
    """No features: one number for all images."""

    def forward(self, images: Tensor) -> Tensor:
        return images.mean()


class Broken(nn.Module):
    """Features that are no numbers."""

    def forward(self, images: Tensor) -> Tensor:
        return images.flatten(1)[:, :4] / 0.0


class Square(nn.Module):
    """As many features as there are images in the batch."""

    def forward(self, images: Tensor) -> Tensor:
        means = images.mean(dim=[2, 3])
        return means @ means.t()


class Together(nn.Module):
    """Features less (a share of) the mean of the batch, as of batch-norm layers that aren't in evaluation mode."""

    def __init__(self, share: float = 1.0) -> None:
        super().__init__()
        self.share = share

    def forward(self, images: Tensor) -> Tensor:
        means = images.mean(dim=[2, 3])
        return means - self.share * means.mean(dim=0)


class Complex(nn.Module):
    """Features that aren't real."""

    def forward(self, images: Tensor) -> Tensor:
        return images.mean(dim=[2, 3]).to(torch.complex64)


class Sparse(nn.Module):
    """Features in a form of few numbers."""

    def forward(self, images: Tensor) -> Tensor:
        return images.mean(dim=[2, 3]).to_sparse()


class Growing(nn.Module):
    """More features with each batch."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def forward(self, images: Tensor) -> Tensor:
        self.calls += 1
        return images.mean(dim=[2, 3])[:, :max(1, self.calls // 2)]


def torchscript(path: Path, network: nn.Module) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(network).save(str(path))  # type: ignore[no-untyped-call]
    return path
