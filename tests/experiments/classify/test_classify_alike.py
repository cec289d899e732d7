"""How many classes a folder's images can have, and images that are alike."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from paper_repro.base.errors import UserError
from paper_repro.base.run import Run
from tests.experiments.folders_made import classify, images, table_of


@pytest.mark.parametrize(("count", "k", "sentence"), [
    (3, 4, r"in: expected more images than classes, found 3 images and 4 classes; add images, or name fewer"),
    (4, 4, r"in: expected more images than classes, found 4 images and 4 classes"),
    (12, 1, r"--classes: expected 2 or more, found 1; name another number"),
    (12, -2, r"--classes: expected 2 or more, found -2"),
])
def test_numbers_of_classes_that_cannot_be_are_refused(tmp_path: Path, run: Run, count: int, k: int,
                                                       sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        classify(run, images(tmp_path / "in", count=count), k)
    assert not run.data.exists()


def test_images_that_are_all_alike_are_refused(tmp_path: Path, run: Run) -> None:
    (tmp_path / "in").mkdir()
    for number in range(4):
        Image.new("L", (16, 16), 9).save(tmp_path / "in" / f"{number}.png")
    with pytest.raises(UserError, match=r"in: expected images that differ, found the same features for all 4; add"):
        classify(run, tmp_path / "in", 2)
    assert not list(run.results.rglob("*.csv"))


def test_identical_images_are_in_one_class_and_count_once(tmp_path: Path, run: Run) -> None:
    """Two pictures, ten copies of each: two classes of ten, and no more."""
    where = tmp_path / "copies"
    where.mkdir()
    for number in range(20):
        pixels = np.random.default_rng(number % 2).integers(0, 256, (16, 16), dtype=np.uint8)
        Image.fromarray(pixels).save(where / f"{number}.png", compress_level=number % 9)  # other bytes, same pixels
    assert np.bincount(table_of(classify(run, where, 2))["class"]).tolist() == [10, 10]
    with pytest.raises(UserError, match=r"copies: expected at least as many different images as classes \(4\), found 2 "
                                        "among 20; add images, or name fewer classes with --classes"):
        classify(run, where, 4)
