"""Table 1: mean and standard deviation of its 30 rows, and what the text says about their order.

Ours are read from tables/<profile>/table1.csv.
"""

import math
from collections.abc import Iterator

import pandas as pd
from scipy.stats import spearmanr

from paper_repro import paper
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.run import Run
from paper_repro.paper import Table1Row
from paper_repro.tables.notation import printed_error
from paper_repro.verify.claims.claim import BENCHMARK, Claim, Measure, Need
from paper_repro.verify.claims.measured import Measured, NotRun, why_not

COMMAND = "make table1 PROFILE=paper"
TRAINED = 3.0  # percentage points
UNTRAINED = 0.5  # percentage points: ten of 2100 images
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
                  "(F distribution)" if printed else "0 as printed: rounding to one decimal")
        yield Claim(f"table1.{key(row)}.std", "Table 1", "result", f"Standard deviation of {_words(row)}.", row.std,
                    printed, OF_DEVIATION if printed else 0.05, "factor" if printed else "within", "%", reason,
                    _needs(row), COMMAND, deviation)


def _orders() -> Iterator[Claim]:
    needs: tuple[Need, ...] = (*BENCHMARK, "gpu-time")

    def holds(name: str, section: str, statement: str, measure: Measure) -> Claim:
        return Claim(f"table1.order.{name}", section, "result", statement, "yes", True, None, "holds", "",
                     "a comparison of means, without tolerance", needs, COMMAND, measure)

    yield Claim("table1.order.rank", "Table 1", "result", "The rows stand in this order of their means (rank "
                "correlation).", "1", 1.0, 0.2, "at least", "", "neighbours closer than their errors change places",
                needs, COMMAND, rank)
    yield holds("best", "Sect. 3.2.2", "SimCLR with t-SNE and k-means is the best of all combinations.", best)
    yield holds("hac-stable", "Table 1", "HAC without reduction has standard deviation 0 for every encoder.",
                hac_stable)
    yield holds("simple-beats-autoencoder", "Sect. 3.2.2", "The Simple encoder beats the autoencoder in every "
                "combination of reduction and clustering.", simple_beats_autoencoder)
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


def best(run: Run, _: Claim) -> Measured:
    """Whether SimCLR with t-SNE and k-means has the highest mean."""
    table, basis = _complete(run)
    return basis.with_value(table["accuracy_percent"].idxmax() == "simclr.tsne3.kmeans")


def hac_stable(run: Run, _: Claim) -> Measured:
    """Whether no encoder's HAC without reduction varies."""
    table, basis = _complete(run)
    return basis.with_value(all(table.loc[f"{encoder}.none.hac", "std_percent"] == 0 for encoder in
                                paper.ENCODER_NAMES))


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
    table, basis = _table(run)
    row = table.loc[[claim.id.removeprefix("table1.").rpartition(".")[0]]].iloc[0].to_dict()
    if row["status"] != "run":
        raise NotRun(str(row["reason"]), *basis.files)
    return basis.with_value(float(row[column]), str(row[printed]))


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
