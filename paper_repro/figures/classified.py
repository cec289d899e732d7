"""Images of a user's own folder and the classes found in it: on a t-SNE map, and eight random examples a class."""

from pathlib import Path

import numpy as np
import pandas as pd

from paper_repro import paper
from paper_repro.figures import class_panels, style
from paper_repro.patches.dataset import open_set
from paper_repro.profiles.errors import UserError
from paper_repro.profiles.files import read_json, sha256_file
from paper_repro.profiles.provenance import Provenance
from paper_repro.profiles.run import Run


def draw(run: Run, name: str) -> list[Path]:
    """Draw `<name>-examples` and, where there is a map, `<name>-tsne`; returns PNG and PDF files.

    Raises UserError where the set `name` was not classified.
    """
    folder = run.results / name
    origin = read_json(folder / "provenance.json")
    if origin is None:
        raise UserError(f"{folder}: expected a finished classification, found none; run "
                        "`python -m paper_repro classify FOLDER` first.")
    patches = open_set(run.patches(name))
    labels = pd.read_csv(folder / "classes.csv")["class"].to_numpy(np.int64)
    classes = class_panels.names(int(labels.max()) + 1)
    title = f"{name}: {len(labels)} images, encoder {paper.ENCODER_NAMES[origin['settings']['encoder']]}"
    files = []
    for part in ("tsne", "examples"):
        path = folder / ("tsne2.csv" if part == "tsne" else "classes.csv")
        if not path.is_file():
            continue
        inputs = {"patches": patches.sha256, "classes": sha256_file(folder / "classes.csv"), "map": sha256_file(path)}
        provenance = Provenance(f"{name}-{part}", "figures", run.profile.name, bool(origin["simulated"]),
                                {"set": name, "dpi": style.DPI}, inputs, tuple(origin["notes"]))
        made = style.is_current(run, f"{name}-{part}", provenance)
        if not made:
            with style.paper_style():
                if part == "tsne":
                    xy = pd.read_csv(path)[["x", "y"]].to_numpy(np.float64)
                    figure = class_panels.tsne(patches.images, xy, labels, classes, title)
                else:
                    figure = class_panels.examples(patches.images, labels, classes, title)
                made = style.save(figure, run, f"{name}-{part}", provenance)
        files += made
    return files
