"""Our values of the sets of patches of Venus, from data/<profile>/patches/<set>/patches.csv."""

from pathlib import Path

import pandas as pd

from paper_repro.base.files import read_json
from paper_repro.base.run import Run
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.measure.measured import Measured, absent

EXAMPLE = "uvi_20151207_052330_365_l2b_"  # footnote 3, its first character read as an l

SIMILAR_DEG, SIMILAR_H = 10.0, 1.0


def count(run: Run, claim: Claim) -> Measured:
    """Number of patches."""
    table, found = _open(run, claim.id.split(".")[1])
    return found if table is None else found.like(float(len(table)), f"{len(table)}")


def latitude(run: Run, claim: Claim) -> Measured:
    """Lowest and highest latitude of the centres, in degrees."""
    return _range(run, claim, "latitude_deg")


def local_time(run: Run, claim: Claim) -> Measured:
    """Lowest and highest local time of the centres, in hours."""
    return _range(run, claim, "local_time_h")


def south(run: Run, claim: Claim) -> Measured:
    """The southernmost centre, in degrees."""
    table, found = _open(run, claim.id.split(".")[1])
    if table is None:
        return found
    value = float(table["latitude_deg"].min())
    return found.like(value, f"{value:.1f}")


def longitudes(run: Run, claim: Claim) -> Measured:
    """How many of 36 ranges of longitude of 10 degrees hold the centre of a patch."""
    table, found = _open(run, claim.id.split(".")[1])
    if table is None:
        return found
    # just below 0, % 360 rounds to 360
    count = len(set((table["longitude_deg"] % 360 // 10 % 36).astype(int)))
    return found.like(float(count), f"{count}")


def similar(run: Run, _: Claim) -> Measured:
    """Whether the 500 km patches end about where the 3000 km ones do, but for the South."""
    medium, found = _open(run, "uvi-500km")
    large, other = _open(run, "uvi-3000km")
    if medium is None or large is None:
        return found if medium is None else other
    north, first, last = (abs(float(end(medium[column]) - end(large[column]))) for column, end in (
        ("latitude_deg", max), ("local_time_h", min), ("local_time_h", max)))
    return found.beside(other).like(north <= SIMILAR_DEG and max(first, last) <= SIMILAR_H)


def extent(run: Run, _: Claim) -> Measured:
    """Range of latitude of the 25 km patches as a share of that of the 3000 km ones."""
    small, found = _open(run, "vmc-25km")
    large, other = _open(run, "uvi-3000km")
    if small is None or large is None:
        return found if small is None else other
    spans = [float(table["latitude_deg"].max() - table["latitude_deg"].min()) for table in (small, large)]
    if not spans[1]:
        return absent("the 3000 km patches are all at one latitude", *other.files)
    value = spans[0] / spans[1]
    return found.beside(other).like(value, f"{value:.2f}")


def example_k(run: Run, _: Claim) -> Measured:
    """Limb-darkening coefficient of the paper's example image."""
    table, found = _open(run, "uvi-3000km")
    if table is None:
        return found
    rows = table[table["source"].str.contains(EXAMPLE, regex=False)]
    if rows.empty:
        return absent("no patch of that image", *found.files)
    value = float(rows["minnaert_k"].iloc[0])
    return found.like(value, f"{value:.3f}")


def _range(run: Run, claim: Claim, column: str) -> Measured:
    table, found = _open(run, claim.id.split(".")[1])
    if table is None:
        return found
    low, high = float(table[column].min()), float(table[column].max())
    return found.like((low, high), f"{low:.1f} to {high:.1f}")


def _open(run: Run, name: str) -> tuple[pd.DataFrame | None, Measured]:
    """The set's list, and what holds for each value in it; None where there is none."""
    path: Path = run.patches(name) / "patches.csv"
    record = read_json(path.with_name("provenance.json"))
    if record is None or not path.is_file():
        return None, absent("this run has no such patches")
    table = pd.read_csv(path)
    simulated = bool(record["simulated"])
    if table.empty:
        return None, absent("the set is empty", path)
    return table, Measured(None, "", "simulated input" if simulated else "", simulated, files=(path,))
