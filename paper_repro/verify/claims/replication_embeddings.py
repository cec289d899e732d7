"""What replications measure on embeddings of real photographs: what changes them, and what explains them."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from paper_repro.base.files import read_json
from paper_repro.base.profile import Model
from paper_repro.base.run import COLOUR, Run
from paper_repro.experiments.settings import grid_seeds
from paper_repro.patches.photographs import to_gray
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.embeddings import displacement, explained, few, quarter_turn, slopes
from paper_repro.verify.claims.measured import Measured, NotRun
from paper_repro.verify.claims.replication_basis import basis, photographs_of

DIMMED, FLATTER = 0.75, 0.75
GRADIENT = 0.2  # of the range, at the right edge; minus as much at the left
Images = NDArray[np.uint8]


def halved(images: Images) -> Images:
    """Images [N, S, S, 3] at half their side, enlarged again (bilinear)."""
    side = images.shape[1]
    return np.stack([np.asarray(Image.fromarray(image).resize((side // 2, side // 2), Image.Resampling.BILINEAR)
                                .resize((side, side), Image.Resampling.BILINEAR)) for image in images])


def dimmed(images: Images) -> Images:
    """Images with their brightness times 0.75."""
    return _rounded(DIMMED * images.astype(np.float64))


def flatter(images: Images) -> Images:
    """Images [N, S, S, 3] with their contrast about the mean of each (of its gray version) times 0.75."""
    means = np.array([to_gray(image).mean() for image in images])
    return _rounded(means[:, None, None, None] + FLATTER * (images - means[:, None, None, None]))


def with_gradient(images: Images) -> Images:
    """Images [N, S, S, 3] with a gradient from -20 to 20 % of the range added from left to right."""
    ramp = 255 * np.linspace(-GRADIENT, GRADIENT, images.shape[2])
    return _rounded(images + ramp[:, None])


def _rounded(values: NDArray[np.float64]) -> Images:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


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
