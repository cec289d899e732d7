"""What of a run decides each experiment, beside the features it starts from; and what each writes. Loads no library."""

import dataclasses
from pathlib import Path
from typing import Any, Literal

from paper_repro.base.errors import UserError
from paper_repro.base.profile import Effects, Model
from paper_repro.base.recipe import OF_IMAGES, RECIPES
from paper_repro.base.run import FLAT, Run
from paper_repro.base.turned import Truth
from paper_repro.clustering.names import Method, method_of
from paper_repro.paper import TABLE1, VENUS_CLASSES, Clustering, Reduction

METHODS: tuple[Reduction, ...] = ("tsne", "pca", "none")
CLUSTERINGS: tuple[Clustering, ...] = ("kmeans", "hac")
# The reductions of Table 1: tsne 3, pca 256, 64, 16, none 0. Kept in this order everywhere.
REDUCTIONS: tuple[tuple[Reduction, int], ...] = tuple(
    sorted({(row.reduction, row.dims) for row in TABLE1}, key=lambda r: (METHODS.index(r[0]), -r[1]))
)
MAP_DIMS = 2  # of the maps that classes are shown on
MOST_CLASSES = 10  # that the stability is told of, or as many as the set is divided into

TABLE1_FILES = ("table1_runs.csv", "table1_seconds.csv", "table1_not_run.csv")
TABLE1_JOURNAL = "table1_runs.journal"  # in the results' folder until all of the grid is written
SEEDS_FILE, EFFECTS_FILE = "table1_seeds.csv", "effects.csv"
BENCHMARK_FILES = ("classes.csv", "confusion.csv", "scores.json", "tsne2.csv")
ANGLES = tuple(360 / 24 * n for n in range(24))  # deg, at which images are looked at
MOST_TURNED = 100  # patches of a set of Venus that are turned: a third of a CPU minute at the sample's 64 px
ORIENTATION_FILES = ("orientation.csv", "orientation_angles.csv")  # how many images keep their class when turned
VENUS_FILES = ("classes.csv", "tsne2.csv", "stability.csv", "measures.csv", *ORIENTATION_FILES, "classes.json",
               "classes.md")
VENUS_JOURNAL = "venus.journal"  # in a set's folder until all of the set is written
EVOLUTION_FILES = ("shares.csv", "wind.csv", "winds.csv", "persistence.csv", "lives.csv", "transitions.csv")
TRUTH = "truth.json"  # of a simulated set: what its patches really show
# Of near-identical photographs: files in results/duplicates; where each measure draws the line, strict to loose
# (thumbnails: root mean square difference in gray levels, features: 1 - cosine); and the ways Table 1 is run without.
SYMMETRIES_FILE, DEDUPLICATED_FILE, DEDUPLICATED_JOURNAL = "symmetries.npy", "accuracies.csv", "accuracies.journal"
DUPLICATES_FILES = ("groups.csv", "members.csv", "examples.csv")
DUPLICATES_EXAMPLES = 4  # pairs shown on each side of a threshold
THRESHOLDS: dict[str, tuple[float, ...]] = {
    "identical": (0.0,), "thumbnails": (0.5, 2.0, 4.0, 8.0), "features": (0.001, 0.005, 0.01, 0.02)}
WAYS = ("all", "one a group", "as many at random", "groups weighed", "split by groups", "split at random")
SCAN_FILES, SCAN_JOURNAL = ("runs.csv", "classes.csv", "confusion.csv", "scores.json"), "runs.journal"
TRUTH_SCORES = ["ari", "recall", "precision"]  # of classes against known truth
TRUTH_FILES = ("series.csv", "sets.csv", "recovered.csv")
CLUSTERS_FILES = ("classes.csv", "stability.csv", "summary.json")
BASELINE, EFFECTS_DIMS = "paper", 16


def table1(run: Run) -> dict[str, Any]:
    """Of the grid of Table 1."""
    grid = run.profile.grid
    return {"set": run.table1_set, "encoders": list(run.models_for(run.table1_set)),
            "reductions": [list(reduction) for reduction in REDUCTIONS], "repeats": grid.repeats, "seed": grid.seed,
            "kmeans_n_init": grid.kmeans_n_init}


def benchmark(run: Run, name: str) -> dict[str, Any]:
    """Of the classification of one set of photographs."""
    return {"set": name, "encoder": run.benchmark_model, "map_dims": MAP_DIMS, "seed": run.profile.grid.seed}


