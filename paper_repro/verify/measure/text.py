"""Our value of what is said about the method, computed from the code that the runs use."""

import numpy as np

from paper_repro import paper
from paper_repro.base.files import read_json
from paper_repro.base.run import Run
from paper_repro.encoders.resnet import ResNetEncoder, normalisation
from paper_repro.tables.table2 import plain
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.measure.measured import Measured, absent


def parameters(_: Run, __: Claim) -> Measured:
    """Trainable parameters of the encoder (ResNet-18 without its classifier)."""
    count = sum(each.numel() for each in ResNetEncoder().parameters() if each.requires_grad)
    return Measured(float(count), f"{count}")


def features(_: Run, __: Claim) -> Measured:
    """Length of the feature vector: channels of the last block."""
    length = ResNetEncoder().layer4[-1].bn2.num_features
    return Measured(float(length), f"{length}")


def gray_mean(_: Run, __: Claim) -> Measured:
    """The mean that gray images are normalised with."""
    value = normalisation(colour=False)[0][0]
    return Measured(value, f"{value:.7f}")


def gray_std(_: Run, __: Claim) -> Measured:
    """The standard deviation that gray images are normalised with."""
    value = normalisation(colour=False)[1][0]
    return Measured(value, f"{value:.7f}")


def blur_km(_: Run, __: Claim) -> Measured:
    """Size of the blur on a patch of 3000 km."""
    value = paper.TABLE4.flatten_sigma_px * paper.EXAMPLE_SCALE_KM / paper.TABLE4.resolution_px
    return Measured(value, f"{value:g}")


def blur_kernel(_: Run, __: Claim) -> Measured:
    """Kernel size of the blur."""
    value = 2 * 3 * paper.TABLE4.flatten_sigma_px + 1
    return Measured(float(value), f"{value}")


def setting(run: Run, claim: Claim) -> Measured:
    """A row of Table 2 or 4 as the run used it."""
    table, _, name = claim.id.partition(".")
    path = run.tables / f"{table}.csv"
    record = read_json(path.with_suffix(".json"))
    if record is None or not path.is_file():
        return absent(f"no {path.name}")
    used = record["settings"]["used"].get(name)
    if used is None:
        return absent("not used by this run", path)
    theirs = claim.value
    if isinstance(used, str):
        shown = used.capitalize()
        return Measured(shown == theirs, shown, files=(path,))
    smaller = "" if plain(used) == theirs else f"the profile {run.profile.name} has {plain(used)}"
    # a profile that runs less than the paper on purpose says nothing about the paper
    reduced = bool(smaller) and run.profile.name != "paper"
    return Measured(float(used), plain(used), smaller, comparable=not reduced, files=(path,))


def table3_arithmetic(_: Run, claim: Claim) -> Measured:
    """Mean of the class accuracies that follow from the printed matrix, in percent."""
    part = {"a": paper.TABLE3_COLOUR, "b": paper.TABLE3_GRAY}[claim.id.split(".")[1]]
    counts = np.array(part.matrix)
    value = float(100 * np.mean(np.diag(counts) / counts.sum(axis=1)))
    return Measured(value, f"{value:.1f}")


def scan(_: Run, __: Claim) -> Measured:
    """SCAN is not run."""
    return absent("SCAN was not run: it would need its own training, on a GPU")
