"""What a training is made of: seeds, recipe, settings, split; and what it says of mistakes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file
from paper_repro.base.hashes import digest
from paper_repro.base.profile import Model
from paper_repro.base.recipe import OF_IMAGES, RECIPES, SWITCHES, Recipe, of_training, with_switches
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.encoders import train
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.batch import batch_loss
from paper_repro.encoders.simclr import nt_xent
from paper_repro.encoders.weights import BaseWeights
from paper_repro.paper import Table2
from tests.encoders.conftest import CPU, build_small, content, go, save_set

Tiny = Callable[..., Run]


def test_seed_decides_everything(tiny: Tiny, small: None) -> None:
    first, again = (content(go(tiny(name))) for name in ("a", "b"))
    assert first == again
    assert content(go(tiny("c"), seed=1))["checkpoint.safetensors"] != first["checkpoint.safetensors"]


def test_seed_decides_split_order_and_views_too(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "build", lambda model, base, _, *of: build_small(model, base, 0, *of))
    first, other = (content(go(tiny(str(seed)), seed=seed))["checkpoint.safetensors"] for seed in (0, 1))
    assert first != other


def test_provenance_says_what_was_done(tiny: Tiny, base_file: Path, small: None) -> None:
    run = tiny(switches={"weight_decay": 0.25})
    record = json.loads((go(run) / "provenance.json").read_text())
    assert record["settings"] | {} == {
        "set": COLOUR, "model": "simclr", "seed": 0, "side": 32, "batch_size": 32, "epochs": 3, "train_share": 0.8,
        "learning_rate": 0.0375, "optimiser": "LARS", "temperature": 1.0, "lars_coefficient": 0.001, "momentum": 0.9,
        "recipe": of_training(RECIPES["paper"]) | {"weight_decay": 0.25},
    }  # fmt: skip
    chosen = json.loads((run.raw / "weights" / "base.json").read_text())
    assert chosen["sha256"] == sha256_file(base_file)
    patches, weights = (json.loads(path.read_text())["outputs"] for path in (
        run.patches(COLOUR) / "provenance.json", run.raw / "weights" / "provenance.json"))
    assert record["inputs"] == {f"patches {COLOUR}": digest(patches), "base weights": digest(weights)}
    assert record["notes"][0] == "Simulated."
    assert record["notes"][1].startswith(f"Made with stand-in weights (sha256 {chosen['sha256']})")
    assert record["simulated"] is True
    assert record["ran_on"] == ["cpu, 1 threads"]
    assert len(record["seconds_per_epoch"]) == 3
    assert (record["train_images"], record["test_images"]) == (10, 2)


def test_random_base_weights_say_how_many_parameters_stay(
    tiny: Tiny, base: BaseWeights, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zeroed = {key: torch.zeros_like(value) if "bn" in key and key.endswith("bias") else value
              for key, value in base.state.items()}
    torch.save(zeroed, tmp_path / "zeroed.pth")
    folder = go(tiny(weights=tmp_path / "zeroed.pth", count=8, epochs=1))
    assert json.loads((folder / "provenance.json").read_text())["unmoving_parameters"] == 17
    assert capsys.readouterr().err.count("17 parameters of norm 0 don't move") == 1


def test_images_of_one_value_are_counted_aloud(
    tiny: Tiny, small: None, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tiny()
    go(run)
    assert "one value in all pixels" not in capsys.readouterr().err
    images = np.load(run.patches(GRAY) / "images.npy")
    images[[2, 7]] = 9
    save_set(run, GRAY, images)
    go(run, name=GRAY)
    assert f"{GRAY}: 2 of 12 images have the same value in every pixel" in capsys.readouterr().err


@pytest.mark.parametrize("equal", [True, False])
def test_embeddings_that_are_all_alike_are_said_to_mean_nothing(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], equal: bool
) -> None:
    def build(*of: Any) -> nn.Module:
        network = build_small(*of)
        network[2].weight.data.mul_(1e-3 if equal else 1)  # type: ignore[index]
        network[2].bias.data.fill_(5.0 if equal else 0)  # type: ignore[index]
        return network

    monkeypatch.setattr(train, "build", build)
    go(tiny(epochs=1))
    assert ("embeddings of all images are nearly equal" in capsys.readouterr().err) == equal


@pytest.mark.parametrize(("model", "dims"), [("simclr", 64), ("autoencoder", 512)])
def test_embeddings_are_the_projections_or_the_features(base: BaseWeights, model: Model, dims: int) -> None:
    images = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    network = train.build(model, base, 0, 32, RECIPES["paper"]).train()
    found = train.embeddings(model, network, images)
    assert found.shape == (3, dims)
    assert not network.training
    with torch.no_grad():
        expected = network(images) if model == "simclr" else network.get_submodule("encoder")(images)
    assert np.array_equal(found, expected.numpy())


def test_mistakes_are_one_sentence(tiny: Tiny) -> None:
    with pytest.raises(UserError, match=r"needs at least 5 images .*, found 4"):
        go(tiny("few", count=4))
    with pytest.raises(UserError, match=r"at least 2 to train and 2 to test with, found 6 and 1 .*; add images"):
        go(tiny("pair", count=7))
    with pytest.raises(UserError, match="expected a multiple of 32 px, found 40"):
        go(tiny("odd", side=40), "autoencoder")
    with pytest.raises(UserError, match=r"simple encoder .* isn't trained"):
        train.train(tiny("simple"), COLOUR, "simple", 0, device="cpu")
    with pytest.raises(UserError, match="expected a patch set, found none"):
        train.train(tiny("none"), "vmc-25km", "simclr", 0, device="cpu")


def test_optimisers_have_the_papers_settings() -> None:
    network = nn.Linear(2, 2)
    lars = train.build_optimiser("simclr", network, RECIPES["authors"])
    group = {key: value for key, value in lars.param_groups[0].items() if key != "params"}
    assert group == {"lr": 0.0375, "eta": 0.001, "momentum": 0.9, "weight_decay": 1e-5, "keep_momentum": False}
    adam = train.build_optimiser("autoencoder", network, RECIPES["paper"])
    assert isinstance(adam, torch.optim.Adam)
    assert adam.param_groups[0]["lr"] == 0.0375
    assert adam.param_groups[0]["weight_decay"] == 0


def test_device_is_the_one_asked_for_or_the_fastest_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert train.choose_device(None).type == "mps"
    assert train.choose_device("cpu").type == "cpu"
    for name in ("cuda", "toaster"):
        with pytest.raises(UserError, match=rf"Device '{name}': expected one that is here \(mps, cpu\)"):
            train.choose_device(name)


def test_algorithms_are_deterministic_and_memory_isnt_filled_for_nothing() -> None:
    torch.use_deterministic_algorithms(False)
    train.be_deterministic(CPU)
    assert torch.are_deterministic_algorithms_enabled()
    assert not torch.is_deterministic_algorithms_warn_only_enabled()
    assert not torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]


@pytest.mark.parametrize(("model", "name", "recipe", "switches"), [
    ("simclr", COLOUR, "paper", {}), ("simclr", GRAY, "authors", {"keep_momentum": True}),
    ("autoencoder", COLOUR, "authors", {}),
])  # fmt: skip
def test_a_training_follows_its_model_and_recipe(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, model: Model, name: str, recipe: str,
    switches: dict[str, Any],
) -> None:  # fmt: skip
    """Views, steps and losses are all made by the recipe with its switches; jitter and blur are SimCLR's alone."""
    used: list[tuple[Augmenter, Recipe]] = []
    stepped: list[tuple[Model, Recipe]] = []
    build = train.build_optimiser

    def optimiser(kind: Model, network: nn.Module, chosen: Recipe, table: Table2) -> torch.optim.Optimizer:
        stepped.append((kind, chosen))
        return build(kind, network, chosen, table)

    def loss(kind: Model, network: nn.Module, images: Any, augment: Augmenter, rng: Any, chosen: Recipe,
             *_: Any) -> Tensor:
        used.append((augment, chosen))
        return next(network.parameters()).sum()

    monkeypatch.setattr(train, "build_optimiser", optimiser)
    monkeypatch.setattr(train, "batch_loss", loss)
    go(tiny(count=10, epochs=1, recipe=recipe, switches=switches), model, name)
    expected = with_switches(recipe, switches)
    assert stepped == [(model, expected)]
    assert len(used) == 2
    for augment, chosen in used:
        assert chosen == augment.recipe == expected
        assert (augment.side, augment.colour) == (32, name == COLOUR)
        assert augment.jitter_and_blur == (model == "simclr")


