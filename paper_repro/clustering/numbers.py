"""How many classes there are: silhouette, bootstraps and the gap statistic of each number side by side, as advice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from paper_repro.base.progress import Progress
from paper_repro.base.workers import parallel
from paper_repro.clustering import stability, ward
from paper_repro.clustering.methods import classes_of, classes_or_noise
from paper_repro.clustering.names import NOISE, Method

BOOTSTRAPS, REFERENCES = 10, 10
MOST_ROWS = 2000  # that the table is made of; of more, so many are drawn
SECONDS = 2.0  # that a piece takes, about


@dataclass(frozen=True, eq=False)
class Piece:
    """The classes, for each of `ks`, of rows drawn with replacement (bootstrap), or of as many that have none."""

    x: NDArray[np.float64]
    method: Method
    ks: tuple[int, ...]
    seed: int
    reference: NDArray[np.int64] | None  # of a bootstrap the classes [len(ks), N] of the rows themselves


def table_of(x: NDArray[Any], method: Method, ks: Sequence[int], seed: int, jobs: int | None = None,
             dask: str | None = None) -> pd.DataFrame:
    """A row for each number of classes of the rows of x [N, D]: silhouette, bootstrap ARI, gap, sizes.

    ks: ascending; those with more classes than different rows are left out. HDBSCAN, which finds the number by itself,
    has one row and no gap. Noise counts as agreeing with nothing. Of more than MOST_ROWS rows so many are drawn.
    As many classes as different rows have no gap, and as many as rows no silhouette. jobs, dask: see `parallel`.
    """
    values, labels, agreed, gaps, errors = _measured(x, method, ks, seed, jobs, dask, BOOTSTRAPS)
    rows = []
    for n, each in enumerate(labels):
        inside = each[each >= 0]
        sizes = np.bincount(inside)
        divided = len(sizes) > 1
        rows.append({
            "k": len(sizes), "silhouette": float(silhouettes(values, each)[each >= 0].mean()) if divided else np.nan,
            "bootstrap_ari_mean": float(agreed[:, n].mean()) if divided else np.nan,
            "bootstrap_ari_std": float(agreed[:, n].std()) if divided else np.nan, "gap": gaps[n],
            "gap_error": errors[n], "smallest": int(sizes.min()), "largest": int(sizes.max()),
            "noise": int((each == NOISE).sum())})
    return pd.DataFrame(rows)


def gap_table(x: NDArray[Any], method: Method, ks: Sequence[int], seed: int, jobs: int | None = None,
              dask: str | None = None) -> pd.DataFrame:
    """The columns k, gap and gap_error of `table_of` alone."""
    _, labels, _, gaps, errors = _measured(x, method, ks, seed, jobs, dask, 0)
    return pd.DataFrame({"k": labels.max(axis=1) + 1, "gap": gaps, "gap_error": errors})


def sample(x: NDArray[Any], rng: np.random.Generator) -> NDArray[np.int64]:
    """The rows of x [N, D] that numbers of classes are compared on: all, or MOST_ROWS of them, in order."""
    return np.arange(len(x)) if len(x) <= MOST_ROWS else np.sort(rng.choice(len(x), MOST_ROWS, replace=False))


def _measured(x: NDArray[Any], method: Method, ks: Sequence[int], seed: int, jobs: int | None,
              dask: str | None, bootstraps: int
              ) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64],
                         NDArray[np.float64]]:
    """The rows used, their classes for each number, the bootstraps' ARI [bootstraps, K], gaps [K] and errors [K]."""
    rng = np.random.default_rng(seed)
    values = np.asarray(x[sample(x, rng)], np.float64)
    most = len(np.unique(values, axis=0))
    # SCAN leaves classes empty where there are too many
    numbers = (0,) if method == "hdbscan" else tuple(k for k in ks if k <= most or method == "scan")
    labels = every(values, method, numbers, seed)
    seeds = [int(each) for each in rng.integers(2**31, size=bootstraps + REFERENCES)]
    pieces = [Piece(values, method, numbers, each, labels if n < bootstraps else None) for n, each in enumerate(seeds)
              if n < bootstraps or method != "hdbscan"]
    progress, found = Progress("numbers of classes", len(pieces), "draws", quiet=True), {}
    for piece, result in parallel(work, pieces, jobs, dask, seconds=SECONDS):
        found[id(piece)] = result
        progress.step()
    agreed = np.array([found[id(piece)] for piece in pieces[:bootstraps]])
    references = np.array([found[id(piece)] for piece in pieces[bootstraps:]])
    gaps, errors = gap_of(values, labels, references)
    alone = labels.max(axis=1) + 1 == most  # all rows of a class are alike: log W is -inf but for rounding
    gaps[alone], errors[alone] = np.nan, np.nan
    return values, labels, agreed, gaps, errors


def every(x: NDArray[Any], method: Method, ks: Sequence[int], seed: int) -> NDArray[np.int64]:
    """The classes [len(ks), N] of x for each number of them, of Ward's from one tree."""
    if method == "hac":
        tree = ward.linkage(x)
        return np.array([ward.cut(tree, min(k, ward.different(tree))) for k in ks])
    return np.array([np.zeros(len(x), np.int64) if k == 1 else classes_of(x, method, k, seed) for k in ks])


