"""The tables of steps in docs/architecture.md: what each makes, and all that makes it stale, read off the list."""

import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from paper_repro.base.code import PACKAGE
from paper_repro.base.instruments import entries
from paper_repro.base.run import open_run
from paper_repro.base.step import Step
from paper_repro.steps import folder, steps_of
from paper_repro.steps.maker import Means

HEADINGS = ("Step", "Makes", "Needs", "Settings", "Code", "Libraries")
OUT = Path("/out")  # of runs that are never walked
OWN = "own-images"  # the user's folder
INSTRUMENT = f"(?:{'|'.join(entries())})"
VENUS = rf"{INSTRUMENT}-[\d.]+km"
MODEL = r"(?:simple|simclr|autoencoder)-s\d+"
GENERAL = (  # parts of a step's name or of a path, and what stands for them
    (rf"^(train|encode) (?:effects/\S+ |truth/)\S+ {MODEL}", r"\1 effects/<variant>"),
    (r"^patches truth-\S+", "patches truth-<values>"),
    (r"patches/truth-[^/]+/", "patches/truth-<values>/"),
    (rf"^(train|encode) \S+ {MODEL}", r"\1 <set> <model>"),
    (r"^benchmark \S+", "benchmark <photographs>"),
    (r"results/photos-\w+", "results/<photographs>"),
    (r"effects/[^/]+/(?=encoders|features)", "effects/<variant>/"),
    (rf"(encoders|features)/[^/]+/{MODEL}", r"\1/<set>/<model>"),
    (VENUS, "<Venus set>"),
    (rf"^(observations|parts) {INSTRUMENT}$", r"\1 <instrument>"),
    (rf"observations/{INSTRUMENT}\b", "observations/<instrument>"),
    (r"^grid s\d+", "grid s<seed>"),
    (r"seeds/s\d+/", ""),
    (r"^(data|figures|tables|report)/[^/]+/", r"\1/<profile>/"),
    (OWN, "<folder>"),
)
MANY = 8  # needs are named one by one up to here, beyond by their kind


@dataclass
class Row:
    """What is known of the steps of one general name; every column has each entry once, in the list's order."""

    steps: list[str] = field(default_factory=list)
    makes: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    libraries: list[str] = field(default_factory=list)


def with_steps(text: str) -> str:
    """`text` with each table of steps between its markers. Raises ValueError where a marker is missing."""
    for name, table in {"steps": table_of(steps_of_runs()), "steps of a folder": table_of(steps_of_a_folder())}.items():
        start, end = f"<!-- generated: {name} -->", f"<!-- end: {name} -->"
        before, marker, rest = text.partition(start)
        _, closing, after = rest.partition(end)
        if not marker or not closing:
            raise ValueError(f"docs/architecture.md: expected the marker '{start}' and its end '{end}'")
        text = f"{before}{start}\n\n{table}\n\n{end}{after}"
    return text


def steps_of_runs() -> list[Step]:
    """The steps of the simulated sample and of the paper's profile, which reads files in place of simulating them."""
    return [step for profile in ("sample", "paper") for step in steps_of(open_run(profile, OUT)).by_name.values()]


def steps_of_a_folder() -> list[Step]:
    """The steps for a folder of the user's own images, by the simple encoder."""
    run = open_run("classify", OUT)
    with tempfile.TemporaryDirectory() as temporary:
        where = Path(temporary) / OWN
        where.mkdir()
        for number in range(3):
            Image.fromarray(np.full((8, 8), number, np.uint8)).save(where / f"{number}.png")
        return list(folder.steps_of(run, Means(), folder.request(run, where, 2, None, None)).by_name.values())


def table_of(steps: Iterable[Step]) -> str:
    """The steps as a table in Markdown, a row for those of one general name, or for figures that are made alike."""
    rows: dict[str, Row] = {}
    for step in steps:
        _add(rows.setdefault(general(step.name), Row()), step)
    alike: dict[str, Row] = {}
    for row in rows.values():
        same = alike.setdefault(repr([row.makes, row.needs, row.settings, row.code, row.libraries]), row)
        _extend(same.steps, row.steps)
    lines = [HEADINGS, ["---"] * len(HEADINGS), *map(_cells, alike.values())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def general(text: str) -> str:
    """A step's name, or a file's path in the folder of results, with what differs between runs named by its kind."""
    for pattern, replacement in GENERAL:
        text = re.sub(pattern, replacement, text)
    return text


def _add(row: Row, step: Step) -> None:
    marks = [mark for mark, holds in (("kept", step.keep), ("always", step.always)) if holds]
    needs = [f"`{_need(step, name)}`" for name in step.needs]
    needs += [f"`{general(name)}` (helper)" for name in step.helpers]
    needs += [f"*{re.sub(f'^{INSTRUMENT} files', 'files of the instrument', label)}*"
              for label in (*step.named, *step.known)]
    figure = step.name.removeprefix("figure ") if step.kind == "figure" else "no figure"
    makes = [general(path.relative_to(OUT).as_posix()).replace(figure, "<figure>") for path in step.outputs]
    code = [re.sub(f"^observations.{INSTRUMENT}$", "observations.<instrument>", module) for module in step.code]
    code = [module.replace(f"figures.{figure}", "figures.<figure>") for module in code]
    _extend(row.steps, [" ".join([f"`{general(step.name)}`", *(f"({mark})" for mark in marks)])])
    _extend(row.makes, makes)
    _extend(row.needs, needs)
    _extend(row.settings, step.settings)
    _extend(row.code, code)
    _extend(row.libraries, step.libraries)


def _extend(column: list[str], new: Iterable[str]) -> None:
    column += [entry for entry in dict.fromkeys(new) if entry not in column]


def _need(step: Step, name: str) -> str:
    """The general name of a step that another needs; of one set by one encoder, the set is the same."""
    return "patches <set>" if step.kind in ("train", "encode") and name.startswith("patches ") else general(name)


def _cells(row: Row) -> list[str]:
    needs = row.needs
    if len(needs) > MANY:
        needs = list(dict.fromkeys(re.sub(r"^`(\w+) .*`$", r"`\1 ...`", need) for need in needs))
    cells = [row.steps, [_by_folder(row.makes)], needs, row.settings, [_by_room(row.code)], row.libraries]
    return [", ".join(cell).replace("|", "\\|") or "-" for cell in cells]


def _by_folder(paths: Sequence[str]) -> str:
    """Paths of files, each folder said once."""
    folders: dict[str, list[str]] = {}
    for path in paths:
        where, _, name = path.rpartition("/")
        folders.setdefault(where, []).append(name)
    return "; ".join(f"`{where}/`: `{'`, `'.join(names)}`" for where, names in folders.items())


def _by_room(modules: Sequence[str]) -> str:
    """Modules, each room said once: `patches`: part, preprocess."""
    rooms: dict[str, list[str]] = {}
    for module in modules:
        room, _, name = module.partition(".")
        rooms.setdefault(room, []).append(name)
    everything = {room: {path.relative_to(PACKAGE / room).with_suffix("").as_posix().replace("/", ".")
                         for path in (PACKAGE / room).rglob("*.py")} for room in rooms}
    return "; ".join(f"`{room}`: {'every file' if set(names) == everything[room] else ', '.join(names)}"
                     for room, names in rooms.items()).replace("<figure>", "the figure's own").replace(
                         "<instrument>", "the instrument's own")
