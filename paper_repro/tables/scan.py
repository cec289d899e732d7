"""The table of SCAN (Sect. 5): its accuracy beside that of the clusterings which it replaces."""

import math

import pandas as pd

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.experiments.settings import SCAN_FILES, scan_folder
from paper_repro.tables.layout import Block, store

CAPTION = "SCAN in place of the clustering (Sect. 5): mean accuracies without reduction"
COLUMNS = ["set", "encoder", "clustering", "repeats", "accuracy_percent", "error_percent", "std_percent",
           "balanced_accuracy_percent", "ari", "chance_accuracy_percent", "confident_percent",
           "gain_over_hac_points", "gain_error_points"]
NAMES = {"kmeans": paper.CLUSTERING_NAMES["kmeans"], "hac": paper.CLUSTERING_NAMES["hac"], "scan": "SCAN",
         "scan, before self-labelling": "SCAN before self-labelling"}
NOTES = (
    "SCAN after Van Gansbeke et al. (2020), written from the publication: 20 neighbours, 10 heads of which the one of "
    "the lowest loss is used, entropy weight 5, 100 epochs, then self-labelling at a confidence of 0.99. Its heads "
    "are trained on features that stay as they are, while its authors train the network too and label strongly "
    "augmented views: a lower bound of what SCAN can do.",
    "Gain: mean accuracy less that of HAC without reduction, the paper's own choice (Table 3); in brackets the "
    "standard error over the repeats, with one trained encoder.",
)


def write(run: Run, origin: Origin) -> Made:
    """Write `scan.csv`, `.md`, `.tex`. Raises UserError where SCAN wasn't run."""
    parts = []
    for name in run.photo_sets:
        path = scan_folder(run, name) / SCAN_FILES[0]
        if not path.is_file():
            raise UserError(f"{path}: expected the runs of SCAN, found none; run `{hints.command('run', 'scan')}`.")
        parts.append(summarised(read_csv(path)).assign(set=name))
    table = pd.concat(parts)[COLUMNS]
    return store(run, "scan", CAPTION, COLUMNS, table.to_numpy().tolist(), [block(table)], origin, NOTES)


def summarised(runs: pd.DataFrame) -> pd.DataFrame:
    """A row an encoder and clustering: means over the repeats, in percent; std with ddof 0; gain over HAC."""
    found = runs.groupby(["encoder", "clustering"], sort=False)
    table = pd.DataFrame({"repeats": found.size(), "ari": found["ari"].mean()})
    for column in ("accuracy", "balanced_accuracy", "chance_accuracy", "confident"):
        table[f"{column}_percent"] = 100 * found[column].mean()
    table["std_percent"] = 100 * found["accuracy"].std(ddof=0)
    table["error_percent"] = table["std_percent"] / table["repeats"].pow(0.5)
    table = table.reset_index()
    base = table[table["clustering"] == "hac"].set_index("encoder")
    of_encoder = table["encoder"].map
    table["gain_over_hac_points"] = table["accuracy_percent"] - of_encoder(base["accuracy_percent"])
    table["gain_error_points"] = (table["error_percent"] ** 2 + of_encoder(base["error_percent"]) ** 2).pow(0.5)
    return table


def block(table: pd.DataFrame) -> Block:
    """The table to read."""
    columns = ["Photographs", "Encoder model", "Clustering", "Accuracy [%]", "Std. [%]", "By chance [%]",
               "Balanced accuracy [%]", "ARI", "Confident [%]", "Gain over HAC [points]"]
    rows = []
    for row in table.to_dict("records"):
        own = row["clustering"] == "hac"
        gain = "" if own else f"{row['gain_over_hac_points']:+.1f} ({row['gain_error_points']:.1f})"
        sure = "" if math.isnan(row["confident_percent"]) else f"{row['confident_percent']:.0f}"
        rows.append([row["set"], paper.ENCODER_NAMES[row["encoder"]], NAMES[row["clustering"]],
                     f"{row['accuracy_percent']:.1f}", f"{row['std_percent']:.1f}",
                     f"{row['chance_accuracy_percent']:.1f}", f"{row['balanced_accuracy_percent']:.1f}",
                     f"{row['ari']:.3f}", sure, gain])
    return Block(columns, "lll" + "r" * 7, rows)
