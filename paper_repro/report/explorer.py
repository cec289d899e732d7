"""The maps that a run has for the page's explorer: each set's, and those of its other encoders and trainings."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.hashes import digest
from paper_repro.base.instruments import of_set
from paper_repro.base.profile import Model
from paper_repro.base.run import FLAT, PHOTO_SETS, Run
from paper_repro.experiments import settings
from paper_repro.figures.style import named
from paper_repro.patches import drawn_out
from paper_repro.patches.dataset import PatchSet, open_set
from paper_repro.report.commands import command
from paper_repro.report.explored import Explored, address_of

TITLES = {"photos-colour": "Photographs, colour", "photos-gray": "Photographs, gray"}


def open_all(run: Run) -> tuple[list[Explored], list[str]]:
    """The maps of the patches that are there, and a sentence for each set that has none."""
    opened: list[Explored] = []
    missing = []
    for name in (*run.photo_sets, *run.flat_sets):
        found = _open(run, name)
        if isinstance(found, str):
            missing.append(f"{name}: {found}")
        else:
            opened += found
    return opened, missing


def _open(run: Run, name: str) -> list[Explored] | str:
    results = run.results / name
    origin = read_json(results / "provenance.json")
    if origin is None or not (results / "tsne2.csv").is_file() or not (results / "classes.csv").is_file():
        step = "venus" if name.endswith(FLAT) else "benchmark"
        return f"not classified in this run; `{command(run, step)}` does it"
    try:
        patches = open_set(run.patches(name))
    except UserError:
        return f"its patches are not there or not whole; `{command(run, 'patches')}` makes them"
    if origin["inputs"].get(f"patches {name}") != digest(patches.provenance["outputs"]):
        return "its map was made of other patches than are there"
    text = {"label": str, "matched": str}
    classes = read_csv(results / "classes.csv", dtype=text, keep_default_na=False)
    places = read_csv(results / "tsne2.csv")
    if list(places["id"]) != list(patches.table["id"]) or list(classes["id"]) != list(patches.table["id"]):
        return "its map doesn't list the patches that are there"
    return _explored(run, name, patches, places, classes, origin)


def _explored(run: Run, name: str, patches: PatchSet, places: pd.DataFrame, classes: pd.DataFrame,
              origin: dict[str, Any]) -> list[Explored]:
    """The maps of a set, first the one that its classes are shown on, then those of other encoders and trainings."""
    table = drawn_out.joined(patches.table, run.patches(name.removesuffix(FLAT)))
    links = {source: address for source in dict.fromkeys(patches.table["source"])
             if (address := link(run, name, source))}

    def one(model: Model, seed: int, places: pd.DataFrame, classes: pd.DataFrame, record: dict[str, Any]) -> Explored:
        names, labels, found, noise = named_classes(patches, classes)
        encoder = paper.ENCODER_NAMES[model]
        if model != "simple" and len(run.seeds_for(name)) > 1:
            encoder += f", training {seed}"
        return Explored(
            name, f"{TITLES.get(name, name.removesuffix(FLAT) + ', Venus')}: {encoder}", patches.images, table,
            places[["x", "y"]].to_numpy(np.float64), names, labels,
            features_of(run.features(name, model, seed), len(patches)), found,
            f"{len(patches)} images, encoder {encoder}. " + " ".join(record["notes"]), bool(record["simulated"]), links,
            noise=noise)

    found = [one(origin["settings"]["encoder"], run.seed_of(name), places, classes, origin)]
    record = read_json(run.results / name / "maps" / "provenance.json") or {}
    for model, seed in settings.others(run, name):
        path = settings.others_file(run, name, model, seed)
        if path.name not in record.get("outputs", {}) or not path.is_file():
            continue
        other = read_csv(path, dtype={"matched": str}, keep_default_na=False)
        if list(other["id"]) == list(table["id"]):
            found.append(one(model, seed, other, other, record))
    return found


def named_classes(patches: PatchSet, classes: pd.DataFrame) -> tuple[tuple[str, ...], NDArray[np.int64],
                                                                     tuple[str, ...], bool]:
    """Names of the classes that a map shows, the index of each patch's, and as what each was found where they are true.

    True ones of a labelled set; else those found, by the column `class` of `classes`. Last: whether the last is noise.
    """
    if patches.labels is not None and "matched" in classes:
        return patches.classes, patches.labels, tuple(classes["matched"]), False
    found = classes["class"].to_numpy(np.int64)
    numbers, names = named(found)
    if patches.labels is not None:
        return patches.classes, patches.labels, tuple(names[number] for number in numbers), False
    return names, numbers, (), bool((found < 0).any())


def features_of(path: Path, count: int) -> NDArray[np.float32] | None:
    """The features in a .npy file, mapped; None where there is none for as many images."""
    if not path.is_file():
        return None
    values: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    return values if len(values) == count else None


def link(run: Run, name: str, source: str) -> str | None:
    """Address of a patch's source file relative to the report; None where it isn't below the output folder."""
    root: Path | None = run.photographs
    if name not in PHOTO_SETS:
        root = run.archive(of_set(name))
    return None if root is None else address_of(root / source, run.out, run.report)
