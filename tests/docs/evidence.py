"""docs/evidence.md, made of the numbers committed in tests/golden/own/evidence."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.run import COLOUR, GRAY
from paper_repro.clustering.assignment import open_assignment
from paper_repro.clustering.chance import expected
from paper_repro.clustering.score import Matching
from paper_repro.verify.claims import CLAIMS
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.replication_rules import COMBINATIONS
from tests.bench.keep_best import DRAWN, DRAWS
from tests.golden.evidence_files import ABOUT, EVIDENCE, JUDGED, LOSSES, TRAININGS

MAIN, AUTHORS = "swimcat-128", "swimcat-128-authors"
REPLICATIONS = {claim.id: claim for claim in CLAIMS if claim.kind == "replication"}
PAPER: dict[tuple[str, str, int, str], paper.Table1Row] = {
    (row.encoder, row.reduction, row.dims, row.clustering): row for row in paper.TABLE1}
OUTCOMES = ("replicated", "not replicated", "not run")


@dataclass(frozen=True)
class Collected:
    """What was collected of one profile."""

    folder: Path

    @cached_property
    def about(self) -> dict[str, Any]:
        """What the trainings have in common: profile, recipe, side, epochs, ...; encoders and seeds of all together."""
        return dict(json.loads((self.folder / ABOUT).read_text(encoding="utf-8")))

    @cached_property
    def runs(self) -> pd.DataFrame:
        """Each run of the grid: training_seed, encoder, reduction, dims, clustering, repeat, accuracy, ..."""
        return pd.read_csv(self.folder / "table1_seeds.csv", keep_default_na=False)

    @cached_property
    def trainings(self) -> pd.DataFrame:
        """Each finished training."""
        return pd.read_csv(self.folder / TRAININGS)

    @cached_property
    def losses(self) -> pd.DataFrame:
        """Losses of each training, epoch by epoch."""
        return pd.read_csv(self.folder / LOSSES)

    @cached_property
    def judged(self) -> pd.DataFrame:
        """Ours, verdict and reason of each claim about the method, by its name."""
        return pd.read_csv(self.folder / JUDGED, keep_default_na=False).set_index("id")

    def seeds(self, encoder: str) -> str:
        """The training seeds that Table 1's rows of an encoder rest on: `seeds 0, 1`."""
        found = self.runs.loc[self.runs["encoder"] == encoder, "training_seed"].unique()
        return f"seed{'s' * (len(found) > 1)} {', '.join(map(str, found))}"

    def score(self, name: str) -> tuple[tuple[str, ...], Matching] | None:
        """Classes and scores of the benchmark on the set `name`; None where it wasn't classified."""
        if not (self.folder / name).is_dir():
            return None
        assignment = open_assignment(self.folder / name)
        assert assignment.score is not None
        return assignment.classes, assignment.score

    def cell(self, encoder: str, reduction: str, dims: int, clustering: str, column: str = "accuracy"
             ) -> list[NDArray[np.float64]]:
        """Percent of each repeat, for each training; empty where it wasn't run."""
        rows = self.runs
        rows = rows[(rows["encoder"] == encoder) & (rows["reduction"] == reduction) & (rows["dims"] == dims)
                    & (rows["clustering"] == clustering)]
        return [100 * part[column].to_numpy(np.float64) for _, part in rows.groupby("training_seed", sort=False)]

    def by_encoder(self) -> str:
        """The trainings of each encoder: `SimCLR seeds 0, 1; Autoencoder seed 0`."""
        return "; ".join(f"{paper.ENCODER_NAMES[encoder]} {self.seeds(encoder)}" for encoder in self.about["models"]
                         if encoder != "simple")


def collected(name: str) -> Collected | None:
    """What was collected of a profile; None where nothing was."""
    folder = EVIDENCE / name
    return Collected(folder) if (folder / ABOUT).is_file() else None


def of_paper() -> Collected:
    """What was collected of the trainings by the paper's recipe. Raises FileNotFoundError where nothing was."""
    found = collected(MAIN)
    if found is None:
        raise FileNotFoundError(f"{EVIDENCE / MAIN}: nothing collected; python -m tests.golden.evidence OUT")
    return found


