"""Patches in the range of their whole image: the same places, values that can be compared, a set of its own."""

from pathlib import Path

import numpy as np
import pytest

from paper_repro import cli
from paper_repro.base.run import Run
from paper_repro.paper import TABLE4
from paper_repro.patches.dataset import open_set
from paper_repro.patches.flatten import to_bytes
from paper_repro.patches.preprocess import preprocess
from paper_repro.patches.project import patches_of
from paper_repro.steps import steps_of
from tests.instruments import uvi
from tests.patches import observations_made as made
from tests.patches import tiny_archive


def test_values_are_those_of_the_image_in_its_own_range() -> None:
    scene = made.Scene(size=140, sun=(10.0, 0.0))
    observation = made.observe(scene, made.smooth_clouds(np.random.default_rng(1), 1500.0, 0.1), 4)
    own, whole = (patches_of(observation, [3000.0], made.small(), kind)[3000.0] for kind in ("patch", "image"))
    points = preprocess(observation, made.small())
    low, high = points.value.min(), points.value.max()
    assert len(own.images) == len(whole.images) > 2
    np.testing.assert_array_equal(whole.longitude_deg, own.longitude_deg)
    assert (whole.value_min == low).all()
    assert (whole.value_max == high).all()
    for patch, image, least, most in zip(own.images, whole.images, own.value_min, own.value_max, strict=True):
        # undone, what is stored is within one step of 8 bits of either range
        value = least + (patch.astype(float) + 0.5) / 255 * (most - least)
        again = low + (image.astype(float) + 0.5) / 255 * (high - low)
        assert np.abs(value - again).max() <= (most - least) / 255 / 2 + (high - low) / 255 / 2 + 1e-12
    assert any(image.max() < 255 for image in whole.images)


def test_what_interpolation_makes_beyond_the_range_is_cut_off() -> None:
    assert to_bytes(np.array([[-1.0, 0.0], [1.0, 3.0]]), (0.0, 2.0)).tolist() == [[0, 0], [127, 255]]
    assert to_bytes(np.array([[2.0, 2.0], [2.0, 2.0]]), (2.0, 2.0)).tolist() == [[0, 0], [0, 0]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Both versions of the sets of a small archive, made by one command."""
    archive, out = tiny_archive.make(tmp_path_factory.mktemp("archive"), 3), tmp_path_factory.mktemp("out")
    assert cli.main(["patches", "--uvi", str(archive), "--scale", "3000", "--instrument", "uvi", "--out", str(out),
                     "--jobs", "1", "--normalisation", "global"]) == 0
    return tiny_archive.run_of(out, archive, (3000.0,))


def test_a_set_of_its_own_beside_the_usual_one(run: Run) -> None:
    usual, whole = (open_set(run.patches(name)) for name in ("uvi-3000km", "uvi-3000km-global"))
    pairs = {pair.source: pair for pair in uvi.pairs(run.archive("uvi"))}
    for source, rows in whole.table.groupby("source"):
        expected = patches_of(uvi.read(pairs[str(source)]), [3000.0], TABLE4, "image")[3000.0]
        np.testing.assert_array_equal(whole.images[rows.index.to_numpy()], expected.images)
        assert rows["value_min"].nunique() == rows["value_max"].nunique() == 1
    columns = [name for name in usual.table.columns if not name.startswith("value_")]
    assert whole.table[columns].equals(usual.table[columns])
    assert whole.provenance["settings"]["normalisation"] == "minimum and maximum of the whole image"
    assert "normalisation" not in usual.provenance["settings"]
    assert not np.array_equal(usual.images, whole.images)


def test_it_is_made_only_where_it_is_asked_for(run: Run, tmp_path: Path) -> None:
    names = [name for name in steps_of(run).by_name if name.startswith("patches uvi")]
    assert names == ["patches uvi-3000km", "patches uvi-3000km-global", "patches uvi-3000km-flat"]
    assert cli.main(["patches", "--uvi", str(run.archive("uvi")), "--scale", "3000", "--out", str(tmp_path),
                     "--jobs", "1"]) == 0
    made_here = sorted(path.name for path in (tmp_path / "data/paper/patches").glob("[!.]*km*"))
    assert made_here == ["uvi-3000km", "uvi-3000km-flat"]
