"""What replications measure on embeddings of real photographs: what changes them, and what explains them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from paper_repro.base.files import read_json
from paper_repro.base.profile import Model
from paper_repro.base.run import COLOUR, Run
from paper_repro.experiments.settings import grid_seeds
from paper_repro.patches.photographs import to_gray
from paper_repro.verify.claims.changes import Images, dimmed, flatter, halved, quarter_turn, with_gradient
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.embeddings import displacement, explained, few, slopes
from paper_repro.verify.claims.measured import Measured, NotRun
from paper_repro.verify.claims.replication_basis import basis, photographs_of

CHANGES: Mapping[str, Callable[[Images], Images]] = {
    "rotation": quarter_turn, "resolution": halved, "brightness": dimmed, "contrast": flatter,
    "gradient": with_gradient}


Values = tuple[Measured, Sequence[float]]  # the basis, and the value of each training


def rotation(run: Run, _: Claim) -> Values:
    """How far SimCLR's features move when an image is turned, over the distance of two images, for each training."""
    found, moved = _moved(run, "rotation", "simclr")
    return found, moved["simclr"]


def less_sensitive(run: Run, claim: Claim) -> Values:
    """How far a change moves SimCLR's features over how far it moves Simple's, for each training."""
    found, moved = _moved(run, claim.id.split(".")[2], "simple", "simclr")
    return found, [value / moved["simple"][0] for value in moved["simclr"]]


def gradients_added(run: Run, _: Claim) -> Values:
    """How far an added gradient moves the autoencoder's features over how far SimCLR's, for each training."""
    found, moved = _moved(run, "gradient", "simclr", "autoencoder")
    return found, list(np.divide(moved["autoencoder"], moved["simclr"]))


def gradients_explained(run: Run, _: Claim) -> Values:
    """Share of the variance that the slopes of brightness explain: the autoencoder's over SimCLR's, each training."""
    found, seeds = _basis(run, "simclr", "autoencoder")
    causes = slopes(np.stack([to_gray(image) for image in photographs_of(run).images]))
    shares = {model: [explained(np.load(run.features(COLOUR, model, seed), allow_pickle=False), causes)
                      for seed in seeds] for model in ("simclr", "autoencoder")}
    return found, list(np.divide(shares["autoencoder"], shares["simclr"]))


def _moved(run: Run, change: str, *models: Model) -> tuple[Measured, dict[str, list[float]]]:
    """How far the change moves each model's features, for each training (Simple has none), and the basis."""
    found, seeds = _basis(run, *models)
    images = photographs_of(run).images
    changed = CHANGES[change](images[few(len(images))])
    return found, {model: [displacement(run, model, seed, changed) for seed in (seeds if model != "simple" else (0,))]
                   for model in models}


def _basis(run: Run, *models: Model) -> tuple[Measured, tuple[int, ...]]:
    """The basis of what is measured on features of these models, and the trainings' seeds. Raises NotRun."""
    missing = [model for model in models if model not in run.profile.encoders.models]
    if missing:
        raise NotRun(f"no {missing[0]} in this run")
    seeds = grid_seeds(run)
    paths = [run.features(COLOUR, model, seed) for model in models for seed in (seeds if model != "simple" else (0,))]
    return basis(run, [read_json(path.with_suffix(".json")) for path in paths], seeds, *paths), seeds
