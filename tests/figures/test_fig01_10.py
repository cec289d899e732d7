"""Figs 1-10: which observations and patches they choose, that they show what the method does, and that they are read.

The observations are made up: an orthographic disc under Minnaert's law with stripes, and a close-up with hot pixels.
"""

import dataclasses
import importlib
import itertools
import re
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.figures import (
    examples,
    fig01,
    fig02,
    fig03,
    fig04,
    fig05,
    fig06,
    fig07,
    fig08,
    fig09,
    fig10,
    panels,
    style,
)
from paper_repro.observations.observation import Observation, Pair, ReaderError
from paper_repro.patches import dataset
from paper_repro.patches.flatten import flatten, to_bytes
from paper_repro.patches.preprocess import Unusable, stages
from paper_repro.patches.project import patches_of
from paper_repro.profiles.errors import UserError
from paper_repro.profiles.files import read_json
from paper_repro.profiles.provenance import Provenance
from paper_repro.profiles.run import COLOUR, Run, open_run

NAMES = [f"fig{number:02d}" for number in range(1, 11)]
ALL = pytest.mark.parametrize("module", [importlib.import_module(f"paper_repro.figures.{name}") for name in NAMES],
                              ids=NAMES)
SIDE, DISC_PX, K = 560, 268, 0.8
Saved = dict[str, Figure]


def orthographic(side: int, radius_px: float, k: float, seed: int) -> Observation:
    """A disc seen from above longitude 179, latitude 10, the Sun 50 degrees to the east; beyond the border: cut off."""
    rng = np.random.default_rng(seed)
    across, up = np.meshgrid(*[(np.arange(side) - side / 2) / radius_px] * 2)
    towards = np.sqrt(1 - (across**2 + up**2), where=across**2 + up**2 < 1, out=np.full(across.shape, np.nan))
    tilt = np.radians(10.0)
    z = up * np.cos(tilt) + towards * np.sin(tilt)
    level = towards * np.cos(tilt) - up * np.sin(tilt)
    longitude = 179.0 + np.degrees(np.arctan2(across, level))
    latitude = np.degrees(np.arcsin(np.clip(z, -1, 1)))
    sun = np.radians(179.0 + 50.0)
    mu0 = np.cos(np.radians(latitude)) * np.cos(np.radians(longitude) - sun)
    clouds = 1 + 0.2 * np.sin(np.radians(12 * latitude + 6 * longitude)) + rng.normal(0, 0.01, across.shape)
    image = 1e7 * clouds * np.maximum(mu0, 0) ** k * towards ** (k - 1)
    return Observation(
        image=np.nan_to_num(image, nan=-3.4e38).astype(np.float32),
        incidence=np.degrees(np.arccos(np.clip(mu0, -1, 1))).astype(np.float32),
        emission=np.degrees(np.arccos(towards)).astype(np.float32),
        latitude=latitude.astype(np.float32), longitude=((longitude + 180) % 360 - 180).astype(np.float32),
        invalid=np.isnan(towards), subsolar_longitude=229.0 - 360, resolution_m_px=6051800 / radius_px,
        time_utc="2015-12-07T05:23:30.500", source="made-up", instrument="uvi",
    )


DISC = orthographic(SIDE, DISC_PX, K, 1)


CLEAN = dataclasses.replace(orthographic(150, 900.0, K, 2), instrument="vmc", resolution_m_px=6724.0)


def close_up() -> Observation:
    """The middle of a large disc with 40 hot pixels, most of them in one corner."""
    image = CLEAN.image.copy()
    rng = np.random.default_rng(3)
    image[rng.integers(20, 60, 30), rng.integers(80, 120, 30)] *= 3
    image[rng.integers(0, 150, 10), rng.integers(0, 150, 10)] *= 3
    return dataclasses.replace(CLEAN, image=image)


CLOSE_UP = close_up()


class Archive:
    """A reader of made-up files: `observations` by name; None is a broken file, "dark" one without a lit pixel."""

    def __init__(self, folder: Path, observations: dict[str, Observation | None]) -> None:
        self.observations, self.asked = observations, list[str]()
        for name in observations:
            for path in (folder / name, folder / f"{name}.geometry"):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(name, encoding="utf-8")

    def pairs(self, root: Path) -> list[Pair]:
        return [Pair(root / name, root / f"{name}.geometry", name) for name in self.observations]

    def read(self, pair: Pair) -> Observation:
        self.asked.append(pair.image.name)
        found = self.observations[pair.image.name]
        if found is None:
            raise ReaderError(pair.image, 0, "broken")
        return found


