"""What a run leaves for the figures, made up from seeds: photographs, their classes and map, losses of training.

And archives of Venus, and the figures as they were saved.
"""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from paper_repro import paper
from paper_repro.base.files import write_csv
from paper_repro.base.profile import Model
from paper_repro.base.provenance import Origin
from paper_repro.base.run import COLOUR, PHOTO_SETS, Run, open_run
from paper_repro.clustering import assignment
from paper_repro.figures import style
from paper_repro.patches import dataset
from tests.figures.observations_shown import CLOSE_UP, DISC, Saved, archives
from tests.records_made import patch_set, record


def photographs(run: Run, name: str = COLOUR, per_class: int = 6, side: int = 12,
                classes: Sequence[str] = paper.CLASS_NAMES) -> None:
    """A patch set of noise, each class with a brightness of its own."""
    rng = np.random.default_rng(1)
    labels = np.repeat(np.arange(len(classes)), per_class)
    shape = (side, side, 3) if name == COLOUR else (side, side)
    images = [rng.integers(10 * label, 10 * label + 100, shape, dtype=np.uint8) for label in labels]
    table = pd.DataFrame({"id": range(len(labels)), "source": "x.png", "label": np.array(classes)[labels]})
    patch_set(run, name, images, table, classes)


def classified(run: Run, name: str = COLOUR, notes: tuple[str, ...] = (), encoder: str = "simclr") -> None:
    """The benchmark's results on a set that is there: one image in five is misclassified; an island a class."""
    rng = np.random.default_rng(2)
    photos = dataset.open_set(run.patches(name))
    assert photos.labels is not None
    count = len(photos.classes)
    clusters = np.where(rng.random(len(photos)) < 0.2, (photos.labels + 1) % count, photos.labels)
    made = assignment.assign(photos.table["id"], clusters, photos.labels, photos.classes)
    assignment.save(run.results / name, made, {"model": encoder})
    angle = 2 * np.pi * photos.labels / count
    xy = 30 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + rng.normal(0, 7, (len(photos), 2))
    write_csv(run.results / name / "tsne2.csv",
              pd.DataFrame({"id": photos.table["id"], "x": xy[:, 0], "y": xy[:, 1]}))
    record(run.results / name / "provenance.json", run, "benchmark", notes, {"set": name, "encoder": encoder})


def trained(run: Run, name: str, model: Model, epochs: int = 6, notes: tuple[str, ...] = (), kept: int = 2) -> None:
    """The losses of a training whose weights are those of epoch `kept`."""
    rng = np.random.default_rng(3)
    epoch = np.arange(1, epochs + 1)
    train = 0.4 + 3 / epoch + rng.normal(0, 0.02, epochs)
    test = 0.5 + 3 / epoch + 0.05 * epoch + rng.normal(0, 0.02, epochs)
    measures = {"spread": 1 - 0.5 / epoch, "knn_accuracy": 0.9 - 0.3 / epoch, "ward_ari": 0.7 - 0.4 / epoch}
    write_csv(run.encoder(name, model) / "losses.csv",
              pd.DataFrame({"epoch": epoch, "train_loss": train, "test_loss": test, **measures}))
    record(run.encoder(name, model) / "provenance.json", run, "train", notes, weights_of_epoch=kept,
           untrained={"spread": 0.4, "knn_accuracy": 0.5, "ward_ari": 0.2})


@pytest.fixture
def sample(tmp_path: Path) -> Run:
    """A run of the profile with simulated photographs, done up to the figures."""
    run = open_run("sample", tmp_path)
    for name in PHOTO_SETS:
        photographs(run, name)
        classified(run, name, notes=("Made with random weights in place of the ImageNet-1K ones.",))
        for model in run.models_for(name):
            if model != "simple":
                trained(run, name, model)
    return run


@pytest.fixture
def real(tmp_path: Path) -> Run:
    """A run on a folder of photographs with two classes of the user's own, gray only, with the official weights."""
    (tmp_path / "images").mkdir()
    run = dataclasses.replace(open_run("swimcat", tmp_path, images=tmp_path / "images"), gray=True)
    photographs(run, "photos-gray", classes=("cirrus", "cumulus"))
    classified(run, "photos-gray", encoder="simple")
    return run


@pytest.fixture
def quick(sample: Run) -> Run:
    """The run with its gray half only."""
    return dataclasses.replace(sample, gray=True)


@pytest.fixture
def venus(sample: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose archives hold the paper's examples beside others."""
    dark = dataclasses.replace(DISC, invalid=np.ones_like(DISC.invalid))
    archives(sample, monkeypatch, {"uvi_1_365_l2b_v10.fit": dark, "uvi_2_365_l2b_v10.fit": None,
                                   paper.EXAMPLE_IMAGE: DISC},
             {"V0001_0001_UV2.IMG": CLOSE_UP, paper.OUTLIER_IMAGE: CLOSE_UP})
    return sample


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> Saved:
    """The figures as they were saved, by name; the files themselves are not drawn, which takes long."""
    kept: Saved = {}
    save = style.save
    monkeypatch.setattr(Figure, "savefig", lambda _, file, **__: file.write(b"drawn"))

    def keep(figure: Figure, run: Run, name: str, origin: Origin) -> list[Path]:
        kept[name] = figure
        return save(figure, run, name, origin)

    monkeypatch.setattr(style, "save", keep)
    return kept
