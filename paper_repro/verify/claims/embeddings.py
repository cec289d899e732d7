"""Sect. 3.2.2: what the text says about embeddings, measured on data/<profile>/features/ and classes of Venus."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.profile import Model
from paper_repro.base.run import COLOUR, FLAT, Run
from paper_repro.encoders.checkpoint import load_encoder
from paper_repro.encoders.encode import Encoder, base_encoder, encode_images
from paper_repro.encoders.resnet import ResNetEncoder
from paper_repro.encoders.train import CHECKPOINT
from paper_repro.encoders.weights import find_chosen
from paper_repro.experiments.settings import ORIENTATION_FILES
from paper_repro.patches.dataset import IMAGES, TABLE, open_set
from paper_repro.verify.claims.changes import DIMMED, FLATTER, Images, dimmed, flatter, halved, quarter_turn
from paper_repro.verify.claims.claim import BENCHMARK, Claim
from paper_repro.verify.claims.measured import Measured, NotRun, basis_of, benchmark_basis
from paper_repro.verify.claims.patch_sets import need

SET = "uvi-3000km-flat"  # where the autoencoder's embeddings are looked at
TURNED = 0.5  # of the distance between two images
TURNED_IMAGES = 48
KEPT = 0.9  # of the turns of a patch of Venus; classes blend into one another (Sect. 4.2), so not all
LESS_SENSITIVE: Mapping[str, tuple[str, Callable[[Images], Images]]] = {
    "halved": ("resolution, here halved", halved), "dimmed": (f"total brightness, here times {DIMMED}", dimmed),
    "flatter": (f"contrast, here times {FLATTER}", flatter)}


def claims() -> Iterator[Claim]:
    """What is sensitive to gradients and holes, and what doesn't change when an image is turned."""
    yield Claim("embeddings.autoencoder", "Sect. 3.2.2", "result", "The autoencoder's embeddings are highly sensitive "
                "to gradients and holes, even of flattened patches (share of their variance that these explain, over "
                "SimCLR's).", "highly", 1.0, None, "at least", "", "taken as more than SimCLR's; linear regression on "
                "the flattened patch's two slopes and on the density of its emptiest bin",
                ("uvi", "imagenet-weights", "gpu-time"), "python -m paper_repro encode --profile paper --encoders "
                f"autoencoder --set {SET}", gradients)
    yield Claim("embeddings.rotation", "Sect. 3.2.2", "result", "The augmentations help to learn embeddings that don't "
                "change when an image is turned (distance of a quarter turn over that of two images).", "invariant",
                TURNED, None, "at most", "", "taken as at most half", (*BENCHMARK, "gpu-time"), "make benchmark "
                "PROFILE=paper", turned)
    for name, (words, _) in LESS_SENSITIVE.items():
        yield Claim(f"embeddings.less-sensitive.{name}", "Sect. 3.2.2", "result", "The augmentations help to learn "
                    f"embeddings that are less sensitive to changes in {words} (distance of a changed image over that "
                    "of two images: SimCLR's over Simple's).", "less sensitive", 1.0, None, "at most", "",
                    "a comparison with the encoder that training starts from: 1 is no change by training",
                    (*BENCHMARK, "gpu-time"), "make table1 PROFILE=paper", less_sensitive)
    for name in paper.PATCH_COUNTS:
        yield Claim(f"embeddings.turned.{name}", "Sect. 3.2.2", "result", "The augmentations help to learn embeddings "
                    f"that don't change when a patch of Venus is turned ({name}: share of its turns by 15 to 345 "
                    "degrees, on the sphere, at which it keeps its class).", "invariant", KEPT, None,
                    "at least", "", "taken as at least 9 of 10: the classes blend into one another, and patches on a "
                    "border change theirs at the least change", (need(name), "imagenet-weights", "gpu-time"),
                    "make venus PROFILE=paper", kept_when_turned)


def gradients(run: Run, _: Claim) -> Measured:
    """Share of the variance of features that gradients and holes explain: the autoencoder's over SimCLR's."""
    paths = [run.features(SET, model) for model in ("autoencoder", "simclr")]
    records = [record for path in paths if (record := read_json(path.with_suffix(".json"))) is not None]
    folder = run.patches(SET)
    files = (folder / IMAGES, folder / TABLE, *paths)
    if len(records) < len(paths) or not all(path.is_file() for path in files):
        raise NotRun(f"no features of {SET} by both encoders")
    ours, theirs = (basis_of(record, *files[:2], path) for record, path in zip(records, paths, strict=True))
    patches = open_set(folder)
    causes = np.column_stack([slopes(patches.images), patches.table["density_min_bin"].to_numpy(np.float64)])
    autoencoder, simclr = (explained(np.load(path, allow_pickle=False), causes) for path in paths)
    return ours.beside(theirs).with_value(
        autoencoder / simclr, f"{autoencoder / simclr:.2f} ({autoencoder:.1%} / {simclr:.1%})")


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
    images, basis = _photographs(run)
    value = displacement(run, "simclr", run.seed_of(COLOUR), quarter_turn(images))
    return basis.with_value(value, f"{value:.2f}")