def test_loss_of_a_batch_has_the_papers_temperature() -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 40, 40, 3), dtype=np.uint8)
    augment = Augmenter(32, colour=True, recipe=RECIPES["paper"], jitter_and_blur=True)
    network = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten())
    loss = batch_loss("simclr", network, images, augment, np.random.default_rng(1), RECIPES["paper"], CPU,
                            training=True)
    z = network(augment.two_views(images, np.random.default_rng(1)))
    assert torch.equal(loss, nt_xent(z, 1.0))
    assert not torch.allclose(loss, nt_xent(z, 0.5))


@pytest.mark.parametrize("model", ["simclr", "autoencoder"])
def test_what_the_base_weights_do_not_give_is_drawn_from_the_seed(base: BaseWeights, model: Model) -> None:
    first, same, other = (train.build(model, base, seed, 32, RECIPES["paper"]).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(first[key], same[key]) for key in first)
    drawn = {key for key in first if not torch.equal(first[key], other[key])}
    assert drawn
    assert all(key.startswith("head." if model == "simclr" else "decoder.") for key in drawn)


@pytest.mark.parametrize("model", ["simclr", "autoencoder"])
def test_the_switches_decide_and_not_the_recipes_name(tiny: Tiny, few: None, model: Model) -> None:
    """Recipe `paper` with every switch as in `authors` gives the same bytes as `authors`."""
    switches = {switch: getattr(RECIPES["authors"], switch) for switch in SWITCHES}
    made = []
    for recipe, chosen in (("paper", switches), ("authors", {})):
        made.append(content(go(tiny(recipe, count=14, epochs=1, recipe=recipe, switches=chosen), model)))
        assert made[-1]["record"]["settings"]["recipe"].pop("name") == recipe
    assert made[0] == made[1]


