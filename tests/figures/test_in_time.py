"""The figures of classes in time: their panels, what they show of the step's tables, and what they say instead."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes

from paper_repro.base.files import read_csv, write_csv
from paper_repro.base.provenance import Origin
from paper_repro.base.run import Run
from paper_repro.experiments.followed import opened
from paper_repro.figures import hovmoeller, in_time, style, transitions, trends
from paper_repro.figures.in_time import Followed
from paper_repro.steps.results import IN_TIME
from tests.experiments import followed_made
from tests.experiments.followed_made import NAME

FILES = ("shares", "transitions", "persistence", "lives", "wind", "winds")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Run:
    made = followed_made.make_run(tmp_path_factory.mktemp("told"))
    followed_made.follow(made)
    return made


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Run:
    made = followed_made.make_run(tmp_path_factory.mktemp("refused"), 700.0, 150.0)
    followed_made.follow(made)
    return made


def panels(run: Run, row: in_time.Draw, count: int) -> list[Axes]:
    one = in_time.open_set(run, NAME, FILES)
    with style.paper_style():
        return in_time.page([one], (1,) * count, lambda _: 40.0, row, legend=False).axes


def texts(axes: Axes) -> str:
    return " ".join(" ".join(text.get_text().split()) for text in axes.texts)


@pytest.mark.parametrize("name", IN_TIME)
def test_each_is_drawn_and_stamped_whether_there_are_pairs_or_not(told: Run, refused: Run, name: str) -> None:
    for run in (refused, told):
        files = [path.name for path in style.draw_figure(run, name, Origin(True)).files]
        assert files == [f"{name}-a.png", f"{name}-a.pdf", f"{name}.txt"]
        assert "Made from simulated images." in (run.figures / f"{name}.txt").read_text()
    before = (told.figures / files[0]).read_bytes()
    style.draw_figure(told, name, Origin(True))
    assert (told.figures / files[0]).read_bytes() == before


def test_the_matrix_shows_counts_and_shares(told: Run) -> None:
    [axes] = panels(told, lambda one, drawn: transitions.matrix(one, drawn[0]), 1)
    table = opened(told, NAME, "transitions.csv")
    first = table[table["wind"] == "stated"].iloc[0]
    assert axes.texts[0].get_text() == f"{100 * first['share']:.0f} %\n{first['pairs']:,}"
    assert len(axes.texts) == 16


def test_decay_and_wind_are_those_of_the_tables(told: Run) -> None:
    def row(one: Followed, drawn: Sequence[Axes]) -> None:
        transitions.decay(one, drawn[0])
        transitions.winds(one, drawn[1], 111.3)

    left, right = panels(told, row, 2)
    life = opened(told, NAME, "lives.csv").iloc[0]
    assert texts(left) == f"T = {life['life_h']:.1f} h"
    curve = left.lines[-1].get_xydata()
    assert isinstance(curve, np.ndarray)
    assert curve[-1, 1] == pytest.approx(life["amplitude"] * np.exp(-curve[-1, 0] / life["life_h"]))
    assert f"best {opened(told, NAME, 'wind.csv')['value'].item():.1f} m/s" in texts(right)


def test_what_cannot_be_told_is_said_in_the_panel(refused: Run) -> None:
    def row(one: Followed, drawn: Sequence[Axes]) -> None:
        transitions.matrix(one, drawn[0])
        transitions.decay(one, drawn[1])
        transitions.winds(one, drawn[2], 111.3)

    left, middle, right = panels(refused, row, 3)
    assert texts(left).startswith("0 pairs of the same place")
    assert texts(middle) == opened(refused, NAME, "lives.csv")["refused"].iloc[0]
    assert texts(right) == opened(refused, NAME, "wind.csv")["refused"].item()
    assert transitions.high(in_time.open_set(refused, NAME, FILES)) == transitions.LOW_MM


def test_a_hovmoeller_picture_shows_the_busiest_days_of_the_fullest_belt(told: Run, refused: Run) -> None:
    table = in_time.open_set(told, NAME, ()).table
    part, south = hovmoeller.shown(table)
    assert part["latitude_deg"].between(south, south + 30).all()
    assert part["day"].max() - part["day"].min() <= 20
    counts = [((table["latitude_deg"] >= edge) & (table["latitude_deg"] < edge + 30)).sum()
              for edge in range(-90, 61, 10)]
    assert counts[(round(south) + 90) // 10] == max(counts)
    whole, _ = hovmoeller.shown(in_time.open_set(refused, NAME, ()).table)
    assert whole["day"].max() - whole["day"].min() > 600


def test_shares_without_an_error_are_open_markers(refused: Run) -> None:
    months, hours = panels(refused, trends.row, 2)
    assert not any(bars.get_paths() for bars in months.collections)
    assert {line.get_markerfacecolor() for line in months.lines if len(np.atleast_1d(line.get_xdata()))} == {"none"}
    assert any(bars.get_paths() for bars in hours.collections)


def test_noise_is_shown_beside_the_classes_in_shares_and_not_in_transitions(tmp_path: Path) -> None:
    made = followed_made.make_run(tmp_path)
    path = made.results / NAME / "classes.csv"
    table = read_csv(path)
    write_csv(path, table.assign(**{"class": table["class"].replace({3: -1})}))
    followed_made.follow(made)
    shares = opened(made, NAME, "shares.csv")
    known = shares[(shares["by"] == "month") & (shares["class"] == "noise")]
    assert (known["share"] > 0).any()
    look = style.marks(("Class 0", "Class 1", "Class 2", "Noise"))["Noise"]
    months, _ = panels(made, trends.row, 2)
    lines = [np.asarray(line.get_ydata()) for line in months.lines if line.get_color() == look.colour]
    assert sorted(np.concatenate(lines)) == pytest.approx(sorted(100 * known["share"]))
    [matrix] = panels(made, lambda one, drawn: transitions.matrix(one, drawn[0]), 1)
    assert len(matrix.texts) == 9


def test_an_interval_of_the_wind_without_an_end_is_shaded_to_the_last_wind_tried(told: Run) -> None:
    one = in_time.open_set(told, NAME, FILES)
    wind, tried = one.files["wind"], one.files["winds"]["wind_m_s"]
    assert wind["low"].notna().all()
    for end, place in (("low", tried.iloc[0]), ("high", tried.iloc[-1])):
        opened_up = dataclasses.replace(one, files={**one.files, "wind": wind.assign(**{end: np.nan})})
        with style.paper_style():
            [axes] = in_time.page([opened_up], (1,), lambda _: 40.0, lambda each, drawn: transitions.winds(
                each, drawn[0], 111.3), legend=False).axes
        shaded = axes.patches[0].get_extents().transformed(axes.transData.inverted())
        assert (shaded.x0 if end == "low" else shaded.x1) == pytest.approx(place)


def test_many_sets_are_drawn_in_parts(told: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Run, "flat_sets", (NAME,) * 6)
    made = in_time.draw(told, "latitudes", Origin(True), (), (1,), lambda _: 20.0, lambda _, __: None)
    assert [path.name for path in made.files] == ["latitudes-a.png", "latitudes-a.pdf", "latitudes-b.png",
                                                  "latitudes-b.pdf"]
