"""Figs 6-10 show what the method does from outliers to flattened patches."""

import dataclasses

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.provenance import Origin
from paper_repro.base.run import Run
from paper_repro.figures import examples, fig06, fig07, fig08, fig09, fig10
from paper_repro.patches.flatten import flatten, to_bytes
from paper_repro.patches.preprocess import stages
from tests.figures.observations_shown import CLOSE_UP, DISC, Saved, image_of, projection, words


def test_fig06_enlarges_where_most_outliers_are() -> None:
    found = stages(CLOSE_UP, paper.TABLE4)
    row, column, side = fig06.densest(found)
    assert side == fig06.ZOOM_PX
    best = max(found.outlier[i:i + side, j:j + side].sum() for i in range(150 - side + 1) for j in range(150 - side + 1)
               if found.lit[i:i + side, j:j + side].all())
    assert found.outlier[row:row + side, column:column + side].sum() == best > 20
    tiny = dataclasses.replace(found, outlier=np.eye(5, dtype=bool), lit=np.zeros((5, 5), dtype=bool))
    assert fig06.densest(tiny) == (0, 0, 5)


def test_fig06_counts_and_marks_what_is_removed(venus: Run, saved: Saved) -> None:
    fig06.draw(venus, Origin())
    found = stages(CLOSE_UP, paper.TABLE4)
    axes = {each.get_title(): each for each in saved["fig06"].axes}
    panel = axes[f"(c) {found.outlier.sum()} outliers removed"]
    marks = np.asarray(panel.collections[0].get_offsets()).astype(int)
    assert {(y, x) for x, y in marks} == set(zip(*(part.tolist() for part in np.nonzero(found.outlier)), strict=True))
    shown = image_of(panel)
    np.testing.assert_array_equal(np.isnan(shown), ~found.lit | found.outlier)
    top, left, side = fig06.densest(found)
    square = found.normalised[top:top + side, left:left + side]
    low, high = saved["fig06"].axes[3].images[0].get_clim()
    sigma = float(np.nanstd(found.difference))
    assert [low, high] == pytest.approx([np.median(square) - 10 * sigma, np.median(square) + 10 * sigma])


@pytest.mark.parametrize(("east", "north"), [(0.0, 0.0), fig07.OBLIQUE, (-100.0, -40.0)])
def test_fig07_looks_from_where_it_says(east: float, north: float) -> None:
    turn = fig07.seen_from(east, north)
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)
    assert turn[0, 2] == 0  # north is up
    assert turn[1, 2] > 0
    lon, lat = np.arctan2(turn[2, 1], turn[2, 0]), np.arcsin(turn[2, 2])
    np.testing.assert_allclose(np.degrees([lon, lat]), [east, north], atol=1e-9)


def test_fig07_counts_the_viewpoints_and_rings_the_one_on_the_axis(venus: Run, saved: Saved) -> None:
    fig07.draw(venus, Origin())
    _, frame, viewpoints = examples.frame_of(DISC)
    left = saved["fig07"].axes[0]
    points, red, ring = (np.asarray(each.get_offsets()) for each in left.collections)
    np.testing.assert_allclose(red, viewpoints.vectors[:, 1:])
    np.testing.assert_allclose(ring, [[0, 0]], atol=1e-9)
    assert len(points) == frame.points.shape[1]
    assert f"{len(viewpoints)} viewpoints, 3000 km" in words(saved["fig07"])


def test_fig08_sets_a_patch_beside_one_with_a_hole() -> None:
    passed, holed = projection(0, ""), projection(20, "local density")
    thin = [projection(64, "global density", 3), projection(40, "global density", 7)]
    assert fig08.pick([thin[0], projection(1, "local density"), holed, passed]) == [passed, holed]
    assert fig08.pick([thin[0], passed, thin[1]]) == [passed, thin[1]]
    assert fig08.pick([passed]) == [passed]


def test_fig08_hatches_the_bins_that_hold_too_little() -> None:
    axes = fig08.chart([projection(0, ""), projection(20, "local density")], "x").axes
    hatched = [[patch for patch in each.patches if patch.get_hatch()] for each in axes]
    assert [len(each) for each in hatched] == [0, 20]
    half = 0.248 * paper.VENUS_RADIUS_KM / 1000
    corners = {tuple(round(float(part), 6) for part in each.get_xy()) for each in hatched[1]
               if isinstance(each, Rectangle)}
    # the first 20 bins: two columns from the west, and half of the third from the south
    assert corners == {(round(-half + half / 4 * (n // 8), 6), round(-half + half / 4 * (n % 8), 6)) for n in range(20)}
    assert axes[1].get_title().startswith("dropped by local density")


def test_fig09_shows_the_three_methods_and_their_differences(venus: Run, saved: Saved) -> None:
    fig09.draw(venus, Origin())
    panel = {axes.get_title(): axes for axes in saved["fig09"].axes}
    nearest, linear, cubic = (np.asarray(panel[name].images[0].get_array()) for name in ("Nearest", "Linear", "Cubic"))
    assert nearest.shape == (128, 128)
    spread = nearest.max() - nearest.min()
    for patch, name in ((linear, "Linear − nearest"), (cubic, "Cubic − nearest")):
        percent = np.asarray(panel[name].images[0].get_array())
        np.testing.assert_allclose(percent, 100 * (patch - nearest) / spread)
        assert 0 < np.abs(percent).mean() < 5
    # the points lie where the patch shows them: north up
    offsets = panel["Projected points, enlarged"].collections[0]
    (y, z), value = np.asarray(offsets.get_offsets()).T, np.asarray(offsets.get_array())
    (low, high), side = panel["Projected points"].get_xlim(), len(nearest)
    inside = (np.abs(y) < high / 10) & (np.abs(z) < high / 10)
    column = np.rint((y[inside] - low) / (high - low) * (side - 1)).astype(int)
    row = np.rint((high - z[inside]) / (high - low) * (side - 1)).astype(int)
    assert np.corrcoef(nearest[row, column], value[inside])[0, 1] > 0.9


def test_fig10_steps_end_at_the_flattened_patch() -> None:
    rng = np.random.default_rng(5)
    stored: NDArray[np.uint8] = rng.integers(0, 256, (128, 128), dtype=np.uint8)
    stored[:, 64:] //= 3
    made = fig10.steps(stored)
    np.testing.assert_array_equal(to_bytes(made.standardised), flatten(stored[np.newaxis], paper.TABLE4)[0])
    np.testing.assert_array_equal(made.patch - made.blurred, made.difference)
    assert np.abs(made.standardised).max() <= 1
    assert not fig10.steps(np.zeros((128, 128), dtype=np.uint8)).standardised.any()
