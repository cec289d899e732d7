"""An encoder in a file of the user's own: its features are the file's, and said to be so."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from paper_repro.base.recipe import RECIPES
from paper_repro.cli import main
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.encode import encode_images
from paper_repro.encoders.own_file import OwnEncoder
from tests.encoders.conftest import CPU
from tests.encoders.own_files import ONNX, Pooled, torchscript
from tests.patches.photographs_made import cloud_imvn
from tests.tiny_profile import text_of


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
