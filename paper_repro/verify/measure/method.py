"""Our value of what Sects. 3 and 4.1 say about viewpoints, augmentation, split and settings, from the code itself."""

import functools
import inspect
import math
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from torch import nn

from paper_repro import paper
from paper_repro.base.files import read_json
from paper_repro.base.run import COLOUR, Run
from paper_repro.clustering.cluster import HAC_SETTINGS, KMEANS_SETTINGS
from paper_repro.clustering.reduce import PCA_SETTINGS, TSNE_SETTINGS
from paper_repro.encoders.augment import Augmenter, Draw, draw_view, source_map
from paper_repro.encoders.batch import split
from paper_repro.encoders.recipe import Recipe, with_switches
from paper_repro.encoders.simclr import SimCLR
from paper_repro.patches.project import WINDOW
from paper_repro.patches.viewpoints import grid
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.measure.measured import Measured, absent, benchmark_template

VIEWS = 20_000  # that are drawn: the ends of a range are reached to a hundredth of it
WHITE_VIEWS, TURNS = 32, 2000
EDGE_PX = 0.5  # that the outermost pixels of an image reach beyond their centres
NEAR = 1e-9
KMEANS_STARTS = (1, 10)  # the default since scikit-learn 1.4, and the one before


def head_hidden(_: Run, __: Claim) -> Measured:
    """Output size of the projection head's first layer."""
    return _size(0)


def head_out(_: Run, __: Claim) -> Measured:
    """Output size of the projection head's second layer."""
    return _size(-1)


def train_images(run: Run, _: Claim) -> Measured:
    """How many of Cloud-ImVN's images the split takes for training."""
    images = paper.IMAGES_PER_CLASS * len(paper.CLASS_NAMES)
    count = len(split(images, np.random.default_rng(0), _recipe(run).split)[0])
    return Measured(float(count), f"{count}")


def window(_: Run, __: Claim) -> Measured:
    """Half width of the projected window in half patches."""
    return Measured(WINDOW, f"{WINDOW:g}")


def spacing_km(_: Run, __: Claim) -> Measured:
    """Straight distance of the central viewpoint from its neighbour in the same row."""
    vectors = grid(paper.EXAMPLE_SCALE_KM, (-1.0, 1.0), (-1.0, 1.0)).vectors
    row = vectors[np.abs(vectors[:, 2]) < NEAR]
    apart = np.sort(np.linalg.norm(row - np.array([1.0, 0.0, 0.0]), axis=1))
    value = float(apart[apart > NEAR][0] * paper.VENUS_RADIUS_KM)
    return Measured(value, f"{value:.6g}")


def central_viewpoint(_: Run, __: Claim) -> Measured:
    """Whether an image as large as one patch has a viewpoint in its centre, at each of the paper's scales."""
    holds = True
    for name in paper.PATCH_COUNTS:
        scale = float(name.partition("-")[2].removesuffix("km"))
        half = 0.5 * scale / paper.VENUS_RADIUS_KM
        found = grid(scale, (-half, half), (-half, half)).vectors
        holds &= bool((np.abs(found - np.array([1.0, 0.0, 0.0])).max(axis=1) < NEAR).any())
    return Measured(holds, "yes" if holds else "no")


def library_defaults(run: Run, _: Claim) -> Measured:
    """Whether the settings written out, and k-means' starts, are scikit-learn's defaults; those that are not are named.

    Ward's method is what the paper names, so that the default of `linkage` is not looked at beyond its name.
    """
    other = []
    for kind, settings in ((KMeans, KMEANS_SETTINGS), (TSNE, TSNE_SETTINGS), (PCA, PCA_SETTINGS),
                           (AgglomerativeClustering, HAC_SETTINGS)):
        defaults = inspect.signature(kind).parameters
        other += [f"{kind.__name__} {name}" for name, value in settings.items() if defaults[name].default != value]
    if run.profile.grid.kmeans_n_init not in KMEANS_STARTS:
        other.append("KMeans n_init")
    return Measured(not other, ", ".join(other) or "yes")


