"""How far classes can be trusted: those of simulated patches with one property turned, scored against the truth."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.files import write_csv
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.clustering import ward
from paper_repro.clustering.stability import agreement
from paper_repro.experiments import settings
from paper_repro.experiments.inputs import open_described
from paper_repro.experiments.truth import types, waves_found
from paper_repro.simulated.venus_fields import TYPES

SERIES = ["property", "value", "seed", "patches", "encoder", "k", *settings.TRUTH_SCORES]
SETS = ["set", "patches", "waves", "encoder", "k", *settings.TRUTH_SCORES]
RECOVERED = ["set", "encoder", "type", "class", "patches"]


def score(kinds: NDArray[np.str_], labels: NDArray[np.int64]) -> dict[str, float | None]:
    """Of the classes [N] of patches of known types [N]: adjusted Rand index, recall and precision of the waves."""
    found = waves_found(kinds, labels)
    return {"ari": agreement(np.unique(kinds, return_inverse=True)[1], labels), "recall": found["wave_share"],
            "precision": found["wave_precision"]}


def gather(run: Run) -> Made:
    """Classify every set by every encoder, by Ward's method, and score the classes.

    Writes into results/truth/: series.csv (SERIES: a row for each point, encoder and number of classes k), sets.csv
    (SETS: the run's simulated sets of Venus), recovered.csv (RECOVERED: true types and classes of the sets and of the
    series' set with nothing turned, of the first seed, at the paper's number of classes). Raises UserError where a set
    or features are missing, or a set has fewer different features than that number.
    """
    truth, folder = settings.truth(run), settings.truth_folder(run)
    turned, base, models = truth.sets(), truth.bases[0], run.profile.encoders.models
    sets = settings.truth_sets(run)
    progress = Progress("truth: classes", (len(turned) + len(sets)) * len(models), "done")
    scores: dict[str, list[dict[str, Any]]] = {}
    recovered: list[tuple[Any, ...]] = []
    for one in turned:
        kinds = np.array(one.kinds(TYPES))
        for model in models:
            trees = _classes(run, one.name, model)
            scores.setdefault(one.name, []).extend(_rows(model, kinds, trees))
            if one == base:
                recovered += _recovered("series", model, kinds, trees[settings.truth_classes(run)])
            progress.step()
    rows = [{"property": name, "value": value, "seed": one.seed, "patches": one.patches, **row}
            for name, value, one in truth.points() for row in scores[one.name]]
    write_csv(folder / settings.TRUTH_FILES[0], pd.DataFrame(rows, columns=SERIES))
    rows = []
    for name in sets:
        kinds = types(run, name)
        about = {"set": name, "patches": len(kinds), "waves": int((kinds == "wave").sum())}
        for model in models:
            trees = _classes(settings.of_truth(run, name, model), name, model)
            rows += [{**about, **row} for row in _rows(model, kinds, trees)]
            recovered += _recovered(name, model, kinds, trees[settings.truth_classes(run)])
            progress.step()
    write_csv(folder / settings.TRUTH_FILES[1], pd.DataFrame(rows, columns=SETS))
    write_csv(folder / settings.TRUTH_FILES[2], pd.DataFrame(recovered, columns=RECOVERED))
    return Made()


def _classes(run: Run, name: str, model: Any) -> dict[int, NDArray[np.int64]]:
    """The classes [N] of a set by one encoder's features, by their number. Raises UserError for too few patches."""
    path = open_described(run, name, model, [run.seed_of(name)]).paths[0]
    tree = ward.linkage(np.load(path, allow_pickle=False))
    if (different := ward.different(tree)) < (wanted := settings.truth_classes(run)):
        raise UserError(f"{path}: expected different features of at least as many patches as classes ({wanted}), found "
                        f"{different}; name fewer classes, or more patches in [truth].")
    return {k: ward.cut(tree, k) for k in settings.truth_ks(run) if k <= ward.different(tree)}


def _rows(model: str, kinds: NDArray[np.str_], classes: dict[int, NDArray[np.int64]]) -> list[dict[str, Any]]:
    return [{"encoder": model, "k": k, **score(kinds, labels)} for k, labels in classes.items()]


def _recovered(name: str, model: str, kinds: NDArray[np.str_], labels: NDArray[np.int64]) -> list[tuple[Any, ...]]:
    """How many patches of each type are in each class, a row each."""
    counts = {kind: np.bincount(labels[kinds == kind], minlength=labels.max() + 1) for kind in TYPES}
    return [(name, model, kind, number, int(count)) for kind in TYPES for number, count in enumerate(counts[kind])]
