"""The table of known truth: how well classes show what simulated patches really are, one property turned at a time."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from paper_repro import paper
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import FLAT, Run
from paper_repro.base.turned import PROPERTIES
from paper_repro.experiments import detection
from paper_repro.tables.layout import Block, store
from paper_repro.tables.table2 import recipe_words

CAPTION = "Classes of simulated patches against what the patches really show"
NAMES = {"contrast": "contrast of the waves", "patches": "number of patches", "blending": "blending with another type",
         "limb_darkening": "residual limb darkening", "holes": "share of patches with a hole"}
MEANING = (
    "Contrast: root mean square of the waves over the patches of waves, in standard deviations of the camera's noise. "
    "Blending: share of each patch's area that shows clouds of another type. Residual limb darkening: by how much the "
    "brightness falls from one side of a patch to the other. Holes: share of the patches across which a band of "
    "pixels, a tenth of the side wide, is lost and filled from the nearest.",
    "ARI, adjusted Rand index of classes and true types: 1 the same, 0 no more than by chance. Of the class that holds "
    "most patches of waves: how many of all waves it holds (recall), and how many of its patches are waves "
    "(precision).",
    f"Found: recall and precision at least {detection.FOUND:g} on average over the seeds, at this value and at every "
    "one measured that makes it easier.",
)
SCORE_NAMES = ("ARI", "Recall", "Precision")


def write(run: Run, origin: Origin) -> Made:
    """Write `truth.csv`, `.md`, `.tex`. Raises UserError where the classes weren't compared with the truth."""
    points, sets, record = detection.read(run)
    asked, encoders = record["settings"], run.profile.encoders
    table = detection.summary(points, asked["classes"])
    recipe = recipe_words(encoders.recipe, encoders.switches)
    trained = "" if asked["encoders"] == ["simple"] else \
        f", trained for {encoders.epochs} epochs on each set, recipe {recipe}, seed {encoders.seeds[0]}"
    notes = [
        *MEANING,
        f"Where another property is turned: {asked['series']['patches']} patches, contrast "
        f"{asked['series']['contrast']:g}. A quarter of the patches shows each type. Best number: the one, of "
        f"{min(asked['ks'])} to {max(asked['ks'])} classes, that fits the truth best; only who knows the truth can "
        "choose it.",
        f"Encoders at {encoders.side} px{trained}. Patches of the series are drawn straight from the simulated clouds, "
        "with the camera's pixels and noise.",
    ]
    blocks = blocks_of(table, sets, asked["classes"])
    return store(run, "truth", CAPTION, list(table.columns), table.to_dict("split")["data"], blocks, origin, notes)


def blocks_of(table: pd.DataFrame, sets: pd.DataFrame, classes: int) -> list[Block]:
    """Where waves are found, the scores of each property (`detection.summary`), and those of the archive's sets."""
    turned = [name for name in PROPERTIES if (table["property"] == name).any()]
    return [found_block(table, classes), *(series_block(table, name, classes) for name in turned),
            *([] if sets.empty else [sets_block(sets, classes)])]


def found_block(table: pd.DataFrame, classes: int) -> Block:
    """From or up to which value of each property waves are found."""
    names = [name for name in PROPERTIES if (table["property"] == name).any()]
    rows = [[paper.ENCODER_NAMES[str(encoder)], number, *(found(part[part["property"] == name], before)
                                                         for name in names)]
            for encoder, part in table.groupby("encoder", sort=False)
            for number, before in ((str(classes), ""), ("best number", "best_"))]
    return Block(["Encoder", "Classes", *(NAMES[name].capitalize() for name in names)], "ll" + "r" * len(names), rows,
                 "Where waves are found")


def found(rows: pd.DataFrame, before: str) -> str:
    """`from 2`, `up to 0.3`, `only at 0`, `nowhere`; of one value `at 7` or `not at 7`; or that nothing was run."""
    if rows.empty:
        return "not run"
    value = detection.limit(rows, before)
    if len(rows) == 1:
        return f"{'not ' if value is None else ''}at {rows['value'].iloc[0]:g}"
    if value is None:
        return "nowhere"
    if rows["property"].iloc[0] in detection.RISING:
        return f"from {value:g}"
    return f"up to {value:g}" if value > rows["value"].min() else f"only at {value:g}"


def series_block(table: pd.DataFrame, name: str, classes: int) -> Block:
    """The scores at each value of one property."""
    rows = [[f"{row['value']:g}", paper.ENCODER_NAMES[row["encoder"]], f"{row['seeds']}",
             *(spread(row, column) for column in detection.SCORES), f"{row['best_k_mean']:.1f}",
             *(spread(row, f"best_{column}") for column in detection.SCORES)]
            for row in table[table["property"] == name].to_dict("records")]
    return Block([NAMES[name].capitalize(), "Encoder", "Seeds", *SCORE_NAMES, "Best number", *SCORE_NAMES],
                 "rlrrrrrrrr", rows, f"{NAMES[name].capitalize()}: {classes} classes, and the best number of classes")


def sets_block(sets: pd.DataFrame, classes: int) -> Block:
    """The scores of the simulated archive's sets."""
    rows = []
    for (name, encoder), part in sets.groupby(["set", "encoder"], sort=False):
        chosen, best = part[part["k"] == classes].iloc[0], part.iloc[int(part["ari"].to_numpy().argmax())]
        rows.append([str(name).removesuffix(FLAT), str(chosen["patches"]), str(chosen["waves"]),
                     paper.ENCODER_NAMES[str(encoder)], *(plain(chosen[column]) for column in detection.SCORES),
                     str(best["k"]), *(plain(best[column]) for column in detection.SCORES)])
    return Block(["Set", "Patches", "Of waves", "Encoder", *SCORE_NAMES, "Best number", *SCORE_NAMES], "lrrlrrrrrrr",
                 rows, f"The simulated archive's sets: {classes} classes, and the best number of classes")


def spread(row: Mapping[Any, Any], column: str) -> str:
    """`0.93 ± 0.02`: mean and deviation over seeds; the mean alone of one seed."""
    mean, std = row[f"{column}_mean"], row[f"{column}_std"]
    return f"{mean:.2f} ± {std:.2f}" if row["seeds"] > 1 else f"{mean:.2f}"


def plain(value: float) -> str:
    """A score, or that there is none."""
    return "none" if pd.isna(value) else f"{value:.2f}"