def scan(run: Run, name: str) -> dict[str, Any]:
    """Of SCAN on one set of photographs."""
    grid = run.profile.grid
    return {"set": name, "encoders": list(run.models_for(name)), "shown": run.benchmark_model,
            "repeats": grid.repeats, "seed": grid.seed, "kmeans_n_init": grid.kmeans_n_init}


def scan_folder(run: Run, name: str) -> Path:
    """Where the set's classes by SCAN are."""
    return run.results / "scan" / name


def clusters(run: Run, name: str, method: Method) -> dict[str, Any]:
    """Of the classes of one flattened set of Venus by another clustering than the profile's."""
    assert run.profile.venus is not None
    return {"set": name, "encoder": run.benchmark_model, "clustering": method, "clusters": run.profile.venus.classes,
            "ks": list(numbers_of_classes(run)), "seed": run.profile.grid.seed}


def clustering(run: Run) -> Method:
    """What the sets of Venus are divided by: Ward's method as in the paper, or the profile's."""
    return method_of(run.profile.venus.clustering) if run.profile.venus else "hac"


def clusters_folder(run: Run, method: Method, name: str) -> Path:
    """Where the set's classes by another clustering are."""
    return run.results / "clusters" / method / name


def duplicates_folder(run: Run) -> Path:
    """Where near-identical photographs are told of."""
    return run.results / "duplicates"


def venus(run: Run, name: str) -> dict[str, Any]:
    """Of the classes of one flattened set of Venus."""
    assert run.profile.venus is not None
    return {"set": name, "encoder": run.benchmark_model, "clustering": clustering(run),
            "clusters": run.profile.venus.classes, "seeds": list(run.seeds_for(name)),
            "bootstraps": run.profile.venus.bootstraps, "ks": list(numbers_of_classes(run)),
            "map_dims": MAP_DIMS, "seed": run.profile.grid.seed}


def others(run: Run, name: str) -> list[tuple[Model, int]]:
    """The encoders and trainings of a set, each with its seed, but for that whose classes are shown."""
    return [(model, seed) for model in run.models_for(name)
            for seed in run.seeds_for(name)[:1 if model == "simple" else None]
            if (model, seed) != (run.benchmark_model, run.seed_of(name))]


def others_file(run: Run, name: str, model: Model, seed: int) -> Path:
    """Where the map of one of them is."""
    return run.results / name / "maps" / f"{run.model_name(model, seed)}.csv"


def turned_file(run: Run, name: str) -> Path:
    """Where the features of a set's patches at other angles are, by the encoder whose classes are shown."""
    features = run.features(name, run.benchmark_model)
    return features.with_name(f"{features.stem}-turned.npy")


def evolution_folder(run: Run, name: str) -> Path:
    """Where it is told how the classes of one flattened set of Venus change in time."""
    return run.results / name / "time"


def evolution(run: Run, name: str) -> dict[str, Any]:
    """Of the classes of one flattened set of Venus in time."""
    scale = next(one.scale_km for one in run.venus_sets if one.name + FLAT == name)
    return {"set": name, "scale_km": scale, "seed": run.profile.grid.seed, **dataclasses.asdict(run.profile.time)}


def numbers_of_classes(run: Run) -> tuple[int, ...]:
    """The numbers of classes that the stability is told of."""
    assert run.profile.venus is not None
    return tried(2, run.profile.venus.classes)


def tried(first: int, chosen: int) -> tuple[int, ...]:
    """Numbers of classes that are compared: from `first` on all to MOST_CLASSES, or the chosen one up to twice that.

    Of a larger one, all to twice MOST_CLASSES and itself: the time grows with the sum of them.
    """
    every = range(first, min(max(MOST_CLASSES, chosen), 2 * MOST_CLASSES) + 1)
    return tuple(sorted({*every, chosen} - {*range(first)}))


def venus_files(run: Run) -> tuple[str, ...]:
    """Names of the files written for each set of Venus."""
    return (*VENUS_FILES, TRUTH) if run.venus_simulated else VENUS_FILES


def truth(run: Run) -> Truth:
    """What `make truth` turns. Raises UserError for a profile that doesn't say it."""
    if run.profile.truth is None:
        raise UserError(f"Profile {run.profile.name!r} has no settings for known truth; choose sample or truth, or add "
                        "a section [truth] with patches, contrast, seeds and a table [truth.turned].")
    return run.profile.truth


