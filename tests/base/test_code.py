"""What counts as a change of code: what a module does, and the paper's values that it takes."""

import ast
import dataclasses
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from paper_repro import paper
from paper_repro.base import code

SOURCE = '''"""A module."""

from paper_repro import paper
from paper_repro.paper import LUMA


def area(side: float) -> float:
    """In square km."""
    return side**2 * paper.TABLE4.contrast + LUMA[0]  # Eq. 1
'''


@pytest.fixture
def hash_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    monkeypatch.setattr(code, "PACKAGE", tmp_path)

    def of(text: str) -> str:
        (tmp_path / "made.py").write_text(text)
        code.hash_of_module.cache_clear()
        return code.hash_of_module("made")

    yield of
    code.hash_of_module.cache_clear()


def test_comments_docstrings_and_layout_do_not_count(hash_of: Callable[[str], str]) -> None:
    same = SOURCE.replace("# Eq. 1", "# the first equation").replace("In square km.", "Of a square.")
    assert hash_of(same.replace("A module.", "Another.").replace("    return", "\n    return")) == hash_of(SOURCE)
    assert hash_of(SOURCE.replace('    """In square km."""\n', "")) == hash_of(SOURCE)


@pytest.mark.parametrize(("before", "after"), [("side**2", "side**3"), ("LUMA[0]", "LUMA[1]"), ("float:", "int:")])
def test_a_formula_counts(hash_of: Callable[[str], str], before: str, after: str) -> None:
    assert hash_of(SOURCE.replace(before, after)) != hash_of(SOURCE)


def test_the_papers_values_count_where_they_are_used(hash_of: Callable[[str], str],
                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    before = hash_of(SOURCE)
    monkeypatch.setattr(paper, "FEATURES", 1024)
    assert hash_of(SOURCE) == before
    monkeypatch.setattr(paper, "TABLE4", dataclasses.replace(paper.TABLE4, contrast=0.5))
    assert hash_of(SOURCE) != before


def test_a_docstring_alone_is_no_statement_lost(hash_of: Callable[[str], str]) -> None:
    assert hash_of('class Error(Exception):\n    """One."""\n') == hash_of('class Error(Exception):\n    """Two."""\n')


def test_versions_of_libraries() -> None:
    assert code.version_of("numpy").count(".") == 2
    assert code.version_of("no-such-library") == "absent"


def test_modules_are_hashed_in_many_threads_at_once() -> None:
    """Python 3.11.2 fails where two threads parse at once."""
    modules = [path.relative_to(code.PACKAGE).with_suffix("").as_posix().replace("/", ".")
               for path in sorted((code.PACKAGE / "base").glob("*.py")) if path.stem != "__init__"]
    code.hash_of_module.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(code.hash_of_module, modules))
    code.hash_of_module.cache_clear()
    assert together == [code.hash_of_module(module) for module in modules]


def test_behind_a_module_are_all_that_it_imports_and_the_libraries() -> None:
    found = code.behind("experiments.grid")
    assert {"experiments.grid", "clustering.cluster", "clustering.reduce", "base.errors"} <= set(found)
    assert "paper" not in found  # its values count where they are used
    assert set(code.NUMERICAL) <= set(found)
    assert found["clustering.cluster"] == code.hash_of_module("clustering.cluster")
    assert found["numpy"] == code.version_of("numpy")
    assert not any(name.startswith("report.") for name in found)


def test_whatever_keeps_a_journal_asks_what_code_it_is_of() -> None:
    """Half of the work by one version and half by another would be recorded as made by the last."""
    seen = 0
    for path in code.PACKAGE.rglob("*.py"):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                called = [(node.func.id, node.args) for node in ast.walk(function)
                          if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
                if "Journal" in (name for name, _ in called):
                    seen += 1
                    room = path.relative_to(code.PACKAGE).with_suffix("").as_posix().replace("/", ".")
                    modules = [ast.literal_eval(words[0]) for name, words in called if name == "behind"]
                    assert len(modules) == 1, f"{room}.{function.name}"
                    assert room == modules[0] or modules[0] in code.imports_of(room)
    assert seen == 4
