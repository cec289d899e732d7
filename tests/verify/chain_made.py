"""Table 1 with all that it is made of, and what somebody may do to its files and records."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from paper_repro.base.files import read_json, write_json
from paper_repro.base.provenance import SEAL, seal
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.steps import steps_of
from paper_repro.verify import trust
from tests import records_made
from tests.tables import conftest as made
from tests.verify.runs_made import finish

NOTE = "Made with random weights in place of the ImageNet-1K ones."
CHAIN = [f"patches {COLOUR}", "base weights", *(
    name for model in ("simple-s0", "simclr-s0", "autoencoder-s0")
    for name in (f"train {COLOUR} {model}", f"encode {COLOUR} {model}") if name != f"train {COLOUR} simple-s0"),
    "grid s0", "table 1"]


def chain(tmp_path: Path) -> Run:
    """A run with Table 1 and all that it is made of, of three seeds, each with the record that its step writes."""
    run = open_run("sample", tmp_path)
    made.photographs(run)
    made.grid(run)
    records_made.record(run.raw / "weights" / "provenance.json", run, "base", [NOTE])
    finish(run, "table 1", "seeds")
    return run


def table1(run: Run) -> Path:
    return run.tables / "table1.csv"


def check(run: Run, *paths: Path) -> list[str]:
    """What the next run says of Table 1, or of other outputs."""
    return trust.check(steps_of(run, judge_only=True), paths or (table1(run),))


def record(run: Run, name: str) -> Path:
    return steps_of(run).by_name[name].record


def forge(run: Run, name: str, **changes: Any) -> None:
    """Change the record of a step and seal it again; a function changes what is there."""
    whole = read_json(record(run, name)) or {}
    sealed(run, name, whole | {key: value(whole[key]) if callable(value) else value for key, value in changes.items()})


def lose(run: Run, name: str, key: str) -> None:
    """Take an entry out of the record of a step and seal it again."""
    sealed(run, name, without(key)(read_json(record(run, name)) or {}))


def sealed(run: Run, name: str, whole: dict[str, Any]) -> None:
    """Write the record of a step as somebody does who knows of seals."""
    write_json(record(run, name), whole | {SEAL: seal(whole)})


def without(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda whole: {name: value for name, value in whole.items() if name != key}


def with_(key: str, value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda whole: whole | {key: value}


def write(path: Path, before: str, after: str) -> None:
    """Change a file by hand."""
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def swap(one: Path, other: Path) -> None:
    """Swap features and their records."""
    for suffix in (".npy", ".json"):
        a, b = one.with_suffix(suffix), other.with_suffix(suffix)
        a.rename(a.with_name("aside"))
        b.rename(a)
        a.with_name("aside").rename(b)
