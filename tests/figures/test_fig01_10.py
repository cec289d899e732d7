"""Every one of Figs 1-10: its files, what it says of its input, its caption, and that all its words can be read."""

import importlib
import itertools
from types import ModuleType

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.text import Annotation, Text

from paper_repro import paper
from paper_repro.base.provenance import Origin
from paper_repro.base.run import Run
from paper_repro.figures import fig01, fig04, fig08, style
from tests.figures.observations_shown import DISC, K, Saved, archives, projection, words

NAMES = [f"fig{number:02d}" for number in range(1, 11)]
ALL = pytest.mark.parametrize("module", [importlib.import_module(f"paper_repro.figures.{name}") for name in NAMES],
                              ids=NAMES)


@ALL
def test_files_notes_and_stamp(module: ModuleType, venus: Run, saved: Saved) -> None:
    name = module.__name__.rpartition(".")[2]
    made = module.draw(venus, Origin(simulated=True))
    assert [path.name for path in made.files] == [f"{name}.png", f"{name}.pdf"]
    assert sorted(path.name for path in venus.figures.iterdir()) == [f"{name}.pdf", f"{name}.png"]
    assert any(text.startswith("SIMULATED INPUT") for text in words(saved[name]))
    if name == "fig02":
        assert made.notes == ()
    elif name == "fig01":
        assert len(made.notes) == 4
    else:
        example = paper.OUTLIER_IMAGE if name == "fig06" else paper.EXAMPLE_IMAGE
        assert made.notes == (f"Drawn from {example}, a simulated file of the name that the paper's figure was drawn "
                              "from.",)
    clouds = [scatter for axes in saved[name].axes for scatter in axes.collections
              if isinstance(scatter, PathCollection) and len(np.asarray(scatter.get_offsets())) > 1000]
    assert bool(clouds) is (name in {"fig04", "fig07", "fig08", "fig09"})
    assert all(scatter.get_rasterized() for scatter in clouds)  # a picture in the PDF, not 10^5 shapes
    module.draw(venus, Origin())
    assert not any("SIMULATED" in text for text in words(saved[name]))


def test_fig01_names_every_file_that_it_shows(sample: Run, saved: Saved, monkeypatch: pytest.MonkeyPatch) -> None:
    archives(sample, monkeypatch, {"a.fit": DISC, "b.fit": DISC}, {})
    assert fig01.draw(sample, Origin()).notes == ("Drawn from a.fit.", "Drawn from b.fit.")


@ALL
def test_captions_say_what_to_see(module: ModuleType) -> None:
    number = int(module.__name__[-2:])
    assert module.__doc__ is not None
    assert module.__doc__.startswith(f"Fig. {number}. ")
    assert "To notice:" in module.__doc__


@ALL
def test_texts_are_readable(module: ModuleType, venus: Run, saved: Saved) -> None:
    """At the printed size: at least 6 points high, inside the figure, none over another."""
    module.draw(venus, Origin(simulated=True))
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
    made = Origin(simulated=True)
    for name in ("first", "second"):
        with style.paper_style():
            style.save(fig04.chart(x, y, z, K, 0.1, "x"), sample, f"{name}-4", made)
            style.save(fig08.chart([projection(0, "", 3000), projection(20, "local density", 3000)], "x"), sample,
                       f"{name}-8", made)
    for number, suffix in itertools.product((4, 8), style.SUFFIXES):
        first, second = ((sample.figures / f"{name}-{number}{suffix}").read_bytes() for name in ("first", "second"))
        assert first == second
