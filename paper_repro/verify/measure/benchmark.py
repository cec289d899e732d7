"""Our values of what is said about the benchmark's photographs and about maps and embeddings of its images."""

import itertools

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.files import read_json
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.clustering.stability import silhouettes
from paper_repro.encoders.checkpoint import load_encoder
from paper_repro.encoders.encode import encode_images
from paper_repro.patches.dataset import IMAGES, TABLE, open_set
from paper_repro.tables.comparable import SWIMCAT
from paper_repro.verify.claims.benchmark import BLENDED, DISTINCT, EMBEDDINGS
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.measure.measured import Measured, absent, benchmark_template, template

SETS = {"a": COLOUR, "b": GRAY}
TURNED = 48  # images that are turned


def photographs(run: Run, claim: Claim) -> Measured:
    """Number of photographs, of those in the smallest or largest class, or their side in px."""
    sizes, side, found = _photographs(run, set(paper.CLASS_NAMES))
    if sizes is None:
        return found
    value = {"images": sizes.sum(), "smallest": sizes.min(), "largest": sizes.max(),
             "side": side}[claim.id.split(".")[1]]
    return found.like(float(value), f"{value}")


def swimcat(run: Run, _: Claim) -> Measured:
    """Number of photographs of SWIMCAT."""
    sizes, __, found = _photographs(run, set(SWIMCAT))
    return found if sizes is None else found.like(float(sizes.sum()), f"{sizes.sum()}")


def blended(run: Run, claim: Claim) -> Measured:
    """Whether the pairs of classes named are the least separated ones on the map, and all others are distinct."""
    letter = claim.id.split(".")[1]
    table, found = _map(run, SETS[letter])
    if table is None:
        return found
    separation = {}
    for pair in itertools.combinations(paper.CLASS_NAMES, 2):
        part = table[table["label"].isin(pair)]
        values = silhouettes(part[["x", "y"]].to_numpy(), np.array(part["label"] == pair[0], np.int64))
        separation[frozenset(pair)] = float(values.mean())
    named = {frozenset(pair) for pair in BLENDED[letter]}
    least = sorted(separation, key=separation.__getitem__)[:len(named)]
    others = min(value for pair, value in separation.items() if pair not in named)
    shown = " and ".join("/".join(sorted(pair)) for pair in least)
    return found.like(set(least) == named and others >= DISTINCT, shown)


def transition(run: Run, _: Claim) -> Measured:
    """Whether Thin white images taken for Thick white lie nearer to the latter than those classified right."""
    table, found = _map(run, COLOUR)
    if table is None:
        return found
    thin, thick = "Thin white", "Thick white"
    part = table[table["label"].isin((thin, thick))].reset_index(drop=True)
    inside = silhouettes(part[["x", "y"]].to_numpy(), np.array(part["label"] == thin, np.int64))
    of_thin = part["label"] == thin
    wrong, right = (inside[(of_thin & (part["matched"] == name)).to_numpy()] for name in (thick, thin))
    if not len(wrong) or not len(right):
        return absent(f"no {thin} image was taken for {thick}, or none was classified right", *found.files)
    return found.like(bool(wrong.mean() < right.mean()))


def gradients(run: Run, _: Claim) -> Measured:
    """Share of the variance of features that gradients and holes explain: the autoencoder's over SimCLR's."""
    paths = [run.features(EMBEDDINGS, model) for model in ("autoencoder", "simclr")]
    records = [read_json(path.with_suffix(".json")) for path in paths]
    folder = run.patches(EMBEDDINGS)
    files = (folder / IMAGES, folder / TABLE, *paths)
    if None in records or not all(path.is_file() for path in files):
        return absent(f"no features of {EMBEDDINGS} by both encoders")
    found = Measured(None, "")
    for record, path in zip(records, paths, strict=True):
        assert record is not None
        found = found.beside(template(record, *files[:2], path))
    patches = open_set(folder)
    causes = np.column_stack([slopes(patches.images), patches.table["density_min_bin"].to_numpy(np.float64)])
    ours, others = (explained(np.load(path, allow_pickle=False), causes) for path in paths)
    return found.like(ours / others, f"{ours / others:.2f} ({ours:.1%} / {others:.1%})")


