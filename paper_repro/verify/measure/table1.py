"""Our values of Table 1 and of what is said about its order, from tables/<profile>/table1.csv."""

from typing import Any

import pandas as pd
from scipy.stats import spearmanr

from paper_repro import paper
from paper_repro.base.files import read_json
from paper_repro.base.run import Run
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.table1 import key
from paper_repro.verify.measure.measured import Measured, absent, why_not


def table1_row(run: Run, claim: Claim) -> Measured:
    """Mean or standard deviation of one row, in percent."""
    table, found = _open(run)
    if table is None:
        return found
    name, _, what = claim.id.removeprefix("table1.").rpartition(".")
    row = table.loc[[name]].iloc[0].to_dict()
    if row["status"] != "run":
        return absent(str(row["reason"]), *found.files)
    column, printed = ("accuracy_percent", "printed") if what == "mean" else ("std_percent", "printed_std")
    return found.like(float(row[column]), str(row[printed]))


def table1_rank(run: Run, _: Claim) -> Measured:
    """Spearman's rank correlation of our means with the paper's."""
    table, found = _open(run, complete=True)
    if table is None:
        return found
    value = float(spearmanr([float(row.mean) for row in paper.TABLE1], table["accuracy_percent"]).statistic)
    return found.like(value, f"{value:.3f}")


def table1_order(run: Run, claim: Claim) -> Measured:
    """Whether a statement about the order holds."""
    table, found = _open(run, complete=True)
    if table is None:
        return found
    means = table["accuracy_percent"]
    name = claim.id.removeprefix("table1.order.")
    if name == "best":
        holds = means.idxmax() == "simclr.tsne3.kmeans"
    elif name == "hac-stable":
        holds = all(table.loc[f"{encoder}.none.hac", "std_percent"] == 0 for encoder in paper.ENCODER_NAMES)
    elif name == "simple-beats-autoencoder":
        ours = [one for one in means.index if one.startswith("simple.")]
        holds = all(means[one] > means[one.replace("simple.", "autoencoder.")] for one in ours)
    else:
        encoder = name.removeprefix("tsne-kmeans.")
        holds = means[means.index.str.startswith(f"{encoder}.")].idxmax() == f"{encoder}.tsne3.kmeans"
    return found.like(bool(holds))


def table1_negligible(run: Run, _: Claim) -> Measured:
    """How far SimCLR with HAC alone is below the best SimCLR row, in percentage points."""
    table, found = _open(run, complete=True)
    if table is None:
        return found
    means = table["accuracy_percent"]
    value = float(means[means.index.str.startswith("simclr.")].max() - means["simclr.none.hac"])
    return found.like(value, f"{value:.1f}")


def _open(run: Run, complete: bool = False) -> tuple[pd.DataFrame | None, Measured]:
    """The table by name of row, and what holds for each value in it; None where absent or rows are missing."""
    path = run.tables / "table1.csv"
    record: dict[str, Any] | None = read_json(path.with_suffix(".json"))
    if record is None or not path.is_file():
        return None, absent(f"no {path.name}")
    table = pd.read_csv(path, dtype={"printed": str, "printed_std": str}, keep_default_na=False,
                        na_values={name: [""] for name in ("accuracy_percent", "std_percent")})
    table.index = pd.Index([key(row) for row in paper.TABLE1])
    if complete and (table["status"] != "run").any():
        return None, absent("not every row was run", path)
    why = why_not(str(table["comparison"].iloc[0]))
    return table, Measured(None, "", why, bool(record["simulated"]), not why, (path,))
