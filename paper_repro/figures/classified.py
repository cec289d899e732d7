"""A user's own images and the classes found in them: on a t-SNE map, and eight random examples of each class."""

from pathlib import Path

import numpy as np

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import class_panels, style
from paper_repro.patches.dataset import open_set

MAP = "tsne2.csv"
SHOWN = 40  # classes at most, the largest, whose examples are drawn: a figure of more is no picture any more


def draw(run: Run, name: str, origin: Origin) -> Made:
    """Draw `<name>-tsne`, where there were enough images for a map, and `<name>-examples` of a classified folder.

    Raises UserError where the set `name` was not classified.
    """
    folder = run.results / name
    record = read_json(folder / "provenance.json")
    if record is None:
        raise UserError(f"{folder}: expected a finished classification, found none; make it with "
                        f"`{hints.command('classify')} FOLDER`.")
    patches = open_set(run.patches(name))
    labels, classes = style.named(read_csv(folder / "classes.csv")["class"].to_numpy(np.int64))
    encoder = paper.ENCODER_NAMES[record["settings"]["encoder"]]
    title = f"{name}: {len(labels)} images, {len(classes)} classes, encoder {encoder}"
    files: list[Path] = []
    with style.paper_style():
        if (folder / MAP).is_file():
            xy = read_csv(folder / MAP)[["x", "y"]].to_numpy(np.float64)
            figure = class_panels.tsne(patches.images, xy, labels, classes, title)
            files += style.save(figure, run, f"{name}-tsne", origin)
        more = f" (the {SHOWN} largest shown)" if len(classes) > SHOWN else ""
        figure = class_panels.examples(patches.images, labels, classes[:SHOWN], title + more)
        files += style.save(figure, run, f"{name}-examples", origin)
    return Made(files=tuple(files))
