"""The report's templates: whatever a run's files say stays text, and the page's policy allows what it carries alone."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from jinja2 import UndefinedError

from paper_repro.base.files import read_json, write_csv, write_json
from paper_repro.base.hashes import digest
from paper_repro.base.provenance import Origin
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.base.usage import COLUMNS
from paper_repro.experiments.class_measures import STABILITY
from paper_repro.figures import style
from paper_repro.patches import dataset
from paper_repro.report import cells, explore_page, rendering
from tests.records_made import patch_set, record
from tests.report import pages_made as made

UVI = "uvi-3000km-flat"
NASTY = "--></script></style></svg><img src=http://reports.example/x onerror=alert(1)>'\" onload=\"alert(2)&lt;{{ 7 }}"
HARMLESS = "(a harmless word)"
SCRIPTS = 1 + len(explore_page.SCRIPTS)  # that of the claims
TEMPLATES = sorted((rendering.FOLDER / "templates").iterdir())


def page_with(run: Run, words: str) -> str:
    """The page of a run in which every file that the page reads says `words` wherever it may say anything."""
    made.verdict(run, [(f"id-{words}", words, words, words, words, "", "1", verdict, words, words, "")
                       for verdict in ("reproduced", "differs", "not run")], kept=[words], clock={f"id-{words}": words})
    made.mapped(run, UVI, sources=[words])
    photographs(run, words)
    note(run.results / UVI / "provenance.json", words)
    made.figure(run, "fig01")
    note(run.figures / "fig01.json", words)
    style.write_caption(run, "fig01", f"{words}\n\n{words}", [run.figures / "fig01.png"],
                        Origin(True, (words,)))
    made.figure(run, "fig02", ())
    (run.figures / "fig02.txt").write_text(f"{words}\n\n{style.NOTHING_DRAWN}\n", encoding="utf-8")
    parameter = {"parameter": words, "paper": words, "used": words, "unit": words}
    confused = {"part": "b", "set": "photos-gray", "encoder": "simclr", "true": words, words: words,
                "accuracy_percent": "50.0", "comparison": words}
    stable = dict.fromkeys(STABILITY, 1)
    effect = {"change": words, "seed": words, "hac": 1, "kmeans": 1, "hac_difference": 1, "kmeans_difference": 1}
    for name, row in (("table2", parameter), ("table3", confused), ("stability", {"set": words, **stable}),
                      ("effects", effect)):
        write_csv(run.tables / f"{name}.csv", pd.DataFrame([row], dtype=object))
        record(run.tables / f"{name}.json", run, words, [words], {"seed": words}, simulated=True, inputs={words: words},
               code={words: words}, libraries={words: words})
    write_csv(run.data / "spent.csv", pd.DataFrame([(words, "t", 90.0, 300, 0, "yes")], columns=list(COLUMNS)))
    return made.report(run).read_text(encoding="utf-8")


def photographs(run: Run, words: str) -> None:
    """A classified set of photographs whose classes are called `words`."""
    rows = pd.DataFrame({"id": range(3), "source": [words] * 3, "label": [words] * 3})
    images = np.zeros((3, 4, 4, 3), np.uint8)
    patch_set(run, COLOUR, images, rows, [words], simulated=True)
    folder, sha256 = run.results / COLOUR, digest(dataset.open_set(run.patches(COLOUR)).provenance["outputs"])
    write_csv(folder / "tsne2.csv", pd.DataFrame({"id": range(3), "x": [0.0, 1, 2], "y": 0.0}))
    write_csv(folder / "classes.csv", pd.DataFrame({"id": range(3), "label": words, "cluster": 0, "matched": words}))
    record(folder / "provenance.json", run, "benchmark", [words], {"encoder": "simclr"}, simulated=True,
           inputs={f"patches {COLOUR}": sha256})


def note(path: Path, words: str) -> None:
    """A record that says `words` where a record may say anything."""
    write_json(path, {**(read_json(path) or {}), "notes": [words], "step": words, "time_utc": words,
                      "name": words, "version": words, "python": words})


def parsed(text: str, words: str) -> Iterable[object]:
    """What a browser makes of a page: tags, attributes and texts, without times and hashes, `words` made harmless."""
    page = made.Page(text)
    values = [json.dumps([json.loads(script) for script in page.scripts if script.startswith("{")]),
              *(json.dumps([tag, attrs]) for tag, attrs in page.tags), json.dumps(page.words)]
    for value in values:
        plain = value.replace(json.dumps(words)[1:-1], json.dumps(HARMLESS)[1:-1])
        yield re.sub(r"[0-9a-f]{64}|\d{4}-\d\d-\d\dT[\d:.]+Z?|[A-Za-z0-9+/=]{60,}", "", plain)


def test_whatever_a_runs_files_say_stays_text(tmp_path: Path) -> None:
    hostile = page_with(open_run("sample", tmp_path / "hostile"), NASTY)
    harmless = page_with(open_run("sample", tmp_path / "harmless"), HARMLESS)
    assert list(parsed(hostile, NASTY)) == list(parsed(harmless, HARMLESS))
    assert NASTY not in hostile
    assert harmless.count(HARMLESS) > 80
    assert [tag for tag, _ in made.Page(hostile).tags].count("script") == SCRIPTS + 1


def test_classes_of_the_style_sheet_are_escaped_too() -> None:
    shown = cells.table("x", ["First", "Second"], [["name", cells.Cell("text", NASTY, NASTY)]], NASTY)
    page = made.Page(rendering.ENVIRONMENT.from_string(
        '{% from "macros.html" import table, sentences %}{{ table(shown) }}{{ sentences(texts) }}'
    ).render(shown=shown, texts=[NASTY]))
    assert [tag for tag, _ in page.tags] == ["div", "p", "div", "table", "thead", "tr", "th", "th", "tbody", "tr", "th",
                                             "td", "small", "ul", "li"]
    assert page.having("table", "class", NASTY)
    assert page.having("td", "class", NASTY)
    assert page.words.count(NASTY) == 2


def test_what_a_template_names_must_be_there() -> None:
    with pytest.raises(UndefinedError):
        rendering.render("table.html")
    with pytest.raises(UndefinedError):
        rendering.render("page.html", style="")


def test_only_our_own_style_and_scripts_are_not_escaped() -> None:
    assert len(TEMPLATES) > 8
    marked = [(path.name, found) for path in TEMPLATES
              for found in re.findall(r"\S+\s*\|\s*safe|autoescape|Markup", path.read_text(encoding="utf-8"))]
    assert marked == [("frame.html", "style|safe"), ("frame.html", "script|safe")]
    code = "".join(path.read_text(encoding="utf-8") for path in rendering.FOLDER.glob("*.py"))
    assert re.findall(r"autoescape=\w+", code) == ["autoescape=True"]
    assert "Markup" not in code
    for path in (rendering.FOLDER / "assets").iterdir():  # nor can they end the element that they stand in
        assert not re.search(r"</(script|style)|<!--", path.read_text(encoding="utf-8"), re.IGNORECASE)


def test_no_python_file_writes_html() -> None:
    for path in rendering.FOLDER.glob("*.py"):
        assert not re.search(r"</?[a-z][a-z0-9]*[ >/]", path.read_text(encoding="utf-8").replace("<profile>", ""))


@pytest.fixture
def text(tmp_path: Path) -> str:
    """A page with a figure and two maps."""
    run = open_run("sample", tmp_path)
    made.verdict(run)
    made.mapped(run, COLOUR)
    made.mapped(run, UVI)
    made.figure(run, "fig01")
    return made.report(run).read_text(encoding="utf-8")


def source(inline: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"


def test_the_policy_allows_what_the_page_carries_and_nothing_else(text: str) -> None:
    page = made.Page(text)
    (policy,) = [attrs["content"] for attrs in page.having("meta", "http-equiv", "Content-Security-Policy")]
    styles = re.findall(r"<style[^>]*>(.*?)</style>", text, re.DOTALL)
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert (len(styles), len(scripts)) == (1, SCRIPTS)
    assert policy.split("; ") == [
        "default-src 'none'", "img-src data:", f"style-src {source(styles[0])}",
        f"script-src {' '.join(map(source, scripts))}", "base-uri 'none'", "form-action 'none'"]
    before = [tag for tag, _ in page.tags[:page.tags.index(("style", {}))]]
    assert set(before) == {"html", "head", "meta", "title"}  # the policy holds for all that follows it


def test_nothing_comes_from_outside_or_runs_beside_the_scripts(text: str) -> None:
    page = made.Page(text)
    assert page.having("img", "src")
    for tag, attrs in page.tags:
        for name, value in attrs.items():
            assert not name.startswith("on"), (tag, attrs)
            assert name not in ("style", "srcdoc", "formaction", "action"), (tag, attrs)
            assert name not in ("src", "href", "srcset", "data") or value.startswith(("data:", "#")), (tag, attrs)
    kinds = {attrs.get("type", "") for tag, attrs in page.tags if tag == "script"}
    assert kinds == {"", "application/json"}
    assert not {"iframe", "object", "embed", "base", "link", "form"} & {tag for tag, _ in page.tags}
