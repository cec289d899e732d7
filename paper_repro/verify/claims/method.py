"""Sects. 3.1.2 to 4.1 and Fig. 10: what is said about viewpoints, encoder, clustering and scores, from the code."""

import inspect
import itertools
from collections.abc import Iterator

import numpy as np
import torch
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from torch import nn

from paper_repro import paper
from paper_repro.base.profile import PAPERS_BASE
from paper_repro.base.recipe import recipe_of
from paper_repro.base.run import Run
from paper_repro.clustering.cluster import HAC_SETTINGS, KMEANS_SETTINGS
from paper_repro.clustering.reduce import PCA_SETTINGS, TSNE_SETTINGS
from paper_repro.clustering.score import match
from paper_repro.encoders.resnet import ResNetEncoder, normalisation
from paper_repro.encoders.simclr import SimCLR
from paper_repro.patches.photographs import to_gray
from paper_repro.patches.project import WINDOW
from paper_repro.patches.viewpoints import grid
from paper_repro.tables.table2 import plain
from paper_repro.verify.claims.claim import Claim, Measure
from paper_repro.verify.claims.measured import OF_THE_CODE, Measured, NotRun

COMMAND = "make verify"
CHANNELS = ("red", "green", "blue")
NEAR = 1e-9
LEAST_PX = 32  # side of an image, the smallest that the network takes
MATCHINGS, MEMBERS = 8, 20  # that are compared with all others; images of each class
KMEANS_STARTS = (1, 10)  # the default since scikit-learn 1.4, and the one before


def number(name: str, section: str, statement: str, expected: float, tolerance: float, unit: str, reason: str,
           measure: Measure) -> Claim:
    """A claim on a number of the method."""
    return Claim(f"method.{name}", section, "setting", statement, plain(expected), expected, tolerance, "equal", unit,
                 reason, ("none",), COMMAND, measure)


def holds(name: str, section: str, statement: str, reason: str, measure: Measure) -> Claim:
    """A claim on a rule of the method."""
    return Claim(f"method.{name}", section, "setting", statement, "yes", True, None, "holds", "", reason, ("none",),
                 COMMAND, measure)


def claims() -> Iterator[Claim]:
    """Claims about the method that follow from the code alone; others are in `views`, `patching` and `training`."""
    yield Claim("method.parameters", "Sect. 3.2.1", "setting", "ResNet-18 has over 11 million trainable parameters.",
                "over 11 million", float(paper.PARAMETERS_OVER), None, "at least", "", "a lower bound",
                ("none",), COMMAND, parameters)
    yield number("features", "Sect. 3.2.1", "The feature vector has length 512.", paper.FEATURES, 0, "", "a count",
                 features)
    yield number("gray-mean", "Sect. 3.2.3", "The single mean of gray images follows from Eq. 6.", paper.GRAY_MEAN,
                 5e-8, "", "rounding to seven decimals", gray_mean)
    yield number("gray-std", "Sect. 3.2.3", "The single standard deviation of gray images follows from Eq. 6.",
                 paper.GRAY_STD, 5e-8, "", "rounding to seven decimals", gray_std)
    yield number("head-hidden", "Sect. 3.2.2", "Output size of the projection head's first layer.", paper.HEAD[0], 0,
                 "", "a count", head_hidden)
    yield number("head-out", "Sect. 3.2.2", "Output size of the projection head's second layer.", paper.HEAD[1], 0, "",
                 "a count", head_out)
    yield number("window", "Sect. 3.1.3", "Points within 1.5 times half the patch's size are projected.",
                 paper.WINDOW_FACTOR, 0, "", "a setting", window)
    yield number("spacing-km", "Sect. 3.1.2", "Neighbouring viewpoints of Eq. 4 are a patch's scale of 3000 km apart.",
                 paper.EXAMPLE_SCALE_KM, 1e-6, "km", "rounding of floating-point numbers", spacing_km)
    yield holds("central-viewpoint", "Sect. 3.1.2", "Even close-ups the size of a patch have a viewpoint in their "
                "centre.", "to rounding", central_viewpoint)
    yield holds("library-defaults", "Sect. 3.3", "k-means, t-SNE, PCA and HAC use scikit-learn's default values.",
                "each parameter beside the default of the version installed; those that a later version has changed "
                "are those of the paper's time", library_defaults)
    for channel, weight in zip(CHANNELS, paper.LUMA, strict=True):
        yield number(f"gray-weight.{channel}", "Sect. 4.1", f"Weight of {channel} in the grayscale version of the "
                     "benchmark dataset (Eq. 6).", weight, 1 / 255, "", f"gray value of pure {channel} in 255ths; "
                     "truncated to 8 bit", gray_weight)
    yield holds("matching", "Sect. 4.1", "The predicted class labels are matched to the true ones by the mapping that "
                "maximizes the total accuracy, the average of the class accuracies.", "of random labels, against all "
                "720 mappings of six classes; to rounding", matching)
    yield number("blur-km", "Fig. 10", "A blur of 16 px on a patch of 3000 km has a physical size of 375 km.",
                 paper.EXAMPLE_BLUR_KM, 0, "km", "a quotient of whole numbers", blur_km)
    yield number("blur-kernel", "Fig. 10", "The kernel of the blur is 2 x 3 sigma + 1.",
                 paper.TABLE4.flatten_kernel_px, 0, "px", "whole numbers", blur_kernel)


