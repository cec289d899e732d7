"""Other base models than the paper's: features as torchvision's, heads and decoders that follow, weights told apart."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torchvision import models

from paper_repro.base.errors import UserError
from paper_repro.base.profile import BASES, Base
from paper_repro.base.recipe import RECIPES, training_settings
from paper_repro.base.run import COLOUR, Run
from paper_repro.cli import main
from paper_repro.encoders import train, weights, weights_file
from paper_repro.encoders.autoencoder import Autoencoder
from paper_repro.encoders.batch import batch_loss
from paper_repro.encoders.checkpoint import load_encoder, load_model, save_tensors
from paper_repro.encoders.encode import folded
from paper_repro.encoders.resnet import ResNetEncoder, base_of, template
from paper_repro.encoders.simclr import SimCLR
from tests.encoders.conftest import go, make_run
from tests.patches.photographs_made import cloud_imvn

OTHERS: tuple[Base, ...] = tuple(base for base in BASES if base != "resnet18")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[Base, Path]:
    """Random weights of two larger models."""
    folder, made = tmp_path_factory.mktemp("bases"), dict[Base, Path]()
    for base in ("resnet34", "resnet50"):
        made[base] = folder / f"{base}.pth"
        torch.save(weights.random_state(5, base), made[base])
    return made


@pytest.mark.parametrize("base", BASES)
def test_a_base_is_known_by_its_entries_and_by_torchvisions_file(base: Base) -> None:
    assert base_of(template(base)) == base_of([key for key in template(base) if not key.startswith("fc.")]) == base
    official = getattr(models, f"ResNet{base.removeprefix('resnet')}_Weights").IMAGENET1K_V1
    assert official.url.endswith(f"/{weights_file.NAMES[base]}")
    digits = weights_file.NAMES[base].removesuffix(".pth").rpartition("-")[2]
    assert weights_file.is_official(base, weights_file.SHA256 if base == "resnet18" else digits + 56 * "0")
    assert not weights_file.is_official(base, digits[:-1] + 57 * "x")


def test_other_entries_are_of_no_base() -> None:
    assert base_of([]) is None
    assert base_of(["layer1.0.conv1.weight"]) is None


@pytest.mark.parametrize(("base", "features"), [("resnet34", 512), ("resnet50", 2048)])
def test_features_are_those_of_torchvisions_model(base: Base, features: int) -> None:
    state = weights.random_state(3, base)
    theirs = models.get_model(base, weights=None)
    theirs.load_state_dict(state)
    theirs.fc = nn.Identity()
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    ours = ResNetEncoder(state).eval()
    with torch.inference_mode():
        assert torch.equal(ours(images), theirs.eval()(images))
        assert ours(images).shape == (2, features)
        assert torch.allclose(folded(ours)(images), ours(images), rtol=1e-3, atol=1e-5)
    assert (ours.base, ours.features) == (base, features)


@pytest.mark.parametrize("base", BASES[:3])
def test_every_convolution_has_its_mirror_and_the_head_takes_all_features(base: Base) -> None:
    with torch.device("meta"):
        encoder = ResNetEncoder(base=base)
    state = encoder.state_dict()
    decoder = Autoencoder(None, torch.Generator(), base=base).decoder.state_dict()

    def mirrored(name: str) -> str:
        layer, number, *rest = name.split(".")
        return name if not layer.startswith("layer") else ".".join(
            [layer, f"block{int(number) + 1}", *rest]).replace("downsample", "upsample")

    shapes = {key: value.shape for key, value in decoder.items() if value.ndim == 4}
    assert shapes == {mirrored(key): value.shape for key, value in state.items() if value.ndim == 4}
    assert SimCLR(None, torch.Generator(), base).head[0].in_features == encoder.features


@pytest.mark.parametrize("base", ["resnet34", "resnet50"])
def test_an_autoencoder_gives_images_back_and_learns(base: Base) -> None:
    network = Autoencoder(weights.random_state(0, base), torch.Generator().manual_seed(0))
    optimiser = train.build_optimiser("autoencoder", network, RECIPES["paper"])
    images = torch.rand(4, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    assert network(images).shape == images.shape
    losses = []
    for _ in range(4):
        loss = nn.functional.mse_loss(network(images), images)
        optimiser.zero_grad()
        torch.autograd.backward([loss])
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    with pytest.raises(UserError, match=rf"the authors' decoder is that of resnet18, found base {base}; set decoder"):
        Autoencoder(weights.random_state(0, base), torch.Generator(), "authors")


def test_a_training_of_another_base_resumes_is_opened_and_says_so(
    files: dict[Base, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    stopped, whole = (make_run(tmp_path / name, files["resnet34"], count=10, epochs=2, base="resnet34")
                      for name in ("stopped", "whole"))
    calls: list[int] = []

    def interrupt(*args: Any) -> torch.Tensor:
        calls.append(1)
        if len(calls) == 3:  # in the second epoch
            raise KeyboardInterrupt
        return batch_loss(*args)

    monkeypatch.setattr(train, "batch_loss", interrupt)
    with pytest.raises(KeyboardInterrupt):
        go(stopped)
    folder = go(stopped)
    path = folder / "checkpoint.safetensors"
    assert path.read_bytes() == (go(whole) / path.name).read_bytes()
    assert load_encoder(path, "simclr").base == "resnet34"
    assert isinstance(load_model(path, "simclr"), SimCLR)
    record = json.loads((folder / "provenance.json").read_text())
    assert record["settings"]["base"] == "resnet34"
    assert "Made with resnet34 as the base model, not the paper's resnet18." in record["notes"]


def test_the_papers_base_adds_no_setting(tiny: Any) -> None:
    run: Run = tiny()
    assert "base" not in training_settings(run.profile, COLOUR, "simclr", 0)


def test_weights_of_another_base_are_told_apart(files: dict[Base, Path]) -> None:
    with pytest.raises(UserError, match=r"resnet34.pth: expected the state dict of torchvision's resnet18.*found that "
                                        r"of resnet34; name another file, or --base resnet34\.$"):
        weights.load(files["resnet34"])


def test_a_folder_is_classified_with_another_base(files: dict[Base, Path], tmp_path: Path,
                                                  capsys: pytest.CaptureFixture[str]) -> None:
    cloud_imvn(tmp_path / "images", 3)
    words = ["classify", str(tmp_path / "images"), "--weights", str(files["resnet50"]), "--out", str(tmp_path / "out")]
    assert main([*words, "--base", "resnet50"]) == 0
    (features,) = (tmp_path / "out/data/classify/features/images").glob("*.npy")
    assert np.load(features).shape[1] == 2048
    record = json.loads(next((tmp_path / "out/data/classify/results/images").glob("provenance.json")).read_text())
    assert any(note.startswith("Made with resnet50 as the base model") for note in record["notes"])
    assert ", encoder simple of resnet50\n" in capsys.readouterr().out
    assert main(words) == 2
    assert "found that of resnet50; name another file, or --base resnet50." in capsys.readouterr().err


def test_a_catalogue_says_the_base_of_its_checkpoint(tmp_path: Path) -> None:
    cloud_imvn(tmp_path / "images", 3)
    path = tmp_path / "own.safetensors"
    save_tensors(path, SimCLR(weights.random_state(0, "resnet34"), torch.Generator(), "resnet34").state_dict())
    out, folder = str(tmp_path / "out"), str(tmp_path / "images")
    assert main(["classify", folder, "--checkpoint", str(path), "--out", out]) == 0
    catalogue = tmp_path / "out/data/classify/results/images/catalogue"
    assert json.loads((catalogue / "catalogue.json").read_text())["encoder"]["base"] == "resnet34"


def test_a_checkpoint_of_another_architecture_is_refused(tmp_path: Path) -> None:
    state = SimCLR(weights.random_state(0, "resnet34"), torch.Generator()).state_dict()
    save_tensors(tmp_path / "a.safetensors", {key: value for key, value in state.items() if ".layer3.5." not in key})
    with pytest.raises(UserError, match="it has another architecture"):
        load_encoder(tmp_path / "a.safetensors", "simclr")


@pytest.mark.parametrize("base", OTHERS)
def test_without_a_network_a_file_is_asked_for(base: Base, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                               capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    cloud_imvn(tmp_path / "images", 3)
    assert main(["classify", str(tmp_path / "images"), "--base", base, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert f"torchvision's cache has no {weights_file.NAMES[base]}; download {weights_file.NAMES[base]} on" in said
