"""Files of weights of a few bytes that would fill the memory or take forever are refused; what torch writes is read."""

import collections
import os
import pickle
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from paper_repro.base.errors import UserError
from paper_repro.encoders import checkpoint, state_file, weights

STATE = {"conv1.weight": torch.arange(6.0).reshape(2, 3), "bn1.num_batches_tracked": torch.tensor(3)}


class Called:
    """Pickled as a call."""

    def __init__(self, function: Any, *arguments: object) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> Any:
        return self.call


def repacked(path: Path, content: bytes | None, compression: int = zipfile.ZIP_STORED) -> Path:
    """A file as torch writes it, with another list of tensors in it where there is one."""
    torch.save(STATE, path)
    with zipfile.ZipFile(path) as whole:
        members = {info.filename: whole.read(info) for info in whole.infolist()}
    with zipfile.ZipFile(path, "w", compression) as packed:
        for name, data in members.items():
            packed.writestr(name, content if content is not None and name.endswith("data.pkl") else data)
    return path


def legacy(path: Path, content: bytes) -> Path:
    """A file as torch wrote it before its version 1.6, without tensors."""
    torch.save({}, path, _use_new_zipfile_serialization=False)
    start, empty, end = path.read_bytes().rpartition(pickle.dumps({}, 2))
    assert empty
    path.write_bytes(start + content + end)
    return path


@pytest.mark.parametrize("zipped", [True, False])
def test_what_torch_writes_is_read(tmp_path: Path, zipped: bool) -> None:
    ordered = collections.OrderedDict(STATE)
    ordered._metadata = {"": {"version": 1}}  # type: ignore[attr-defined]  # as modules' state dicts have it
    nested = {"model": ordered, "parameter": torch.nn.Parameter(STATE["conv1.weight"]), "epoch": 3, "rate": [0.1, None]}
    torch.save(nested, tmp_path / "a.pt", _use_new_zipfile_serialization=zipped)
    found = state_file.load(tmp_path / "a.pt")
    assert found["epoch"] == 3
    assert torch.equal(found["parameter"], STATE["conv1.weight"])
    assert all(torch.equal(found["model"][key], value) for key, value in STATE.items())


SAME = b"".join(b"h\x00h\x00\x86q\x00" for _ in range(60))  # a pair of the pair before
BOMBS = {
    "bytes": pickle.dumps({"a": Called(bytearray, 3_000_000_000)}, 2),
    "a tensor": pickle.dumps({"a": Called(torch.FloatTensor, 3_000_000_000)}, 2),
    "a storage": pickle.dumps({"a": Called(torch.FloatStorage, 3_000_000_000)}, 2),
    "by way of the memo": b"\x80\x02cbuiltins\nbytearray\nq\x000h\x00J\x00\x00\x00\x7f\x85R.",
    "without a call": b"\x80\x02cbuiltins\nbytearray\n)\x81.",
    "a key of pairs of pairs": b"\x80\x02}K\x01K\x02\x86q\x00" + SAME + b"K\x01s.",
    "too long": b"\x80\x02]X\x00\x00\x20\x00" + b"a" * (1 << 21) + b"a.",
    "broken": b"\x80\x02R.",
    "not ended": b"\x80\x02}",
}


@pytest.mark.attack("weights-bomb")
@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("bomb", BOMBS)
def test_what_would_fill_the_memory_is_refused(tmp_path: Path, bomb: str, zipped: bool) -> None:
    path = (repacked if zipped else legacy)(tmp_path / "a.pt", BOMBS[bomb])
    begun = time.process_time()
    with pytest.raises(UserError, match=r"a\.pt: expected the state dict of torchvision's resnet18.* can't be read \("):
        weights.load(path)
    with pytest.raises(UserError, match=r"a\.pt: expected a simclr checkpoint .* can't be read \((?!name)"):
        checkpoint.read_state(path, "simclr")
    assert time.process_time() - begun < 10


@pytest.mark.attack("weights-bomb")
def test_a_compressed_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save({"a": torch.zeros(1_000_000)}, path)
    with zipfile.ZipFile(path) as whole:
        members = {info.filename: whole.read(info) for info in whole.infolist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members.items():
            packed.writestr(name, data)
    assert path.stat().st_size < 20_000
    with pytest.raises(ValueError, match="it is compressed"):
        state_file.load(path)


@pytest.mark.attack("pipes-and-devices")
def test_a_pipe_is_no_file_of_weights(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.pt")
    with pytest.raises(UserError, match=r"a\.pt: expected .*a regular file"):
        weights.load(tmp_path / "a.pt")


@pytest.mark.attack("nested-json")
def test_a_header_of_nested_brackets_is_no_checkpoint(tmp_path: Path) -> None:
    header = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    (tmp_path / "a.safetensors").write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(UserError, match=r"a\.safetensors: expected a simclr checkpoint .* can't be read"):
        checkpoint.read_state(tmp_path / "a.safetensors", "simclr")
