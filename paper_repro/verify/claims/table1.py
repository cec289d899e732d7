"""Table 1: mean and standard deviation of its 30 rows, and what the text says about their order.

Ours are read from tables/<profile>/table1.csv.
"""

import math
from collections.abc import Iterator
from typing import Any

import pandas as pd
from scipy.stats import spearmanr

from paper_repro import paper
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.run import Run
from paper_repro.paper import Table1Row
from paper_repro.tables.notation import printed_error
from paper_repro.verify.claims.claim import BENCHMARK, Claim, Kind, Measure, Need
from paper_repro.verify.claims.measured import Measured, NotRun, why_not
from paper_repro.verify.claims.table3 import BASELINE

COMMAND = "make table1 PROFILE=paper"
TRAINED = 3.0  # percentage points
UNTRAINED = 0.5  # percentage points: ten of 2100 images
ROUNDING, ROUNDED = 0.05, "0 as printed: rounding to one decimal"  # percentage points; why
# Ours of HAC without reduction is 0 whatever the images are.
ONCE = "nothing in HAC is drawn at random: one clustering stands for all repeats"
# Ratio of two standard deviations of eight runs each that 99 % stay within: root of the F distribution's quantile.
OF_DEVIATION = 3.0


def key(row: Table1Row) -> str:
    """Stable name of a row: `simclr.tsne3.kmeans`, `simple.none.hac`."""
    return f"{row.encoder}.{row.reduction}{row.dims or ''}.{row.clustering}"


def claims() -> Iterator[Claim]:
    """All claims of Table 1."""
    yield from _means()
    yield from _deviations()
    yield from _orders()


def _words(row: Table1Row) -> str:
    reduction = paper.REDUCTION_NAMES[row.reduction] + (f" to {row.dims} dimensions" if row.dims else "")
    reduction = "no reduction" if row.reduction == "none" else reduction
    return f"{paper.ENCODER_NAMES[row.encoder]}, {reduction}, {paper.CLUSTERING_NAMES[row.clustering]}"


def _needs(row: Table1Row) -> tuple[Need, ...]:
    return BENCHMARK if row.encoder == "simple" else (*BENCHMARK, "gpu-time")


def _means() -> Iterator[Claim]:
    for row in paper.TABLE1:
        trained = row.encoder != "simple"
        least = TRAINED if trained else UNTRAINED
        why = ("one training of the encoder, whose seed the paper doesn't give" if trained
               else "ten of 2100 images, for other versions of the libraries")
        tolerance = max(least, 3 * math.sqrt(2) * float(printed_error(row.mean, row.error)))
        yield Claim(f"table1.{key(row)}.mean", "Table 1", "result", f"Mean total accuracy of {_words(row)}.",
                    row.printed, float(row.mean), tolerance, "within", "%", "three combined errors of two means of "
                    f"{paper.REPEATS} runs, at least {least:g}: {why}", _needs(row), COMMAND, accuracy)


def _deviations() -> Iterator[Claim]:
    for row in paper.TABLE1:
        printed = float(row.std)
        reason = (f"99 % of the ratios of two deviations of {paper.REPEATS} runs lie within this factor "
                  "(F distribution)" if printed else ROUNDED)
        kind: Kind = "result"
        if (row.reduction, row.clustering) == ("none", "hac"):
            kind, reason = "setting", ONCE
        yield Claim(f"table1.{key(row)}.std", "Table 1", kind, f"Standard deviation of {_words(row)}.", row.std,
                    printed, OF_DEVIATION if printed else ROUNDING, "factor" if printed else "within", "%", reason,
                    _needs(row), COMMAND, deviation)


