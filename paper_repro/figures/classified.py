"""A user's own images and the classes found in them: on a t-SNE map, and eight random examples of each class."""

from pathlib import Path

import numpy as np
import pandas as pd

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file
from paper_repro.base.provenance import Provenance
from paper_repro.base.run import Run
from paper_repro.figures import class_panels, style
from paper_repro.patches.dataset import open_set

SHOWN = 40  # classes at most, the largest, whose examples are drawn: a figure of more is no picture any more


def draw(run: Run, name: str) -> list[Path]:
    """Draw `<name>-tsne`, where there is a map, and `<name>-examples` of a classified folder; returns PNGs and PDFs.

    Raises UserError where the set `name` was not classified.
    """
    folder = run.results / name
    origin = read_json(folder / "provenance.json")
    if origin is None:
        raise UserError(f"{folder}: expected a finished classification, found none; make it with "
                        "`python -m paper_repro classify FOLDER`.")
    patches = open_set(run.patches(name))
    labels = pd.read_csv(folder / "classes.csv")["class"].to_numpy(np.int64)
    classes = class_panels.names(int(labels.max()) + 1)
    encoder = origin["settings"]["encoder"]
    title = f"{name}: {len(labels)} images, {len(classes)} classes, encoder {paper.ENCODER_NAMES[encoder]}"
    files = []
    for part, file in (("tsne", "tsne2.csv"), ("examples", "classes.csv")):
        figure_name, path = f"{name}-{part}", folder / file
        if not path.is_file():  # too few images for a map; nor may one of others stay
            for suffix in (".json", *style.SUFFIXES):
                (run.figures / f"{figure_name}{suffix}").unlink(missing_ok=True)
            continue
        inputs = {"patches": patches.sha256, "classes": sha256_file(folder / "classes.csv"), "map": sha256_file(path)}
        provenance = Provenance(f"classified {part}", "figures", run.profile.name, bool(origin["simulated"]),
                                {"set": name, "encoder": encoder, "dpi": style.DPI}, inputs, tuple(origin["notes"]))
        made = style.is_current(run, figure_name, provenance)
        if not made:
            with style.paper_style():
                if part == "tsne":
                    xy = pd.read_csv(path)[["x", "y"]].to_numpy(np.float64)
                    figure = class_panels.tsne(patches.images, xy, labels, classes, title)
                else:
                    shown = classes[:SHOWN]
                    more = f" (the {SHOWN} largest shown)" if len(classes) > SHOWN else ""
                    figure = class_panels.examples(patches.images, labels, shown, title + more)
                made = style.save(figure, run, figure_name, provenance)
        files += made
    return files
