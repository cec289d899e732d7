import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file
from paper_repro.base.provenance import Provenance
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.encoders import encode
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.checkpoint import save_tensors
from paper_repro.encoders.encode import encode_images, folded, open_features
from paper_repro.encoders.recipe import RECIPES
from paper_repro.encoders.resnet import ResNetEncoder
from paper_repro.encoders.simclr import SimCLR
from paper_repro.encoders.weights import BaseWeights
from paper_repro.patches.dataset import open_set
from tests.encoders.conftest import NOTE, make_base, make_set

CPU = torch.device("cpu")
Tiny = Callable[..., Run]


def noise(count: int, colour: bool = True, seed: int = 0) -> np.ndarray:
    shape = (count, 40, 40, 3) if colour else (count, 40, 40)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def plainly(encoder: ResNetEncoder, images: np.ndarray, side: int) -> np.ndarray:
    """The features by the model as it stands: in evaluation mode, nothing folded, all images at once."""
    augment = Augmenter(side, images.ndim == 4, RECIPES["paper"], jitter_and_blur=False)
    with torch.no_grad():
        return encoder.eval()(augment.plain(images).contiguous()).numpy()


@pytest.mark.parametrize("colour", [True, False])
@pytest.mark.parametrize("side", [32, 64])
def test_features_equal_those_of_the_plain_model(base: BaseWeights, colour: bool, side: int) -> None:
    images, encoder = noise(19, colour), ResNetEncoder(base.state)  # more than a chunk
    expected = plainly(encoder, images, side)
    encoder.train()
    found = encode_images(encoder, images, side, colour, CPU)
    assert found.shape == (19, 512)
    assert found.dtype == np.float32
    assert_allclose(found, expected, rtol=0, atol=1e-5 * float(np.abs(expected).max()))
    assert np.ptp(found, axis=0).max() > 1e-2  # else any constant would pass


def test_encoder_is_left_as_it_was(base: BaseWeights) -> None:
    encoder = ResNetEncoder(base.state).train()
    encode_images(encoder, noise(2), 32, True, CPU)
    assert encoder.training
    assert all(torch.equal(value, base.state[key]) for key, value in encoder.state_dict().items())


def test_no_batch_norm_layer_is_left_when_folded(base: BaseWeights) -> None:
    network = folded(ResNetEncoder(base.state))
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in network.modules())
    assert sum(isinstance(layer, nn.Conv2d) for layer in network.modules()) == 20


def test_features_do_not_depend_on_the_other_images(base: BaseWeights) -> None:
    encoder, images = ResNetEncoder(base.state), noise(5)
    together = encode_images(encoder, images, 32, True, CPU)
    alone = np.concatenate([encode_images(encoder, images[i : i + 1], 32, True, CPU) for i in range(5)])
    assert_allclose(together, alone, rtol=0, atol=1e-5 * float(np.abs(together).max()))
    assert_array_equal(together, encode_images(encoder, images, 32, True, CPU))


@pytest.mark.parametrize("name", [COLOUR, GRAY])
def test_simple_encoder_is_the_base_model(tiny: Tiny, base: BaseWeights, name: str) -> None:
    run = tiny()
    path = encode.encode(run, name, "simple", 3, base, device=CPU)
    assert path == run.data / "features" / name / "simple-s0.npy"
    features = open_features(path)
    images = open_set(run.patches(name)).images
    assert_array_equal(features.values, encode_images(ResNetEncoder(base.state), images, 32, name == COLOUR, CPU))
    record = features.provenance
    assert record["settings"] == {"set": name, "model": "simple", "seed": 0, "side": 32}
    assert record["inputs"] == {"patches": open_set(run.patches(name)).sha256, "weights": base.sha256}
    assert record["notes"] == ["Simulated.", NOTE]
    assert record["simulated"] is True
    assert record["sha256"] == sha256_file(path)
    assert record["shape"] == [12, 512]