def drawn(_: Run, claim: Claim) -> Measured:
    """Smallest and largest value of a random choice over many views of 224 px."""
    values = _views()[claim.id.removeprefix("views.")].dropna()
    low, high = float(values.min()), float(values.max())
    return Measured((low, high), f"{low:.3f} to {high:.3f}")


def blurred(_: Run, __: Claim) -> Measured:
    """Share of many views that are blurred."""
    share = float(_views()["blur-sigma"].notna().mean())
    return Measured(share, f"{share:.1%}")


def view_kernel(run: Run, _: Claim) -> Measured:
    """Kernel size of the blur at 224 px in the run's recipe."""
    size = _recipe(run).kernel(paper.INPUT_SIDE_PX)
    return Measured(float(size), f"{size}")


def no_empty_area(run: Run, _: Claim) -> Measured:
    """Whether no pixel of a rotated and cropped view lies beyond the image, and views of a white image are white.

    White alone isn't enough: beyond the image the recipe of the text takes the nearest pixel of its edge.
    """
    side = paper.IMAGE_SIDE_PX
    white = np.full((WHITE_VIEWS, side, side), 255, np.uint8)
    made = Augmenter(side, False, _recipe(run), jitter_and_blur=False)
    views = made(white, np.random.default_rng(0))
    corners = np.array([[0, side - 1, 0, side - 1], [0, 0, side - 1, side - 1], [1, 1, 1, 1]])
    # all that a random crop could leave
    whole = (Draw(angle, (0, 0, side, side), flip=False) for angle in np.linspace(-180, 180, TURNS))
    rule = _recipe(run).rotation_crop
    places = np.array([source_map(draw, side, side, rule) @ corners for draw in whole])
    inside = places.min() > -EDGE_PX and places.max() < side - 1 + EDGE_PX
    holds = bool(inside and (views - made.plain(white[:1])).abs().max() < 1e-5)
    return Measured(holds, "yes" if holds else "no")


def profile_setting(run: Run, claim: Claim) -> Measured:
    """Side of the encoder's input, or number of repeats, in the run's profile."""
    value = {"side": run.profile.encoders.side, "repeats": run.profile.grid.repeats}[claim.id.split(".")[1]]
    other = "" if value == claim.expected else f"the profile {run.profile.name} has {value}"
    # a profile that runs less than the paper on purpose says nothing about the paper
    return Measured(float(value), f"{value}", other, comparable=not other or run.profile.name == "paper")


def lowest_loss(run: Run, _: Claim) -> Measured:
    """Whether the weights of SimCLR on the colour photographs are of the epoch with the lowest test loss."""
    folder = run.encoder(COLOUR, "simclr")
    path, record = folder / "losses.csv", read_json(folder / "provenance.json")
    if record is None or not path.is_file():
        return absent("no SimCLR encoder trained here on colour photographs")
    losses = pd.read_csv(path)
    holds = int(record["weights_of_epoch"]) == int(losses["epoch"].iloc[losses["test_loss"].argmin()])
    return benchmark_template(run, COLOUR, record, path).like(holds)


def _size(place: int) -> Measured:
    layers = [layer for layer in SimCLR(None, torch.Generator()).head if isinstance(layer, nn.Linear)]
    return Measured(float(layers[place].out_features), f"{layers[place].out_features}")


def _recipe(run: Run) -> Recipe:
    return with_switches(run.profile.encoders.recipe, run.profile.encoders.switches)


@functools.cache
def _views() -> pd.DataFrame:
    """The choices of many views: a row each, NaN for a blur that isn't."""
    rng, side = np.random.default_rng(0), paper.INPUT_SIDE_PX
    rows: list[dict[str, Any]] = [_choices(draw_view(rng, side, jitter_and_blur=True), side) for _ in range(VIEWS)]
    return pd.DataFrame(rows)


def _choices(draw: Draw, side: int) -> dict[str, float]:
    assert draw.jitter is not None  # as asked for
    brightness, contrast, _ = draw.jitter
    return {"crop-scale": draw.box[2] * draw.box[3] / side**2, "brightness": brightness, "contrast": contrast,
            "blur-sigma": draw.sigma or math.nan}
