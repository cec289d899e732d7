"""The explorer's data: which sets, which thumbnails, which links."""

import base64
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from paper_repro import paper
from paper_repro.base.files import write_csv
from paper_repro.base.run import COLOUR, GRAY, Run, open_run
from paper_repro.report import build, explored, explorer, rendering, thumbnails
from paper_repro.report.explored import Explored
from paper_repro.report.rendering import render
from paper_repro.steps import targets
from tests import records_made
from tests.report import pages_made as made

UVI = "uvi-3000km-flat"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return open_run("sample", tmp_path)


def page(opened: list[Explored], missing: list[str]) -> str:
    return render("explorer.html", explorer=explored.explorer(opened, missing))


def test_all_have_a_thumbnail_where_there_are_few() -> None:
    chosen = thumbnails.choose({"a": 3, "b": 2})
    assert {name: rows.tolist() for name, rows in chosen.items()} == {"a": [0, 1, 2], "b": [0, 1]}


def test_of_more_as_many_as_may_be_are_drawn_by_seed_from_all_alike() -> None:
    sizes = {"a": 6000, "b": 18_000, "c": 0}
    chosen = thumbnails.choose(sizes)
    assert sum(map(len, chosen.values())) == thumbnails.MOST
    assert abs(len(chosen["a"]) - 2500) < 200
    assert all((np.diff(rows) > 0).all() and rows.max(initial=0) < max(1, sizes[name]) for name, rows in chosen.items())
    again, other = thumbnails.choose(sizes), thumbnails.choose(sizes, seed=1)
    assert all((again[name] == chosen[name]).all() for name in sizes)
    assert set(other["a"]) != set(chosen["a"])


def test_sheets_hold_the_thumbnails_in_their_order() -> None:
    images = np.repeat(np.arange(250, dtype=np.uint8), 5)[:, None, None] * np.ones((1, 8, 8), np.uint8)
    rows = np.arange(0, 1250)
    made_sheets = thumbnails.sheets(images, rows)
    assert len(made_sheets) == 2
    sizes = []
    for number, uri in enumerate(made_sheets):
        sheet = Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/webp;base64,"))))
        sizes.append(sheet.size)
        pixels = np.asarray(sheet.convert("L")).astype(int)
        for place in (0, 33, 200):
            x, y = place % 32 * 32 + 16, place // 32 * 32 + 16
            assert abs(pixels[y, x] - images[number * 1024 + place, 0, 0]) < 12
    assert sizes == [(1024, 1024), (1024, 256)]