def archives(run: Run, monkeypatch: pytest.MonkeyPatch, uvi: dict[str, Observation | None],
             vmc: dict[str, Observation | None]) -> tuple[Archive, Archive]:
    """Give a run these two archives."""
    made = Archive(run.archive("uvi"), uvi), Archive(run.archive("vmc"), vmc)
    monkeypatch.setattr(examples, "READERS", {"uvi": made[0], "vmc": made[1]})
    return made


@pytest.fixture
def venus(sample: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose archives hold the paper's examples beside others."""
    dark = dataclasses.replace(DISC, invalid=np.ones_like(DISC.invalid))
    archives(sample, monkeypatch, {"uvi_1_365_l2b_v10.fit": dark, "uvi_2_365_l2b_v10.fit": None,
                                   examples.PAPERS["uvi"]: DISC},
             {"V0001_0001_UV2.IMG": CLOSE_UP, examples.PAPERS["vmc"]: CLOSE_UP})
    return sample


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> Saved:
    """The figures as they were saved, by name; the files themselves are not drawn, which takes long."""
    kept: Saved = {}
    save = style.save
    monkeypatch.setattr(Figure, "savefig", lambda _, path, **__: path.write_bytes(b"drawn"))

    def keep(figure: Figure, run: Run, name: str, provenance: Provenance) -> list[Path]:
        kept[name] = figure
        return save(figure, run, name, provenance)

    monkeypatch.setattr(style, "save", keep)
    return kept


def image_of(axes: Axes) -> NDArray[np.float64]:
    """The first image of a panel; NaN where it is masked."""
    shown = axes.images[0].get_array()
    assert shown is not None
    return np.asarray(np.ma.getdata(shown) if not np.ma.isMaskedArray(shown) else np.ma.filled(shown, np.nan))


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text()]


# --- every figure -----------------------------------------------------------------------------------------------------

@ALL
def test_files_provenance_and_stamp(module: ModuleType, venus: Run, saved: Saved,
                                    monkeypatch: pytest.MonkeyPatch) -> None:
    name = module.__name__.rpartition(".")[2]
    paths = module.draw(venus)
    assert [path.name for path in paths] == [f"{name}.png", f"{name}.pdf"]
    record = read_json(venus.figures / f"{name}.json")
    assert record is not None
    assert record["step"] == name
    assert record["simulated"] is True
    assert any(text.startswith("SIMULATED INPUT") for text in words(saved[name]))
    if name != "fig02":
        assert any("Drawn from" in note for note in record["notes"])
        assert any(key.endswith(".geometry") for key in record["inputs"])
    clouds = [scatter for axes in saved[name].axes for scatter in axes.collections
              if isinstance(scatter, PathCollection) and len(np.asarray(scatter.get_offsets())) > 1000]
    assert bool(clouds) is (name in {"fig04", "fig07", "fig08", "fig09"})
    assert all(scatter.get_rasterized() for scatter in clouds)  # a picture in the PDF, not 10^5 shapes
    # Nothing is drawn again from the same input, but from another it is.
    monkeypatch.setattr(style, "save", lambda *_: pytest.fail("drawn again"))
    assert module.draw(venus) == paths
    venus.archive("uvi").joinpath(examples.PAPERS["uvi"]).write_text("changed")
    venus.archive("vmc").joinpath(examples.PAPERS["vmc"]).write_text("changed")
    if name != "fig02":
        with pytest.raises(pytest.fail.Exception):
            module.draw(venus)


@ALL
def test_captions_say_what_to_see(module: ModuleType) -> None:
    number = int(module.__name__[-2:])
    assert module.__doc__ is not None
    assert module.__doc__.startswith(f"Fig. {number}. ")
    assert "To notice:" in module.__doc__


