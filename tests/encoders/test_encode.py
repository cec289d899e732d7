import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from paper_repro.base import code, step
from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file, write_json
from paper_repro.base.provenance import Made
from paper_repro.base.recipe import RECIPES
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.encoders import encode
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.checkpoint import save_tensors
from paper_repro.encoders.encode import encode_images, folded, open_features
from paper_repro.encoders.resnet import ResNetEncoder
from paper_repro.encoders.simclr import SimCLR
from paper_repro.encoders.weights import BaseWeights
from paper_repro.patches.dataset import open_set
from tests.encoders.conftest import CPU, changed, make_base, make_set
from tests.steps_made import finish, make, make_alone, stale

Tiny = Callable[..., Run]
SIMPLE, SIMCLR = f"encode {COLOUR} simple-s0", f"encode {COLOUR} simclr-s0"


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


def test_identical_images_have_identical_features(base: BaseWeights) -> None:
    """Wherever they stand in a chunk: its size may change how sums are ordered."""
    of = np.array([*range(15), 3, 14, 0, 7, 3])
    found = encode_images(ResNetEncoder(base.state), noise(15)[of], 32, True, CPU)
    assert_array_equal(found, found[[np.flatnonzero(of == one)[0] for one in of]])
    assert len(np.unique(found, axis=0)) == 15


@pytest.mark.parametrize("name", [COLOUR, GRAY])
def test_simple_encoder_is_the_base_model(tiny: Tiny, base: BaseWeights, base_file: Path, name: str) -> None:
    run = tiny(models=("simple",))
    make(run, f"encode {name} simple-s0")
    path = run.data / "features" / name / "simple-s0.npy"
    features = open_features(path)
    images = open_set(run.patches(name)).images
    assert_array_equal(features.values, encode_images(ResNetEncoder(base.state), images, 32, name == COLOUR, CPU))
    record = features.provenance
    assert record["settings"] == {"set": name, "model": "simple", "seed": 0, "side": 32}
    assert record["inputs"].keys() == {f"patches {name}", "base weights"}
    assert record["notes"][0] == "Simulated."
    assert record["notes"][1].startswith(f"Made with stand-in weights (sha256 {sha256_file(base_file)})")
    assert record["simulated"] is True
    assert record["sha256"] == sha256_file(path)
    assert record["shape"] == [12, 512]


def write_training(run: Run, seed: int = 0) -> ResNetEncoder:
    """An encoder as training leaves it."""
    network = SimCLR(make_base(seed + 7).state, torch.Generator().manual_seed(seed))
    folder = run.encoder(COLOUR, "simclr")
    save_tensors(folder / "checkpoint.safetensors", network.state_dict())
    (folder / "losses.csv").write_text("epoch,train_loss,test_loss\n")
    finish(run, f"train {COLOUR} simclr-s0", Made(notes=("Trained on a whim.",)))
    return network.encoder


def test_trained_encoder_is_that_of_its_checkpoint(tiny: Tiny) -> None:
    run = tiny()
    with pytest.raises(UserError, match=r"simclr-s0/checkpoint\.safetensors: expected a trained simclr encoder, found"):
        encode.encode(run, COLOUR, "simclr", 0, device="cpu")
    trained = write_training(run)
    make(run, SIMCLR)
    features = open_features(run.features(COLOUR, "simclr"))
    images = open_set(run.patches(COLOUR)).images
    assert_array_equal(features.values, encode_images(trained, images, 32, True, CPU))
    notes = features.provenance["notes"]
    assert (notes[0], notes[-1]) == ("Simulated.", "Trained on a whim.")
    assert features.provenance["inputs"].keys() == {f"patches {COLOUR}", f"train {COLOUR} simclr-s0"}


def test_features_that_are_there_are_left_alone(tiny: Tiny) -> None:
    run = tiny()
    write_training(run)
    make(run, SIMPLE, SIMCLR)
    for path in run.data.rglob("*"):
        os.utime(path, (1, 1))
    assert stale(run, SIMPLE, SIMCLR) == {}


def test_features_are_new_to_make_when_what_made_them_changes(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training that is kept though code changed is encoded anew by that code; the features take seconds."""
    run = tiny()
    write_training(run)
    make(run, SIMPLE, SIMCLR)
    wider = changed(run, side=64)
    assert stale(wider, SIMPLE) == {SIMPLE: "side changed from 32 to 64"}
    hash_of = code.hash_of_module
    with monkeypatch.context() as patch:
        patch.setattr(step, "hash_of_module", lambda name: "0" if name == "encoders.encode" else hash_of(name))
        assert stale(run, SIMPLE, SIMCLR) == dict.fromkeys((SIMPLE, SIMCLR), "the code of encoders.encode changed")
    write_training(run, seed=1)
    assert stale(run, SIMPLE, SIMCLR) == {SIMCLR: f"train {COLOUR} simclr-s0 changed"}
    path = run.features(COLOUR, "simple")
    times, data = path.stat(), bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert stale(run, SIMPLE) == {SIMPLE: "simple-s0.npy is no longer what was written"}
    make(run, SIMPLE)
    make_set(run, seed=2)
    assert stale(run, SIMPLE) == {SIMPLE: f"patches {COLOUR} changed"}
    assert SIMCLR in stale(run, SIMCLR)


def test_features_that_are_no_whole_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.npy"
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    with pytest.raises(UserError, match=r"x\.npy: expected the features of a patch set, found none.*encode"):
        open_features(path)
    made = encode.save(path, values)
    with pytest.raises(UserError, match=r"x\.npy: expected x\.json beside it"):
        open_features(path)
    write_json(path.with_suffix(".json"), made.extra)
    assert_array_equal(open_features(path).values, values)
    np.save(path, values + 1)
    with pytest.raises(UserError, match=r"x\.npy: expected sha256 .*, found"):
        open_features(path)
    np.save(path, values.astype(np.float64))
    write_json(path.with_suffix(".json"), {"sha256": sha256_file(path)})
    with pytest.raises(UserError, match=r"x\.npy: expected float32 \[N, D\], found float64 \[3, 4\]"):
        open_features(path)


def test_a_crash_while_saving_never_leaves_new_values_under_the_old_record(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tiny()
    make(run, SIMPLE)
    make_set(run, seed=2)

    def crash(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(step, "write_record", crash)
        with pytest.raises(KeyboardInterrupt):
            make_alone(run, SIMPLE)
    with pytest.raises(UserError, match=r"simple-s0\.npy: expected sha256 .*, found"):
        open_features(run.features(COLOUR, "simple"))
    make(run, SIMPLE)
    assert len(open_features(run.features(COLOUR, "simple")).values) == 12
