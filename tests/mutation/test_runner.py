"""The runner of the mutation tests on a small project: what is found out, what survives, what hangs, what is kept."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.mutation.journal import read_survivors, row_of, shortfalls
from tests.mutation.modules import MODULES, ROOT, Module
from tests.mutation.mutants import mutants
from tests.mutation.runner import chosen

HERE = Path(__file__).parent
SOURCE = '''def count(n: int = 0) -> int:
    """Count up to n."""
    found = 0
    while found < n:
        found += 1
    return found


def either(a: int, b: int) -> int:
    return max(a, b)
'''
TESTS = """from toy.thing import count, either


def test_count() -> None:
    assert count(3) == 3


def test_either() -> None:
    assert either(2, 2) == 2
"""
DRIVER = """
import sys
from pathlib import Path
from tests.mutation import forked
from tests.mutation.modules import Module
from tests.mutation.runner import run_all
forked.SLACK_SECONDS = 1.0
root = Path(sys.argv[1])
module = Module("toys", "thing.py", ["test_thing.py"], package="toy", root=root)
try:
    print(run_all([module], [module], root / "journal", root))
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name, text in {"toy/__init__.py": "", "toy/thing.py": SOURCE, "tests/test_thing.py": TESTS}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def start(project: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", DRIVER, str(project)], cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)  # fmt: skip


def run(project: Path, status: int = 0) -> str:
    process = start(project)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == status, said
    return said


def lines(project: Path) -> list[dict[str, object]]:
    path = project / "journal" / "thing.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines() if line] if path.is_file() else []


def test_what_is_found_out_what_survives_and_what_hangs_then_resumed(project: Path) -> None:
    said = run(project)
    results = {(line["key"][1], line["key"][2]): line["result"] for line in lines(project)}  # type: ignore[index]
    assert results == {
        ("def count(n: int=0) -> int", "def count(n: int=1) -> int"): "passed",  # no test leaves n away
        ("found = 0", "found = 1"): "passed",  # 1, 2, 3: the same end
        ("while found < n", "while found <= n"): "failed",
        ("while found < n", "while found >= n"): "failed",
        ("found += 1", "found -= 1"): "timeout",
        ("found += 1", "found = 1"): "timeout",
        ("found += 1", "found += 2"): "failed",
        ("return found", "return None"): "failed",
        ("return max(a, b)", "return min(a, b)"): "passed",  # of equals either is right
        ("return max(a, b)", "return None"): "failed",
    }
    [row] = pd.read_csv(project / "results.csv").to_dict("records")
    assert (row["mutants"], row["failed"], row["timeout"], row["survived"], row["percent"]) == (10, 5, 2, 3, 70.0)
    assert "toys: expected at least 80 %" in said
    assert "3 survivors without a reason" in said
    # no file of the project has changed, and no process is left
    assert (project / "toy/thing.py").read_text() == SOURCE

    # Reasons stay; what is known isn't tried again; a survivor is, once its tests have changed; a torn line counts not
    survivors = read_survivors(project / "survivors.csv")
    survivors["reason"] = ["no caller", "same end", "equals"]
    survivors.to_csv(project / "survivors.csv", index=False)
    journal = project / "journal" / "thing.jsonl"
    torn = journal.read_text().rstrip().rsplit("\n", 1)[0] + '\n{"key": ["either"'
    journal.write_text(torn)
    assert "10 mutants, 10 chosen, 1 to try" in run(project)
    (project / "tests/test_thing.py").write_text(TESTS + "    assert either(1, 2) == 2\n")
    said = run(project)
    assert "3 to try" in said
    assert "without a reason" not in said
    assert pd.read_csv(project / "results.csv").percent.tolist() == [80.0]
    assert read_survivors(project / "survivors.csv").reason.tolist() == ["no caller", "same end"]

    # Another source is another module: nothing of the old one holds
    (project / "toy/thing.py").write_text(SOURCE + "\n")
    assert "10 to try" in run(project)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stopped_while_a_mutant_hangs_loses_nothing_and_leaves_no_process(project: Path, how: signal.Signals) -> None:
    # it doesn't compute, so only the long wait would end it
    waiting = SOURCE.replace("found += 1", "found += 1\n        time.sleep(0 if found < 9 else 999)")
    (project / "toy/thing.py").write_text(f"import time\n{waiting}")
    process = start(project)
    try:
        while not any(line["result"] == "failed" for line in lines(project)):
            assert process.poll() is None
            time.sleep(0.05)
        time.sleep(1)
        before = lines(project)
        process.send_signal(how)
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130, said
    assert lines(project)[: len(before)] == before
    assert not [path for path in Path("/proc").glob("[0-9]*/cwd") if _leads_to(path, project)]


def _leads_to(link: Path, folder: Path) -> bool:
    try:
        return link.readlink() == folder
    except OSError:  # ended meanwhile, or another user's
        return False


@pytest.mark.parametrize(("tests", "found"), [
    (TESTS.replace("== 3", "== 4"), "found: failed"),
    ("def test_nothing() -> None:\n    assert True\n", "found: failed"),  # never imports the module
])  # fmt: skip
def test_tests_that_fail_on_the_unchanged_module_are_an_error(project: Path, tests: str, found: str) -> None:
    (project / "tests/test_thing.py").write_text(tests)
    said = run(project, status=1)
    assert f"thing.py: expected its tests to pass on the unchanged module, {found}" in said
    assert lines(project) == []
    assert not (project / "results.csv").exists()


def test_sample_is_the_same_each_time_and_the_whole_where_there_are_few(project: Path) -> None:
    module = Module("toys", "thing.py", ["test_thing.py"], package="toy", root=project)
    every, there_are = chosen(module)
    assert len(every) == there_are == len({one.key for one in every}) == 10
    (first, count), (second, _) = chosen(module, most=4), chosen(module, most=4)
    assert count == 10
    assert [one.key for one in first] == [one.key for one in second]
    assert len(first) == 4
    assert {one.key for one in first} < {one.key for one in every}
    only = Module("toys", "thing.py", ["test_thing.py"], ["either"], package="toy", root=project)
    assert [one.function for one in chosen(only)[0]] == ["either"] * 2


def test_a_mutant_that_compiles_to_the_same_is_none() -> None:
    # a condition known when it is compiled leaves its body out, and so the number in it
    assert [one.after for one in mutants("if False:\n    x = 7\n", "<m>")] == ["if not False", "if True"]


def test_groups_below_80_percent_are_named() -> None:
    table = pd.DataFrame({"group": ["a", "a", "b"], "tried": [10, 10, 10], "survived": [3, 1, 3]})
    assert [text.split(":")[0] for text in shortfalls(table)] == ["b"]
    module = MODULES[0]
    assert row_of(module, 500, ["failed", "passed", "timeout", "crashed"])["percent"] == 75.0


def test_what_is_recorded_covers_every_module_with_a_reason_for_each_survivor() -> None:
    results, survivors = pd.read_csv(HERE / "results.csv"), read_survivors(HERE / "survivors.csv")
    assert results.module.tolist() == [module.file for module in MODULES]
    assert shortfalls(results) == []
    assert (survivors.reason.str.len() > 10).all()
    counts = survivors.groupby("module").size().reindex(results.module, fill_value=0)
    assert counts.tolist() == results.survived.tolist()
