"""Sect. 4.2: what holds for the classes of each set of Venus, from data/<profile>/results/<set>-flat/.

A class is found by its property, never by its number; where a statement is about "one class", the one that shows it
most is looked at. Where the paper has words only ("mostly", "few"), the number taken for them stands in the reason.
"""

import pandas as pd

from paper_repro import paper
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.run import COLOUR, FLAT, Run
from paper_repro.clustering.stability import silhouettes
from paper_repro.patches.dataset import TABLE
from paper_repro.verify.claims.claim import Claim, Kind, Measure, Need, Rule
from paper_repro.verify.claims.measured import Measured, NotRun, Value, basis_of, benchmark_basis
from paper_repro.verify.claims.patch_sets import SECTIONS, need

COMMAND = "make venus PROFILE=paper"
LARGE, MEDIUM, SMALL = paper.PATCH_COUNTS  # uvi-3000km, uvi-500km, vmc-25km
# "Mostly" is said of what a plot of all patches shows: half of a class where half of all patches are says nothing. So
# the share must be a majority, and its odds more than twice those of all patches: above half where a third of all are,
# above two thirds where half are, above four fifths where two thirds are.
MAJORITY, ODDS = 0.5, 2.0
MOSTLY_WORDS = "at least half, and odds more than twice those of all patches"
SEPARATED = 0.5  # of the benchmark's silhouette
# The paper's words for what its authors saw in the patches, by what is measured of each.
DIRECTED = 0.25  # wave score: three times that of a patch without direction
DIRECTED_WORDS = "a quarter of their power or more in one of twelve directions (1/12 where all are alike)"
STREAKY_WORDS = f"streaky: {DIRECTED_WORDS}"
PATTERNED_WORDS = "patterned: not streaky, and with at least the set's median contrast"


def of_classes(name: str, what: str, statement: str, value: str, expected: Value, rule: Rule, reason: str,
               measure: Measure, unit: str = "", also_needs: tuple[Need, ...] = (), kind: Kind = "result") -> Claim:
    """A claim about the classes of the set `name`, without tolerance."""
    return Claim(f"classes.{name}.{what}", SECTIONS[name], kind, statement, value, expected, None, rule, unit, reason,
                 (need(name), "imagenet-weights", "gpu-time", *also_needs), COMMAND, measure)


def number_of_classes(name: str) -> Claim:
    """The claim on the number of classes of the set `name`."""
    return of_classes(name, "count", f"The patches of {name} are divided into {paper.VENUS_CLASSES} classes.",
                      str(paper.VENUS_CLASSES), float(paper.VENUS_CLASSES), "equal", "a count", count, kind="setting")


def separation_on_map(name: str) -> Claim:
    """The claim on how separated the classes of the set `name` are on their map."""
    return of_classes(name, "separation", f"The t-SNE map of {name} shows no real cluster separation, unlike that of "
                      "the benchmark (its silhouette by class over the benchmark's by true class).", "no separation",
                      SEPARATED, "at most", "taken as less than half of the benchmark's silhouette", separation,
                      also_needs=("cloud-imvn",))


def mostly(share: float, of_set: float) -> bool:
    """Whether this share of a class is "mostly", where it is `of_set` of all patches: see MAJORITY and ODDS."""
    return share >= MAJORITY and share * (1 - of_set) > ODDS * of_set * (1 - share)


def streaky(table: pd.DataFrame) -> pd.Series:
    """Whether each patch has a direction: see STREAKY_WORDS."""
    return table["wave_score"] >= DIRECTED


def patterned(table: pd.DataFrame) -> pd.Series:
    """Whether each patch has features without a direction: see PATTERNED_WORDS."""
    return ~streaky(table) & (table["contrast"] >= table["contrast"].median())


def count(run: Run, claim: Claim) -> Measured:
    """Number of classes."""
    table, basis = classified(run, claim.id.split(".")[1])
    classes = table.loc[table["class"] >= 0, "class"].nunique()
    return basis.with_value(float(classes), f"{classes}")


def separation(run: Run, claim: Claim) -> Measured:
    """Silhouette of the map by class, over that of the benchmark's by true class."""
    table, of_venus = classified(run, claim.id.split(".")[1])
    folder = run.results / COLOUR
    record, files = read_json(folder / "provenance.json"), [folder / "tsne2.csv", folder / "classes.csv"]
    if record is None or not all(path.is_file() for path in files):
        raise NotRun("the benchmark's colour photographs were not classified", *of_venus.files)
    ours = float(silhouettes(table[["x", "y"]].to_numpy(), table["class"].to_numpy()).mean())
    photographs = read_csv(files[1], keep_default_na=False, dtype={"label": str, "matched": str}).merge(
        read_csv(files[0]), on="id", validate="one_to_one")
    labels = pd.factorize(photographs["label"])[0]
    theirs = float(silhouettes(photographs[["x", "y"]].to_numpy(), labels).mean())
    basis = of_venus.beside(benchmark_basis(run, COLOUR, record, *files))
    if theirs <= 0:
        raise NotRun(f"the benchmark's map isn't separated either (silhouettes {ours:.2f}, {theirs:.2f})", *basis.files)
    return basis.with_value(ours / theirs, f"{ours / theirs:.2f} ({ours:.2f} / {theirs:.2f})")


def classified(run: Run, name: str) -> tuple[pd.DataFrame, Measured]:
    """A row per patch of the set `name`: place, class, measures, place on the map; and the basis. Raises NotRun."""
    folder = run.results / (name + FLAT)
    files = [run.patches(name + FLAT) / TABLE,
             *(folder / file for file in ("classes.csv", "measures.csv", "tsne2.csv"))]
    record = read_json(folder / "provenance.json")
    if record is None or not all(path.is_file() for path in files):
        raise NotRun("this run has no classes of these patches")
    table = read_csv(files[0], usecols=["id", "latitude_deg", "local_time_h"])
    for path in files[1:]:
        table = table.merge(read_csv(path), on="id", validate="one_to_one")
    return table, basis_of(record, *files)
