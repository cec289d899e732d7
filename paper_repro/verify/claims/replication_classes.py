"""What replications measure on classes: repeats of HAC, sizes of clusters, chance, confusions, and the t-SNE maps."""

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.profile import MODELS, Model
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.clustering import chance
from paper_repro.clustering.assignment import Assignment, open_assignment
from paper_repro.clustering.cluster import hac, kmeans
from paper_repro.clustering.score import match
from paper_repro.experiments.grid import seed_of
from paper_repro.experiments.settings import grid_seeds
from paper_repro.tables.comparable import SWIMCAT
from paper_repro.verify.claims.benchmark import separations
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import Measured, NotRun
from paper_repro.verify.claims.replication_basis import basis, photographs_of

SKY, VEIL, PATTERNED, THICK_WHITE = "Clear sky", "Veil", "Patterned", "Thick white"
LETTERS = {"colour": COLOUR, "gray": GRAY}
AMONG = 2  # of the ten pairs of SWIMCAT's classes, those that count as confused most


def simple_sufficient(run: Run, _: Claim) -> Measured:
    """Accuracy of Simple with HAC alone over that of random labels."""
    (features,), labels, classes, found = _features(run, "simple")
    score = match(labels, hac(features, classes), classes)
    ours, random = score.accuracy, chance.expected(score.confusion).accuracy
    return found.with_value(
        ours / random, f"{ours / random:.2f} ({100 * ours:.1f} % / {100 * random:.1f} %)")


def hac_repeats(run: Run, claim: Claim) -> tuple[Measured, list[float]]:
    """Standard deviation of HAC's accuracy over repeats with the images in other orders, in percent."""
    encoder: Model = next(name for name in MODELS if name == claim.id.split(".")[2])
    every, labels, classes, found = _features(run, encoder)
    deviations = []
    for features in every:
        orders = [np.random.default_rng(repeat).permutation(len(labels)) for repeat in range(paper.REPEATS)]
        accuracies = [match(labels[order], hac(features[order], classes), classes).accuracy for order in orders]
        deviations.append(float(100 * np.std(accuracies)))
    return found, deviations


def largest(_: Claim, found: Measured, values: Sequence[float]) -> Measured:
    """The largest of the percentages of all trainings."""
    return found.with_value(max(values), f"{max(values):.2f} %")


def unequal_sizes(run: Run, _: Claim) -> tuple[Measured, list[float]]:
    """By how much HAC's cluster sizes miss those of the classes, less by how much k-means' do, for each training."""
    every, labels, classes, found = _features(run, "simclr")
    if len(set(np.bincount(labels, minlength=classes))) == 1:
        raise NotRun("the classes are equally large", *found.files)
    grid = run.profile.grid
    differences = []
    for features in every:
        repeats = [kmeans(features, classes, seed_of(grid.seed, "simclr", "none", 0, repeat), grid.kmeans_n_init)
                   for repeat in range(grid.repeats)]
        of_kmeans = float(np.mean([missed(labels, found_labels, classes) for found_labels in repeats]))
        differences.append(missed(labels, hac(features, classes), classes) - of_kmeans)
    return found, differences


def missed(labels: NDArray[np.int64], clusters: NDArray[np.int64], classes: int) -> float:
    """Share of the images by which the sorted sizes of clusters [N] miss the sorted sizes of the classes [N]."""
    ours, theirs = (np.sort(np.bincount(each, minlength=classes)) for each in (clusters, labels))
    return float(np.abs(ours - theirs).sum() / 2 / len(labels))


def gray_below_colour(run: Run, _: Claim) -> Measured:
    """Points by which the accuracy in gray is below that in colour."""
    colour, gray, found = _both(run)
    accuracies = [100 * float(np.trace(counts) / counts.sum()) for counts in (colour, gray)]
    points = accuracies[0] - accuracies[1]
    return found.with_value(points, f"{accuracies[0]:.1f} % / {accuracies[1]:.1f} % ({points:+.1f})")


def gray_above_chance(run: Run, _: Claim) -> Measured:
    """Points by which the accuracy in gray is above the highest of 1000 random labellings."""
    counts, found = _classified(run, "gray")[1:]
    ours, random = 100 * float(np.trace(counts) / counts.sum()), 100 * chance.expected(counts).highest
    return found.with_value(ours - random, f"{ours:.1f} % / {random:.1f} % ({ours - random:+.1f})")


def confused_most(run: Run, _: Claim) -> Measured:
    """Whether Clear sky and Veil are among the two pairs confused most in gray, both ways added."""
    classes, counts, found = _classified(run, "gray", *SWIMCAT)
    both = {pair: int(counts[pair] + counts[pair[::-1]]) for pair in itertools.combinations(range(len(classes)), 2)}
    most = sorted(both, key=both.__getitem__, reverse=True)
    ours = both[_pair(classes, SKY, VEIL)]
    first = ", ".join(f"{classes[a]}/{classes[b]} {both[a, b]}" for a, b in most[:AMONG])
    return found.with_value(ours > 0 and sum(other > ours for other in both.values()) < AMONG, f"{ours}; most: {first}")


def confused_more_in_gray(run: Run, _: Claim) -> Measured:
    """Points by which the share of Clear sky and Veil taken for the other is higher in gray than in colour."""
    colour, gray, found = _both(run, SKY, VEIL)
    classes = _classified(run, "gray", SKY, VEIL)[0]
    first, second = _pair(classes, SKY, VEIL)
    shares = [100 * float(counts[first, second] + counts[second, first]) / float(counts[[first, second]].sum())
              for counts in (gray, colour)]
    points = shares[0] - shares[1]
    return found.with_value(points, f"{shares[0]:.1f} % / {shares[1]:.1f} % ({points:+.1f})")