def slopes(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Slope of the plane fitted to each image [N, r, r], along columns and rows: [N, 2]."""
    side = images.shape[1]
    ramp = np.arange(side) - (side - 1) / 2
    scale = side * (ramp**2).sum()
    columns, rows = (np.array([image.sum(axis=axis, dtype=np.float64) @ ramp for image in images]) for axis in (0, 1))
    return np.column_stack([columns, rows]) / scale


def explained(features: NDArray[np.float32], causes: NDArray[np.float64]) -> float:
    """Share of the variance of features [N, D] that a linear regression on causes [N, C] explains, all D together."""
    centred = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    regressors = causes - causes.mean(axis=0)
    fitted = regressors @ np.linalg.lstsq(regressors, centred, rcond=None)[0]
    return float((fitted**2).sum() / (centred**2).sum())


def turned(run: Run, _: Claim) -> Measured:
    """Mean distance of SimCLR's features of an image and of it turned by 90 degrees, over that of two images."""
    path, folder = run.features(COLOUR, "simclr"), run.patches(COLOUR)
    checkpoint = run.encoder(COLOUR, "simclr") / "checkpoint.safetensors"
    record = read_json(path.with_suffix(".json"))
    files = (path, folder / IMAGES, checkpoint)
    if record is None or not all(file.is_file() for file in files):
        return absent("no SimCLR encoder trained here on colour photographs")
    images = np.load(folder / IMAGES, mmap_mode="r", allow_pickle=False)
    chosen = np.unique(np.linspace(0, len(images) - 1, min(TURNED, len(images))).astype(np.int64))
    there = np.load(path, mmap_mode="r", allow_pickle=False)[chosen].astype(np.float64)
    quarter = np.ascontiguousarray(np.rot90(images[chosen], axes=(1, 2)))
    again = encode_images(load_encoder(checkpoint, "simclr"), quarter, int(record["settings"]["side"]), True,
                          torch.device("cpu"))
    pairs = np.linalg.norm(there[:, None] - there[None], axis=2)[np.triu_indices(len(there), 1)]
    value = float(np.linalg.norm(there - again, axis=1).mean() / pairs.mean())
    return benchmark_template(run, COLOUR, record, *files).like(value, f"{value:.2f}")


def _photographs(run: Run, classes: set[str]) -> tuple[pd.Series | None, int, Measured]:
    """Images in each class, their side, and what holds for them; None where the set has other classes."""
    path = run.patches(COLOUR) / TABLE
    record = read_json(path.with_name("provenance.json"))
    if record is None or not path.is_file():
        return None, 0, absent("this run has no colour photographs")
    if set(record["classes"]) != classes:
        return None, 0, absent("the photographs of this run are others", path)
    patches = open_set(path.parent)
    found = template(record, path.with_name(IMAGES), path)
    return patches.table["label"].value_counts(), patches.side, found


def _map(run: Run, name: str) -> tuple[pd.DataFrame | None, Measured]:
    """Place on the map, true and matched class of each photograph of the set `name`; None where there is none."""
    folder = run.results / name
    record, files = read_json(folder / "provenance.json"), [folder / "classes.csv", folder / "tsne2.csv"]
    if record is None or not all(path.is_file() for path in files):
        return None, absent("this run has not classified such photographs")
    table = pd.read_csv(files[0], keep_default_na=False).merge(pd.read_csv(files[1]), on="id", validate="one_to_one")
    if set(table["label"]) != set(paper.CLASS_NAMES):
        return None, absent("the photographs of this run are others", *files)
    return table, benchmark_template(run, name, record, *files)
