"""Figs 1-5 show what the archives hold and what the first steps of the method do."""

import numpy as np
import pytest

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.provenance import Origin
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.figures import fig01, fig02, fig03, fig04, fig05, panels
from paper_repro.patches import dataset
from paper_repro.patches.preprocess import stages
from tests.figures.observations_shown import (
    AZIMUTH,
    CLOSE_UP,
    DISC,
    PHASE,
    SIDE,
    Saved,
    archives,
    image_of,
    words,
)


def test_fig01_says_which_instrument_is_missing(sample: Run, monkeypatch: pytest.MonkeyPatch, saved: Saved,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    archives(sample, monkeypatch, {"a_l2b_v10.fit": DISC}, {})
    fig01.draw(sample, Origin())
    assert "(a) Venus Express VMC is missing" in capsys.readouterr().err
    assert {"(b) Akatsuki UVI", "a_l2b_v10"} <= set(words(saved["fig01"]))
    assert "(a) Venus Express VMC" not in words(saved["fig01"])
    with pytest.raises(UserError, match="expected raw images of Venus"):
        fig01.draw(open_run("sample", sample.out / "elsewhere"), Origin())


def test_fig01_shows_rows_as_the_archives_mean_them() -> None:
    _, (axes, other) = panels.sheet(2, 2)
    limits = fig01.raw(axes, DISC)
    fig01.raw(other, CLOSE_UP)
    assert [axes.images[0].origin, other.images[0].origin] == ["lower", "upper"]
    shown = np.asarray(axes.images[0].get_array())
    assert limits[0] <= shown.min() < shown.max() <= limits[1]  # missing pixels are -3.4e38
    assert limits == tuple(np.percentile(DISC.image[~DISC.invalid], [0.2, 99.8]))


def test_fig02_shows_each_class_in_its_column(sample: Run, saved: Saved) -> None:
    fig02.draw(sample, Origin())
    photographs = dataset.open_set(sample.patches(COLOUR))
    assert photographs.labels is not None
    axes = saved["fig02"].axes
    assert len(axes) == 18
    assert [each.get_title() for each in axes[:6]] == list(paper.CLASS_NAMES)
    for place, each in enumerate(axes):
        shown = np.asarray(each.images[0].get_array())
        (index,) = (i for i, image in enumerate(photographs.images) if np.array_equal(image, shown))
        members = np.flatnonzero(photographs.labels == place % 6)
        assert len(members) > 3
        # spread over the class: its first, one from the middle, its last
        assert index == members[[0, (len(members) - 1) // 2, -1][place // 6]]


def test_fig02_of_a_folder_with_two_gray_classes(real: Run, saved: Saved) -> None:
    fig02.draw(real, Origin())
    assert [each.get_title() for each in saved["fig02"].axes[:2]] == ["cirrus", "cumulus"]
    assert not [text for text in words(saved["fig02"]) if "SIMULATED" in text]


def test_fig03_local_time_is_noon_under_the_sun(venus: Run, saved: Saved) -> None:
    fig03.draw(venus, Origin())
    panel = {axes.get_title(): axes for axes in saved["fig03"].axes}
    incidence, hours = (image_of(panel[name])
                        for name in ("Incidence angle", "Local time"))
    assert hours.ravel()[np.nanargmin(incidence)] == pytest.approx(12, abs=0.1)
    row = SIDE // 2
    assert np.nanmax(np.diff(hours[row])) < 0  # later towards the west, the left


def test_fig03_shows_the_planes_of_the_file(venus: Run, saved: Saved) -> None:
    fig03.draw(venus, Origin())
    panel = {axes.get_title(): axes for axes in saved["fig03"].axes}
    planes = {"Latitude": DISC.latitude, "Longitude": DISC.longitude, "Incidence angle": DISC.incidence,
              "Emission angle": DISC.emission, "Phase angle": PHASE, "Azimuthal angle": AZIMUTH}
    on_planet = np.isfinite(DISC.emission)
    for name, plane in planes.items():
        shown, (low, high) = image_of(panel[name]), panel[name].images[0].get_clim()
        np.testing.assert_array_equal(shown[on_planet], plane[on_planet])
        assert np.isnan(shown[~on_planet]).all()
        assert low <= shown[on_planet].min() < shown[on_planet].max() <= high
    assert np.isnan(image_of(panel["Local time"])[~on_planet]).all()
    ends = {name: panel[name].images[0].get_clim() for name in ("Phase angle", "Incidence angle", "Azimuthal angle")}
    assert ends == {"Phase angle": (0, 90), "Incidence angle": (0, 150), "Azimuthal angle": (0, 360)}


def test_fig03_scales_hold_any_convention_of_azimuth() -> None:
    for azimuth, ends in ((AZIMUTH - 400, (-180, 180)), (AZIMUTH - 100, (0, 180)), (np.nan * AZIMUTH, (0, 90))):
        figure = fig03.chart(DISC, {"phase angle": PHASE, "azimuthal angle": azimuth}, "x")
        (panel,) = (axes for axes in figure.axes if axes.get_title() == "Azimuthal angle")
        assert panel.images[0].get_clim() == ends


def test_fig04_draws_the_line_through_the_points_that_it_was_fitted_to() -> None:
    found = stages(DISC, paper.TABLE4)
    abscissa, ordinate, radiance = fig04.terms(DISC, found)
    slope, intercept = np.polyfit(abscissa, ordinate, 1)
    assert found.k == pytest.approx(slope, abs=1e-9)
    assert len(radiance) == found.lit.sum()
    axes = fig04.chart(abscissa, ordinate, radiance, found.k, found.log_i0, "x").axes[0]
    x, y = (np.asarray(part, dtype=float) for part in axes.lines[0].get_data())
    np.testing.assert_allclose(y, intercept + slope * x, rtol=1e-9)
    assert f"slope k = {found.k:.3f}" in str(axes.lines[0].get_label())
    points = np.asarray(axes.collections[0].get_offsets())
    assert sorted(map(tuple, points[:5])) != sorted(zip(abscissa[:5], ordinate[:5], strict=True))  # shuffled
    np.testing.assert_array_equal(np.sort(points[:, 0]), np.sort(abscissa))


def test_fig05_removes_step_by_step() -> None:
    found = stages(DISC, paper.TABLE4)
    axes = fig05.chart(DISC, found, "x").axes
    gone = [np.isnan(image_of(each)) for each in axes]
    assert not gone[0].any()
    np.testing.assert_array_equal(gone[1], DISC.invalid)
    angles = np.nan_to_num(np.maximum(DISC.incidence, DISC.emission), nan=180)
    np.testing.assert_array_equal(gone[2], angles > 75)
    np.testing.assert_array_equal(gone[3], gone[2])
    shown = np.asarray(axes[3].images[0].get_array())[~gone[3]]
    assert shown.min() >= axes[3].images[0].get_clim()[0]
