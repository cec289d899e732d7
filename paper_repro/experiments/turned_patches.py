"""Patches of Venus seen at 24 angles, and their features: what tells whether classes depend on the orientation.

They are turned on the sphere, before they are projected: the camera turns about its axis, so that no corner is empty.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.files import write_csv
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Made
from paper_repro.base.run import FLAT, Run
from paper_repro.base.workers import parallel
from paper_repro.experiments.settings import ANGLES, MOST_TURNED, turned_file
from paper_repro.patches import build, turned
from paper_repro.patches.dataset import open_set

if TYPE_CHECKING:
    from paper_repro.encoders.encode import Encoder  # which loads torch

SECONDS = 1.0  # that an observation takes, about
Views = tuple[int, NDArray[np.uint8] | None]


def drawn(sources: Sequence[str], most: int) -> NDArray[np.int64]:
    """Rows, ascending, of at most `most` patches: of more, whole observations are drawn until there are so many.

    sources: the observation that each patch is of. Of the last one drawn, only as many as are wanted.
    """
    numbers = pd.factorize(np.asarray(sources))[0]
    order = np.random.default_rng(0).permutation(numbers.max() + 1)
    rows = np.argsort(np.argsort(order)[numbers], kind="stable")
    return np.sort(rows[:most])


def views(run: Run, name: str, rows: NDArray[np.int64], jobs: int | None) -> Iterator[Views]:
    """Of each of these rows of a flattened set, in an order of their own: row and patches at ANGLES [24, r, r].

    None in place of the patches where one of them has too few points, by the density checks of Sect. 3.1.3.
    """
    wanted = next(each for each in run.venus_sets if each.name + FLAT == name)
    tasks = build.tasks(run, wanted.instrument, build.observe(run, wanted.instrument))
    sources = open_set(run.patches(name)).table["source"].to_numpy()
    todo, places = [], {}
    for source in dict.fromkeys(sources[rows]):
        of_source = np.flatnonzero(sources == source)
        within = np.flatnonzero(np.isin(of_source, rows))
        todo.append(turned.Turning(tasks[source], wanted.scale_km, len(of_source), tuple(within.tolist()), ANGLES))
        places[source] = of_source[within]
    with contextlib.closing(parallel(turned.turn_part, todo, jobs, seconds=SECONDS)) as results:
        for turning, (images, whole) in results:
            for row, patches, fits in zip(places[turning.task.source], images, whole, strict=True):
                yield int(row), patches if fits else None


def encode_turned(run: Run, name: str, *, device: str | None, jobs: int | None) -> Made:
    """Write the features of patches of a flattened set at ANGLES, by the encoder whose classes are shown.

    Writes float32 [M, 24, D] and, with the same stem, a .csv: id and whether it is `whole`, of at most MOST_TURNED
    patches; the M that are whole are those encoded, in that order. Raises UserError where the encoder is absent.
    """
    from paper_repro.encoders.encode import encode_images, save
    from paper_repro.encoders.train import choose_device

    patches, path = open_set(run.patches(name)), turned_file(run, name)
    rows = drawn(patches.table["source"].tolist(), MOST_TURNED)
    found = {row: images for row, images in views(run, name, rows, jobs) if images is not None}
    images = np.array([found[row] for row in sorted(found)], np.uint8).reshape(-1, *patches.images.shape[1:])
    values = encode_images(_encoder(run, name), images, run.profile.encoders.side, patches.colour,
                           choose_device(device), Progress(f"{name}: turned", len(images), "images"),
                           run.normalisation)
    wide = np.load(run.features(name, run.benchmark_model), mmap_mode="r", allow_pickle=False).shape[1]
    write_csv(path.with_suffix(".csv"), pd.DataFrame({"id": patches.table["id"].to_numpy()[rows],
                                                      "whole": [int(row) in found for row in rows]}))
    return save(path, values.reshape(-1, len(ANGLES), wide))


def _encoder(run: Run, name: str) -> "Encoder":
    """The encoder whose classes of the set are shown."""
    from paper_repro.encoders import authors, encode
    from paper_repro.encoders.checkpoint import load_encoder

    model = run.benchmark_model
    if run.checkpoints == "authors" and model != "simple":
        return load_encoder(authors.of_run(run, model, name)[0], model)
    return encode.own_encoder(run, name, model)