def shown(trainings: Sequence[NDArray[np.float64]]) -> str:
    """`80.7 ± 2.1`: mean over the trainings and standard deviation over the repeats of one (root mean square)."""
    if not trainings:
        return ""
    deviation = float(np.sqrt(np.mean([values.std() ** 2 for values in trainings])))
    return f"{np.mean([values.mean() for values in trainings]):.1f} ± {deviation:.1f}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def combination(reduction: str, dims: int, clustering: str) -> str:
    """`t-SNE to 3, k-Means`."""
    before = f"{paper.REDUCTION_NAMES[reduction]} to {dims}" if dims else "no reduction"
    return f"{before}, {paper.CLUSTERING_NAMES[clustering]}"


def grid_table(main: Collected, authors: Collected | None) -> str:
    """The ten combinations by encoder: ours, and the paper's on Cloud-ImVN."""
    columns: list[tuple[str, Collected, str]] = [
        (paper.ENCODER_NAMES[name], main, name) for name in ("simple", "simclr", "autoencoder")
        if name in main.about["models"]]
    if authors is not None and "simclr" in authors.about["models"]:
        columns.insert(2, ("SimCLR, recipe `authors`", authors, "simclr"))
    rows = []
    for reduction, dims, clustering in COMBINATIONS:
        ours = [shown(source.cell(name, reduction, dims, clustering)) for _, source, name in columns]
        theirs = [PAPER[name, reduction, dims, clustering] for name in ("simple", "simclr", "autoencoder")]
        rows.append([combination(reduction, dims, clustering), *ours, *(f"{row.mean} ± {row.std}" for row in theirs)])
    heads = ["Combination", *(f"{name} [%]" for name, _, _ in columns),
             *(f"*{name}, paper* [%]" for name in paper.ENCODER_NAMES.values())]
    return table(heads, rows)


def by_chance(main: Collected, authors: Collected | None) -> str:
    """The lowest and highest accuracy by chance of a run of the grid, in percent: `24.4 to 27.6`."""
    chances = pd.concat([source.runs["chance_accuracy"] for source in (main, authors) if source is not None])
    return f"{100 * chances.min():.1f} to {100 * chances.max():.1f}"


def spread_table(main: Collected, authors: Collected | None) -> str:
    """HAC without reduction, training by training."""
    rows = []
    for source in filter(None, (main, authors)):
        for encoder in source.about["models"]:
            if encoder == "simple" and source is authors:
                continue
            for column, name in (("accuracy", "accuracy"), ("balanced_accuracy", "balanced accuracy")):
                values = [float(each.mean()) for each in source.cell(encoder, "none", 0, "hac", column)]
                spread = f"{np.std(values, ddof=1):.1f}" if len(values) > 1 else "one training"
                seeds = "–" if encoder == "simple" else source.seeds(encoder)
                rows.append([f"{paper.ENCODER_NAMES[encoder]}, recipe `{source.about['recipe']}`"
                             if encoder != "simple" else "Simple", name, seeds,
                             ", ".join(f"{value:.1f}" for value in values),
                             spread if encoder != "simple" else "not trained"])
    return table(["Encoder", "Score [%]", "Training", "Each training", "Standard deviation over trainings"], rows)


def redrawn(main: Collected) -> str:
    """How far the test loss that chooses SimCLR's epoch hangs on its draw, and what that means for the trainings."""
    said, deviations = list[str](), list[float]()
    for path in sorted(main.folder.glob("redrawn-*.csv")):
        drawn = pd.read_csv(path)
        deviations += list(drawn[DRAWN].std(axis=1, ddof=1))
        chosen = drawn.set_index("epoch")[DRAWN].idxmin()
        best = [f"{(chosen == epoch).sum()} of the {DRAWS} draws choose epoch {epoch}, whose accuracy (no reduction, "
                f"HAC) is {100 * accuracy:.1f} %"
                for epoch, accuracy in drawn[["epoch", "accuracy"]].dropna().itertuples(index=False, name=None)]
        said.append(f"Of the epochs {', '.join(map(str, drawn['epoch']))} of `{path.stem.removeprefix('redrawn-')}`, "
                    f"the only ones whose weights were kept, {'; '.join(best)}.")
    if not said:
        return ""
    deviation = float(np.sqrt(np.square(deviations).mean()))
    rows = []
    for (name, seed), losses in main.losses[main.losses["model"] == "simclr"].groupby(["set", "seed"]):
        ordered = losses.set_index("epoch")["test_loss"].sort_values()
        near = int((ordered - ordered.iloc[0] < 2 * np.sqrt(2) * deviation).sum())
        rows.append([str(name), str(seed), str(ordered.index[0]), f"{ordered.iloc[1] - ordered.iloc[0]:.4f} "
                     f"(epoch {ordered.index[1]})", f"{near} of {len(ordered)}"])
    return (f"The weights kept are those of the epoch with the lowest test loss, for which SimCLR's views are drawn at "
            f"random once. Drawn {DRAWS} more times (`python -m tests.bench.keep_best`), that loss has a standard "
            f"deviation of {deviation:.4f}. {' '.join(said)} If that deviation is as large "
            "at other epochs, each training has many epochs that would have been as good a choice:\n\n" + table(
                ["Photographs", "Seed", "Epoch chosen", "Next lowest is higher by",
                 "Epochs higher by less than two standard deviations of a difference"], rows) + "\n")


