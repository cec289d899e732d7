"""An encoder in a file of the user's own: its features are the file's, said to be so, and mistakes are sentences."""

import json
import re
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from paper_repro.base.errors import UserError
from paper_repro.base.recipe import RECIPES
from paper_repro.cli import main
from paper_repro.encoders import own_file
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.encode import encode_images
from paper_repro.encoders.own_file import OwnEncoder
from tests.encoders.conftest import CPU
from tests.experiments.folders_made import images
from tests.patches.photographs_made import cloud_imvn
from tests.tiny_profile import text_of

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


@pytest.fixture(params=["onnx", "torchscript"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "torchscript":
        return torchscript(tmp_path / "own.pt", Pooled())
    (tmp_path / "own.onnx").write_bytes(ONNX)
    return tmp_path / "own.onnx"


@pytest.mark.parametrize("normalisation", ["imagenet", "unit"])
def test_features_are_the_files(file: Path, normalisation: Any) -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    found = encode_images(OwnEncoder(file), images, 32, True, CPU, normalisation=normalisation)
    inputs = Augmenter(32, True, RECIPES["paper"], jitter_and_blur=False).plain(images)
    if normalisation == "unit":
        inputs = torch.from_numpy(images / np.float32(255)).permute(0, 3, 1, 2)
    assert found.shape == (20, 12)
    assert np.allclose(found, Pooled()(inputs).numpy(), atol=1e-5)


def test_the_side_is_the_files_where_it_has_one(tmp_path: Path) -> None:
    (tmp_path / "own.onnx").write_bytes(ONNX)
    images = np.random.default_rng(0).integers(0, 256, (3, 50, 50), dtype=np.uint8)
    encoder = OwnEncoder(tmp_path / "own.onnx")
    assert encoder.side == 32
    found, expected = (encode_images(encoder, images, side, False, CPU) for side in (224, 32))
    assert np.array_equal(found, expected)
    assert OwnEncoder(torchscript(tmp_path / "a.pt", Pooled())).side is None


def test_a_folder_is_classified_by_it_and_everything_says_so(file: Path, tmp_path: Path,
                                                             capsys: pytest.CaptureFixture[str]) -> None:
    cloud_imvn(tmp_path / "images", 3)
    out = tmp_path / "out/data/classify"
    words = ["classify", str(tmp_path / "images"), "--encoder-file", str(file), "--out", str(tmp_path / "out")]
    assert main(words) == 0
    assert f"encoder simple of {file}\n" in capsys.readouterr().out
    record = json.loads((out / "results/images/provenance.json").read_text())
    assert any(note.startswith(f"Made with the encoder in {file.name} (sha256 ") for note in record["notes"])
    (features,) = (out / "features/images").glob("*.npy")
    first = np.load(features)
    assert first.shape == (18, 12)
    assert main([*words, "--encoder-input", "unit"]) == 0
    assert not np.array_equal(np.load(features), first)


def test_table_1_is_of_it_alone_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "tiny.toml").write_text(text_of(["simple", "simclr"], per_class=4), encoding="utf-8")
    network = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten())
    assert main(["run", "table1", "--profile", str(tmp_path / "tiny.toml"), "--out", str(tmp_path), "--jobs", "1",
                 "--encoder-file", str(torchscript(tmp_path / "own.pt", network))]) == 0
    table = (tmp_path / "tables/tiny/table1.md").read_text(encoding="utf-8")
    assert re.search(r"^- Made with the encoder in own\.pt \(sha256 .*: not the paper's encoder\.$", table, re.M)
    rows = pd.read_csv(tmp_path / "data/tiny/results/table1_runs.csv")
    assert set(rows["encoder"]) == {"simple"}
    features = np.load(tmp_path / "data/tiny/features/photos-colour/simple-s0.npy")
    assert features.shape == (24, 12)
    not_run = (tmp_path / "data/tiny/results/table1_not_run.csv").read_text(encoding="utf-8")
    assert '"16 components need at least 16 features, there are 12"' in not_run


def test_another_file_under_the_same_name_is_noticed(tmp_path: Path) -> None:
    cloud_imvn(tmp_path / "images", 3)
    path = torchscript(tmp_path / "own.pt", Pooled())
    words = ["encode", str(tmp_path / "images"), "--encoder-file", str(path), "--out", str(tmp_path / "out")]
    assert main(words) == 0
    (features,) = (tmp_path / "out/data/classify/features/images").glob("*.npy")
    torchscript(path, nn.Sequential(nn.AdaptiveAvgPool2d(3), nn.Flatten()))
    assert main(words) == 0
    assert np.load(features).shape == (18, 27)


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
    with pytest.raises(UserError, match=r"the package onnxruntime; install it with `pip install paper_repro\[onnx"):
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


def test_batches_of_one_size_are_filled_up(tmp_path: Path) -> None:
    fixed = ONNX.replace(b"\x12\x01n", b"\x08\x04", 1).replace(b"\x0a\x03\x08\x04", b"\x0a\x02\x08\x04")
    sizes = {0x93: 0x92, 0x1c: 0x1b, 0x17: 0x16, 0x15: 0x14, 0x11: 0x10}
    head = bytearray(fixed)
    start = head.index(b"\x5a\x1c\x0a\x01x\x12\x17")
    for place in (3, start + 1, start + 6, start + 8, start + 12):
        head[place] = sizes[head[place]]
    (tmp_path / "a.onnx").write_bytes(bytes(head))
    images = torch.rand(6, 3, 32, 32)
    assert torch.allclose(OwnEncoder(tmp_path / "a.onnx")(images), Pooled()(images), atol=1e-6)
