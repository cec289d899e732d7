"""The explorable page that every `assign` of images ends with: each image's class, distance and margin, odd ones first.

Its use in a browser is not tested where Debian's `chromium` and `chromium-driver` are not installed.
"""

import json
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import Select

from paper_repro import cli
from paper_repro.base.files import read_json
from paper_repro.catalogues import mapped
from paper_repro.catalogues.document import open_catalogue
from paper_repro.report.explored import explorer
from tests.catalogues.conftest import Made
from tests.report import browser
from tests.report.explored_made import COUNT, grid
from tests.report.pages_made import Page


def words(made: Made, out: Path, *more: str) -> list[str]:
    return ["assign", str(made.catalogue), "--weights", str(made.weights), "--out", str(out), "--device", "cpu", *more]


@pytest.fixture(scope="module")
def assigned(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the catalogue's own images and one that is like none of them, below the output folder."""
    out = tmp_path_factory.mktemp("assigned")
    shutil.copytree(made.images, out / "sky")
    side = np.indices(np.asarray(Image.open(next(made.images.rglob("*.png")))).shape).sum(axis=0)
    Image.fromarray((255 * (side % 2)).astype(np.uint8)).save(out / "sky" / "dark" / "zz odd.png")
    assert cli.main(words(made, out, "--quantile", "1", str(out / "sky"))) == 0
    return out / "data/assign-sky/results/sky"


def data_of(folder: Path) -> tuple[Page, dict[str, Any]]:
    page = Page((folder / "index.html").read_text(encoding="utf-8"))
    (data,) = [json.loads(script) for script in page.scripts if script.startswith("{")]
    return page, data


def test_each_image_has_its_class_distance_margin_and_whether_it_is_unlike_any(assigned: Path, made: Made) -> None:
    page, data = data_of(assigned)
    (shown,), (table,) = data["maps"], data["tables"]
    found, counts = pd.read_csv(assigned / "assigned.csv"), pd.read_csv(assigned / "counts.csv")
    names = open_catalogue(made.catalogue).classes
    assert [shown["classes"][number] for number in shown["class"]] == [names[c] for c in found["class"]]
    assert shown["distance"] == pytest.approx(found["distance"].tolist(), abs=6e-4)
    assert shown["margin"] == pytest.approx(found["margin"].tolist(), abs=6e-4)
    assert shown["unlike"] == found["unlike"].astype(int).tolist()
    assert 0 < sum(shown["unlike"]) < len(found)
    limits = [counts["limit"][c] for c in found["class"]]
    assert shown["beyond"] == pytest.approx([d / limit for d, limit in zip(found["distance"], limits, strict=True)],
                                            abs=6e-4)
    odd = table["sources"].index("dark/zz odd.png")
    assert shown["unlike"][table["source"].index(odd)] == 1
    assert table["id"] == found["id"].tolist()
    linked = assigned / unquote(table["links"][odd])
    assert linked.resolve() == (assigned.parents[3] / "sky/dark/zz odd.png").resolve()
    assert f"{counts['unlike'].sum()} of them unlike any class" in page.text
    assert len(shown["x"]) == len(found)
    assert "t-SNE map" in shown["note"]


def test_the_catalogues_classes_stand_beside(assigned: Path, made: Made) -> None:
    page, _ = data_of(assigned)
    counts, opened = pd.read_csv(assigned / "counts.csv"), open_catalogue(made.catalogue)
    for name, row in zip(opened.classes, counts.itertuples(), strict=True):
        share = f"{row.assigned} ({int(str(row.assigned)) / int(counts['assigned'].sum()):.1%})"
        assert f"{name} {row.in_catalogue} (" in " ".join(page.text.split())
        assert share in page.text
    assert (assigned / "index.html").read_text(encoding="utf-8").count('class="examples"') == len(counts)


def test_it_is_made_once_and_again_where_it_was_edited(assigned: Path, made: Made,
                                                       capsys: pytest.CaptureFixture[str]) -> None:
    out = assigned.parents[3]
    record = read_json(assigned / "index.json") or {}
    assert {"assign sky", "map sky", "encode sky", "patches sky", "catalogue"} < set(record["inputs"])
    assert any("stand-in weights" in note for note in record["notes"])
    before = (assigned / "index.html").read_bytes()
    (assigned / "index.html").write_bytes(before + b" ")
    assert cli.main(words(made, out, "--quantile", "1", str(out / "sky"))) == 0
    said = capsys.readouterr().out
    assert "index.html is no longer what was written" in said
    assert "up to date  map sky" in said
    assert f"to explore in a browser: {assigned / 'index.html'}" in said
    assert (assigned / "index.html").read_bytes() == before


def test_few_images_stand_by_their_principal_components_and_link_to_nothing_outside(made: Made, tmp_path: Path) -> None:
    (tmp_path / "few").mkdir()
    for path in sorted(made.images.rglob("*.png"))[:3]:
        shutil.copy(path, tmp_path / "few" / f"{path.parent.name} {path.name}")
    assert cli.main(words(made, tmp_path / "out", str(tmp_path / "few"))) == 0
    _, data = data_of(tmp_path / "out/data/assign-few/results/few")
    assert "two principal components, as t-SNE with perplexity 30 needs more" in data["maps"][0]["note"]
    assert len(data["maps"][0]["x"]) == 3
    assert set(data["tables"][0]["links"]) == {None}


def test_features_have_no_page_which_is_said(made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["assign", str(made.catalogue), "--features", str(made.run.features("sky", "simple")), "--out",
                     str(tmp_path)]) == 0
    assert "no page to explore: features have no images; name images to have one" in capsys.readouterr().out
    assert not list(tmp_path.rglob("index.html"))


def test_of_many_images_the_odd_ones_and_others_by_seed_are_mapped(made: Made, tmp_path: Path,
                                                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "MOST", 32)
    monkeypatch.setattr(mapped, "ODD", 5)
    assert cli.main(words(made, tmp_path, str(made.images))) == 0
    folder = tmp_path / "data/assign-sky/results/sky"
    page, data = data_of(folder)
    (shown,), (table,) = data["maps"], data["tables"]
    found, counts = pd.read_csv(folder / "assigned.csv"), pd.read_csv(folder / "counts.csv")
    over = found["distance"] / counts["limit"].to_numpy()[found["class"]]
    assert len(table["id"]) == 32
    assert table["all"] == len(found) == 36
    assert set(found["id"][over.sort_values(ascending=False).index[:5]]) < set(table["id"])
    places = pd.read_csv(folder / "tsne2.csv")
    assert table["id"] == places["id"].tolist()
    assert shown["x"] == pytest.approx(places["x"].tolist(), abs=1e-4)
    distance = found.set_index("id")["distance"]
    assert shown["distance"] == pytest.approx(distance[table["id"]].tolist(), abs=6e-4)
    assert "32 of its 36 images are shown, the 5 farthest from their class" in page.text


def test_those_farthest_beyond_are_chosen_and_no_row_twice() -> None:
    over = np.random.default_rng(3).uniform(0, 2, 500)
    over[[3, 4]] = np.nan, np.inf
    rows = mapped.chosen(over, 100, 40)
    assert rows.tolist() == sorted(set(rows.tolist()))
    assert len(rows) == 100
    assert set(np.argsort(-np.nan_to_num(over))[:40]) <= set(rows.tolist())
    assert 40 <= np.isin(np.argsort(-np.nan_to_num(over))[:250], rows).sum() < 90  # the others are of all kinds
    assert mapped.chosen(over, 500, 40).tolist() == list(range(500))


def test_images_without_a_place_are_not_shown() -> None:
    xy = grid().xy.copy()
    xy[::2] = np.nan
    data = explorer([grid(xy=xy, drawn="every second one")])
    assert data.data["tables"][0]["id"] == [100 + n for n in range(1, COUNT, 2)]
    assert data.sampled == [f"uvi-500km-flat: {COUNT // 2} of its {COUNT} images are shown, every second one; what is "
                            "most similar is looked for among them."]


def test_in_a_browser_odd_ones_come_first_and_can_be_shown_alone(chromium: Chrome, assigned: Path) -> None:
    browser.show(chromium, assigned / "index.html")
    found = pd.read_csv(assigned / "assigned.csv")
    limit = pd.read_csv(assigned / "counts.csv")["limit"].to_numpy()[found["class"]]
    order = (found["distance"] / limit).sort_values(ascending=False, kind="stable").index

    def gallery() -> list[int]:
        buttons = chromium.find_elements("css selector", "#gallery button")
        return [int(button.get_attribute("data-point") or -1) for button in buttons]

    assert Select(chromium.find_element("id", "sort")).first_selected_option.text.startswith("odd ones first: farthest")
    assert gallery() == order.tolist()
    odd = int(found["unlike"].sum())
    assert chromium.find_element("id", "unlike-count").text == f"{odd} of {len(found)}"
    chromium.find_element("id", "unlike-only").click()
    assert gallery() == order[:odd].tolist()
    assert f"all {odd} images shown" in chromium.find_element("id", "selected-count").text
    label = chromium.find_element("css selector", "#gallery button").get_attribute("aria-label") or ""
    assert "unlike any class yes" in label
    made_csv = chromium.execute_script("""const data = JSON.parse(document.getElementById("explorer-data").textContent);
        return exporting.images(data.tables[0], data.maps[0], [arguments[0]], "");""", int(order[0]))
    head, row = (line.split(",") for line in made_csv.strip().split("\n"))
    assert row[head.index("unlike")] == "yes"
    assert browser.complaints(chromium) == []
    assert {address.partition(":")[0] for address in browser.fetched(chromium)[1:]} <= {"data"}