def _orders() -> Iterator[Claim]:
    needs: tuple[Need, ...] = (*BENCHMARK, "gpu-time")

    def holds(name: str, section: str, statement: str, measure: Measure,
              reason: str = "a comparison of means, without tolerance") -> Claim:
        return Claim(f"table1.order.{name}", section, "result", statement, "yes", True, None, "holds", "", reason,
                     needs, COMMAND, measure)

    yield Claim("table1.order.rank", "Table 1", "result", "The rows stand in this order of their means (rank "
                "correlation).", "1", 1.0, 0.2, "at least", "", "neighbours closer than their errors change places",
                needs, COMMAND, rank)
    yield Claim("table1.order.simple-sufficient", "Sect. 3.2.2", "result", "The Simple encoder already provides high "
                "clustering accuracies (no reduction, HAC: over that of random labels).", "high", 2.0, None, "at least",
                "", "taken as twice that of random labels, 1/6", BENCHMARK, COMMAND, simple_sufficient)
    yield holds("best", "Sect. 3.2.2", "With the right combination of reduction and clustering, SimCLR provides the "
                "best results.", best, "the row with the highest mean is one of SimCLR's; without tolerance")
    yield holds("simple-beats-autoencoder", "Sect. 3.2.2", "The Simple encoder beats the autoencoder in every "
                "combination of reduction and clustering.", simple_beats_autoencoder)
    yield holds("kmeans-after-tsne", "Sect. 3.3", "k-means generally performs better on lower-dimensional data: after "
                "t-SNE than without reduction, for every encoder.", kmeans_after_tsne, "a comparison of means, without "
                "tolerance; PCA isn't judged: k-means after PCA to 16 dimensions is below that without reduction in "
                "the table itself, for every encoder")
    yield holds("tsne-varies", "Sect. 3.3", "After t-SNE the accuracies are highly variant across iterations, for "
                "Simple and SimCLR.", tsne_varies, "taken as a standard deviation above that without reduction, with "
                "k-means and with HAC; without tolerance")
    yield Claim("table1.order.hac-stable", "Sect. 3.3", "setting", "HAC without reduction is stable across iterations "
                "(the largest standard deviation of the three encoders).", "0.0", 0.0, ROUNDING, "at most", "%",
                ONCE, needs, COMMAND, hac_stable)
    yield holds("tsne-kmeans.simple", "Sect. 3.3", "t-SNE with k-means is the most accurate for the Simple encoder.",
                tsne_kmeans_best)
    yield holds("tsne-kmeans.simclr", "Sect. 3.3", "t-SNE with k-means is the most accurate for the SimCLR encoder.",
                tsne_kmeans_best)
    highest, chosen = (float(row.mean) for row in (paper.TABLE1[0], paper.TABLE1[2]))
    yield Claim("table1.order.negligible", "Sect. 3.3", "result", "SimCLR with HAC and no reduction is only negligibly "
                "below the highest score (points below).", f"{highest - chosen:.1f}", highest - chosen, 1.5, "at most",
                "%", "taken as less than the error of the best mean, 1.9", needs, COMMAND, negligible)


def accuracy(run: Run, claim: Claim) -> Measured:
    """Mean total accuracy of one row, in percent."""
    return _cell(run, claim, "accuracy_percent", "printed")


def deviation(run: Run, claim: Claim) -> Measured:
    """Standard deviation of one row, in percent."""
    return _cell(run, claim, "std_percent", "printed_std")


def rank(run: Run, _: Claim) -> Measured:
    """Spearman's rank correlation of our means with the paper's."""
    table, basis = _complete(run)
    value = float(spearmanr([float(row.mean) for row in paper.TABLE1], table["accuracy_percent"]).statistic)
    return basis.with_value(value, f"{value:.3f}")


def simple_sufficient(run: Run, _: Claim) -> Measured:
    """Mean of the Simple encoder with HAC and no reduction, over the accuracy of random labels."""
    row, basis = _row(run, "simple.none.hac")
    value = float(row["accuracy_percent"]) / BASELINE
    return basis.with_value(value, f"{value:.2f}")


def best(run: Run, _: Claim) -> Measured:
    """Whether the highest mean is one of SimCLR's."""
    table, basis = _complete(run)
    return basis.with_value(str(table["accuracy_percent"].idxmax()).startswith("simclr."))


