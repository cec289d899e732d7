"""Table 1 as claims: mean and standard deviation of its 30 rows, and what the text says about their order."""

import math
from collections.abc import Iterator

from paper_repro import paper
from paper_repro.paper import Table1Row
from paper_repro.tables.notation import printed_error
from paper_repro.verify.claims.claim import BENCHMARK, Claim, Need

COMMAND = "make table1 PROFILE=paper"
TRAINED = 3.0  # percentage points
UNTRAINED = 0.5  # percentage points: ten of 2100 images
# Ratio of two standard deviations of eight runs each that 99 % stay within: root of the F distribution's quantile.
OF_DEVIATION = 3.0


def key(row: Table1Row) -> str:
    """Stable name of a row: `simclr.tsne3.kmeans`, `simple.none.hac`."""
    return f"{row.encoder}.{row.reduction}{row.dims or ''}.{row.clustering}"


def claims() -> tuple[Claim, ...]:
    """All claims of Table 1."""
    return (*_means(), *_deviations(), *_orders())


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
        yield Claim(f"table1.{key(row)}.mean", "Table 1", f"Mean total accuracy of {_words(row)}.", row.printed,
                    float(row.mean), tolerance, "within", "%",
                    f"three combined errors of two means of {paper.REPEATS} runs, at least {least:g}: {why}",
                    _needs(row), COMMAND, "table1_row")


def _deviations() -> Iterator[Claim]:
    for row in paper.TABLE1:
        deviation = float(row.std)
        reason = (f"99 % of the ratios of two deviations of {paper.REPEATS} runs lie within this factor "
                  "(F distribution)" if deviation else "0 as printed: rounding to one decimal")
        yield Claim(f"table1.{key(row)}.std", "Table 1", f"Standard deviation of {_words(row)}.", row.std, deviation,
                    OF_DEVIATION if deviation else 0.05, "factor" if deviation else "within", "%", reason,
                    _needs(row), COMMAND, "table1_row")


def _orders() -> Iterator[Claim]:
    def holds(name: str, section: str, statement: str) -> Claim:
        return Claim(f"table1.order.{name}", section, statement, "yes", True, None, "holds", "",
                     "a comparison of means, without tolerance", (*BENCHMARK, "gpu-time"), COMMAND, "table1_order")

    yield Claim("table1.order.rank", "Table 1", "The rows stand in this order of their means (rank correlation).", "1",
                1.0, 0.2, "at least", "", "neighbours closer than their errors change places",
                (*BENCHMARK, "gpu-time"), COMMAND, "table1_rank")
    yield holds("best", "Sect. 3.2.2", "SimCLR with t-SNE and k-means is the best of all combinations.")
    yield holds("hac-stable", "Table 1", "HAC without reduction has standard deviation 0 for every encoder.")
    yield holds("simple-beats-autoencoder", "Sect. 3.2.2", "The Simple encoder beats the autoencoder in every "
                "combination of reduction and clustering.")
    yield holds("tsne-kmeans.simple", "Sect. 3.3", "t-SNE with k-means is the most accurate for the Simple encoder.")
    yield holds("tsne-kmeans.simclr", "Sect. 3.3", "t-SNE with k-means is the most accurate for the SimCLR encoder.")
    best, chosen = (float(row.mean) for row in (paper.TABLE1[0], paper.TABLE1[2]))
    yield Claim("table1.order.negligible", "Sect. 3.3", "SimCLR with HAC and no reduction is only negligibly below the "
                "highest score (points below).", f"{best - chosen:.1f}", best - chosen, 1.5, "at most", "%",
                "taken as less than the error of the best mean, 1.9",
                (*BENCHMARK, "gpu-time"), COMMAND, "table1_negligible")