def work(piece: Piece) -> list[float]:
    """Of a bootstrap its agreement with the classes of the rows themselves; of a reference log W; for each of `ks`.

    A reference is uniform in the box of the principal components of x (Tibshirani et al. 2001, Sect. 4b). A bootstrap
    in which HDBSCAN finds no cluster agrees with nothing.
    """
    rng = np.random.default_rng(piece.seed)
    if piece.reference is None:
        drawn = uniform(piece.x, rng)
        return log_within(drawn, every(drawn, piece.method, piece.ks, piece.seed)).tolist()
    rows = np.sort(rng.integers(len(piece.x), size=len(piece.x)))
    ids, first = np.unique(rows, return_index=True)
    # of few rows fewer different ones may be drawn than there are classes
    ks = [min(k, len(np.unique(piece.x[ids], axis=0))) for k in piece.ks]
    found = [classes_or_noise(piece.x[rows], piece.method, 0, piece.seed)] if piece.method == "hdbscan" else \
        every(piece.x[rows], piece.method, ks, piece.seed)
    return [stability.agreement(piece.reference[n][ids], each[first]) for n, each in enumerate(found)]


def silhouettes(x: NDArray[Any], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Silhouette [N] of each row among the classes; NaN of noise, and of all in one class or each in its own."""
    found, inside = np.full(len(x), np.nan), labels >= 0
    if 1 < len(np.unique(labels[inside])) < inside.sum():
        found[inside] = stability.silhouettes(x[inside], labels[inside])
    return found


def uniform(x: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float64]:
    """As many rows as x [N, D], uniform between the extremes of its principal components (in their frame)."""
    centred = x - x.mean(axis=0)
    with threadpool_limits(limits=1):
        components = np.linalg.svd(centred, full_matrices=False)
        scores = components[0] * components[1]
    return rng.uniform(scores.min(axis=0), scores.max(axis=0), size=scores.shape)


def log_within(x: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Log W_k for each row of labels [K, N]: W the squared distances of all rows of x to the means of their classes.

    -inf where each row is a class of its own.
    """
    found = []
    for each in labels:
        means = np.stack([x[each == c].mean(axis=0) for c in range(each.max() + 1)])
        within = float(((x - means[each]) ** 2).sum())
        found.append(np.log(within) if within > 0 else -np.inf)
    return np.array(found)


def gap_of(x: NDArray[np.float64], labels: NDArray[np.int64], references: NDArray[np.float64]
           ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The gap statistic [K] and its error s_k [K] (Tibshirani et al. 2001) by log W of references [B, K]."""
    if not len(references):
        return np.full(len(labels), np.nan), np.full(len(labels), np.nan)
    with np.errstate(invalid="ignore"):  # log W may be -inf
        spread = references.std(axis=0) * np.sqrt(1 + 1 / len(references))
        return references.mean(axis=0) - log_within(x, labels), spread


def by_gap(table: pd.DataFrame) -> int | None:
    """The smallest number of classes whose gap is no smaller than that of one more less its error; None for none."""
    gaps, errors, ks = (table[column].to_numpy() for column in ("gap", "gap_error", "k"))
    enough = np.flatnonzero((gaps[:-1] >= gaps[1:] - errors[1:]) & (np.diff(ks) == 1))
    return int(ks[enough[0]]) if len(enough) else None


def said_by_gap(table: pd.DataFrame) -> str:
    """The number of classes that `by_gap` has, as `3` or `more than 10`; "" unless two rows have a gap."""
    known = table.dropna(subset="gap")
    if len(known) < 2:
        return ""
    return f"more than {known['k'].max()}" if (number := by_gap(known)) is None else f"{number}"


def advice(table: pd.DataFrame, chosen: int) -> str:
    """One sentence: the number of classes that each measure speaks for, beside the one that was used."""
    if len(table) == 1:
        [row] = table.to_dict("records")
        return (f"Of {row['k']} class{'' if row['k'] == 1 else 'es'}: silhouette {in_words(row['silhouette'])}, "
                f"bootstraps' ARI {in_words(row['bootstrap_ari_mean'])}; other numbers were not tried.")
    said = []
    for column, name in (("silhouette", "silhouette"), ("bootstrap_ari_mean", "the bootstraps' ARI")):
        values = table.set_index("k")[column].dropna()
        said += [f"{name} with {values.idxmax()} ({values.max():.3f})"] if len(values) else []
    said = [f"highest {', '.join(said)}"] if said else []
    said += [f"the gap statistic says {by_gap(table) or 'more'}"] if said_by_gap(table) else []
    told = f": {', '.join(said)}" if said else ""
    return f"Number of classes, of {table['k'].min()} to {table['k'].max()}{told}; used: {chosen}."


def in_words(value: float) -> str:
    """A measure with three decimals, or that it is undefined."""
    return "undefined" if np.isnan(value) else f"{value:.3f}"
