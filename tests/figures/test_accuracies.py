"""Table 1 as a picture."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import write_csv
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run, open_run
from paper_repro.figures import accuracies, style


def table(*, comparable: bool = False) -> pd.DataFrame:
    rows = []
    for number, row in enumerate(paper.TABLE1):
        run = row.encoder != "autoencoder"
        rows.append({
            "encoder": row.encoder, "reduction": row.reduction, "dims": row.dims, "clustering": row.clustering,
            "status": "run" if run else "not run", "printed": f"{50 + number}.0(5)" if run else "",
            "accuracy_percent": 50.0 + number if run else "", "error_percent": 0.5 if run else "",
            "std_percent": 1.5 if run else "", "paper": row.printed if comparable else "",
        })
    return pd.DataFrame(rows)


def texts(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_every_row_is_there_in_its_order() -> None:
    with style.paper_style():
        figure = accuracies.chart(table())
    axes = figure.axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[0] == "SimCLR, t-SNE (3), k-Means"
    assert labels[2] == "SimCLR, no reduction, HAC"
    assert len(labels) == len(set(labels)) == 30
    assert texts(figure) == [f"{50 + i}.0(5)" if row.encoder != "autoencoder" else "not run"
                             for i, row in enumerate(paper.TABLE1)]
    # three lines a row that was run: standard deviation, error, dot
    assert len(axes.lines) == 3 * 20
    assert list(np.asarray(axes.lines[0].get_xdata())) == [48.5, 51.5]
    assert list(np.asarray(axes.lines[1].get_xdata())) == [49.5, 50.5]
    assert list(np.asarray(axes.lines[2].get_xdata())) == [50.0]


def test_the_papers_means_stand_beside_only_where_the_table_has_them() -> None:
    with style.paper_style():
        figure = accuracies.chart(table(comparable=True))
    diamonds = [line for line in figure.axes[0].lines if line.get_marker() == "D"]
    assert [float(np.asarray(line.get_xdata())[0]) for line in diamonds] == [float(row.mean) for row in paper.TABLE1]


def test_nothing_sticks_out() -> None:
    with style.paper_style():
        figure = accuracies.chart(table())
        figure.draw_without_rendering()
        width, height = figure.bbox.width, figure.bbox.height
        for label in [*figure.axes[0].get_yticklabels(), *figure.axes[0].texts]:
            box = label.get_window_extent()
            assert box.x0 >= 0
            assert box.x1 <= width
            assert box.y1 <= height


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return open_run("sample", tmp_path)


def test_drawn_of_the_tables_file_and_the_same_again(run: Run) -> None:
    write_csv(run.tables / "table1.csv", table())
    origin = Origin(True, ("Made with random weights.",))
    made = accuracies.draw(run, origin)
    assert made == Made(files=(run.figures / "accuracies.png", run.figures / "accuracies.pdf"))
    first = [path.read_bytes() for path in made.files]
    accuracies.draw(run, origin)
    assert [path.read_bytes() for path in made.files] == first
    accuracies.draw(run, Origin())  # without a stamp
    assert made.files[0].read_bytes() != first[0]


def test_without_table1_it_says_what_to_run(run: Run) -> None:
    with pytest.raises(UserError, match="run `python -m paper_repro run table1"):
        accuracies.draw(run, Origin())
