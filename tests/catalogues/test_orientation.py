"""Whether classes survive turning: counted as the turned images are assigned, one by one."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from paper_repro import cli
from paper_repro.base.recipe import RECIPES
from paper_repro.catalogues.document import open_catalogue
from paper_repro.catalogues.encode import open_encoder
from paper_repro.encoders.augment import Augmenter, Draw
from paper_repro.encoders.encode import folded
from paper_repro.encoders.resnet import ResNetEncoder
from paper_repro.experiments.settings import ANGLES
from tests.catalogues.conftest import Made
from tests.experiments.folders_made import SIDE


def test_photographs_are_turned_as_in_training_and_each_is_counted(made: Made, tmp_path: Path,
                                                                   capsys: pytest.CaptureFixture[str]) -> None:
    words = ["assign", str(made.catalogue), str(made.images), "--weights", str(made.weights), "--out", str(tmp_path),
             "--device", "cpu", "--turned"]
    assert cli.main(words) == 0
    results = tmp_path / "data/assign-sky/results/sky"
    table = pd.read_csv(results / "orientation.csv").set_index("class")
    opened = open_catalogue(made.catalogue)
    encoder = open_encoder(opened, made.weights)
    assert isinstance(encoder, ResNetEncoder)
    centres, network = opened.arrays["centres"], folded(encoder)
    views = Augmenter(SIDE, False, RECIPES["paper"], jitter_and_blur=False)
    draws = [Draw(angle, (0, 0, SIDE, SIDE), flip=False) for angle in ANGLES]
    kept, first = [], []
    for path in sorted(made.images.rglob("*.png")):
        pixels = np.repeat(np.asarray(Image.open(path))[None], 24, axis=0)
        with torch.inference_mode():
            x = network(views.drawn(pixels, draws)).numpy()
        classes = [int(np.argmin([np.linalg.norm(row - centre) for centre in centres])) for row in x]
        first.append(classes[0])
        kept.append([each == classes[0] for each in classes[1:]])
    for c, name in enumerate(opened.classes):
        rows = [row for row, own in zip(kept, first, strict=True) if own == c]
        assert table.loc[name, "images"] == len(rows)
        assert table.loc[name, "kept"] == pytest.approx(np.mean(rows), abs=0.03)  # bytes in between
    assert table.loc["all", "kept"] == pytest.approx(np.mean(kept), abs=0.02)
    angles = pd.read_csv(results / "orientation_angles.csv")
    assert angles["angle_deg"].tolist() == [15.0 * n for n in range(1, 24)]
    assert angles["kept"].mean() == pytest.approx(table.loc["all", "kept"])
    assert "turned, all: 36 images keep it in" in capsys.readouterr().out


def test_features_cant_be_turned(made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["assign", str(made.catalogue), "--features", str(made.run.features("sky", "simple")), "--out",
                     str(tmp_path), "--turned"]) == 2
    assert "--turned: features can't be turned" in capsys.readouterr().err
