"""Our values of what is said about the classes of Venus' clouds, from data/<profile>/results/<set>-flat/.

A class is found by its property, never by its number; where a statement is about "one class", the one that shows it
most is looked at.
"""

import numpy as np
import pandas as pd

from paper_repro.base.files import read_json
from paper_repro.base.run import COLOUR, FLAT, Run
from paper_repro.clustering.stability import silhouettes
from paper_repro.patches.dataset import IMAGES, TABLE
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.classes import LARGE, MEDIUM, MOSTLY, SMALL
from paper_repro.verify.measure.measured import Measured, absent, benchmark_template, template

NOON_H, MORNING_H, LOW_LATITUDE_DEG = 12.0, 10.0, 40.0
WAVES = 0.25  # wave score: three times that of a patch without direction
NO_WAVES = "no patch shows waves"
EDGE = 16  # part of the columns that a step at the right edge is looked for in
REGIONS = ("wake", "high-latitudes", "morning")


def classes_count(run: Run, claim: Claim) -> Measured:
    """Number of classes."""
    table, found = _open(run, claim.id.split(".")[1])
    if table is None:
        return found
    count = table["class"].nunique()
    return found.like(float(count), f"{count}")


def region(run: Run, claim: Claim) -> Measured:
    """Largest share of a class that lies in the region."""
    table, found = _open(run, LARGE)
    if table is None:
        return found
    shares = _shares(table, claim.id.split(".")[2])
    return found.like(float(shares.max()), f"{shares.max():.0%} of class {shares.idxmax()}")


def three_regions(run: Run, _: Claim) -> Measured:
    """Whether three different classes have the largest shares in the three regions."""
    table, found = _open(run, LARGE)
    if table is None:
        return found
    return found.like(len({_of(table, name) for name in REGIONS}) == len(REGIONS))


def morning_contrast(run: Run, _: Claim) -> Measured:
    """Whether the morning class has less contrast than those of the two other regions."""
    table, found = _open(run, LARGE)
    if table is None:
        return found
    contrast = table.groupby("class")["contrast"].median()
    wake, high, morning = (float(contrast.loc[_of(table, name)]) for name in REGIONS)
    return found.like(morning < min(wake, high))


def morning_edge(run: Run, _: Claim) -> Measured:
    """Whether the morning class's flattened patches have the largest mean step at their right edge."""
    table, found = _open(run, LARGE)
    if table is None:
        return found
    path = run.patches(LARGE + FLAT) / IMAGES
    columns = np.load(path, mmap_mode="r", allow_pickle=False).mean(axis=1)  # [N, r]
    width = columns.shape[1] // EDGE
    step = pd.Series(np.abs(columns[:, -width:].mean(axis=1) - columns[:, -2 * width:-width].mean(axis=1)))
    steps = step.groupby(table["class"].to_numpy()).mean()
    holds = bool(steps.idxmax() == _of(table, "morning"))
    return found.beside(Measured(None, "", files=(path,))).like(holds)


def afternoon_contrast(run: Run, _: Claim) -> Measured:
    """Number of classes with more contrast than the set and at least half their patches after 12 h."""
    table, found = _open(run, MEDIUM)
    if table is None:
        return found
    more = table.groupby("class")["contrast"].median() > table["contrast"].median()
    late = (table["local_time_h"] > NOON_H).groupby(table["class"]).mean() >= MOSTLY
    count = int((more & late).sum())
    return found.like(float(count), f"{count}")


def flattest(run: Run, _: Claim) -> Measured:
    """Smallest median contrast of a class as a share of the set's."""
    table, found = _open(run, MEDIUM)
    if table is None:
        return found
    value = float(table.groupby("class")["contrast"].median().min() / table["contrast"].median())
    return found.like(value, f"{value:.2f}")


def less_distinct(run: Run, _: Claim) -> Measured:
    """Whether the 500 km classes have a smaller mean silhouette than the 3000 km classes."""
    medium, found = _open(run, MEDIUM)
    large, other = _open(run, LARGE)
    if medium is None or large is None:
        return found if medium is None else other
    return found.beside(other).like(bool(medium["silhouette"].mean() < large["silhouette"].mean()))