@ALL
def test_texts_are_readable(module: ModuleType, venus: Run, saved: Saved) -> None:
    """At the printed size: at least 6 points high, inside the figure, none over another."""
    module.draw(venus)
    (figure,) = saved.values()
    assert figure.get_figwidth() * 25.4 == pytest.approx(style.FULL_MM)
    assert figure.get_figheight() * 25.4 < 240
    with style.paper_style():
        figure.draw_without_rendering()
        hidden = {id(text) for axes in figure.axes for text in _undrawn(axes)}
        shown = [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text().strip()
                 and text.get_visible() and not isinstance(text, Annotation) and id(text) not in hidden]
        boxes = [(text.get_text(), text.get_window_extent()) for text in shown]
    assert min(float(text.get_fontsize()) for text in shown) >= 6
    for name, box in boxes:
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1, name
        assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1, name
    for (name, box), (other, second) in itertools.combinations(boxes, 2):
        assert not box.overlaps(second), (name, other)


def _undrawn(axes: Axes) -> list[Text]:
    """Labels of ticks outside the limits of their axis, and all those of an axis that is off."""
    ticks = [(axis, tick) for axis in (axes.xaxis, axes.yaxis)
             for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())]
    return [tick.label1 for axis, tick in ticks
            if not axes.axison or not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())]


def test_same_input_same_bytes(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "DPI", 60)  # faster
    x, y, z = np.random.default_rng(0).uniform(-1, 0, (3, 3000))
    made = Provenance("any", "figures", "sample", True)
    for name in ("first", "second"):
        with style.paper_style():
            style.save(fig04.chart(x, y, z, K, 0.1, "x"), sample, f"{name}-4", made)
            style.save(fig08.chart([projection(0, "", 3000), projection(20, "local density", 3000)], "x"), sample,
                       f"{name}-8", made)
    for number, suffix in itertools.product((4, 8), style.SUFFIXES):
        first, second = ((sample.figures / f"{name}-{number}{suffix}").read_bytes() for name in ("first", "second"))
        assert first == second


# --- which examples ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("instrument", ["uvi", "vmc"])
def test_the_papers_file_is_taken_where_it_is(instrument: str, venus: Run) -> None:
    found = examples.single(venus, instrument)  # type: ignore[arg-type]
    assert found.name == examples.PAPERS[instrument]  # type: ignore[index]
    simulated = "a simulated file of the name that the paper's figure was drawn from"
    assert found.note == f"Drawn from {found.name}, {simulated}."
    assert venus.profile.venus is not None
    real = dataclasses.replace(venus.profile, venus=dataclasses.replace(venus.profile.venus, source="folder"))
    found = examples.single(dataclasses.replace(venus, profile=real), instrument)  # type: ignore[arg-type]
    assert found.note == f"Drawn from {found.name}, the file of the paper's figure."


def test_the_papers_names_are_those_of_the_text() -> None:
    assert examples.PAPERS == {"uvi": "uvi_20151207_052330_365_l2b_v10.fit", "vmc": "V2496_0041_UV2.IMG"}


