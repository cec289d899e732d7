"""Sect. 4.1 and Fig. 12: the benchmark's split and weights, which classes are confused, and the t-SNE maps."""

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.recipe import recipe_of
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.clustering.stability import silhouettes
from paper_repro.encoders.batch import split
from paper_repro.tables.table2 import plain
from paper_repro.verify.claims import table3
from paper_repro.verify.claims.claim import Claim, Kind, Measure
from paper_repro.verify.claims.measured import Measured, NotRun, benchmark_basis
from paper_repro.verify.claims.table3 import COLOURS, NEEDS, slug

SETS = {"a": COLOUR, "b": GRAY}
FIGURES = "make benchmark PROFILE=paper"
DISTINCT = 0.25  # silhouette from which two classes count as distinct clusters (Kaufman and Rousseeuw 1990)
TRAIN_IMAGES = paper.TRAIN_SHARE * paper.IMAGES_PER_CLASS * len(paper.CLASS_NAMES)
# (part, true class, class it is taken for): Sect. 4.1
CONFUSIONS = (("a", "Thin white", "Thick white"), ("a", "Veil", "Thick white"))
TRANSITIONS = dict(zip(("map.a.transition", "map.a.transition.veil"), CONFUSIONS, strict=True))
PAIRS = (("Thin white", "Thick dark"), ("Clear sky", "Veil"), ("Thin white", "Thick white"))  # gray, both ways
BLENDED = {"a": PAIRS[2:], "b": PAIRS[1:]}  # pairs that Sect. 4.1 takes out of "distinct clusters" in Fig. 12


def claims() -> Iterator[Claim]:
    """All claims of Sect. 4.1 and Fig. 12 but those of Table 3."""
    yield Claim("method.train-images", "Sect. 4.1", "setting", "80 % of the 2100 images are for training.",
                plain(TRAIN_IMAGES), TRAIN_IMAGES, 0.0, "equal", "images", "a count", ("none",), "make verify",
                train_images)
    yield _holds("settings.lowest-loss", "Sect. 4.1", "The weights after the epoch with the lowest loss on the test "
                 "set are used.", "by the losses of the training", "make train PROFILE=paper", lowest_loss, "setting")
    yield Claim("settings.clusters", "Sect. 4.1", "setting", "The clustering of the benchmark is set to six classes.",
                f"{paper.BENCHMARK_CLUSTERS}", float(paper.BENCHMARK_CLUSTERS), 0.0, "equal", "", "a setting", NEEDS,
                FIGURES, clusters)
    yield from _confusions()
    yield from _maps()


def _holds(name: str, section: str, statement: str, reason: str, command: str, measure: Measure,
           kind: Kind = "result") -> Claim:
    return Claim(name, section, kind, statement, "yes", True, None, "holds", "", reason, NEEDS, command, measure)


def _confusions() -> Iterator[Claim]:
    for (letter, true, taken), statement, reason, measure in zip(
        CONFUSIONS,
        ("The largest discrepancy in colour is Thin white taken for Thick white.",
         "Some Veil images are taken for Thick white (colour)."),
        ("the largest count beside the diagonal", "the largest count beside the diagonal in the row Veil"),
        (confusion_largest, confusion_row), strict=True,
    ):
        yield _holds(f"confusion.{letter}.{slug(true)}.{slug(taken)}", "Sect. 4.1", statement, reason, table3.COMMAND,
                     measure)
    for first, second in PAIRS:
        yield _holds(f"confusion.b.{slug(first)}.{slug(second)}", "Sect. 4.1", f"In gray, {first} and {second} are one "
                     "of the three pairs of classes that are confused most.", "both ways added", table3.COMMAND,
                     confusion_pair)
    named = ", ".join("/".join(pair) for pair in PAIRS)
    yield Claim("confusion.b.most", "Sect. 4.1", "result", f"In gray most inaccuracies occur between {named} (share of "
                "the images taken for another class).", "most", 0.5, None, "at least", "", "taken as half; both ways "
                "added", NEEDS, table3.COMMAND, confusion_most)
    yield _holds("confusion.gray-lower", "Sect. 4.1", "The total accuracy is lower in gray than in colour.",
                 "a comparison", table3.COMMAND, gray_lower)