def trainings_table(sources: Sequence[Collected]) -> str:
    """Which trainings were finished, and what they took."""
    rows = [[f"`{source.about['profile']}`", str(row["set"]), paper.ENCODER_NAMES[row["model"]], str(row["seed"]),
             str(row["epochs"]), str(row["weights_of_epoch"]), f"{row['seconds_per_epoch']:.0f}", f"{row['hours']:.1f}",
             f"{re.sub(r' 1 threads', ' 1 thread', row['ran_on'])}; {row['processor']}"]
            for source in sources for row in source.trainings.to_dict("records")]
    return table(["Profile", "Photographs", "Encoder", "Seed", "Epochs", "Weights of epoch",
                  "Seconds per epoch (median)", "Hours", "On"], rows)


def confusion_tables(main: Collected) -> Iterator[str]:
    """Table 3 for our photographs."""
    for name, words in ((COLOUR, "colour"), (GRAY, "gray")):
        found = main.score(name)
        if found is None:
            yield f"In {words}: not run."
            continue
        classes, score = found
        printed = paper.TABLE3_COLOUR if name == COLOUR else paper.TABLE3_GRAY
        theirs = dict(zip(paper.CLASS_NAMES, printed.class_accuracies, strict=True))
        rows = [[true, *(str(count) for count in counts), f"{100 * share:.1f}", theirs[true]]
                for true, counts, share in zip(classes, score.confusion, score.class_accuracies, strict=True)]
        chance = expected(score.confusion)
        yield (f"In {words}: total accuracy {100 * score.accuracy:.1f} % (paper: {printed.total} %), mean of the "
               f"classes {100 * score.balanced_accuracy:.1f} %, adjusted Rand index {score.ari:.3f}; random labels "
               f"with clusters of these sizes get {100 * chance.accuracy:.1f} %.\n\n" + table(
                   ["True class", *classes, "Accuracy [%]", "*Paper* [%]"], rows))


def outcome(main: Collected, name: str) -> list[Claim]:
    """The claims that came out so."""
    return [REPLICATIONS[str(each)] for each in main.judged.index[main.judged["verdict"] == name]]


def claims_table(main: Collected, verdict: str) -> str:
    """Claims with the paper's value, what counts, and ours."""
    rows = [[claim.statement, claim.section, claim.value, condition(claim), str(main.judged.loc[claim.id, "ours"]),
             rests_on(str(main.judged.loc[claim.id, "reason"]))] for claim in outcome(main, verdict)]
    return table(["Claim", "Where", "Paper", "Replicated if", "SWIMCAT", "Training"], rows)


def rests_on(reason: str) -> str:
    """The training seeds of a verdict's reason: `seeds 0, 1`; a dash for what isn't trained."""
    return next((part.removeprefix("training ") for part in reason.split("; ") if part.startswith("training seed")),
                "–")


def condition(claim: Claim) -> str:
    """When a claim counts as replicated: `at least 0.1`, or `yes`."""
    return "yes" if claim.rule == "holds" else f"{claim.rule} {claim.expected:g}"


def counted(main: Collected) -> str:
    """`33 replicated, 4 not replicated, 23 not run`."""
    counts = Counter(main.judged["verdict"])
    return ", ".join(f"{counts[name]} {name}" for name in OUTCOMES)