def test_else_the_first_that_will_do_and_the_caption_says_which(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    coarse = dataclasses.replace(DISC, resolution_m_px=1.5 * 3000e3 / 128)
    dark = dataclasses.replace(CLOSE_UP, invalid=np.ones_like(CLOSE_UP.invalid))
    archives(sample, monkeypatch, {examples.PAPERS["uvi"]: None, "a.fit": coarse, "b.fit": CLOSE_UP, "c.fit": DISC},
             {"a.IMG": None, "b.IMG": dark, "c.IMG": CLEAN, "d.IMG": CLOSE_UP})
    assert examples.single(sample, "uvi").name == "c.fit"
    found = examples.single(sample, "vmc")
    assert found.name == "d.IMG"
    assert re.fullmatch(r"Drawn from d.IMG: the paper's V2496_0041_UV2.IMG is not among .*", found.note)


def test_none_that_will_do_is_an_error_that_names_the_folder(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    archives(sample, monkeypatch, {"a.fit": CLOSE_UP}, {})
    with pytest.raises(UserError, match=r"darts: expected an observation .* none of 1 is usable"):
        fig03.draw(sample)
    with pytest.raises(UserError, match="psa"):
        fig06.draw(sample)
    assert not sample.figures.exists()


def test_several_are_spread_over_the_archive(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"{index:02d}.fit" for index in range(12)]
    reader, _ = archives(sample, monkeypatch, {name: None if name == "06.fit" else DISC for name in names}, {})
    assert [each.name for each in examples.several(sample, "uvi", 4)] == ["00.fit", "03.fit", "07.fit", "09.fit"]
    assert reader.asked == ["00.fit", "03.fit", "06.fit", "07.fit", "09.fit"]
    archives(sample, monkeypatch, {"a.fit": DISC, "b.fit": None}, {})
    assert [each.name for each in examples.several(sample, "uvi", 4)] == ["a.fit"]
    assert examples.several(sample, "vmc", 4) == []


def test_projections_are_judged_as_the_patches_are() -> None:
    _, frame, viewpoints = examples.frame_of(DISC)
    found = examples.projections(frame, viewpoints)
    made = patches_of(DISC, [examples.SCALE_KM], paper.TABLE4)[examples.SCALE_KM]
    verdicts = [each.verdict for each in found]
    assert len(made.images) == verdicts.count("") > 0
    for reason in ("global density", "local density"):
        assert made.rejected[reason] == verdicts.count(reason) > 0
    chosen = [each for each in found if not each.verdict].index(examples.accepted(found))
    shown = fig09.interpolated(examples.accepted(found))["nearest"]
    np.testing.assert_array_equal(to_bytes(shown), made.images[chosen])


def test_the_patch_shown_is_a_covered_one_with_most_contrast() -> None:
    def projection(contrast: float, emptiest: int, verdict: str = "") -> examples.Projection:
        window = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, contrast]])
        return examples.Projection(np.array([1.0, 0, 0]), window, 0.2, np.array([[emptiest, 300]]), verdict)

    found = [projection(1, 200), projection(3, 128), projection(9, 127), projection(20, 300, "local density")]
    assert examples.accepted(found) is found[1]
    assert examples.accepted(found[2:]) is found[2]
    with pytest.raises(ValueError, match="empty"):
        examples.accepted(found[3:])


# --- what the figures show --------------------------------------------------------------------------------------------