def truth_folder(run: Run) -> Path:
    """Where classes are compared with what simulated patches really show."""
    return run.results / "truth"


def truth_classes(run: Run) -> int:
    """The number of classes that is looked at first: that of the sets of Venus."""
    return run.profile.venus.classes if run.profile.venus else VENUS_CLASSES


def truth_ks(run: Run) -> tuple[int, ...]:
    """The numbers of classes that are compared with the truth."""
    return tried(2, truth_classes(run))


def truth_sets(run: Run) -> tuple[str, ...]:
    """The sets of Venus whose classes are compared with the truth: those of a simulated archive."""
    return run.flat_sets if run.venus_simulated else ()


def truth_recovered(run: Run) -> bool:
    """Whether types and classes are counted: of the series' set with nothing turned, or simulated sets of Venus."""
    asked = truth(run)
    return asked.bases[0] in asked.sets() or bool(truth_sets(run))


def of_truth(run: Run, name: str, model: Model) -> Run:
    """The run in whose folders the features of a set of Venus are: encoders that its classes don't need lie apart."""
    return run if model in run.models_for(name) else dataclasses.replace(run, variant="truth")


def effects(run: Run) -> dict[str, Any]:
    """Of the effects of the recipes' switches. Raises UserError for a profile that has no settings for them."""
    profile = _effects(run)
    return {"set": run.table1_set, "side": profile.side, "epochs": profile.epochs, "repeats": run.profile.grid.repeats,
            "seed": run.profile.grid.seed, "kmeans_n_init": run.profile.grid.kmeans_n_init, "dims": EFFECTS_DIMS}


def variants() -> dict[str, tuple[Literal["paper", "authors"], dict[str, Any]]]:
    """Recipe and switches of each training: recipe `paper`, each switch of `authors` alone, recipe `authors`.

    Only the switches in which the recipes differ, without the decoder, which SimCLR doesn't have, and without those
    that make other images.
    """
    ours, theirs = (dataclasses.asdict(RECIPES[name]) for name in ("paper", "authors"))
    alone: dict[str, tuple[Literal["paper", "authors"], dict[str, Any]]] = {
        name: ("paper", {name: value}) for name, value in theirs.items()
        if name not in ("name", "decoder", *OF_IMAGES) and value != ours[name]}
    return {BASELINE: ("paper", {}), **alone, "authors": ("authors", {})}


def of_variant(run: Run, name: str, seed: int) -> Run:
    """The run that trains SimCLR so, at the profile's settings for effects. Raises UserError where it has none."""
    effects = _effects(run)
    recipe, switches = variants()[name]
    encoders = dataclasses.replace(run.profile.encoders, models=("simclr",), recipe=recipe, switches=switches,
                                   side=effects.side, epochs=effects.epochs, seeds=(seed,))
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders), variant=name)


def effects_trainings(run: Run) -> list[tuple[str, int]]:
    """Variant and seed of each training: every variant with the first seed, recipe `paper` with every seed.

    Raises UserError for a profile without settings for effects.
    """
    first, *further = _effects(run).seeds
    return [*((name, first) for name in variants()), *((BASELINE, seed) for seed in further)]


def _effects(run: Run) -> Effects:
    if run.profile.effects is None:
        raise UserError(f"Profile {run.profile.name!r} has no settings for effects; choose sample, swimcat or "
                        "paper, or add a section [effects] with side, epochs, seeds.")
    return run.profile.effects


def trains(run: Run) -> bool:
    """Whether encoders are trained here."""
    return run.checkpoints == "own" and any(model != "simple" for model in run.profile.encoders.models)


def grid_seeds(run: Run) -> tuple[int, ...]:
    """The training seeds that Table 1's grid is run for, first that of Table 1; one where nothing is trained here."""
    return run.profile.encoders.seeds if trains(run) else (run.seed_of(run.table1_set),)


def of_seed(run: Run, seed: int) -> Run:
    """The run as if this were its only training seed, with the encoders that are trained: for reading their features.

    Not for training: random base weights would be drawn from that seed too, and they are the same for every training.
    """
    models = tuple(model for model in run.profile.encoders.models if model != "simple")
    encoders = dataclasses.replace(run.profile.encoders, seeds=(seed,), models=models)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))
