"""The table of near-identical photographs: their groups, and what of Table 1's accuracies rests on them."""

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.experiments.settings import DEDUPLICATED_FILE, DUPLICATES_FILES, WAYS, duplicates_folder
from paper_repro.tables.layout import Block, store

CELL = ["encoder", "reduction", "dims", "clustering"]
CAPTION = "Near-identical photographs, and what of Table 1's accuracies rests on them"
ALL, ONE, RANDOM, WEIGHED, BY_GROUPS, AT_RANDOM = WAYS
TITLES = {
    ONE: "One image a group: accuracy less that of all images, in points",
    RANDOM: "As many images dropped from each class at random: accuracy less that of all images, in points",
    WEIGHED: "Clusters of all images, each group scored as one image: accuracy less that of all images, in points",
    BY_GROUPS: "A fifth held out: accuracy of the held-out images with groups undivided, less that with a split at "
               "random, in points",
}
NOTES = (
    "Two images are in one group if a chain of pairs joins them, each at most the threshold apart in one of the "
    "square's eight symmetries. identical: pixel by pixel. thumbnails: root mean square difference of 16 x 16 cells, "
    "in gray levels. features: 1 - cosine of the base model's features, which no training on these images has made. "
    "Strict thresholds find copies; loose ones join whole skies that look alike, so that no threshold is the right "
    "one.",
    "Dropping images also changes how large the classes are, which moves clusters by itself: hold one image a group "
    "against as many dropped at random. After the sign ±: standard error of the difference over the repeats.",
    "Held-out images have the class of the nearest cluster's mean; t-SNE has no place for new images, and was not "
    "run on images dropped at random.",
)


def write(run: Run, origin: Origin) -> Made:
    """Write `duplicates.csv`, `.md`, `.tex`. Raises UserError where the groups or the accuracies aren't there."""
    folder = duplicates_folder(run)
    files = [folder / DUPLICATES_FILES[0], folder / DEDUPLICATED_FILE]
    record = read_json(folder / "accuracies.json")
    if record is None or not all(path.is_file() for path in files):
        raise UserError(f"{files[1]}: expected what was measured of near-identical photographs, found none or "
                        f"unfinished files; run `{hints.command('run', 'duplicates')}`.")
    groups, runs = (read_csv(path, keep_default_na=False, na_values=[""]) for path in files)
    means = summarised(runs.fillna({"measure": ""}))
    return store(run, "duplicates", CAPTION, list(means.columns), means.to_dict("split")["data"],
                 blocks(groups, means), origin, NOTES)


def blocks(groups: pd.DataFrame, means: pd.DataFrame) -> list[Block]:
    """The table to read, from groups.csv and what `summarised` gives."""
    return [of_groups(groups), *(differences(means, way) for way in TITLES), of_classes(means)]


def summarised(runs: pd.DataFrame) -> pd.DataFrame:
    """A row for each measure, threshold, way and cell: means over repeats, in percent but for `ari`; std: ddof 0."""
    shares = _starting(runs, "accuracy of ")
    keys = ["measure", "threshold", "way", *CELL]
    found = runs.groupby(keys, sort=False)
    table = found[["images", "ari"]].mean()
    table.insert(0, "repeats", found.size())
    for column, of in [("accuracy_percent", "accuracy"), ("balanced_accuracy_percent", "balanced_accuracy"),
                       ("chance_accuracy_percent", "chance_accuracy"), *((f"{name} [%]", name) for name in shares)]:
        table[column] = 100 * found[of].mean()
    table["std_percent"] = 100 * found["accuracy"].std(ddof=0)
    return table.reset_index()


