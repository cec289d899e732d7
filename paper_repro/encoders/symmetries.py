"""The base model's features of a set in the square's eight symmetries, to find images that are nearly the same."""

from pathlib import Path

import numpy as np

from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.encoders.encode import base_encoder, encode_images, save
from paper_repro.encoders.train import choose_device
from paper_repro.patches.dataset import open_set
from paper_repro.patches.thumbnails import SYMMETRIES, symmetries


def encode_symmetries(run: Run, set_name: str, path: Path, *, device: str | None) -> Made:
    """Write the base model's features of a set in each symmetry to the .npy file `path`: float32 [8, N, 512].

    Raises UserError if the set or the base weights are absent.
    """
    patches = open_set(run.patches(set_name))
    encoder = base_encoder(run)
    progress = Progress(f"{set_name} in eight symmetries: encode", SYMMETRIES * len(patches), "images")
    features = [encode_images(encoder, turned, run.profile.encoders.side, patches.colour, choose_device(device),
                              progress, run.normalisation) for turned in symmetries(patches.images)]
    return save(path, np.stack(features))
