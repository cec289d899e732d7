"""What is no encoder in a file of the user's own, or doesn't go with one, is refused in a sentence."""

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from paper_repro.base.errors import UserError
from paper_repro.cli import main
from paper_repro.encoders import own_file
from paper_repro.encoders.own_file import OwnEncoder
from tests.encoders.own_files import (
    ONNX,
    TWO_OUTPUTS,
    WEIGHTS_APART,
    Broken,
    Complex,
    Flat,
    Growing,
    Sparse,
    Square,
    Together,
    torchscript,
)
from tests.experiments.folders_made import images


@pytest.mark.parametrize(("network", "why"), [
    (Flat(), r"expected features \[4, D\] of 4 images, real numbers, found torch.float32 \[\];"),
    (Broken(), "expected finite features, found others; check --encoder-file"),
    (nn.Conv2d(3, 2, 3), r"expected features .* found torch.float32 \[4, 2, 30, 30\]"),
    (Complex(), r"expected features .* real numbers, found torch.complex64 \[4, 3\]"),
    (Sparse(), r"expected features .* found torch.float32 \[4, 3\]"),
    (nn.Linear(5, 2), r"expected an encoder of images \[4, 3, 32, 32\], which it can't take \(RuntimeError: mat1 and "),
    (Square(), "expected as many features of any batch, found 4 and 1; check --encoder-file"),
    (Together(), "expected features that don't depend on the other images of a batch"),
])
def test_an_output_that_is_no_features_is_refused(network: nn.Module, why: str, tmp_path: Path) -> None:
    encoder = OwnEncoder(torchscript(tmp_path / "own.pt", network))
    with pytest.raises(UserError, match=rf"own.pt: {why}"):
        encoder(torch.rand(4, 3, 32, 32))


def test_a_batch_with_more_features_than_the_one_before_is_refused(tmp_path: Path) -> None:
    encoder = OwnEncoder(torchscript(tmp_path / "own.pt", Growing()))
    encoder(torch.rand(4, 3, 32, 32))
    encoder(torch.rand(4, 3, 32, 32))
    with pytest.raises(UserError, match="expected as many features of any batch, found 1 and 2"):
        encoder(torch.rand(4, 3, 32, 32))


def test_features_whose_last_digits_depend_on_the_batch_are_taken(tmp_path: Path) -> None:
    images = torch.rand(4, 3, 32, 32)
    images[0] += 1
    alike, other = (OwnEncoder(torchscript(tmp_path / "own.pt", Together(share))) for share in (0.01, 0.1))
    assert alike(images).shape == (4, 3)
    with pytest.raises(UserError, match="don't depend on the other images"):
        other(images)


def test_weights_in_another_file_which_no_hash_knows_are_refused(tmp_path: Path,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.onnx").write_bytes(WEIGHTS_APART)
    (tmp_path / "w.data").write_bytes(np.ones(3, np.float32).tobytes())
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=r"a\.onnx: expected an ONNX file with its weights in it, found them in"):
        OwnEncoder(Path("a.onnx"))


@pytest.mark.parametrize(("rows", "columns"), [(0, 0), (32, 33), (17, 17)])
def test_a_side_that_no_image_has_is_refused(rows: int, columns: int, tmp_path: Path,
                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_file, "MOST_SIDE", 32 if rows == 32 else 16)
    sides = bytes([10, 2, 8, rows, 10, 2, 8, columns])
    (tmp_path / "a.onnx").write_bytes(ONNX.replace(b"\x0a\x02\x08\x20\x0a\x02\x08\x20", sides))
    with pytest.raises(UserError, match=rf"S at most \d+, found x .*{rows}, {columns}\]"):
        OwnEncoder(tmp_path / "a.onnx")


@pytest.mark.parametrize(("name", "content", "why"), [
    ("a.onnx", TWO_OUTPUTS, r"a\.onnx: expected one output, features \[N, D\], found p, f; save it with the one"),
    ("a.onnx", b"nothing of the kind", r"a\.onnx: expected an ONNX file, which can't be read \("),
    ("a.pt", b"nothing of the kind", r"a\.pt: expected a TorchScript file \(or, ending in \.onnx, an ONNX file\)"),
    ("a.onnx", ONNX.replace(b"\x08\x03", b"\x08\x04"), r"a\.onnx: expected one input of float32 images \[N, 3, S, S\]"),
])
def test_a_file_that_is_no_encoder_is_refused(name: str, content: bytes, why: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError, match=why):
        OwnEncoder(tmp_path / name)


@pytest.mark.parametrize(("name", "found"), [("none.onnx", "nothing"), ("folder", "a folder")])
def test_what_is_no_file_is_refused_before_anything_is_made(name: str, found: str, tmp_path: Path,
                                                            capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder").mkdir()
    images(tmp_path / "sky")
    words = ["classify", str(tmp_path / "sky"), "--classes", "2", "--out", str(tmp_path / "out")]
    assert main([*words, "--encoder-file", str(tmp_path / name)]) == 2
    assert capsys.readouterr().err == (f"paper_repro: {tmp_path / name}: expected the file of an encoder (ONNX or "
                                       f"TorchScript), found {found}; check --encoder-file.\n")
    assert not (tmp_path / "out").exists()


def test_what_trains_an_encoder_is_refused_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.onnx").write_bytes(ONNX)
    assert main(["classify", str(images(tmp_path / "sky")), "--classes", "2", "--out", str(tmp_path / "out"),
                     "--encoder-file", str(tmp_path / "a.onnx"), "--encoder", "simclr"]) == 2
    assert capsys.readouterr().err == ("paper_repro: --encoder simclr: found --encoder-file too, which isn't trained; "
                                       "omit one of the two.\n")


def test_one_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.onnx").write_bytes(ONNX)
    monkeypatch.setattr(own_file, "MOST_BYTES", 100)
    with pytest.raises(UserError, match="expected at most 100 bytes, found more"):
        OwnEncoder(tmp_path / "a.onnx")


def test_without_onnxruntime_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.onnx").write_bytes(ONNX)
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(UserError, match="needs the package onnxruntime; install it with `python -m pip install"):
        OwnEncoder(tmp_path / "a.onnx")


@pytest.mark.parametrize(("words", "why"), [
    (["--encoder-input", "unit"], "--encoder-input says what the encoder in --encoder-file takes"),
    (["--encoder-file", "x.onnx", "--base", "resnet34"], "--base: found --encoder-file too"),
    (["--encoder-file", "x.onnx", "--encoders", "simclr"], "--encoders simclr: found --encoder-file too"),
])
def test_what_leaves_no_room_for_it_is_refused(words: list[str], why: str, tmp_path: Path,
                                               capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "table1", "--dry-run", "--out", str(tmp_path), *words]) == 2
    assert why in capsys.readouterr().err
