"""Whether patches keep their class when they are turned: of each class of a catalogue the share that do."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Made
from paper_repro.base.recipe import RECIPES
from paper_repro.base.run import Run
from paper_repro.catalogues.document import open_catalogue
from paper_repro.catalogues.encode import open_encoder
from paper_repro.clustering import nearest_class
from paper_repro.clustering.names import Way
from paper_repro.encoders.augment import Augmenter, Draw
from paper_repro.encoders.encode import encode_images
from paper_repro.encoders.train import choose_device
from paper_repro.experiments import orientation, turned_patches
from paper_repro.experiments.settings import ANGLES, ORIENTATION_FILES
from paper_repro.patches.dataset import PatchSet, open_set

MOST = 500  # images that are turned; of more, whole observations are drawn up to so many


def measure(run: Run, name: str, catalogue: Path, weights: Path | None, *, way: Way, device: str | None,
            jobs: int | None) -> Made:
    """Turn the images of an assigned set by ANGLES, encode and assign each, and count which keep their class.

    Patches of Venus are turned on the sphere and projected anew; those whose turned window has too few points at any
    angle don't count. Photographs are turned as in training: the empty corners are cropped away, so that what is left
    is enlarged. Writes into results/<name>/ orientation.csv (class, images, kept: mean share of the 23 turns;
    all: share that keep it at all) and orientation_angles.csv (angle_deg, kept).
    """
    opened, patches = open_catalogue(catalogue), open_set(run.patches(name))
    rows = turned_patches.drawn(patches.table["source"].tolist(), MOST)
    encoder, known, side = open_encoder(opened, weights), opened.known, run.profile.encoders.side
    found = list[NDArray[np.int64]]()
    on = choose_device(device)
    progress = Progress(f"{name}: turned", len(rows), "images")
    photographs = opened.about["images"]["patches"] is None
    for _, views in _photographs(patches, rows, run) if photographs else turned_patches.views(run, name, rows, jobs):
        if views is not None:
            x = encode_images(encoder, views, side, patches.colour, on, normalisation=run.normalisation)
            found.append(nearest_class.nearest(nearest_class.distances(x, known, way))[0])
        progress.step()
    if not found:
        raise UserError(f"{name}: expected patches with data all round them, found none that can be turned; name more "
                        "observations.")
    orientation.write(run.results / name, np.stack(found), opened.classes)
    return Made({"turned": len(found), "left_out": len(rows) - len(found)}, notes=tuple(opened.about["notes"]),
                simulated=opened.about["simulated"])


def _photographs(patches: PatchSet, rows: NDArray[np.int64], run: Run) -> Iterator[turned_patches.Views]:
    """Row and turned images of each row, in the colours and size that the encoder's input has."""
    side = run.profile.encoders.side
    augment = Augmenter(side, patches.colour, RECIPES["paper"], jitter_and_blur=False, kind="unit")
    draws = [Draw(angle, (0, 0, side, side), flip=False) for angle in ANGLES]
    for row in rows:
        views = augment.drawn(np.repeat(patches.images[row][None], len(draws), axis=0), draws)
        pixels = torch.round(255 * views.permute(0, 2, 3, 1)).clamp(0, 255).to(torch.uint8).numpy()
        yield int(row), pixels if patches.colour else np.ascontiguousarray(pixels[..., 0])


def tell(folder: Path) -> None:
    """Print of each class how many keep it."""
    for row in read_csv(folder / ORIENTATION_FILES[0], dtype={"class": str}).to_dict("records"):
        if row["images"]:
            print(f"turned, {'class ' if row['class'] != 'all' else ''}{row['class']}: {row['images']} images keep it "
                  f"in {row['kept']:.0%} of 23 turns, {row['all']:.0%} of them in all")
