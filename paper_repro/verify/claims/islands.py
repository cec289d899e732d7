"""Sects. 3.3 and 4.1: whether images of a class lie together, on the map and in features, and which ones are flat."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from paper_repro import paper
from paper_repro.base.files import read_json
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.clustering.similar import most_similar
from paper_repro.clustering.stability import silhouettes
from paper_repro.patches.dataset import IMAGES, PROVENANCE, TABLE, PatchSet, open_set
from paper_repro.verify.claims import photographs
from paper_repro.verify.claims.benchmark import FIGURES, SETS, classified_map
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import Measured, NotRun, benchmark_basis
from paper_repro.verify.claims.table3 import COLOURS, MISSING, NEEDS

FLAT_CLASSES = ("Clear sky", "Veil")


def claims() -> Iterator[Claim]:
    """What makes islands of classes, and what makes two of them hard to tell apart."""
    yield Claim("map.a.islands", "Sect. 3.3", "result", "t-SNE produces better separated islands, as on the map of the "
                "colour photographs.", "yes", True, None, "holds", "", "taken as a mean silhouette of the true classes "
                "on the map above that in the 512 features; without tolerance", NEEDS, FIGURES, islands)
    for letter, colour in COLOURS.items():
        yield Claim(f"features.{letter}.alike", "Sect. 4.1", "result", "Images of the same class are assigned similar "
                    f"feature vectors ({colour}: lowest share, of the classes, of images whose nearest other image is "
                    "of the same class).", "similar", 0.5, None, "at least", "", "taken as half, three "
                    "times chance", NEEDS, FIGURES, alike)
    yield Claim("photos.flat-classes", "Sect. 4.1", "result", f"{' and '.join(FLAT_CLASSES)} are often flat and almost "
                "featureless in gray.", "yes", True, None, "holds", "", "taken as the two classes with the lowest "
                "standard deviation of an image's gray values (mean over the images)", ("cloud-imvn",),
                photographs.COMMAND, flat_classes)


def islands(run: Run, _: Claim) -> Measured:
    """Whether the true classes are better separated on the t-SNE map than in the features that it is made of."""
    table, basis = classified_map(run, COLOUR)
    path = run.features(COLOUR, run.benchmark_model)
    features = np.load(path, mmap_mode="r", allow_pickle=False) if path.is_file() else ()
    if len(features) != len(table):
        raise NotRun("no features of these photographs", *basis.files)
    labels = table["label"].map(paper.CLASS_NAMES.index).to_numpy(np.int64)
    places = table[["x", "y"]].to_numpy(), features[table["id"].to_numpy()]
    on_map, before = (float(silhouettes(x, labels).mean()) for x in places)
    return basis.beside(Measured(None, "", files=(path,))).with_value(on_map > before, f"{on_map:.2f} / {before:.2f}")


def alike(run: Run, claim: Claim) -> Measured:
    """Lowest share, of the true classes, of images whose nearest other image by SimCLR's features is of their class."""
    name = SETS[claim.id.split(".")[1]]
    path = run.features(name, "simclr")
    record = read_json(path.with_suffix(".json"))
    if record is None or "simclr" not in run.models_for(name) or not path.is_file():
        raise NotRun("no features of such photographs by SimCLR")
    patches = _photographs(run, name)
    labels = patches.table["label"].to_numpy()
    same = labels[most_similar(np.load(path, allow_pickle=False), 1)[:, 0]] == labels
    shares = pd.Series(same).groupby(labels).mean()
    least = str(shares.idxmin())
    return benchmark_basis(run, name, record, path, run.patches(name) / TABLE).with_value(
        float(shares[least]), f"{shares[least]:.2f} ({least})")


def flat_classes(run: Run, _: Claim) -> Measured:
    """Whether the gray images of the two classes named are, on the mean, those with the least varying gray values."""
    patches, folder = _photographs(run, GRAY), run.patches(GRAY)
    deviations = pd.Series([float(image.std()) for image in patches.images])
    means = deviations.groupby(patches.table["label"].to_numpy()).mean().sort_values()
    flattest = means.index[:len(FLAT_CLASSES)]
    return benchmark_basis(run, GRAY, patches.provenance, folder / IMAGES, folder / TABLE).with_value(
        set(flattest) == set(FLAT_CLASSES), ", ".join(f"{name} {value:.1f}" for name, value in means.items()))


def _photographs(run: Run, name: str) -> PatchSet:
    """The photographs `name`. Raises NotRun where the run has none, or of other classes."""
    folder = run.patches(name)
    if name not in run.photo_sets or read_json(folder / PROVENANCE) is None:
        raise NotRun(MISSING)
    patches = open_set(folder)
    if set(patches.classes) != set(paper.CLASS_NAMES):
        raise NotRun("the photographs of this run are others", folder / TABLE)
    return patches
