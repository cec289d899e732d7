"""What the figures share: marks of classes, stamps, and files that are the same for the same input."""

import itertools
import sys
import warnings
from pathlib import Path
from types import ModuleType

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from paper_repro import paper
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run, open_run
from paper_repro.figures import style
from tests.odd_names import ODD

# Machado, Oliveira & Fernandes (2009), severity 1: linear RGB as someone without one kind of cone sees it.
VISION = {
    "all cones": np.eye(3),
    "no red": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "no green": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "no blue": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]]
    ),
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
# Pairs with more than 60 mistakes in one of the two parts of Table 3.
CONFUSED = [("Veil", "Thick white"), ("Thin white", "Thick white"), ("Thick dark", "Thin white"), ("Clear sky", "Veil"),
            ("Clear sky", "Thick white")]


def lab(colour: str, vision: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE L*a*b* of a hexadecimal sRGB colour, as seen."""
    rgb = np.array([int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    white = XYZ.sum(axis=1)
    ratio = XYZ @ np.clip(vision @ linear, 0, 1) / white
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("cones", VISION)
def test_colours_of_classes_differ_for_everyone(cones: str) -> None:
    seen = {name: lab(mark.colour, VISION[cones]) for name, mark in style.CLASS_MARKS.items()}
    distance = {pair: float(np.linalg.norm(seen[pair[0]] - seen[pair[1]])) for pair in itertools.combinations(seen, 2)}
    assert min(distance.values()) > 15
    for pair in CONFUSED:
        assert distance.get(pair, distance.get(pair[::-1], 0)) > 22
    assert min(float(np.linalg.norm(colour - (100, 0, 0))) for colour in seen.values()) > 35  # on white paper


def test_a_class_has_one_mark_whatever_the_others() -> None:
    whole = style.marks(paper.CLASS_NAMES)
    swimcat = style.marks(("Clear sky", "Patterned", "Veil", "Thick white", "Thick dark"))
    assert swimcat == {name: whole[name] for name in swimcat}
    assert len({mark.marker for mark in whole.values()}) == len({mark.colour for mark in whole.values()}) == 6


def test_other_classes_get_marks_of_their_own() -> None:
    names = ["Veil", *(f"class {index}" for index in range(75)), "Thick dark"]
    found = style.marks(names)
    assert list(found) == names
    assert len({(mark.colour, mark.marker) for mark in found.values()}) == len(names) == 77
    assert found["Veil"] == style.CLASS_MARKS["Veil"]
    assert found["Thick dark"] == style.CLASS_MARKS["Thick dark"]
    few = style.marks([f"class {index}" for index in range(7)])
    assert len({mark.colour for mark in few.values()}) == len({mark.marker for mark in few.values()}) == 7


SIMULATED = Origin(simulated=True)


@pytest.mark.parametrize(
    ("origin", "text"),
    [
        (Origin(), ""),
        (SIMULATED, "SIMULATED INPUT"),
        (Origin(notes=("Made with stand-in weights (sha256 ab).",)), "stand-in weights"),
        (Origin(True, ("Made with random weights.",)), "SIMULATED INPUT  ·  random weights"),
        (Origin(notes=("Two images are equal.",)), ""),
    ],
)
def test_the_stamp_says_what_the_input_is(tmp_path: Path, origin: Origin, text: str) -> None:
    figure = style.new_figure(50, 40)
    style.save(figure, open_run("sample", tmp_path), "figure", origin)
    assert [each.get_text() for each in figure.texts] == ([text] if text else [])


def example() -> Figure:
    figure = style.new_figure(style.COLUMN_MM, 60)
    figure.add_axes((0.2, 0.2, 0.7, 0.7)).plot([1, 2], [3, 4], marker="o", label="line")
    figure.legend()
    return figure


def draw(run: Run, origin: Origin) -> list[Path]:
    with style.paper_style():
        return style.save(example(), run, "figure", origin)


def test_same_input_same_bytes_whatever_the_user_has_set(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path)
    first = [path.read_bytes() for path in draw(run, SIMULATED)]
    with mpl.rc_context({"font.size": 25, "lines.linewidth": 9, "pdf.compression": 0, "savefig.bbox": "tight"}):
        second = [path.read_bytes() for path in draw(run, SIMULATED)]
        assert mpl.rcParams["font.size"] == 25  # the user's settings are back
    assert first == second
    assert b"CreationDate" not in first[1]
    with Image.open(run.figures / "figure.png") as image:
        assert image.size == pytest.approx((90 / 25.4 * 300, 60 / 25.4 * 300), abs=1)
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.1)


def test_a_failed_save_leaves_the_files_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = open_run("sample", tmp_path)
    draw(run, Origin())
    before = (run.figures / "figure.png").read_bytes()

    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Figure, "savefig", broken)
    with pytest.raises(OSError, match="disk full"):
        draw(run, SIMULATED)
    assert (run.figures / "figure.png").read_bytes() == before
    assert sorted(path.name for path in run.figures.iterdir()) == ["figure.pdf", "figure.png"]


def test_the_caption_lists_files_and_what_must_be_said(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path)
    paths = draw(run, SIMULATED)
    said = Origin(True, ("Made with random weights.", "Made with random weights."))
    text = style.write_caption(run, "fig99", "Fig. 99. Title.\n\n    Second line.\n    ", paths, said).read_text()
    assert text == ("Fig. 99. Title.\n\nSecond line.\n\nMade from simulated images.\nMade with random weights.\n\n"
                    "figure.png\nfigure.pdf\n")
    assert style.write_caption(run, "fig99", "Fig. 99.", [], Origin()).read_text() == (
        "Fig. 99.\n\nNo figure: this run has nothing to draw here.\n")


class Panels(ModuleType):
    """The module of a figure with these panels, "" for one without letters."""

    def __init__(self, *letters: str) -> None:
        super().__init__("paper_repro.figures.fig99", "Fig. 99. Title.")
        self.letters = letters

    def draw(self, run: Run, origin: Origin) -> Made:
        with style.paper_style():
            files = [path for letter in self.letters for path in style.save(example(), run, f"fig99{letter}", origin)]
        return Made({"panels": len(self.letters)}, tuple(files), ("Drawn from a.fit.",))


def test_a_figure_is_drawn_with_its_caption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = open_run("sample", tmp_path)
    monkeypatch.setitem(sys.modules, "paper_repro.figures.fig99", Panels("a", "b"))
    made = style.draw_figure(run, "fig99", Origin(True, ("Made with random weights.",)))
    names = ["fig99a.png", "fig99a.pdf", "fig99b.png", "fig99b.pdf", "fig99.txt"]
    assert made == Made({"panels": 2}, tuple(run.figures / name for name in names), ("Drawn from a.fit.",))
    assert made.files[-1].read_text() == (
        "Fig. 99. Title.\n\nMade from simulated images.\nMade with random weights.\nDrawn from a.fit.\n\n"
        "fig99a.png\nfig99a.pdf\nfig99b.png\nfig99b.pdf\n")


def test_nothing_is_said_of_a_figure_that_is_not_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = open_run("sample", tmp_path)
    monkeypatch.setitem(sys.modules, "paper_repro.figures.fig99", Panels())
    made = style.draw_figure(run, "fig99", Origin(True, ("Made with random weights.",)))
    assert [path.name for path in made.files] == ["fig99.txt"]
    assert made.files[0].read_text() == "Fig. 99. Title.\n\nNo figure: this run has nothing to draw here.\n"


@pytest.mark.parametrize(("name", "shown"), [
    ("Veil", "Veil"), (r"cost $\frac$ x", r"cost \$\frac\$ x"), ("$5", r"\$5"), ("A_B & 50 %", "A_B & 50 %"),
    ("line\nbreak", "line break"), ("r\u200f\u05d0\u202elock", "r\u05d0lock"), ("\u79ef\u4e91", r"\u79ef\u4e91"),
    (" lead", '" lead"'), (" ", '" "'), ("\u200f", '""'), ("cafe\u0301", "caf\u00e9"),
    ("x" * 200, "x" * 32 + "…" + "x" * 7), ("x" * 40, "x" * 40),
])
def test_any_name_can_be_drawn(name: str, shown: str) -> None:
    assert style.label(name) == shown


def test_names_are_drawn_as_they_are_without_a_warning(tmp_path: Path) -> None:
    """No mathematics, no character that the font lacks."""
    with style.paper_style(), warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = style.new_figure(80, 200)
        for row, name in enumerate(ODD):
            figure.text(0.1, row / len(ODD), style.label(name))
        for path in style.save(figure, open_run("sample", tmp_path), "names", Origin()):
            assert path.stat().st_size > 0