def kmeans_after_tsne(run: Run, _: Claim) -> Measured:
    """Whether each encoder's mean with k-means is higher after t-SNE than without reduction."""
    table, basis = _complete(run)
    means = table["accuracy_percent"]
    return basis.with_value(all(means[f"{encoder}.tsne3.kmeans"] > means[f"{encoder}.none.kmeans"]
                                for encoder in paper.ENCODER_NAMES))


def tsne_varies(run: Run, _: Claim) -> Measured:
    """Whether t-SNE makes each standard deviation of Simple and SimCLR larger."""
    table, basis = _complete(run)
    deviations = table["std_percent"]
    return basis.with_value(all(deviations[f"{encoder}.tsne3.{clustering}"] > deviations[f"{encoder}.none.{clustering}"]
                                for encoder in ("simple", "simclr") for clustering in paper.CLUSTERING_NAMES))


def hac_stable(run: Run, _: Claim) -> Measured:
    """Largest standard deviation of HAC without reduction, in percent."""
    table, basis = _complete(run)
    value = float(table["std_percent"][[f"{encoder}.none.hac" for encoder in paper.ENCODER_NAMES]].max())
    return basis.with_value(value, f"{value:.2f}")


def simple_beats_autoencoder(run: Run, _: Claim) -> Measured:
    """Whether each mean of the Simple encoder is above the autoencoder's in the same combination."""
    table, basis = _complete(run)
    means = table["accuracy_percent"]
    simple = [name for name in means.index if name.startswith("simple.")]
    return basis.with_value(all(means[name] > means[name.replace("simple.", "autoencoder.")] for name in simple))


def tsne_kmeans_best(run: Run, claim: Claim) -> Measured:
    """Whether t-SNE with k-means has the highest mean of an encoder."""
    encoder = claim.id.rpartition(".")[2]
    table, basis = _complete(run)
    means = table["accuracy_percent"]
    return basis.with_value(means[means.index.str.startswith(f"{encoder}.")].idxmax() == f"{encoder}.tsne3.kmeans")


def negligible(run: Run, _: Claim) -> Measured:
    """How far SimCLR with HAC alone is below the best SimCLR row, in percentage points."""
    table, basis = _complete(run)
    means = table["accuracy_percent"]
    value = float(means[means.index.str.startswith("simclr.")].max() - means["simclr.none.hac"])
    return basis.with_value(value, f"{value:.1f}")


def _cell(run: Run, claim: Claim, column: str, printed: str) -> Measured:
    row, basis = _row(run, claim.id.removeprefix("table1.").rpartition(".")[0])
    return basis.with_value(float(row[column]), str(row[printed]))


def _row(run: Run, name: str) -> tuple[dict[str, Any], Measured]:
    """A row of the table, and its basis. Raises NotRun where it was not run."""
    table, basis = _table(run)
    row = {str(column): value for column, value in table.loc[name].items()}
    if row["status"] != "run":
        raise NotRun(str(row["reason"]), *basis.files)
    return row, basis


def _complete(run: Run) -> tuple[pd.DataFrame, Measured]:
    """The table by name of row with every row run, and its basis."""
    table, basis = _table(run)
    if (table["status"] != "run").any():
        raise NotRun("not every row was run", *basis.files)
    return table, basis


def _table(run: Run) -> tuple[pd.DataFrame, Measured]:
    """The table by name of row, and its basis."""
    path = run.tables / "table1.csv"
    record = read_json(path.with_suffix(".json"))
    if record is None or not path.is_file():
        raise NotRun(f"no {path.name}")
    table = read_csv(path, dtype={"printed": str, "printed_std": str}, keep_default_na=False,
                        na_values={name: [""] for name in ("accuracy_percent", "std_percent")})
    table.index = pd.Index([key(row) for row in paper.TABLE1])
    why = why_not(str(table["comparison"].iloc[0]))
    return table, Measured(None, "", why, bool(record["simulated"]), not why, (path,))
