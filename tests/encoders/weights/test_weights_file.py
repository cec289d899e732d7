"""Only the weights of a resnet18 get through; and the random ones that stand in for them follow torchvision's law."""

import hashlib
import os
import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torchvision.models import resnet18

from paper_repro.base.errors import UserError
from paper_repro.encoders import weights
from paper_repro.encoders.weights import load
from tests.encoders.weights.weights_made import find, like_resnet18, real


def broken(tmp_path: Path, content: object) -> str:
    path = tmp_path / "broken.pth"
    torch.save(content, path)
    with pytest.raises(UserError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_missing_key(tmp_path: Path) -> None:
    state = like_resnet18()
    del state["layer2.0.conv1.weight"], state["layer3.0.conv1.weight"]
    assert "'layer2.0.conv1.weight' is missing" in broken(tmp_path, state)


def test_unknown_key(tmp_path: Path) -> None:
    assert "unknown key 'head.weight'" in broken(tmp_path, {**like_resnet18(), "head.weight": torch.zeros(1)})


def test_wrong_shape(tmp_path: Path) -> None:
    message = broken(tmp_path, {**like_resnet18(), "fc.weight": torch.zeros(10, 512)})
    assert "'fc.weight' should be torch.float32 [1000, 512], found torch.float32 [10, 512]" in message


def test_wrong_type(tmp_path: Path) -> None:
    state = like_resnet18()
    assert "'conv1.weight'" in broken(tmp_path, {**state, "conv1.weight": state["conv1.weight"].int()})
    assert "'fc.bias' is no tensor" in broken(tmp_path, {**state, "fc.bias": [0.0] * 1000})


def test_value_that_is_not_finite(tmp_path: Path) -> None:
    bias = torch.zeros(1000)
    bias[7] = float("nan")
    assert "'fc.bias' holds a value that is not finite" in broken(tmp_path, {**like_resnet18(), "fc.bias": bias})


def test_no_state_dict(tmp_path: Path) -> None:
    assert "found a Tensor" in broken(tmp_path, torch.zeros(3))


@pytest.mark.parametrize("content", [b"", b"<html>log in</html>", b"PK\x03\x04 a broken archive"])
def test_no_weights_at_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.pth"
    path.write_bytes(content)
    with pytest.raises(UserError, match=re.escape(str(path))):
        find(real(tmp_path, path))


class Trap:
    """Unpickled, it would make a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def test_code_in_a_file_is_not_run(tmp_path: Path) -> None:
    broken(tmp_path, {"conv1.weight": Trap(tmp_path / "trapped")})
    assert not (tmp_path / "trapped").exists()


def test_counters_may_be_missing_and_half_precision_is_widened(tmp_path: Path) -> None:
    path = tmp_path / "old.pth"
    old = {key: tensor.half() for key, tensor in like_resnet18().items() if "num_batches" not in key}
    torch.save(old, path)
    state = load(path)
    resnet18(weights=None).load_state_dict(state)
    assert len(old) == 102
    assert {tensor.dtype for tensor in state.values()} == {torch.float32, torch.int64}


def test_standin_weights_load(tmp_path: Path, real_inputs: Path) -> None:
    path = real_inputs / "weights" / "resnet18-imagenet-standin.pth"
    base = find(real(tmp_path, path))
    assert base.kind == "stand-in"
    expected = torch.load(path, weights_only=True)
    assert base.state.keys() == expected.keys()
    assert all(torch.equal(base.state[key], expected[key]) for key in expected)


# Random weights

def test_random_state_is_torchvisions_law() -> None:
    """The literal version: torchvision's own layers, initialised by torch's own functions in the same order."""
    generator = torch.Generator().manual_seed(5)
    network = resnet18(weights=None)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu", generator=generator)
        elif isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()
        elif isinstance(module, nn.Linear):
            nn.init.kaiming_uniform_(module.weight, a=5**0.5, generator=generator)
            nn.init.uniform_(module.bias, -(module.in_features**-0.5), module.in_features**-0.5, generator=generator)
    state = weights.random_state(5)
    expected = network.state_dict()
    assert list(state) == list(expected)
    for key, tensor in expected.items():
        torch.testing.assert_close(state[key], tensor, rtol=1e-6, atol=0)


def test_random_state_depends_on_its_seed_only() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = weights.sha256_state(weights.random_state(3))
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert weights.sha256_state(weights.random_state(3)) == first
    assert weights.sha256_state(weights.random_state(4)) != first


def test_hash_of_a_state_sees_every_bit_and_name() -> None:
    state = {"a": torch.tensor([0.0, 1.0]), "b": torch.tensor(3)}
    digest = hashlib.sha256(b"a\0" + bytes(4) + b"\0\0\x80\x3f" + b"b\0\x03" + bytes(7)).hexdigest()
    assert weights.sha256_state(state) == digest
    assert weights.sha256_state({**state, "a": torch.tensor([-0.0, 1.0])}) != digest
    assert weights.sha256_state({"c": state["a"], "b": state["b"]}) != digest