def test_data_of_photographs_and_of_patches(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made.mapped(run, COLOUR)
    made.mapped(run, UVI, 8, sources=("l2b/one.fit", "l2b/two.fit"))
    opened, missing = explorer.open_all(run)
    assert [one.name for one in opened] == [COLOUR, UVI]
    assert len(missing) == 3
    monkeypatch.setattr(thumbnails, "choose", lambda sizes: dict.fromkeys(sizes, np.arange(2, 5)))
    data = explored.explorer(opened).data
    (photographs, patches), (images, places) = data["maps"], data["tables"]
    assert (photographs["table"], patches["table"]) == (0, 1)
    assert photographs["classes"] == list(paper.CLASS_NAMES)
    assert photographs["class"][:7] == [0, 1, 2, 3, 4, 5, 0]
    assert (photographs["foundNames"], photographs["found"]) == (["Veil"], [0] * 12)
    assert "lat" not in images
    assert patches["classes"] == ["Class 0", "Class 1", "Class 2", "Class 3"]
    assert (places["name"], places["all"], places["simulated"]) == (UVI, 8, True)
    assert places["thumb"] == [-1, -1, 0, 1, 2, -1, -1, -1]
    assert places["sources"] == ["l2b/one.fit", "l2b/two.fit"]
    assert places["source"] == [0, 1] * 4
    assert (places["lat"][:2], places["lon"][0], places["hour"][:2]) == ([-60.0, -50.0], 1.23, [None, 9.5])
    assert places["times"] == list(made.TIMES)
    assert places["time"] == [0, 1] * 4


def test_other_trainings_have_maps_of_the_same_images(run: Run) -> None:
    made.mapped(run, UVI, 8)
    folder = run.results / UVI / "maps"
    table = pd.DataFrame({"id": range(8), "x": range(8), "y": 0, "class": [0, 1, 2, 3, 3, 2, 1, 0]})
    write_csv(folder / "simclr-s1.csv", table)
    records_made.record(folder / "provenance.json", run, "maps", ["Another note."], outputs={"simclr-s1.csv": "x"})
    data = explored.explorer(explorer.open_all(run)[0]).data
    assert [one["title"] for one in data["maps"]] == ["uvi-3000km, Venus: SimCLR, training 0",
                                                      "uvi-3000km, Venus: SimCLR, training 1"]
    assert [one["table"] for one in data["maps"]] == [0, 0]
    assert data["maps"][1]["class"] == table["class"].tolist()
    assert data["maps"][1]["note"] == "8 images, encoder SimCLR, training 1. Another note."
    write_csv(folder / "simclr-s1.csv", table.assign(id=range(1, 9)))  # of other images
    assert len(explorer.open_all(run)[0]) == 1
    write_csv(folder / "simclr-s1.csv", table)
    records_made.record(folder / "provenance.json", run, "maps")  # which doesn't tell of it
    assert len(explorer.open_all(run)[0]) == 1


def test_the_page_says_where_thumbnails_were_left_out(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    made.mapped(run, COLOUR)
    opened, missing = explorer.open_all(run)
    assert "have a thumbnail" not in page(opened, missing)
    draw = thumbnails.choose
    monkeypatch.setattr(thumbnails, "choose", lambda sizes: draw(sizes, 5))
    assert "5 of 12 images have a thumbnail" in page(opened, missing)


def test_a_map_that_does_not_fit_the_patches_is_left_out(run: Run) -> None:
    made.mapped(run, COLOUR, sha256="0")
    made.mapped(run, GRAY, ids=list(range(1, 13)))
    made.mapped(run, UVI)
    (run.patches(UVI) / "images.npy").unlink()
    opened, missing = explorer.open_all(run)
    assert opened == []
    assert missing[:3] == [f"{COLOUR}: its map was made of other patches than are there",
                           f"{GRAY}: its map doesn't list the patches that are there",
                           f"{UVI}: its patches are not there or not whole; "
                           "`python -m paper_repro run patches --profile sample` makes them"]
    assert "This run has no t-SNE map to show." in page(opened, missing)


def test_links_lead_to_files_below_the_output_folder(run: Run, tmp_path: Path) -> None:
    file = run.raw / "darts" / "l2b" / "one #1.fit"
    file.parent.mkdir(parents=True)
    file.touch()
    (run.raw / "psa").mkdir()
    (run.raw / "psa" / "a.IMG").touch()
    assert explorer.link(run, UVI, "l2b/one #1.fit") == "../../data/sample/raw/darts/l2b/one%20%231.fit"
    assert (run.report / "../../data/sample/raw/psa/a.IMG").resolve() == (run.raw / "psa" / "a.IMG").resolve()
    assert explorer.link(run, "vmc-25km-flat", "a.IMG") == "../../data/sample/raw/psa/a.IMG"
    assert explorer.link(run, UVI, "absent.fit") is None
    assert explorer.link(run, COLOUR, "simulated/Veil/0") is None  # no folder of photographs


def test_files_outside_are_named_but_not_linked(tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    (images / "a.png").touch()
    run = open_run("swimcat", tmp_path / "out", images=images)
    assert explorer.link(run, COLOUR, "a.png") is None
    assert explorer.link(open_run("swimcat", tmp_path, images=images), COLOUR, "a.png") == "../../images/a.png"
    assert explorer.link(open_run("swimcat", tmp_path / "out", images=images), COLOUR, "../images/a.png") is None


def test_nothing_of_the_explorer_is_called_as_a_figure_or_a_table_is() -> None:
    """The page's scripts find their elements by id, and articles have their names for ids."""
    folder = rendering.FOLDER / "templates"
    own = [name for file in ("explorer.html", "selection.html")
           for name in re.findall(r'\bid="([^"]+)"', (folder / file).read_text(encoding="utf-8"))]
    articles = [name for _, _, parts in build.ORDER for _, names in parts for name in names]
    assert len(own) == len(set(own)) > 40
    assert not set(own) & {*articles, *targets.TABLES, *targets.FIGURES}
