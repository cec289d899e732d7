"""Every figure: which files it draws from which input, that it is readable, and that it is the same each time."""

import dataclasses
import itertools
import re
from pathlib import Path
from types import ModuleType

import matplotlib.colors
import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text

from paper_repro.base.errors import UserError
from paper_repro.base.files import write_csv
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import COLOUR, GRAY, Run, open_run
from paper_repro.figures import fig11, fig12, fig13, losses, style

FILES = {
    fig11: ["fig11"],
    fig12: ["fig12a", "fig12b"],
    fig13: ["fig13a", "fig13b"],
    losses: ["losses"],
}
ALL = pytest.mark.parametrize("module", FILES, ids=lambda module: module.__name__.rpartition(".")[2])
Saved = dict[str, Figure]
ORIGIN = Origin(simulated=True)


@pytest.fixture
def saved(monkeypatch: pytest.MonkeyPatch) -> Saved:
    """The figures as they were saved, by name; the files themselves are not drawn, which takes long."""
    kept: Saved = {}
    save = style.save
    monkeypatch.setattr(Figure, "savefig", lambda _, file, **__: file.write(b"drawn"))

    def keep(figure: Figure, run: Run, name: str, origin: Origin) -> list[Path]:
        kept[name] = figure
        return save(figure, run, name, origin)

    monkeypatch.setattr(style, "save", keep)
    return kept


def with_simclr_only(run: Run) -> Run:
    """The run without its other encoders."""
    encoders = dataclasses.replace(run.profile.encoders, models=("simclr",))
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text()]


@ALL
def test_files_of_a_whole_run(module: ModuleType, sample: Run) -> None:
    made = module.draw(sample, ORIGIN)
    paths = made.files
    assert made == Made(files=paths)
    assert {path.name for path in sample.figures.iterdir()} == {path.name for path in paths}
    assert [path.name for path in paths] == [name + end for name in FILES[module] for end in (".png", ".pdf")]
    for path in paths:
        assert path.parent == sample.figures
        assert 1000 < path.stat().st_size < 5e6
        with path.open("rb") as file:
            assert file.read(4) == {".png": b"\x89PNG", ".pdf": b"%PDF"}[path.suffix]
    assert module.__doc__


def off_axis(figure: Figure) -> list[Text]:
    """Labels of ticks outside the limits of their axis, which are never drawn."""
    return [
        tick.label1 for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks())
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    ]


@ALL
def test_texts_are_readable(module: ModuleType, sample: Run, saved: Saved) -> None:
    """At the printed size: at least 6 points high, inside the figure, none over another."""
    module.draw(sample, ORIGIN)
    for figure in saved.values():
        assert figure.get_figwidth() * 25.4 == pytest.approx(style.FULL_MM)
        with style.paper_style():
            figure.draw_without_rendering()
            shown = [text for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text().strip()
                     and text.get_visible() and not isinstance(text, Annotation) and text not in off_axis(figure)]
            boxes = [(text.get_text(), text.get_window_extent()) for text in shown]
        assert min(float(text.get_fontsize()) for text in shown) >= 6
        assert len(boxes) > 5
        for name, box in boxes:
            assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1, name
            assert figure.bbox.y0 <= box.y0 < box.y1 <= figure.bbox.y1, name
        for (name, box), (other, second) in itertools.combinations(boxes, 2):
            assert not box.overlaps(second), (name, other)


@ALL
def test_same_input_same_bytes(module: ModuleType, quick: Run) -> None:
    run = with_simclr_only(quick)
    first = [path.read_bytes() for path in module.draw(run, ORIGIN).files]
    for path in run.figures.iterdir():
        path.unlink()
    assert [path.read_bytes() for path in module.draw(run, ORIGIN).files] == first


@pytest.mark.parametrize("module", [fig12, fig13, losses])
def test_simulated_input_and_random_weights_are_stamped(module: ModuleType, sample: Run, saved: Saved) -> None:
    module.draw(sample, Origin(True, ("Made with random weights.",)))
    assert saved
    assert all("SIMULATED INPUT  ·  random weights" in words(figure) for figure in saved.values())


def test_the_architecture_has_no_input_to_stamp(sample: Run, saved: Saved) -> None:
    fig11.draw(sample, Origin())
    assert not [word for word in words(saved["fig11"]) if "SIMULATED" in word]
    assert {"layer4", "512×7×7", "flatten", "512"} <= set(words(saved["fig11"]))


