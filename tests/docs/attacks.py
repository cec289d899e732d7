"""docs/attacks.md: what an attacker or an accident may do, each with the tests that try it, read off their marks.

A test says what it tries by `@pytest.mark.attack("name")`; attacks.toml has the names, and a sentence for each.
"""

import ast
import functools
import tomllib
from collections.abc import Iterator
from pathlib import Path

from paper_repro.base.files import csv_rows

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "attacks.md"
LIST = Path(__file__).with_name("attacks.toml")
RESULTS = ROOT / "tests" / "mutation" / "defences.csv"
INTRODUCTION = """# What an attacker or an accident may do

<!-- Made by `python -m tests.docs.write` from tests/docs/attacks.toml and the tests; a change here is lost. -->

Each line is something that was tried, with the tests that try it at every change. {failed} of {number} of these tests
are known to fail without the defence that they test: the code was edited to remove it
([the edits](../tests/mutation/defences.toml)), and the test was seen to fail
([how](../tests/mutation/defences.csv)). `python -m tests.mutation.defences` does it again.
"""


@functools.cache
def attacks() -> dict[str, dict[str, str]]:
    """By heading: the sentence of each attack by its name."""
    return dict(tomllib.loads(LIST.read_text(encoding="utf-8")))


@functools.cache
def tests() -> dict[str, list[tuple[Path, str]]]:
    """By the name of an attack: file and function of each test that is marked with it, in the order of files."""
    found: dict[str, list[tuple[Path, str]]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        for function in ast.walk(ast.parse(text)) if "mark.attack(" in text else ():
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test_"):
                for name in dict.fromkeys(_marks(function)):
                    found.setdefault(name, []).append((path, function.name))
    return found


def _marks(function: ast.FunctionDef) -> Iterator[str]:
    """What a test is marked with: `attack("name")` above it, or above one of its cases."""
    for node in (node for decorator in function.decorator_list for node in ast.walk(decorator)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "attack":
            yield from (argument.value for argument in node.args
                        if isinstance(argument, ast.Constant) and isinstance(argument.value, str))


def document() -> str:
    """The page: a table for each heading."""
    marked = {(name, f"{path.relative_to(ROOT / 'tests').as_posix()}::{function}")
              for name, of_one in tests().items() for path, function in of_one}
    failed = {(row["of"], row["test"].partition("[")[0])
              for row in csv_rows(RESULTS.read_text(encoding="utf-8").splitlines())}
    parts = [INTRODUCTION.format(failed=len(failed & marked), number=len(marked))]
    for heading, of_heading in attacks().items():
        rows = [f"| {sentence} | {', '.join(map(_link, tests().get(name, [])))} |"
                for name, sentence in of_heading.items()]
        parts.append("\n".join([f"## {heading}\n", "| What is tried, and what comes of it | Tests |", "| --- | --- |",
                                *rows, ""]))
    return "\n".join(parts)


def _link(test: tuple[Path, str]) -> str:
    path, function = test
    return f"[{function.removeprefix('test_').replace('_', ' ')}](../{path.relative_to(ROOT).as_posix()})"