def veil_for_thick_white(run: Run, _: Claim) -> Measured:
    """Whether Veil is taken for Thick white more than for any other class in colour, and at all."""
    classes, counts, found = _classified(run, "colour", VEIL, THICK_WHITE)
    row = counts[classes.index(VEIL)].copy()
    row[classes.index(VEIL)] = 0
    shown = ", ".join(f"{name} {count}" for name, count in zip(classes, row, strict=True) if count) or "none is"
    return found.with_value(bool(row[classes.index(THICK_WHITE)] == row.max() > 0), shown)


def best_classes(run: Run, claim: Claim) -> Measured:
    """Whether no other class has a higher accuracy than those named, in colour or gray."""
    letter = claim.id.rpartition(".")[2]
    named = (SKY, PATTERNED) if letter == "colour" else (PATTERNED,)
    classes, counts, found = _classified(run, letter, *named)
    accuracies = dict(zip(classes, 100 * np.diagonal(counts) / counts.sum(axis=1), strict=True))
    least, others = min(accuracies[name] for name in named), [accuracies[name] for name in classes if name not in named]
    if not others:
        raise NotRun("the photographs have no other class", *found.files)
    shown = ", ".join(f"{name} {accuracies[name]:.1f} %" for name in sorted(classes, key=lambda one: -accuracies[one]))
    return found.with_value(bool(least >= max(others)), shown)


def distinct(run: Run, _: Claim) -> Measured:
    """Silhouette of the least separated pair of classes on the map in colour."""
    found, apart = _map(run, "colour", *SWIMCAT)
    least = min(apart, key=apart.__getitem__)
    return found.with_value(apart[least], f"{apart[least]:.2f} ({'/'.join(least)})")


def blended(run: Run, _: Claim) -> Measured:
    """Whether Clear sky and Veil are the least separated pair on the map in gray."""
    found, apart = _map(run, "gray", *SWIMCAT)
    least = min(apart, key=apart.__getitem__)
    return found.with_value(set(least) == {SKY, VEIL}, f"{'/'.join(least)}, {apart[least]:.2f}")


def _features(run: Run, model: Model) -> tuple[list[NDArray[np.float32]], NDArray[np.int64], int, Measured]:
    """Features of the colour photographs by each training of an encoder, true labels, number of classes, the basis."""
    if model not in run.profile.encoders.models:
        raise NotRun(f"no {model} in this run")
    seeds = grid_seeds(run) if model != "simple" else (0,)
    paths = [run.features(COLOUR, model, seed) for seed in seeds]
    found = basis(run, [read_json(path.with_suffix(".json")) for path in paths], seeds if model != "simple" else (),
                  *paths)
    photographs = photographs_of(run)
    labels = photographs.labels
    assert labels is not None  # sets of photographs are labelled
    return [np.load(path, allow_pickle=False) for path in paths], labels, len(photographs.classes), found


def _classified(run: Run, letter: str, *named: str) -> tuple[tuple[str, ...], NDArray[np.int64], Measured]:
    """Classes, counts of Table 3 (rows true) in colour or gray, and their basis. Raises NotRun where one is missing."""
    assignment, found = _assignment(run, letter, named)
    assert assignment.score is not None
    return assignment.classes, assignment.score.confusion, found


def _both(run: Run, *named: str) -> tuple[NDArray[np.int64], NDArray[np.int64], Measured]:
    """Counts in colour and in gray, and what they have for a basis."""
    (_, colour, of_colour), (_, gray, of_gray) = (_classified(run, letter, *named) for letter in LETTERS)
    return colour, gray, of_colour.beside(of_gray)


def _assignment(run: Run, letter: str, named: Sequence[str]) -> tuple[Assignment, Measured]:
    photographs_of(run)
    folder = run.results / LETTERS[letter]
    record = read_json(folder / "provenance.json")
    if record is None or not (folder / "classes.csv").is_file():
        raise NotRun("this run has not classified such photographs")
    if record["settings"]["encoder"] != "simclr":
        raise NotRun("no simclr in this run", folder / "classes.csv")
    found = basis(run, [record], (run.seed_of(LETTERS[letter]),), folder / "classes.csv", folder / "scores.json")
    assignment = open_assignment(folder)
    missing = [name for name in named if name not in assignment.classes]
    if missing:
        raise NotRun(f"the photographs have no class {missing[0]}", *found.files)
    return assignment, found


def _map(run: Run, letter: str, *named: str) -> tuple[Measured, dict[tuple[str, str], float]]:
    """Silhouette of each pair of classes on the t-SNE map in colour or gray, and the basis."""
    assignment, found = _assignment(run, letter, named)
    path = run.results / LETTERS[letter] / "tsne2.csv"
    if not path.is_file():
        raise NotRun("no t-SNE map", *found.files)
    table = assignment.table.merge(read_csv(path), on="id", validate="one_to_one")
    return found.beside(Measured(None, "", files=(path,))), separations(table, assignment.classes)


def _pair(classes: Sequence[str], first: str, second: str) -> tuple[int, int]:
    a, b = sorted((classes.index(first), classes.index(second)))
    return a, b
