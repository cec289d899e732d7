"""The table of effects: what each switch, another training and other defaults of scikit-learn do to the accuracy."""

import pandas as pd

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.tables.layout import Block, store

CAPTION = "Effect on SimCLR's accuracy of each switch between the recipes, the training seed, and library defaults"
HAC, KMEANS = "none, hac", "none, kmeans, n_init "


def write(run: Run, origin: Origin) -> Made:
    """Write `effects.csv`, `.md`, `.tex`: accuracies in percent, differences in points from recipe `paper`.

    Raises UserError where the effects weren't measured.
    """
    path, record = run.results / "effects.csv", read_json(run.results / "effects.json")
    if record is None or not path.is_file():
        raise UserError(f"{path}: expected the measured effects, found none or unfinished ones; "
                        f"run `{hints.command('run', 'effects')}`.")
    found, settings = read_csv(path, keep_default_na=False), record["settings"]
    n_init = f"{KMEANS}{run.profile.grid.kmeans_n_init}"
    trainings = as_trainings(found, n_init, settings["side"], record["images"])
    defaults = found[(found["change"] == "paper") & (found["seed"] == found["seed"].iloc[0])]
    blocks = [
        Block(["Training", "Seed", "HAC [%]", "Difference", "k-Means [%]", "Its std.", "Difference",
               "At the paper's settings"], "lrrrrrrl", [
            [row["change"], str(row["seed"]), f"{row['hac']:.1f}", f"{row['hac_difference']:+.1f}",
             f"{row['kmeans']:.1f}", f"{row['kmeans_std']:.1f}", f"{row['kmeans_difference']:+.1f}",
             f"not run, {row['full_hours']:.1f} h projected"] for row in trainings.to_dict("records")],
            "Trainings; clustering without reduction"),
        Block(["Cell", "Accuracy [%]", "Std. [%]"], "lrr", [
            [row["cell"], f"{100 * row['accuracy']:.1f}", f"{100 * row['std']:.1f}"]
            for row in defaults.to_dict("records")], "Defaults of scikit-learn, on recipe `paper`"),
    ]  # fmt: skip
    side, epochs = paper.INPUT_SIDE_PX, paper.TABLE2.max_epochs
    notes = [
        f"Trained at {settings['side']} px for {settings['epochs']} epochs on {record['images']} images; "
        f"{settings['repeats']} repeats. Recipe `paper`, with one switch as recipe `authors` has it; `authors`: all.",
        "Judge a difference by those of the rows that differ in the seed alone.",
        f"Projected: median seconds of an epoch here x pixels ({side} / {settings['side']})^2 x images x {epochs} "
        f"epochs, for {paper.IMAGES_PER_CLASS * len(paper.CLASS_NAMES)} images on the same machine.",
        "n_init was 10 by default in scikit-learn 1.3 and is 1 since 1.4. solver auto: the choice of scikit-learn 1.3, "
        "randomised for so many features and so few components; it is still that of later versions at these sizes.",
    ]
    return store(run, "effects", CAPTION, list(trainings.columns), trainings.to_dict("split")["data"], blocks, origin,
                 notes)


def as_trainings(found: pd.DataFrame, n_init: str, side: int, images: int) -> pd.DataFrame:
    """A row per training: accuracies in percent, differences to the first in points, hours at the paper's settings.

    side, images: side of the images in px and their number, as trained on.
    """
    larger = paper.IMAGES_PER_CLASS * len(paper.CLASS_NAMES) / images
    scale = (paper.INPUT_SIDE_PX / side) ** 2 * larger * paper.TABLE2.max_epochs / 3600
    rows = []
    for (change, seed), group in found.groupby(["change", "seed"], sort=False):
        accuracy, std = ((100 * group[name]).set_axis(group["cell"]).to_dict() for name in ("accuracy", "std"))
        rows.append({"change": change, "seed": seed, "hac": accuracy[HAC], "kmeans": accuracy[n_init],
                     "kmeans_std": std[n_init],
                     "full_hours": group["seconds_per_epoch"].iloc[0] * scale})
    table = pd.DataFrame(rows)
    for name in ("hac", "kmeans"):
        table[f"{name}_difference"] = table[name] - table[name].iloc[0]
    return table