def _maps() -> Iterator[Claim]:
    for letter, pairs in BLENDED.items():
        named = " and ".join("/".join(pair) for pair in pairs)
        yield _holds(f"map.{letter}.blended", "Fig. 12", "Classes fall into distinct clusters on the t-SNE map, except "
                     f"{named} ({COLOURS[letter]}).", f"the {'least' if len(pairs) == 1 else 'two least'} separated of "
                     f"15 pairs of classes by their silhouette on the map, all others above {DISTINCT}", FIGURES,
                     blended)
    for name, (_, true, taken) in TRANSITIONS.items():
        yield Claim(name, "Sect. 4.1", "result", f"Most {true} images taken for {taken} lie in a "
                    "zone between the two on the map (share).", "most", 0.5, None, "at least", "", "taken as half; "
                    "in the zone is whose silhouette in its true class, of the two, is below the median of that of the "
                    f"{true} images classified right", NEEDS, FIGURES, transition)


def train_images(run: Run, _: Claim) -> Measured:
    """How many of Cloud-ImVN's images the split takes for training."""
    images = paper.IMAGES_PER_CLASS * len(paper.CLASS_NAMES)
    recipe = recipe_of(run.profile)
    count = len(split(images, np.random.default_rng(0), recipe.split)[0])
    return Measured(float(count), f"{count}")


def lowest_loss(run: Run, _: Claim) -> Measured:
    """Whether the weights of SimCLR on the colour photographs are of the epoch with the lowest test loss."""
    folder = run.encoder(COLOUR, "simclr")
    path, record = folder / "losses.csv", read_json(folder / "provenance.json")
    if record is None or "simclr" not in run.models_for(COLOUR) or not path.is_file():
        raise NotRun("no SimCLR encoder trained here on colour photographs")
    losses = read_csv(path)
    holds = int(record["weights_of_epoch"]) == int(losses["epoch"].iloc[losses["test_loss"].argmin()])
    return benchmark_basis(run, COLOUR, record, path).with_value(holds)


def clusters(run: Run, _: Claim) -> Measured:
    """Number of clusters that the colour photographs were divided into. Raises NotRun where they are of other classes.

    Photographs of other classes say nothing: their clusters are as many as their classes.
    """
    folder = run.results / COLOUR
    path, record = folder / "classes.csv", read_json(folder / "provenance.json")
    if record is None or not path.is_file():
        raise NotRun("this run has not classified such photographs")
    table = read_csv(path, keep_default_na=False, dtype={"label": str, "matched": str})
    if set(table["label"]) != set(paper.CLASS_NAMES):
        raise NotRun("the photographs of this run are others", path)
    return benchmark_basis(run, COLOUR, record, path).with_value(float(found := table["cluster"].nunique()), f"{found}")


def confusion_largest(run: Run, claim: Claim) -> Measured:
    """Whether the cell is the largest beside the diagonal."""
    counts, basis, true, taken = _confusion(run, claim)
    return basis.with_value(bool(counts[true, taken] == counts.max() > 0))


def confusion_row(run: Run, claim: Claim) -> Measured:
    """Whether the cell is the largest beside the diagonal in its row."""
    counts, basis, true, taken = _confusion(run, claim)
    return basis.with_value(bool(counts[true, taken] == counts[true].max() > 0))


def confusion_pair(run: Run, claim: Claim) -> Measured:
    """Whether the two classes, both ways added, are among the pairs that are confused most."""
    counts, basis, first, second = _confusion(run, claim)
    both_ways = np.triu(counts + counts.T)
    ours = both_ways[min(first, second), max(first, second)]
    return basis.with_value(bool(ours > 0 and (both_ways > ours).sum() < len(PAIRS)))