def test_fig01_says_which_instrument_is_missing(sample: Run, monkeypatch: pytest.MonkeyPatch, saved: Saved,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    archives(sample, monkeypatch, {"a_l2b_v10.fit": DISC}, {})
    fig01.draw(sample)
    assert "(a) Venus Express VMC is missing" in capsys.readouterr().err
    assert {"(b) Akatsuki UVI", "a_l2b_v10"} <= set(words(saved["fig01"]))
    assert "(a) Venus Express VMC" not in words(saved["fig01"])
    with pytest.raises(UserError, match="expected raw images of Venus"):
        fig01.draw(open_run("sample", sample.out / "elsewhere"))


def test_fig01_shows_rows_as_the_archives_mean_them() -> None:
    _, (axes, other) = panels.sheet(2, 2)
    limits = fig01.raw(axes, DISC)
    fig01.raw(other, CLOSE_UP)
    assert [axes.images[0].origin, other.images[0].origin] == ["lower", "upper"]
    shown = np.asarray(axes.images[0].get_array())
    assert limits[0] <= shown.min() < shown.max() <= limits[1]  # missing pixels are -3.4e38
    assert limits == tuple(np.percentile(DISC.image[~DISC.invalid], [0.2, 99.8]))


def test_fig02_shows_each_class_in_its_column(sample: Run, saved: Saved) -> None:
    fig02.draw(sample)
    photographs = dataset.open_set(sample.patches(COLOUR))
    assert photographs.labels is not None
    axes = saved["fig02"].axes
    assert len(axes) == 18
    assert [each.get_title() for each in axes[:6]] == list(paper.CLASS_NAMES)
    for place, each in enumerate(axes):
        shown = np.asarray(each.images[0].get_array())
        (index,) = (i for i, image in enumerate(photographs.images) if np.array_equal(image, shown))
        assert photographs.labels[index] == place % 6


def test_fig02_of_a_folder_with_two_gray_classes(real: Run, saved: Saved) -> None:
    fig02.draw(real)
    assert [each.get_title() for each in saved["fig02"].axes[:2]] == ["cirrus", "cumulus"]
    assert not [text for text in words(saved["fig02"]) if "SIMULATED" in text]


def test_fig03_local_time_is_noon_under_the_sun(venus: Run, saved: Saved) -> None:
    fig03.draw(venus)
    panel = {axes.get_title(): axes for axes in saved["fig03"].axes}
    incidence, hours = (image_of(panel[name])
                        for name in ("Incidence angle", "Local time"))
    assert hours.ravel()[np.nanargmin(incidence)] == pytest.approx(12, abs=0.1)
    row = SIDE // 2
    assert np.nanmax(np.diff(hours[row])) < 0  # later towards the west, the left
    for name in ("Latitude", "Longitude", "Local time", "Incidence angle", "Emission angle"):
        assert np.isnan(image_of(panel[name])[0, 0])


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
    fig06.draw(venus)
    found = stages(CLOSE_UP, paper.TABLE4)
    axes = {each.get_title(): each for each in saved["fig06"].axes}
    panel = axes[f"(c) {found.outlier.sum()} outliers removed"]
    marks = np.asarray(panel.collections[0].get_offsets()).astype(int)
    assert {(y, x) for x, y in marks} == set(zip(*(part.tolist() for part in np.nonzero(found.outlier)), strict=True))
    shown = image_of(panel)
    np.testing.assert_array_equal(np.isnan(shown), ~found.lit | found.outlier)


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
    fig07.draw(venus)
    _, frame, viewpoints = examples.frame_of(DISC)
    left = saved["fig07"].axes[0]
    points, red, ring = (np.asarray(each.get_offsets()) for each in left.collections)
    np.testing.assert_allclose(red, viewpoints.vectors[:, 1:])
    np.testing.assert_allclose(ring, [[0, 0]], atol=1e-9)
    assert len(points) == frame.points.shape[1]
    assert f"{len(viewpoints)} viewpoints, 3000 km" in words(saved["fig07"])


def projection(empty: int, verdict: str, count: int = 9) -> examples.Projection:
    """A projection with so many empty bins of 64."""
    bins = np.full((8, 8), 300)
    bins.ravel()[:empty] = 0
    window = np.random.default_rng(0).uniform(-0.37, 0.37, (3, count))
    return examples.Projection(np.array([1.0, 0, 0]), window, 0.248, bins, verdict)


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
    fig09.draw(venus)
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


def test_frames_without_points_are_unusable() -> None:
    with pytest.raises(Unusable):
        examples.frame_of(dataclasses.replace(DISC, invalid=np.ones_like(DISC.invalid)))


# --- panels -----------------------------------------------------------------------------------------------------------

def test_panels_lie_side_by_side_within_the_sheet() -> None:
    figure, axes = panels.sheet(3, 5, head="x", aspect=0.5, axes_mm=9, above_mm=(12, 4), below_mm=(0, 11))
    boxes = [each.get_position() for each in axes]
    for box in boxes:
        assert 0 < box.x0 < box.x1 < 1
        assert 0 < box.y0 < box.y1 < 1
        assert box.height * figure.get_figheight() == pytest.approx(0.5 * box.width * figure.get_figwidth())
    for box, other in itertools.combinations(boxes, 2):
        assert not box.overlaps(other)
    height_mm = figure.get_figheight() * 25.4
    assert (boxes[0].y0 - boxes[3].y1) * height_mm == pytest.approx(9 + 4)
    assert boxes[3].y0 * height_mm == pytest.approx(9 + 11 + panels.EDGE_MM + style.STAMP_MM)


def test_limits_of_gray() -> None:
    assert panels.stretch(np.array([np.nan, 3.0, np.inf, 1.0, 2.0]), 0) == (1, 3)
    assert panels.stretch(np.array([np.nan])) == (0, 1)
    assert panels.stretch(np.array([4.0, 4.0])) == (4, 5)
    np.testing.assert_array_equal(panels.clip(np.array([-3.4e38, 0.5, 3.4e38]), (0, 1)), [0, 0.5, 1])


def test_a_bar_says_what_it_is_told() -> None:
    figure, (axes,) = panels.sheet(1, 1, below_mm=[panels.BAR_MM])
    panels.bar(axes, axes.imshow(np.eye(2)), "unit", ticks=[0, 1])
    bar = SimpleNamespace(axes=figure.axes[1])
    assert bar.axes.get_xlabel() == "unit"
    assert bar.axes.get_position().y1 < axes.get_position().y0