def of_groups(groups: pd.DataFrame) -> Block:
    """How many groups there are at each threshold, and what is left of each class."""
    left = _starting(groups, "left of ")
    columns = ["Measure", "Threshold", "Groups", "Images in groups", "Largest group", "Groups of several classes",
               "Images left", *(column.removeprefix("left of ") for column in left)]
    rows = [[row["measure"], f"{row['threshold']:g}", *(str(row[key]) for key in (
        "groups", "images_in_groups", "largest", "of_several_classes", "images_left", *left))]
        for row in groups.to_dict("records")]
    return Block(columns, "l" + "r" * (len(columns) - 1), rows, "Groups, and images left of each class")


def differences(means: pd.DataFrame, way: str) -> Block:
    """A row a cell of Table 1, a column a threshold: what a way does to the accuracy."""
    measured = means[means["way"] == way]
    limits = list(dict.fromkeys(zip(measured["measure"], measured["threshold"], strict=True)))
    found = {tuple(row[key] for key in ("measure", "threshold", "way", *CELL)): row
             for row in means.to_dict("records")}
    against = AT_RANDOM if way == BY_GROUPS else ALL
    rows = []
    for cell in _cells(measured):
        base = found.get(("", 0.0, ALL, *cell))
        line = [*_named(cell), "" if base is None else f"{base['accuracy_percent']:.1f}"]
        for limit in limits:
            one = found.get((*limit, way, *cell))
            other = found.get((*limit, against, *cell)) if against != ALL else base
            line.append("" if one is None or other is None else difference(one, other))
        rows.append(line)
    columns = ["Encoder model", "Red. method", "Red. dims.", "Clustering method", "All images [%]",
               *(f"{measure} {threshold:g}" for measure, threshold in limits)]
    return Block(columns, "llrl" + "r" * (len(columns) - 4), rows, TITLES[way])


def difference(one: Mapping[Hashable, Any], other: Mapping[Hashable, Any]) -> str:
    """Difference of two means in points, with its standard error where one of them varies."""
    error = math.sqrt(sum(row["std_percent"] ** 2 / row["repeats"] for row in (one, other)))
    points = f"{one['accuracy_percent'] - other['accuracy_percent']:+.1f}"
    return f"{points} ± {error:.1f}" if error > 1e-9 else points


def of_classes(means: pd.DataFrame) -> Block:
    """Accuracy of each class in the paper's own cell, HAC without reduction, of the first encoder."""
    shares = _starting(means, "accuracy of ")
    chosen = means[(means["reduction"] == "none") & (means["clustering"] == "hac")
                   & means["way"].isin([ALL, ONE, RANDOM, WEIGHED])]
    encoder = chosen["encoder"].iloc[0]
    rows = [[row["way"], row["measure"], f"{row['threshold']:g}" if row["measure"] else "",
             *("" if math.isnan(row[share]) else f"{row[share]:.1f}" for share in ("accuracy_percent", *shares))]
            for row in chosen[chosen["encoder"] == encoder].to_dict("records")]
    names = [share.removeprefix("accuracy of ").removesuffix(" [%]") for share in shares]
    return Block(["Images", "Measure", "Threshold", "All classes", *names], "llr" + "r" * (1 + len(names)), rows,
                 f"Accuracy of each class [%], {paper.ENCODER_NAMES[encoder]}, no reduction, HAC")


def _starting(table: pd.DataFrame, words: str) -> list[str]:
    """The columns whose names start so."""
    return [str(column) for column in table if str(column).startswith(words)]


def _cells(means: pd.DataFrame) -> Sequence[tuple[str, str, int, str]]:
    """The cells that there are, in the order of Table 1."""
    there = set(means[CELL].itertuples(index=False, name=None))
    return [key for row in paper.TABLE1 if (key := (row.encoder, row.reduction, row.dims, row.clustering)) in there]


def _named(cell: tuple[str, str, int, str]) -> list[str]:
    encoder, reduction, dims, clustering = cell
    return [paper.ENCODER_NAMES[encoder], paper.REDUCTION_NAMES[reduction], str(dims or "None"),
            paper.CLUSTERING_NAMES[clustering]]