def confusion_most(run: Run, _: Claim) -> Measured:
    """Share of the gray images taken for another class that are of the three pairs, both ways."""
    counts, basis = table3.confusion(run, "b")
    np.fill_diagonal(counts, 0)
    if not counts.any():
        raise NotRun("no image is taken for another class", *basis.files)
    places = [[paper.CLASS_NAMES.index(name) for name in pair] for pair in PAIRS]
    among = sum(int(counts[first, second] + counts[second, first]) for first, second in places)
    return basis.with_value(among / int(counts.sum()), f"{among / counts.sum():.2f} ({among} of {counts.sum()})")


def gray_lower(run: Run, _: Claim) -> Measured:
    """Whether the total accuracy is lower in gray than in colour."""
    (colour, of_colour), (gray, of_gray) = (table3.total_accuracy(run, letter) for letter in "ab")
    return of_colour.beside(of_gray).with_value(gray < colour)


def blended(run: Run, claim: Claim) -> Measured:
    """Whether the pairs of classes named are the least separated ones on the map, and all others are distinct."""
    letter = claim.id.split(".")[1]
    table, basis = classified_map(run, SETS[letter])
    separation = {frozenset(pair): value for pair, value in separations(table, paper.CLASS_NAMES).items()}
    named = {frozenset(pair) for pair in BLENDED[letter]}
    least = sorted(separation, key=separation.__getitem__)[:len(named)]
    others = min(value for pair, value in separation.items() if pair not in named)
    shown = " and ".join("/".join(sorted(pair)) for pair in least)
    return basis.with_value(set(least) == named and others >= DISTINCT, shown)


def separations(table: pd.DataFrame, classes: Sequence[str]) -> dict[tuple[str, str], float]:
    """Mean silhouette of each pair of classes on a map: of their images alone, in their true classes.

    table: columns label, x, y.
    """
    found = {}
    for pair in itertools.combinations(classes, 2):
        part = table[table["label"].isin(pair)]
        values = silhouettes(part[["x", "y"]].to_numpy(), np.array(part["label"] == pair[0], np.int64))
        found[pair] = float(values.mean())
    return found


def transition(run: Run, claim: Claim) -> Measured:
    """Share of a class's images taken for Thick white that are less inside it than half of those classified right."""
    _, true, taken = TRANSITIONS[claim.id]
    table, basis = classified_map(run, COLOUR)
    part = table[table["label"].isin((true, taken))].reset_index(drop=True)
    of_true = part["label"] == true
    inside = silhouettes(part[["x", "y"]].to_numpy(), np.array(of_true, np.int64))
    wrong, right = (inside[(of_true & (part["matched"] == name)).to_numpy()] for name in (taken, true))
    if not len(wrong) or not len(right):
        raise NotRun(f"no {true} image was taken for {taken}, or none was classified right", *basis.files)
    between = wrong < np.median(right)
    return basis.with_value(float(between.mean()), f"{between.mean():.2f} ({between.sum()} of {len(between)})")


def _confusion(run: Run, claim: Claim) -> tuple[NDArray[np.int64], Measured, int, int]:
    """Counts of a part of Table 3 with 0 on the diagonal, their basis, and the claim's two classes."""
    _, letter, *names = claim.id.split(".")
    counts, basis = table3.confusion(run, letter)
    first, second = ([slug(name) for name in paper.CLASS_NAMES].index(name) for name in names)
    np.fill_diagonal(counts, 0)
    return counts, basis, first, second


def classified_map(run: Run, name: str) -> tuple[pd.DataFrame, Measured]:
    """Place on the map, true and matched class of each photograph of the set `name`, and their basis. Raises NotRun."""
    folder = run.results / name
    record, files = read_json(folder / "provenance.json"), [folder / "classes.csv", folder / "tsne2.csv"]
    if record is None or not all(path.is_file() for path in files):
        raise NotRun("this run has not classified such photographs")
    classes = read_csv(files[0], keep_default_na=False, dtype={"label": str, "matched": str})
    table = classes.merge(read_csv(files[1]), on="id", validate="one_to_one")
    if set(table["label"]) != set(paper.CLASS_NAMES):
        raise NotRun("the photographs of this run are others", *files)
    return table, benchmark_basis(run, name, record, *files)