def shown_classes(figure: Figure, panel: int) -> list[str]:
    """The classes drawn in a panel, in the order of the photographs: colours of markers turned back into names."""
    found = [each for each in figure.axes[panel].collections if isinstance(each, PathCollection)]
    (markers,) = found
    names = {mark.colour.lower(): name for name, mark in style.CLASS_MARKS.items()}
    drawn = [names[matplotlib.colors.to_hex(colour)] for colour in np.asarray(markers.get_facecolor())]
    shapes = [np.asarray(path.vertices).tobytes() for path in markers.get_paths()]
    assert len(set(zip(drawn, shapes, strict=True))) == len(set(shapes)) == len(set(drawn))  # one marker for each class
    places = np.asarray(markers.get_offsets())
    order = np.lexsort((places[:, 1], places[:, 0]))
    return [drawn[index] for index in order]


def test_fig13_shows_true_classes_left_and_matched_ones_right(sample: Run, saved: Saved) -> None:
    fig13.draw(sample, ORIGIN)
    for name, letter in ((COLOUR, "a"), (GRAY, "b")):
        table = pd.read_csv(sample.results / name / "classes.csv")
        xy = pd.read_csv(sample.results / name / "tsne2.csv")
        table = table.iloc[np.lexsort((xy["y"], xy["x"]))]
        figure = saved[f"fig13{letter}"]
        assert shown_classes(figure, 0) == list(table["label"])
        assert shown_classes(figure, 1) == list(table["matched"])
        accuracy = 100 * (table["label"] == table["matched"]).mean()
        assert 60 < accuracy < 100
        assert any(f"(total accuracy: {accuracy:.1f} %)" in word for word in words(figure))
        assert any(word.startswith(f"({letter}) ") and "encoder SimCLR" in word for word in words(figure))


def test_fig12_shows_photographs_left_and_true_classes_right(sample: Run, saved: Saved) -> None:
    fig12.draw(sample, ORIGIN)
    figure = saved["fig12a"]
    table, xy = (pd.read_csv(sample.results / COLOUR / f"{name}.csv") for name in ("classes", "tsne2"))
    assert shown_classes(figure, 1) == list(table.iloc[np.lexsort((xy["y"], xy["x"]))]["label"])
    left, right = figure.axes
    assert len(left.images) == 1
    assert (left.get_xlim(), left.get_ylim()) == (right.get_xlim(), right.get_ylim())
    box = left.get_window_extent()
    assert left.images[0].get_size() == pytest.approx((box.height, box.width), abs=2)  # a pixel a pixel


def test_photographs_are_one_picture_in_the_pdf(quick: Run) -> None:
    pdf = fig12.draw(quick, ORIGIN).files[1].read_bytes()
    assert len(re.findall(rb"/Subtype\s*/Image", pdf)) == 1


@pytest.mark.parametrize(("module", "number"), [(fig12, 12), (fig13, 13)])
def test_gray_photographs_give_part_b_only(
    module: ModuleType, number: int, real: Run, saved: Saved, capsys: pytest.CaptureFixture[str]
) -> None:
    made = module.draw(real, Origin())
    assert [path.name for path in made.files] == [f"fig{number}b.png", f"fig{number}b.pdf"]
    assert capsys.readouterr().err == f"Fig. {number}: part (a) is missing, this run has no full colour photographs.\n"
    assert not [word for word in words(saved[f"fig{number}b"]) if "SIMULATED" in word]
    assert {"cirrus", "cumulus"} <= set(words(saved[f"fig{number}b"]))


@pytest.mark.parametrize("module", [fig12, fig13])
def test_no_map_without_photographs_or_results(module: ModuleType, sample: Run, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="expected a patch set, found none; make it"):
        module.draw(open_run("sample", tmp_path / "elsewhere"), ORIGIN)
    (sample.results / GRAY / "tsne2.csv").unlink()
    with pytest.raises(UserError, match=r"tsne2\.csv.*run `python -m paper_repro run benchmark"):
        module.draw(sample, ORIGIN)


