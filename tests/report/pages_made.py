"""Small runs for the report: a verdict with its record, classified sets with maps, and figures."""

from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from paper_repro import paper
from paper_repro.base.files import read_json, sha256_file, write_csv, write_json
from paper_repro.base.hashes import digest
from paper_repro.base.provenance import Origin
from paper_repro.base.run import COLOUR, Run
from paper_repro.figures import style
from paper_repro.patches import dataset
from paper_repro.report import build
from paper_repro.steps import steps_of
from paper_repro.verify.verdict import COLUMNS
from tests import records_made
from tests.records_made import patch_set, record

CLAIMS = [
    ("a.one", "Table 1", "First <b>claim</b>.", "84.9(19)", "84.1(3)", "%", "3.0", "reproduced", "why", "make", ""),
    ("a.two", "Table 1", "Second claim.", "53.7", "12.3", "%", "1.0", "differs", "too low", "make table2", ""),
    ("b.one", "Sect. 4", "Third claim.", "7", "3", "", "", "ran, not comparable", "simulated input", "make venus", ""),
    ("b.two", "Sect. 4", "Fourth claim.", "8", "4", "", "", "ran, not comparable", "simulated input", "make venus", ""),
    ("b.three", "Sect. 5", "Fifth claim.", "yes", "", "", "", "not run", "no GPU", "make venus", ""),
    ("c.one", "Sect. 5", "Sixth claim.", "25", "25", "px", "0", "as specified", "a setting", "make verify", ""),
]
TIMES = ("2015-12-07T05:23:30.500", "2016-03-01T00:00:00.000")


class Page(HTMLParser):
    """What a page holds: its tags with attributes, the texts of claims' rows, its JSON."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.scripts: list[str] = []
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)
        elif self._inside != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        """All words that are shown, with single spaces."""
        return " ".join(" ".join(self.words).split())

    def having(self, tag: str, name: str, value: str = "") -> list[dict[str, str]]:
        """Attributes of the tags with an attribute, of a value where one is given."""
        return [attrs for each, attrs in self.tags if each == tag and name in attrs and value in {"", attrs[name]}]


def report(run: Run) -> Path:
    """Make the page; where it is."""
    build.report(run)
    return run.report / "index.html"


def page(run: Run) -> Page:
    """Make the page and read it."""
    return Page(report(run).read_text(encoding="utf-8"))


def verdict(run: Run, rows: Sequence[tuple[str, ...]] = CLAIMS, *, simulated: bool = True, **extra: Any) -> None:
    """A verdict.csv with the record of the step that judges; `extra`: what is kept, what a clock measured."""
    path = run.results / "verdict.csv"
    table = pd.DataFrame(rows, columns=[name for name in COLUMNS if name not in {"kind", "tolerance_reason"}])
    kinds = np.where(table["verdict"] == "as specified", "setting", "result")
    write_csv(path, table.assign(kind=kinds, tolerance_reason="why")[COLUMNS])
    record(path.with_suffix(".json"), run, "verdict", simulated=simulated,
           outputs={path.name: sha256_file(path)}, **extra)


def change(run: Run, **values: object) -> None:
    """Change the verdict's record."""
    path = run.results / "verdict.json"
    write_json(path, {**(read_json(path) or {}), **values})


def judge(run: Run) -> None:
    """Judge by what is there, as `verify` does."""
    steps = steps_of(run, judge_only=True)
    steps.make(steps.by_name["verdict"])


def mapped(run: Run, name: str, count: int = 12, sources: Sequence[str] = ("a.png",), **wrong: Any) -> None:
    """A classified set with a map and features; `wrong`: hash of the patches, or ids of the map, that don't fit."""
    photographs = name.startswith("photos")
    rng = np.random.default_rng(0)
    shape = (count, 4, 4, 3) if name == COLOUR else (count, 4, 4)
    table = pd.DataFrame({"id": range(count), "source": [sources[i % len(sources)] for i in range(count)]})
    labels = [paper.CLASS_NAMES[i % 6] for i in range(count)]
    if photographs:
        table["label"] = labels
    else:
        number = np.arange(count)
        table = table.assign(time_utc=[TIMES[i % len(sources) % 2] for i in number], longitude_deg=1.234 + number % 300,
                             latitude_deg=-60.0 + number % 12 * 10, local_time_h=[np.nan, *[9.5] * (count - 1)])
    patch_set(run, name, rng.integers(0, 256, shape, dtype=np.uint8), table,
              paper.CLASS_NAMES if photographs else (), simulated=True)
    sha256 = digest(dataset.open_set(run.patches(name)).provenance["outputs"])
    folder, ids = run.results / name, wrong.get("ids", list(range(count)))
    xy = rng.normal(size=(len(ids), 2))
    write_csv(folder / "tsne2.csv", pd.DataFrame({"id": ids, "x": xy[:, 0], "y": xy[:, 1]}))
    records_made.features(run, run.features(name, "simclr"), rng.normal(size=(count, 3)).astype(np.float32))
    classes = {"label": labels, "cluster": 0, "matched": "Veil"} if photographs else {"class": np.arange(count) % 4}
    write_csv(folder / "classes.csv", pd.DataFrame({"id": range(count), **classes}))
    record(folder / "provenance.json", run, "benchmark", ["A note."], {"encoder": "simclr", "set": name, "seed": 5},
           simulated=True, inputs={f"patches {name}": wrong.get("sha256", sha256)})


def figure(run: Run, name: str, parts: Sequence[str] = ("",), *, side: int = 40, simulated: bool = True,
           notes: Sequence[str] = ()) -> None:
    """A figure of noise in parts, with its caption and its one record."""
    paths = []
    for part in parts:
        path = run.figures / f"{name}{part}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.random.default_rng(1).integers(0, 256, (side, side, 3), dtype=np.uint8)).save(path)
        paths.append(path)
    record(run.figures / f"{name}.json", run, "figure", notes, simulated=simulated, name=f"figure {name}",
           outputs={path.name: sha256_file(path) for path in paths})
    style.write_caption(run, name, f"{name}: a \"caption\" & more.\n\nWhat to notice.", paths,
                        Origin(simulated, tuple(notes)) if paths else Origin())
