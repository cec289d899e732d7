"""What replications measure on embeddings: changes of an image against the plain formulas, and their ratios."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.profile import Model
from paper_repro.base.run import COLOUR, Run
from paper_repro.encoders.autoencoder import Autoencoder
from paper_repro.encoders.checkpoint import save_tensors
from paper_repro.encoders.encode import encode_images
from paper_repro.encoders.resnet import ResNetEncoder
from paper_repro.encoders.simclr import SimCLR
from paper_repro.verify.claims import changes, embeddings
from paper_repro.verify.claims.changes import Images
from tests.verify.claims import replication_made as made
from tests.verify.claims.test_embeddings import plane
from tests.verify.runs_made import measure

SIDE = 32


@pytest.fixture
def images() -> Images:
    return np.random.default_rng(1).integers(0, 256, (4, SIDE, SIDE, 3), dtype=np.uint8)


def networks(run: Run, images: Images, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, int], ResNetEncoder]:
    """Networks as if trained with each seed, and the base model, with their features of the images."""
    found: dict[tuple[str, int], ResNetEncoder] = {}
    torch.manual_seed(0)
    base = ResNetEncoder()
    monkeypatch.setattr(embeddings, "base_model", lambda _: base)
    found["simple", 0] = base
    for seed in run.profile.encoders.seeds:
        for model, build in (("simclr", SimCLR), ("autoencoder", Autoencoder)):
            torch.manual_seed(10 + seed)
            network = build(None, torch.Generator().manual_seed(seed))
            folder = run.encoder(COLOUR, model, seed)  # type: ignore[arg-type]
            folder.mkdir(parents=True)
            save_tensors(folder / "checkpoint.safetensors", network.state_dict())
            found[model, seed] = network.encoder
    for (model, seed), encoder in found.items():
        made.features(run, model, seed, features(encoder, images))  # type: ignore[arg-type]
    return found


def features(encoder: ResNetEncoder, images: Images) -> NDArray[np.float64]:
    return encode_images(encoder, images, SIDE, True, torch.device("cpu")).astype(np.float64)


def moved(encoder: ResNetEncoder, images: Images, change: Callable[[Images], Images]) -> float:
    """Mean distance of an image from itself changed over that of two images, one after another."""
    there, changed = features(encoder, images), features(encoder, change(images))
    pairs = [np.linalg.norm(a - b) for n, a in enumerate(there) for b in there[:n]]
    return float(np.mean([np.linalg.norm(a - b) for a, b in zip(there, changed, strict=True)]) / np.mean(pairs))


def test_ratios_of_distances(tmp_path: Path, images: Images, monkeypatch: pytest.MonkeyPatch) -> None:
    run = made.run_of(tmp_path, seeds=[0, 3])
    made.photographs(run, images)
    encoders = networks(run, images, monkeypatch)

    def of(model: Model, change: Callable[[Images], Images]) -> NDArray[np.float64]:
        return np.array([moved(encoder, images, change) for (name, _), encoder in encoders.items() if name == model])

    def judged(values: NDArray[np.float64], sign: int) -> float:
        return float(values.mean() + sign * values.std(ddof=1) / np.sqrt(2))

    expected = {"rotation": judged(of("simclr", changes.quarter_turn), 1),
                "less-sensitive.contrast": judged(
                    of("simclr", changes.flatter) / of("simple", changes.flatter), 1),
                "gradients.added": judged(
                    of("autoencoder", changes.with_gradient) / of("simclr", changes.with_gradient), -1)}
    for name, value in expected.items():
        assert measure(run, f"replicated.{name}").value == pytest.approx(value, rel=1e-3), name
    assert "training seeds 0, 3;" in measure(run, "replicated.rotation").why


def test_gradients_explain_what_follows_them(tmp_path: Path, images: Images) -> None:
    run, rng = made.run_of(tmp_path, seeds=[0]), np.random.default_rng(4)
    many = np.concatenate([images] * 8) // 2 + rng.integers(0, 128, (32, SIDE, SIDE, 3)).astype(np.uint8)
    made.photographs(run, many)
    gray = [[[int(np.dot(paper.LUMA, pixel) + 1e-9) for pixel in row] for row in image] for image in many]
    slopes = np.array([plane(np.array(image, np.float64)) for image in gray])
    scaled = (slopes - slopes.mean(axis=0)) / slopes.std(axis=0)
    for model, strength in (("autoencoder", 2.0), ("simclr", 0.2)):
        values = strength * scaled @ rng.normal(0, 1, (2, 6)) + rng.normal(0, 1, (32, 6))
        made.features(run, model, 0, values)  # type: ignore[arg-type]
    shares = [embeddings.explained(np.load(run.features(COLOUR, model, 0)), slopes)
              for model in ("autoencoder", "simclr")]
    found = measure(run, "replicated.gradients.explained").value
    assert found == pytest.approx(shares[0] / shares[1], rel=1e-6)
    assert shares[0] > shares[1]
    assert measure(made.with_models(run, "simple", "simclr"), "replicated.gradients.added").why == (
        "no autoencoder in this run")
