"""Whether patches keep their class when they are turned: of each class of a catalogue the share that do."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, write_csv
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Made
from paper_repro.base.recipe import RECIPES
from paper_repro.base.run import FLAT, Run
from paper_repro.base.workers import parallel
from paper_repro.catalogues.assign import ORIENTATION
from paper_repro.catalogues.document import open_catalogue
from paper_repro.catalogues.encode import open_encoder
from paper_repro.clustering import nearest_class
from paper_repro.clustering.names import Way
from paper_repro.encoders.augment import Augmenter, Draw
from paper_repro.encoders.encode import encode_images
from paper_repro.encoders.train import choose_device
from paper_repro.patches import build, turned
from paper_repro.patches.dataset import PatchSet, open_set

ANGLES = tuple(360 / 24 * n for n in range(24))
MOST = 500  # images that are turned; of more, so many are drawn
SECONDS = 1.0  # that an observation takes, about


def measure(run: Run, name: str, catalogue: Path, weights: Path | None, *, way: Way, device: str | None,
            jobs: int | None) -> Made:
    """Turn the images of an assigned set by ANGLES, encode and assign each, and count which keep their class.

    Patches of Venus are turned on the sphere and projected anew; those whose turned window has too few points at any
    angle don't count. Photographs are turned as in training: the empty corners are cropped away, so that what is left
    is enlarged. Writes into results/<name>/ orientation.csv (class, images, kept: mean share of the 23 turns;
    all: share that keep it at all) and orientation_angles.csv (angle_deg, kept).
    """
    opened, patches = open_catalogue(catalogue), open_set(run.patches(name))
    rows = np.arange(len(patches))
    if len(rows) > MOST:
        rows = np.sort(np.random.default_rng(0).choice(rows, MOST, replace=False))
    encoder, known, side = open_encoder(opened, weights), opened.known, run.profile.encoders.side
    used, found = list[int](), list[NDArray[np.int64]]()
    on = choose_device(device)
    progress = Progress(f"{name}: turned", len(rows), "images")
    photographs = opened.about["images"]["patches"] is None
    for row, views in _photographs(patches, rows, run) if photographs else _venus(run, name, rows, jobs):
        if views is not None:
            x = encode_images(encoder, views, side, patches.colour, on, normalisation=run.normalisation)
            used.append(row)
            found.append(nearest_class.nearest(nearest_class.distances(x, known, way))[0])
        progress.step()
    if not used:
        raise UserError(f"{name}: expected patches with data all round them, found none that can be turned; name more "
                        "observations.")
    kept = np.stack(found)[:, 1:] == np.stack(found)[:, :1]
    classes = np.stack(found)[:, 0]
    parts = [(opened.classes[c], kept[classes == c]) for c in range(len(opened.classes))]
    table = [{"class": each, "images": len(part), "kept": part.mean() if len(part) else np.nan,
              "all": part.all(axis=1).mean() if len(part) else np.nan} for each, part in [*parts, ("all", kept)]]
    write_csv(run.results / name / ORIENTATION[0], pd.DataFrame(table))
    write_csv(run.results / name / ORIENTATION[1], pd.DataFrame({"angle_deg": ANGLES[1:], "kept": kept.mean(axis=0)}))
    return Made({"turned": len(used), "left_out": len(rows) - len(used)}, notes=tuple(opened.about["notes"]),
                simulated=opened.about["simulated"])


def _venus(run: Run, name: str, rows: NDArray[np.int64], jobs: int | None
           ) -> Iterator[tuple[int, NDArray[np.uint8] | None]]:
    """Row and turned patches [24, r, r] of each row; None for those that aren't whole."""
    wanted = next(each for each in run.venus_sets if each.name + FLAT == name)
    tasks = build.tasks(run, wanted.instrument, build.observe(run, wanted.instrument))
    sources = open_set(run.patches(name)).table["source"].to_numpy()
    todo, places = [], {}
    for source in dict.fromkeys(sources[rows]):
        of_source = np.flatnonzero(sources == source)
        within = np.flatnonzero(np.isin(of_source, rows))
        turning = turned.Turning(tasks[source], wanted.scale_km, tuple(within.tolist()), ANGLES)
        todo.append(turning)
        places[source] = of_source[within]
    with contextlib.closing(parallel(turned.turn_part, todo, jobs, seconds=SECONDS)) as results:
        for turning, (images, whole) in results:
            for row, views, fits in zip(places[turning.task.source], images, whole, strict=True):
                yield int(row), views if fits else None


def _photographs(patches: PatchSet, rows: NDArray[np.int64], run: Run
                 ) -> Iterator[tuple[int, NDArray[np.uint8] | None]]:
    """Row and turned images of each row, in the colours and size that the encoder's input has."""
    side = run.profile.encoders.side
    augment = Augmenter(side, patches.colour, RECIPES["paper"], jitter_and_blur=False, kind="unit")
    draws = [Draw(angle, (0, 0, side, side), flip=False) for angle in ANGLES]
    for row in rows:
        views = augment.drawn(np.repeat(patches.images[row][None], len(ANGLES), axis=0), draws)
        pixels = torch.round(255 * views.permute(0, 2, 3, 1)).clamp(0, 255).to(torch.uint8).numpy()
        yield int(row), pixels if patches.colour else np.ascontiguousarray(pixels[..., 0])


def tell(folder: Path) -> None:
    """Print of each class how many keep it."""
    for row in read_csv(folder / ORIENTATION[0], dtype={"class": str}).to_dict("records"):
        if row["images"]:
            print(f"turned, {'class ' if row['class'] != 'all' else ''}{row['class']}: {row['images']} images keep it "
                  f"in {row['kept']:.0%} of 23 turns, {row['all']:.0%} of them in all")