# A value that no recipe starts with, and the models whose training it changes (the losses of both, for `last_batch`).
# The blur's outer taps are too light to count: 45 px at 224 px give the bytes of 25 px.
TURNED: dict[str, tuple[Any, str]] = {
    "views": ("chain", "both"), "rotation_crop": ("authors", "both"), "normalise_first": (True, "both"),
    "draw_per_image": (False, "both"), "blur_kernel": (3, "simclr"), "precision": ("bfloat16", "both"),
    "weight_decay": (0.25, "simclr"), "keep_momentum": (False, "simclr"),
    "split": ("floor", "both"), "last_batch": ("weighted", "none"),
}  # fmt: skip


class SmallAutoencoder(nn.Module):
    """Two layers, in place of the autoencoder."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, 8))
        self.decoder = nn.Linear(8, 48)

    def forward(self, images: Tensor) -> Tensor:
        small = self.decoder(self.encoder(images)).reshape(-1, 3, 4, 4)
        return nn.functional.interpolate(small, images.shape[2:])


def build_either(model: Model, base: BaseWeights, seed: int, side: int, recipe: Recipe) -> nn.Module:
    """A small network; of the autoencoder too."""
    torch.manual_seed(seed)
    return SmallAutoencoder() if model == "autoencoder" else build_small(model, base, seed, side, recipe)


def test_the_decoders_switch_changes_the_autoencoder(tiny: Tiny, few: None) -> None:
    made = [content(go(tiny(decoder, count=14, epochs=1, switches={"decoder": decoder}), "autoencoder"))
            for decoder in ("mirror", "authors")]
    assert made[0]["checkpoint.safetensors"] != made[1]["checkpoint.safetensors"]
    assert made[0]["losses.csv"] != made[1]["losses.csv"]


@pytest.mark.parametrize("model", ["simclr", "autoencoder"])
def test_each_switch_turned_alone_changes_the_training_it_is_of(
    tiny: Tiny, few: None, monkeypatch: pytest.MonkeyPatch, model: Model
) -> None:
    monkeypatch.setattr(train, "build", build_either)
    # which weights are kept is the test of the lowest test loss; those of images are tests/patches/test_switches.py;
    # that of the decoder needs real networks, and is the test before this one
    assert {*TURNED, "decoder", "keep_best", *OF_IMAGES} == set(SWITCHES)
    plain = content(go(tiny("plain", count=14, epochs=1), model))
    for switch, (value, who) in TURNED.items():
        turned = content(go(tiny(switch, count=14, epochs=1, switches={switch: value}), model))
        same = plain["checkpoint.safetensors"] == turned["checkpoint.safetensors"]
        assert same == (who not in ("both", model)), switch
        assert (plain["losses.csv"] == turned["losses.csv"]) == (same and switch != "last_batch"), switch