def base_model(run: Run) -> ResNetEncoder:
    """The run's base model, with any weights. Raises NotRun where it is an encoder of the user's own."""
    if run.encoder_file is not None:
        raise NotRun(f"this run's base model is {run.encoder_file.name}")
    return ResNetEncoder(base=run.profile.encoders.base)


def parameters(run: Run, _: Claim) -> Measured:
    """Trainable parameters of the encoder (ResNet-18 without its classifier)."""
    model = base_model(run)
    if model.base != PAPERS_BASE:
        raise NotRun(f"this run's base model is {model.base}")
    return whole(sum(each.numel() for each in model.parameters() if each.requires_grad))


def features(run: Run, _: Claim) -> Measured:
    """Length of the feature vector: what the last block gives of an image."""
    model = base_model(run).eval()
    with torch.no_grad():
        length = model(torch.zeros(1, 3, LEAST_PX, LEAST_PX)).shape[1]
    return Measured(float(length), f"{length}", "" if model.base == PAPERS_BASE else f"the base model is {model.base}")


def gray_mean(run: Run, _: Claim) -> Measured:
    """The mean that gray images are normalised with."""
    value = normalisation(colour=False, kind=run.normalisation)[0][0]
    return Measured(value, f"{value:.7f}")


def gray_std(run: Run, _: Claim) -> Measured:
    """The standard deviation that gray images are normalised with."""
    value = normalisation(colour=False, kind=run.normalisation)[1][0]
    return Measured(value, f"{value:.7f}")


def head_hidden(_: Run, __: Claim) -> Measured:
    """Output size of the projection head's first layer."""
    return whole(_head_sizes()[0])


def head_out(_: Run, __: Claim) -> Measured:
    """Output size of the projection head's second layer."""
    return whole(_head_sizes()[-1])


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
    central = True
    for name in paper.PATCH_COUNTS:
        scale = float(name.partition("-")[2].removesuffix("km"))
        half = 0.5 * scale / paper.VENUS_RADIUS_KM
        vectors = grid(scale, (-half, half), (-half, half)).vectors
        central &= bool((np.abs(vectors - np.array([1.0, 0.0, 0.0])).max(axis=1) < NEAR).any())
    return OF_THE_CODE.with_value(central)


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


def gray_weight(run: Run, claim: Claim) -> Measured:
    """Share of the range that a pure channel has in gray."""
    pure = np.zeros((1, 1, 3), np.uint8)
    pure[..., CHANNELS.index(claim.id.rpartition(".")[2])] = 255
    value = int(to_gray(pure, recipe_of(run.profile).luma)[0, 0]) / 255
    return Measured(value, f"{value:.4f}")


def matching(_: Run, __: Claim) -> Measured:
    """Whether the total accuracy of random labels is the highest that any mapping of clusters to classes gives."""
    classes = len(paper.CLASS_NAMES)
    true = np.repeat(np.arange(classes), MEMBERS)
    mappings = np.array(list(itertools.permutations(range(classes))))
    every = np.random.default_rng(0).integers(0, classes, (MATCHINGS, len(true)))
    highest = [float((mappings[:, labels] == true).mean(axis=1).max()) for labels in every]
    ours = [match(true, labels, classes).balanced_accuracy for labels in every]
    return OF_THE_CODE.with_value(bool(np.allclose(ours, highest, rtol=0, atol=NEAR)))


def blur_km(_: Run, __: Claim) -> Measured:
    """Size of the blur on a patch of 3000 km."""
    value = paper.TABLE4.flatten_sigma_px * paper.EXAMPLE_SCALE_KM / paper.TABLE4.resolution_px
    return Measured(value, f"{value:g}")


def blur_kernel(_: Run, __: Claim) -> Measured:
    """Kernel size of the blur."""
    return whole(2 * 3 * paper.TABLE4.flatten_sigma_px + 1)


def _head_sizes() -> list[int]:
    return [layer.out_features for layer in SimCLR(None, torch.Generator()).head if isinstance(layer, nn.Linear)]


def whole(value: int) -> Measured:
    """A whole number that follows from the code."""
    return Measured(float(value), f"{value}")