def few_waves(run: Run, _: Claim) -> Measured:
    """Share of the patches that show waves."""
    table, found = _open(run, SMALL)
    if table is None:
        return found
    value = float((table["wave_score"] >= WAVES).mean())
    return found.like(value, f"{value:.0%}")


def waves_gathered(run: Run, _: Claim) -> Measured:
    """Share of the wave patches in the class with most of them."""
    table, counts, found = _with_waves(run)
    if table is None:
        return found
    value = float(counts.max() / counts.sum())
    return found.like(value, f"{value:.0%} in class {counts.idxmax()}")


def waves_elsewhere(run: Run, _: Claim) -> Measured:
    """Largest share of wave patches in a class other than the one with most of them."""
    table, counts, found = _with_waves(run)
    if table is None:
        return found
    others = (counts / table["class"].value_counts()).drop(counts.idxmax())
    if others.empty:
        return absent("there is no other class", *found.files)
    return found.like(float(others.max()), f"{others.max():.0%} of class {others.idxmax()}")


def waves_mixed(run: Run, _: Claim) -> Measured:
    """Number of patches without waves in the class with most of the wave patches."""
    table, counts, found = _with_waves(run)
    if table is None:
        return found
    count = int((table["class"] == counts.idxmax()).sum() - counts.max())
    return found.like(float(count), f"{count}")


def separation(run: Run, claim: Claim) -> Measured:
    """Silhouette of the map by class, over that of the benchmark's by true class."""
    table, found = _open(run, claim.id.split(".")[1])
    if table is None:
        return found
    folder = run.results / COLOUR
    record, files = read_json(folder / "provenance.json"), [folder / "tsne2.csv", folder / "classes.csv"]
    if record is None or not all(path.is_file() for path in files):
        return absent("the benchmark's colour photographs were not classified", *found.files)
    ours = float(silhouettes(table[["x", "y"]].to_numpy(), table["class"].to_numpy()).mean())
    photographs = pd.read_csv(files[1], keep_default_na=False).merge(pd.read_csv(files[0]), on="id",
                                                                     validate="one_to_one")
    labels = pd.factorize(photographs["label"])[0]
    theirs = float(silhouettes(photographs[["x", "y"]].to_numpy(), labels).mean())
    both = found.beside(benchmark_template(run, COLOUR, record, *files))
    if theirs <= 0:
        return absent(f"the benchmark's map isn't separated either (silhouettes {ours:.2f}, {theirs:.2f})", *both.files)
    return both.like(ours / theirs, f"{ours / theirs:.2f} ({ours:.2f} / {theirs:.2f})")


def _shares(table: pd.DataFrame, name: str) -> pd.Series:
    """Share of each class in a region of local time and latitude."""
    low = table["latitude_deg"].abs() < LOW_LATITUDE_DEG
    inside = {"wake": low & (table["local_time_h"] > NOON_H), "high-latitudes": ~low,
              "morning": table["local_time_h"] < MORNING_H}[name]
    return inside.groupby(table["class"]).mean()


def _of(table: pd.DataFrame, name: str) -> int:
    """The class with the largest share in a region."""
    shares = _shares(table, name)
    return int(shares.index[int(shares.to_numpy().argmax())])


def _with_waves(run: Run) -> tuple[pd.DataFrame | None, pd.Series, Measured]:
    """The 25 km set, the number of wave patches in each class; None in place of the set where it shows none."""
    table, found = _open(run, SMALL)
    if table is None:
        return None, pd.Series(), found
    counts = (table["wave_score"] >= WAVES).groupby(table["class"]).sum()
    return (table, counts, found) if counts.sum() else (None, counts, absent(NO_WAVES, *found.files))


def _open(run: Run, name: str) -> tuple[pd.DataFrame | None, Measured]:
    """A row a patch of the set `name`: place, class, measures, place on the map; None where it wasn't classified."""
    folder = run.results / (name + FLAT)
    files = [run.patches(name + FLAT) / TABLE, *(folder / one for one in ("classes.csv", "measures.csv", "tsne2.csv"))]
    record = read_json(folder / "provenance.json")
    if record is None or not all(path.is_file() for path in files):
        return None, absent("this run has no classes of these patches")
    table = pd.read_csv(files[0], usecols=["id", "latitude_deg", "local_time_h"])
    for path in files[1:]:
        table = table.merge(pd.read_csv(path), on="id", validate="one_to_one")
    return table, template(record, *files)