def test_a_map_of_other_photographs_is_refused(sample: Run) -> None:
    path = sample.results / COLOUR / "tsne2.csv"
    table = pd.read_csv(path)
    write_csv(path, table.assign(id=table["id"] + 1))
    with pytest.raises(UserError, match="found others"):
        fig12.draw(sample, ORIGIN)


def test_losses_mark_the_epoch_that_is_kept(sample: Run, saved: Saved) -> None:
    path = sample.encoder(COLOUR, "simclr") / "losses.csv"
    write_csv(path, pd.DataFrame({"epoch": [1, 2, 3], "train_loss": [9.0, 0.5, 0.4], "test_loss": [9.0, 2.0, 3.0]}))
    losses.draw(sample, ORIGIN)
    axes = {each.get_title(): each for each in saved["losses"].axes if each.get_title()}
    assert list(axes) == ["SimCLR, colour", "Autoencoder, colour", "SimCLR, gray"]
    lines = {str(line.get_label()): line for line in axes["SimCLR, colour"].lines}
    assert list(np.asarray(lines["training"].get_ydata())) == [9.0, 0.5, 0.4]
    assert list(np.asarray(lines["test"].get_ydata())) == [9.0, 2.0, 3.0]
    kept = lines["kept (epoch 2)"]
    assert (np.asarray(kept.get_xdata()).item(), np.asarray(kept.get_ydata()).item()) == (2, 2.0)
    assert axes["SimCLR, colour"].get_yscale() == "log"
    assert axes["SimCLR, gray"].get_yscale() == "linear"


def test_measures_stand_below_the_losses_beside_those_before_training(sample: Run, saved: Saved) -> None:
    path = sample.encoder(COLOUR, "simclr") / "losses.csv"
    write_csv(path, pd.DataFrame({"epoch": [1, 2], "train_loss": [3.0, 2.0], "test_loss": [3.0, 2.0],
                                  "spread": [0.5, 0.6], "knn_accuracy": [0.7, 0.8], "ward_ari": [-0.2, 0.4]}))
    write_csv(sample.encoder(GRAY, "simclr") / "losses.csv",  # of a version that measured nothing
              pd.DataFrame({"epoch": [1, 2], "train_loss": [3.0, 2.0], "test_loss": [3.0, 2.0]}))
    losses.draw(sample, ORIGIN)
    below = [each for each in saved["losses"].axes if not each.get_title()]
    assert len(below) == 2
    lines = [(str(line.get_label()), [float(y) for y in np.asarray(line.get_ydata())]) for line in below[0].lines]
    assert [line for line in lines if not line[0].startswith("_")] == [
        ("spread", [0.5, 0.6]), ("kNN accuracy", [0.7, 0.8]), ("Ward's ARI", [-0.2, 0.4])]
    assert [line[1][0] for line in lines if line[0].startswith("_")] == [0.4, 0.5, 0.2]
    assert below[0].get_ylim()[0] < -0.2


def test_one_encoder_fits_a_column(quick: Run, saved: Saved) -> None:
    losses.draw(with_simclr_only(quick), ORIGIN)
    assert saved["losses"].get_figwidth() * 25.4 == pytest.approx(style.COLUMN_MM)


def test_no_losses_without_training(real: Run, sample: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert losses.draw(real, Origin()) == Made()
    assert "trains no encoder" in capsys.readouterr().err
    (sample.encoder(GRAY, "simclr") / "provenance.json").unlink()
    with pytest.raises(UserError, match="unfinished one; run `python -m paper_repro run train"):
        losses.draw(sample, ORIGIN)


def test_losses_that_are_no_numbers_are_refused(sample: Run) -> None:
    path = sample.encoder(COLOUR, "autoencoder") / "losses.csv"
    for text in ("", "1,inf,0.5\n", "1,nan,0.5\n"):
        path.write_text("epoch,train_loss,test_loss\n" + text)
        with pytest.raises(UserError, match="expected finite training losses"):
            losses.draw(sample, ORIGIN)
    assert not sample.figures.exists()


def test_an_overflowing_test_loss_is_a_gap(sample: Run) -> None:
    path = sample.encoder(COLOUR, "autoencoder") / "losses.csv"
    path.write_text("epoch,train_loss,test_loss\n1,0.5,inf\n2,0.4,3e9\n3,0.3,0.2\n")
    assert all(file.stat().st_size > 0 for file in losses.draw(sample, ORIGIN).files)
