"""The figures of docs/evidence.md, of numbers alone: python -m tests.docs.evidence_figures draws them anew.

Another version of matplotlib draws other bytes; what each figure was drawn from stands in it as a hash, which a test
compares with the numbers committed.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from paper_repro import paper
from paper_repro.base.hashes import digest
from paper_repro.base.run import COLOUR, GRAY
from paper_repro.figures import style
from paper_repro.verify.claims.replication_rules import COMBINATIONS
from tests.docs import evidence
from tests.docs.evidence import AUTHORS, MAIN, PAPER, Collected
from tests.golden.evidence_files import CLUSTERS, EVIDENCE, JUDGED, VALUES

FOLDER = Path(__file__).parents[2] / "docs"
STAMP = "Description"
COLOURS = {"simple": style.BLACK, "simclr": style.BLUE, "autoencoder": style.VERMILION}
DOTS_PER_INCH = 130


def accuracies(main: Collected, authors: Collected | None) -> Figure:
    """Ours and the paper's mean and deviation over repeats, a row a combination, one panel each."""
    figure = style.new_figure(style.FULL_MM, 88)
    axes = figure.subplots(1, 2, sharey=True, sharex=True)
    places = np.arange(len(COMBINATIONS))[::-1]
    for offset, (encoder, name) in zip((0.2, 0.0, -0.2), paper.ENCODER_NAMES.items(), strict=True):
        theirs = [PAPER[encoder, *combination] for combination in COMBINATIONS]
        _bars(axes[1], places + offset, [float(row.mean) for row in theirs], [float(row.std) for row in theirs],
              COLOURS[encoder], name)
        if encoder in main.about["models"]:
            _bars(axes[0], places + offset, *_ours(main, encoder), COLOURS[encoder], name)
    if authors is not None and "simclr" in authors.about["models"]:
        _bars(axes[0], places + 0.1, *_ours(authors, "simclr"), style.SKY, "SimCLR, recipe authors", "D")
    axes[0].set_yticks(places, [evidence.combination(*combination) for combination in COMBINATIONS])
    for one, title in zip(axes, (f"SWIMCAT, stand-in weights, {main.about['side']} px", "the paper: Cloud-ImVN"),
                          strict=True):
        one.set(title=title, xlabel="total accuracy [%], mean and deviation over repeats")
        one.grid(axis="x", linewidth=0.3)
    shown = {label: handle for one in axes for handle, label in zip(*one.get_legend_handles_labels(), strict=True)}
    figure.legend(list(shown.values()), list(shown), loc="lower center", ncols=len(shown))
    figure.tight_layout(rect=(0, 0.06, 1, 1))
    return figure


def _ours(source: Collected, encoder: str) -> tuple[list[float], list[float]]:
    """Mean over trainings, and root mean square of the deviations over repeats, of each combination."""
    cells = [source.cell(encoder, *combination) for combination in COMBINATIONS]
    return ([float(np.mean([one.mean() for one in cell])) for cell in cells],
            [float(np.sqrt(np.mean([one.std() ** 2 for one in cell]))) for cell in cells])


def _bars(axes: Axes, places: np.ndarray, means: Sequence[float], deviations: Sequence[float],
          colour: str, label: str, marker: str = "o") -> None:
    axes.errorbar(means, places, xerr=deviations, fmt=marker, color=colour, label=label, markersize=3, linewidth=0.8)


def losses(main: Collected, authors: Collected | None) -> Figure:
    """Train and test loss of every finished training, a panel for each encoder and recipe."""
    parts = [(f"{paper.ENCODER_NAMES[model]}, recipe {source.about['recipe']}",
              source.losses[source.losses["model"] == model])
             for source in (main, authors) if source is not None for model in source.losses["model"].unique()]
    figure = style.new_figure(style.FULL_MM, 62)
    panels = figure.subplots(1, max(len(parts), 1), squeeze=False)[0]
    for axes, (title, table) in zip(panels, parts, strict=False):
        for number, ((name, seed), one) in enumerate(table.groupby(["set", "seed"], sort=False)):
            colour = style.SPARE_COLOURS[number % len(style.SPARE_COLOURS)]
            axes.plot(one["epoch"], one["train_loss"], color=colour, linewidth=0.8,
                      label=f"{str(name).removeprefix('photos-')}, seed {seed}")
            axes.plot(one["epoch"], one["test_loss"], color=colour, linewidth=0.8, linestyle=":")
        axes.set(title=title, xlabel="epoch", ylabel="loss (solid: train, dotted: test)")
        if "Autoencoder" in title:
            axes.set_yscale("log")
        axes.legend()
    figure.tight_layout()
    return figure


def maps(main: Collected, _: Collected | None) -> Figure:
    """The t-SNE maps of Figs 12 and 13 as points: true classes on the left, found ones on the right."""
    shown = [(name, words) for name, words in ((COLOUR, "colour"), (GRAY, "gray")) if (main.folder / name).is_dir()]
    figure = style.new_figure(style.FULL_MM, 80 * len(shown) + 8)
    panels = figure.subplots(len(shown), 2, squeeze=False)
    for row, (name, words) in zip(panels, shown, strict=True):
        folder = main.folder / name
        table = pd.read_csv(folder / "classes.csv").merge(pd.read_csv(folder / "tsne2.csv"), on="id")
        found = style.marks(main.about["classes"])
        for axes, column, title in zip(row, ("label", "matched"), ("true", "found"), strict=True):
            for label, mark in found.items():
                part = table[table[column] == label]
                axes.scatter(part["x"], part["y"], s=5, color=mark.colour, marker=mark.marker, linewidths=0,
                             label=label)
            axes.set(title=f"{title} classes, {words}", xticks=[], yticks=[])
        row[0].legend(markerscale=1.6)
    figure.tight_layout()
    return figure


FIGURES: dict[str, Callable[[Collected, Collected | None], Figure]] = {
    "evidence-accuracies.png": accuracies, "evidence-losses.png": losses, "evidence-maps.png": maps}


def source() -> str:
    """Hash of all the numbers that the figures are drawn from."""
    files = [path for name in (MAIN, AUTHORS) for path in sorted((EVIDENCE / name).rglob("*"))
             if path.suffix in {".csv", ".json"} and path.name not in {CLUSTERS, JUDGED, VALUES}
             and not path.name.startswith("redrawn-")]
    return digest({path.relative_to(EVIDENCE).as_posix(): digest({"": path.read_text(encoding="utf-8")})
                   for path in files})


def drawn_from(path: Path) -> str:
    """What a figure says it was drawn from."""
    with Image.open(path) as image:
        return str(image.info.get(STAMP, ""))


def draw() -> None:
    """Draw all figures."""
    main, authors = evidence.of_paper(), evidence.collected(AUTHORS)
    for name, drawer in FIGURES.items():
        with style.paper_style():
            drawer(main, authors).savefig(FOLDER / name, dpi=DOTS_PER_INCH,
                                          metadata={"Software": None, STAMP: source()})


if __name__ == "__main__":
    draw()
