"""Figs 14-16 on made-up classified patches: what lies where, in which files, and what a user is told."""

import dataclasses
import importlib
import itertools
import shutil
from pathlib import Path

import matplotlib.colors
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.files import write_csv
from paper_repro.base.profile import Venus, VenusSet
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run, open_run
from paper_repro.figures import class_panels, fig14, fig16, style, venus
from paper_repro.patches import dataset
from tests.records_made import patch_set, record

NAME, COUNT = "uvi-3000km", 80
ORIGIN = Origin(True, ("Made with random weights.",))
SIZES = [40, 25, 10, 5]
SIDE = 24


def places(count: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame({"id": range(count), "source": "a.fit", "longitude_deg": rng.uniform(-180, 180, count),
                         "latitude_deg": rng.uniform(-60, 60, count), "local_time_h": rng.uniform(8, 16, count)})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with one classified set: stored patches are dark, flattened ones bright, each of a shade of its own."""
    found = open_run("sample", tmp_path)
    one = Venus("simulated", (VenusSet("uvi", 3000.0),), (0,), 1)
    found = dataclasses.replace(found, profile=dataclasses.replace(found.profile, venus=one))
    shades = np.arange(COUNT, dtype=np.uint8)[:, None, None] + np.zeros((SIDE, SIDE), dtype=np.uint8)
    patch_set(found, NAME, shades, places(COUNT))
    patch_set(found, f"{NAME}-flat", shades + 120, places(COUNT))
    folder = found.results / f"{NAME}-flat"
    rng = np.random.default_rng(1)
    labels = rng.permutation(np.repeat(range(4), SIZES))
    write_csv(folder / "classes.csv", pd.DataFrame({"id": range(COUNT), "class": labels}))
    write_csv(folder / "tsne2.csv", pd.DataFrame({"id": range(COUNT), "x": rng.normal(size=COUNT),
                                                  "y": rng.normal(size=COUNT)}))
    record(folder / "provenance.json", found, "venus", ORIGIN.notes, {"encoder": "simclr"})
    return found


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> dict[str, Figure]:
    """The figures as they were saved, by name; the files themselves are not drawn, which takes long."""
    kept: dict[str, Figure] = {}
    save = style.save
    monkeypatch.setattr(Figure, "savefig", lambda _, file, **__: file.write(b"drawn"))

    def keep(figure: Figure, run: Run, name: str, origin: Origin) -> list[Path]:
        kept[name] = figure
        return save(figure, run, name, origin)

    monkeypatch.setattr(style, "save", keep)
    return kept


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text()]


def shades(figure: Figure) -> set[int]:
    """Shades of the patches shown."""
    pixels = [np.asarray(image.get_array()) for axes in figure.axes for image in axes.images]
    values = np.concatenate([each.ravel() for each in pixels])
    return set(np.unique(values).tolist()) - {class_panels.FRAME, 255}


@pytest.mark.parametrize(("number", "name"), [(14, "uvi-3000km"), (15, "uvi-500km"), (16, "vmc-25km")])
def test_each_figure_is_of_its_set(number: int, name: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    module = importlib.import_module(f"paper_repro.figures.fig{number}")
    monkeypatch.setattr(venus, "draw", lambda *asked: [*asked])
    assert module.draw(run, ORIGIN) == [run, f"fig{number}", name, ORIGIN]
    assert name in (module.__doc__ or "")
    assert "To notice" in (module.__doc__ or "")


def test_four_parts_are_drawn_and_are_the_same_again(run: Run) -> None:
    made = fig14.draw(run, ORIGIN)
    files = made.files
    assert made == Made(files=files)
    assert [path.name for path in files] == [f"fig14{letter}{end}" for letter in "abcd" for end in (".png", ".pdf")]
    before = [path.read_bytes() for path in files]
    assert [data[:4] for data in before] == [b"\x89PNG", b"%PDF"] * 4
    shutil.rmtree(run.figures)
    assert [path.read_bytes() for path in fig14.draw(run, ORIGIN).files] == before


def test_a_set_of_the_users_own_is_drawn_under_the_name_given(
    run: Run, tmp_path: Path, saved: dict[str, Figure]
) -> None:
    own = open_run("paper", tmp_path, folders={"uvi": tmp_path}, scales=[750])
    for end in ("", "-flat"):
        shutil.copytree(run.patches(NAME + end), own.patches(f"uvi-750km{end}"))
    shutil.copytree(run.results / f"{NAME}-flat", own.results / "uvi-750km-flat")
    made = venus.draw(own, "mine-", "uvi-750km", Origin())
    assert [path.name for path in made.files] == [f"mine-{each}{end}" for each in "abcd" for end in (".png", ".pdf")]
    assert "(a) uvi-750km: 80 patches, encoder SimCLR" in words(saved["mine-a"])


def test_simulated_input_and_random_weights_are_stamped(run: Run, saved: dict[str, Figure]) -> None:
    fig14.draw(run, ORIGIN)
    for letter in "abcd":
        assert "SIMULATED INPUT  ·  random weights" in words(saved[f"fig14{letter}"])
        assert f"({letter}) uvi-3000km: 80 patches, encoder SimCLR" in words(saved[f"fig14{letter}"])


def test_stored_patches_lie_by_place_and_flattened_ones_by_class_and_on_the_map(
    run: Run, saved: dict[str, Figure]
) -> None:
    fig14.draw(run, ORIGIN)
    assert max(shades(saved["fig14a"])) < COUNT
    for letter in "bd":
        assert min(shades(saved[f"fig14{letter}"])) >= 120
    assert len(saved["fig14b"].axes) == 8 + 8 + 8 + 5
    assert {f"Class {number}\n(n = {size})" for number, size in enumerate(SIZES)} <= set(words(saved["fig14b"]))
    for letter, panels in (("a", 2), ("d", 1)):
        for axes in saved[f"fig14{letter}"].axes[:panels]:
            count, total = axes.get_title().split(" ")[:3:2]
            picture = np.asarray(axes.images[0].get_array())
            assert (int(count), total) == (len(np.unique(picture)) - 2, "80")
            assert 20 < int(count) < 80


def test_local_time_runs_from_evening_to_morning(run: Run, saved: dict[str, Figure]) -> None:
    fig14.draw(run, ORIGIN)
    for letter in "ac":
        left, right = saved[f"fig14{letter}"].axes
        late, early = right.get_xlim()
        assert 7 < early < 8.2
        assert 15.8 < late < 17
        assert -200 < left.get_xlim()[0] < -180 < 180 < left.get_xlim()[1] < 200
        assert left.get_xticks().tolist() == [-180, -120, -60, 0, 60, 120, 180]
        assert (left.get_xlabel(), right.get_xlabel()) == ("Longitude [deg]", "Local time [h]")
        assert left.get_ylabel() == right.get_ylabel() == "Latitude [deg]"
        south, north = left.get_ylim()
        assert left.get_ylim() == right.get_ylim()
        assert -75 < south < -60 < 59 < north < 75


def marked(figure: Figure, panel: int) -> dict[tuple[float, float], str]:
    """Colour of the marker at each place."""
    (drawn,) = figure.axes[panel].collections
    assert isinstance(drawn, PathCollection)
    assert drawn.get_rasterized()
    offsets, colours = np.asarray(drawn.get_offsets()), np.asarray(drawn.get_facecolor())
    return {(x, y): matplotlib.colors.to_hex(colour) for (x, y), colour in zip(offsets, colours, strict=True)}


def test_every_patch_is_marked_at_its_places_in_its_colour(run: Run, saved: dict[str, Figure]) -> None:
    fig14.draw(run, ORIGIN)
    data = venus.open_classified(run, NAME)
    marks = style.marks(data.classes)
    for letter, panel, xy in (("c", 0, data.places[0]), ("c", 1, data.places[1]), ("d", 1, data.xy)):
        found = marked(saved[f"fig14{letter}"], panel)
        assert len(found) == COUNT
        for (x, y), label in zip(xy, data.labels, strict=True):
            assert found[(x, y)] == marks[f"Class {label}"].colour.lower()
        assert {"Class 0", "Class 1", "Class 2", "Class 3"} <= set(words(saved[f"fig14{letter}"]))


def test_texts_are_inside_the_figure_and_none_over_another(run: Run, saved: dict[str, Figure]) -> None:
    fig14.draw(run, ORIGIN)
    for figure in saved.values():
        assert figure.get_figwidth() * 25.4 == pytest.approx(style.FULL_MM)
        with style.paper_style():
            figure.draw_without_rendering()
            hidden = [tick.label1 for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)
                      for tick in axis.get_major_ticks()
                      if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())]
            shown = [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text().strip()
                     and text.get_visible() and text not in hidden]
            boxes = [text.get_window_extent() for text in shown]
        assert min(float(text.get_fontsize()) for text in shown) >= 6
        for box in boxes:
            assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
            assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1
        assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))


def noise(count: int) -> NDArray[np.uint8]:
    """Patches [count, 128, 128] of noise, each other pixels, in little memory."""
    values = np.random.default_rng(0).integers(0, 256, count + 128 * 128, dtype=np.uint8)
    return np.lib.stride_tricks.as_strided(values, (count, 128, 128), (1, 128, 1), writeable=False)


def test_ten_thousand_patches_of_noise_stay_small_files(run: Run) -> None:
    table, rng = places(10_000), np.random.default_rng(3)
    patches = dataset.PatchSet(noise(len(table)), table, {})
    data = venus.Classified(NAME, patches, patches, rng.integers(0, 4, len(table)), rng.normal(size=(len(table), 2)),
                            "simclr", ("Class 0", "Class 1", "Class 2", "Class 3"))
    for letter, part in zip("abcd", (venus.thumbnails, venus.examples, venus.classes, venus.maps), strict=True):
        with style.paper_style():
            files = style.save(part(data, ""), run, f"fig14{letter}", ORIGIN)
        assert all(10_000 < path.stat().st_size < 20e6 for path in files)


def test_a_set_that_the_run_does_not_have_is_left_out(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert fig16.draw(run, ORIGIN) == Made()
    assert capsys.readouterr().err == "fig16: this run has no set vmc-25km.\n"
    assert not run.figures.exists()


@pytest.mark.parametrize("name", ["classes.csv", "tsne2.csv", "provenance.json"])
def test_a_set_that_was_not_classified_is_named(name: str, run: Run) -> None:
    (run.results / f"{NAME}-flat" / name).unlink()
    with pytest.raises(UserError, match=rf"{NAME}-flat/{name}: .*run `python -m paper_repro run venus"):
        fig14.draw(run, ORIGIN)


@pytest.mark.parametrize("name", ["classes.csv", "tsne2.csv"])
def test_classes_of_other_patches_are_refused(name: str, run: Run) -> None:
    path = run.results / f"{NAME}-flat" / name
    table = pd.read_csv(path)
    write_csv(path, table.assign(id=table["id"] + 1))
    with pytest.raises(UserError, match=rf"{name}: expected the ids of .*found others; run `python -m paper_repro"):
        fig14.draw(run, ORIGIN)