def write_training(run: Run, seed: int = 0) -> ResNetEncoder:
    """An encoder as training leaves it."""
    network = SimCLR(make_base(seed + 7).state, torch.Generator().manual_seed(seed))
    folder = run.encoder(COLOUR, "simclr")
    save_tensors(folder / "checkpoint.safetensors", network.state_dict())
    Provenance("train", "encoders", "sample", True, notes=("Trained on a whim.",)).write(folder / "provenance.json")
    return network.encoder


def test_trained_encoder_is_that_of_its_checkpoint(tiny: Tiny, base: BaseWeights) -> None:
    run = tiny()
    with pytest.raises(UserError, match=r"simclr-s0: expected a trained simclr encoder, .*train --profile sample"):
        encode.encode(run, COLOUR, "simclr", 0, base, device=CPU)
    trained = write_training(run)
    features = open_features(encode.encode(run, COLOUR, "simclr", 0, base, device=CPU))
    images = open_set(run.patches(COLOUR)).images
    assert_array_equal(features.values, encode_images(trained, images, 32, True, CPU))
    assert features.provenance["notes"] == ["Simulated.", "Trained on a whim."]
    checkpoint = run.encoder(COLOUR, "simclr") / "checkpoint.safetensors"
    assert features.provenance["inputs"]["weights"] == sha256_file(checkpoint)


def test_what_is_there_is_kept_until_something_changes(tiny: Tiny, base: BaseWeights,
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    run = tiny()
    calls: list[int] = []
    real = encode.encode_images

    def count(*args: object) -> object:
        calls.append(1)
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(encode, "encode_images", count)
    path = encode.encode(run, COLOUR, "simple", 0, base, device=CPU)
    for file in (path, path.with_suffix(".json")):
        os.utime(file, (1, 1))
    encode.encode(run, COLOUR, "simple", 0, base, device=CPU)
    assert len(calls) == 1
    assert min(path.stat().st_mtime, path.with_suffix(".json").stat().st_mtime) > 1  # make sees it as new
    write_training(run)
    encode.encode(run, COLOUR, "simclr", 0, base, device=CPU)
    write_training(run, seed=1)
    encode.encode(run, COLOUR, "simclr", 0, base, device=CPU)
    assert len(calls) == 3
    encode.encode(run, COLOUR, "simple", 0, dataclasses.replace(base, sha256="0" * 64), device=CPU)
    make_set(run, seed=2)
    encode.encode(run, COLOUR, "simple", 0, base, device=CPU)
    path.unlink()
    encode.encode(run, COLOUR, "simple", 0, base, device=CPU)
    assert len(calls) == 6


def test_features_that_are_no_whole_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    with pytest.raises(UserError, match=r"x\.npy: expected the features of a patch set, found none.*encode"):
        open_features(path)
    encode.save(path, values, Provenance("encode", "encoders", "sample", False))
    assert_array_equal(open_features(path).values, values)
    path.with_suffix(".json").rename(tmp_path / "away.json")
    with pytest.raises(UserError, match=r"x\.npy: expected x\.json beside it"):
        open_features(path)
    (tmp_path / "away.json").rename(path.with_suffix(".json"))
    np.save(path, values + 1)
    with pytest.raises(UserError, match=r"x\.npy: expected sha256 .*, found"):
        open_features(path)
    np.save(path, values.astype(np.float64))
    record = json.loads(path.with_suffix(".json").read_text()) | {"sha256": sha256_file(path)}
    path.with_suffix(".json").write_text(json.dumps(record))
    with pytest.raises(UserError, match=r"x\.npy: expected float32 \[N, D\], found float64 \[3, 4\]"):
        open_features(path)


def test_a_crash_while_saving_never_leaves_new_values_under_the_old_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x.npy"
    made = Provenance("encode", "encoders", "sample", False)
    encode.save(path, np.zeros((1, 2), np.float32), made)

    def crash(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Provenance, "write", crash)
    with pytest.raises(KeyboardInterrupt):
        encode.save(path, np.ones((1, 2), np.float32), made)
    with pytest.raises(UserError, match="beside it"):
        open_features(path)