def less_sensitive(run: Run, claim: Claim) -> Measured:
    """How far a change of the images moves SimCLR's features over how far it moves Simple's."""
    images, of_simclr = _photographs(run)
    path = run.features(COLOUR, "simple")
    record = read_json(path.with_suffix(".json"))
    if record is None or not path.is_file():
        raise NotRun("no features of colour photographs by the Simple encoder")
    changed = LESS_SENSITIVE[claim.id.rpartition(".")[2]][1](images)
    seed = run.seed_of(COLOUR)
    simclr, simple = displacement(run, "simclr", seed, changed), displacement(run, "simple", seed, changed)
    return of_simclr.beside(benchmark_basis(run, COLOUR, record, path)).with_value(
        simclr / simple, f"{simclr / simple:.2f} ({simclr:.2f} / {simple:.2f})")


def kept_when_turned(run: Run, claim: Claim) -> Measured:
    """Share of the turns of a set's patches, of all classes together, that keep their class."""
    folder = run.results / (claim.id.rpartition(".")[2] + FLAT)
    path, record = folder / ORIENTATION_FILES[0], read_json(folder / "provenance.json")
    if record is None or not path.is_file():
        raise NotRun("this run has no classes of these patches")
    [row] = [row for row in read_csv(path, dtype={"class": str}).to_dict("records") if row["class"] == "all"]
    if not row["images"]:
        raise NotRun("no patch has points enough at every angle", path)
    return basis_of(record, path).with_value(row["kept"], f"{row['kept']:.2f} ({row['images']} patches)")


def few(count: int) -> NDArray[np.int64]:
    """The images of `count`, spread evenly, that distances are measured on."""
    return np.unique(np.linspace(0, count - 1, min(TURNED_IMAGES, count)).astype(np.int64))


def displacement(run: Run, model: Model, seed: int, changed: Images) -> float:
    """Mean distance of the features of each of the `few` colour photographs and of it `changed`, over that of two.

    By the encoder trained with `seed`, or by the base model itself (`simple`).
    """
    path = run.features(COLOUR, model, seed)
    upright = np.load(path, mmap_mode="r", allow_pickle=False)
    upright = upright[few(len(upright))].astype(np.float64)
    encoder = base_model(run) if model == "simple" else load_encoder(run.encoder(COLOUR, model, seed) / CHECKPOINT,
                                                                    model)
    side = int((read_json(path.with_suffix(".json")) or {})["settings"]["side"])
    moved = np.linalg.norm(upright - encode_images(encoder, changed, side, True, torch.device("cpu"),
                                                   normalisation=run.normalisation), axis=1)
    pairs = np.linalg.norm(upright[:, None] - upright[None], axis=2)[np.triu_indices(len(upright), 1)]
    return float(moved.mean() / pairs.mean())


def base_model(run: Run) -> Encoder:
    """The base model, or the encoder of the user's in its place. Raises NotRun where its file is no more.

    Judging makes nothing, so what is noted of the file stays, other than where an encoder is trained.
    """
    if run.encoder_file is not None:
        return base_encoder(run)
    if (base := find_chosen(run)) is None:
        raise NotRun("the file of the base weights isn't where it was found")
    return ResNetEncoder(base.state)


def _photographs(run: Run) -> tuple[Images, Measured]:
    """The `few` colour photographs, and the basis of what SimCLR's features of them say. Raises NotRun."""
    path, folder = run.features(COLOUR, "simclr"), run.patches(COLOUR)
    record = read_json(path.with_suffix(".json"))
    files = (path, folder / IMAGES, run.encoder(COLOUR, "simclr") / CHECKPOINT)
    if record is None or "simclr" not in run.models_for(COLOUR) or not all(file.is_file() for file in files):
        raise NotRun("no SimCLR encoder trained here on colour photographs")
    images = np.load(folder / IMAGES, mmap_mode="r", allow_pickle=False)
    return images[few(len(images))], benchmark_basis(run, COLOUR, record, *files)
