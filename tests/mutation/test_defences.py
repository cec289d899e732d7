"""Every attack has an edit that takes its defence away, each edit can still be made, and its test was seen to fail."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pandas as pd
import pytest

from tests.docs import attacks
from tests.mutation import defences
from tests.mutation.defences import Defence, EditError

SOURCE = '''def least(n: int) -> int:
    if n < 0:
        raise ValueError("below 0")
    return n
'''
TESTS = '''import time

import pytest

from paper_repro.thing import least


def test_refused() -> None:
    with pytest.raises(ValueError, match="below 0"):
        least(-1)


def test_kept() -> None:
    assert least(1) == 1


def test_waits() -> None:
    while least(1) != 1:
        time.sleep(0.01)
    assert least(2) == 2
'''

DRIVER = """
import json, sys
from pathlib import Path
from tests.mutation import defences
defences.SLACK_SECONDS = 3.0
chosen = [defences.Defence("a", test, (edit,), failed) for test, edit, failed in json.loads(sys.argv[2])]
try:
    for defence, failed, complaint in defences.run_all(chosen, Path(sys.argv[1])):
        print(json.dumps([failed, complaint]))
except defences.EditError as error:
    sys.exit(str(error))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout of a small package."""
    if shutil.which("git") is None:
        pytest.skip("not run: git is missing (on Debian: apt install git)")
    root = tmp_path / "project"
    for name, text in {"paper_repro/__init__.py": "", "paper_repro/thing.py": SOURCE, "tests/test_thing.py": TESTS,
                       "pytest.ini": "[pytest]\n"}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


def edited(test: str, old: str, new: str, failed: str = "", file: str = "paper_repro/thing.py") -> Defence:
    return Defence("a", f"test_thing.py::{test}", ((file, old, new),), failed)


def outcomes(project: Path, *chosen: Defence) -> tuple[list[list[str]], str]:
    """How the test of each failed, with a sentence where it didn't; and what was said if nothing could be told."""
    asked = json.dumps([[defence.test, defence.edits[0], defence.failed] for defence in chosen])
    done = subprocess.run([sys.executable, "-c", DRIVER, str(project), asked], cwd=defences.ROOT, text=True,
                          capture_output=True, check=False)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.mark.parametrize("name", defences.LISTS)
def test_each_edit_can_be_made(name: str) -> None:
    for defence in defences.read(name):
        assert defence.edits, defence.of
        assert all(text != (defences.ROOT / path).read_text(encoding="utf-8")
                   for path, text in defences.made(defences.ROOT, defence.edits).items()), defence.of


@pytest.mark.parametrize("name", defences.LISTS)
def test_each_was_seen_to_fail(name: str) -> None:
    assert defences.recorded(name)[["of", "test", "edit"]].to_numpy().tolist() == [
        [defence.of, defence.test, defence.digest] for defence in defences.read(name)], (
        "run `python -m tests.mutation.defences` with the names of those that differ")


def test_each_sentence_is_one() -> None:
    entries = [entry for each in tomllib.loads((defences.HERE / "sentences.toml").read_text(encoding="utf-8")).values()
               for entry in each]
    assert [entry for entry in entries if not re.fullmatch(r"[A-Z`].*[.]", entry.get("sentence", ""))] == []
    assert len({entry["sentence"] for entry in entries}) == len(entries)


def test_each_test_of_an_attack_has_one() -> None:
    listed = defences.read("defences")
    names = [name for of_heading in attacks.attacks().values() for name in of_heading]
    assert list(dict.fromkeys(defence.of for defence in listed)) == names
    found = {(defence.of, defence.test.partition("[")[0]) for defence in listed}
    assert found == {(name, f"{path.relative_to(attacks.ROOT / 'tests').as_posix()}::{function}")
                     for name, tests in attacks.tests().items() for path, function in tests}


def test_what_fails_without_its_defence_and_what_does_not(project: Path) -> None:
    taken = edited("test_refused", "n < 0", "False")
    wrong = edited("test_kept", "return n", "return n + 1")
    weak = edited("test_kept", "n < 0", "False")
    broken = edited("test_kept", "    return n", "return n")
    other = edited("test_kept", "return n", "return n.real.x")
    said = edited("test_kept", "return n", "return n.real.x", "AttributeError")
    waits = edited("test_waits", "return n", "return 3", "hangs")
    found, _ = outcomes(project, taken, wrong, weak, broken, other, said, waits)
    assert [failed for failed, _ in found] == ["no refusal", "assertion", "", "", "", "AttributeError", "hangs"]
    assert [text.removeprefix("a: test_thing.py::test_kept: ").split("\n")[0][:48] for _, text in found] == [
        "", "", "not noticed", "no test was run:", "expected it to fail by itself, found: AttributeE", "", ""]
    assert (project / "paper_repro/thing.py").read_text() == SOURCE
    assert sorted(path.name for path in project.iterdir()) == [".git", "paper_repro", "pytest.ini", "tests"]


def test_a_hang_counts_only_where_it_is_what_the_defence_prevents(project: Path, monkeypatch: pytest.MonkeyPatch
                                                                  ) -> None:
    monkeypatch.setattr(defences, "run", lambda *_: (ET.Element("testsuites"), True))
    assert defences.tried(edited("test_kept", "n < 0", "False", "hangs"), project, 1.0) == "hangs"
    with pytest.raises(EditError, match="ran past its time"):
        defences.tried(edited("test_kept", "n < 0", "False"), project, 1.0)


@pytest.mark.parametrize(("defence", "sentence"), [
    (edited("test_kept", "n > 0", "False"), "thing.py: expected this text once, found it 0 times: n > 0"),
    (edited("test_kept", "n", "m"), "thing.py: expected this text once, found it 6 times: n"),
    (edited("test_kept", "n", "m", file="paper_repro/gone.py"), "gone.py: expected this text once, found it 0 times"),
    (edited("test_gone", "n < 0", "False"), "no test was run|not run: test_thing.py::test_gone")])
def test_an_edit_or_a_test_that_is_gone_is_named(project: Path, defence: Defence, sentence: str) -> None:
    found, told = outcomes(project, defence)
    assert found == []
    assert re.search(sentence, told)


def test_a_test_that_fails_on_the_unedited_code_proves_nothing(project: Path) -> None:
    (project / "tests/test_thing.py").write_text(TESTS.replace("least(1) == 1", "least(1) == 2"))
    found, told = outcomes(project, edited("test_kept", "n < 0", "False"))
    assert found == []
    assert "test_kept: expected it to pass on the unedited code, found: failure" in told


def test_results_are_kept_while_they_hold(tmp_path: Path) -> None:
    entry = '[[{of}]]\ntest = "t.py::test_x"\nedits = [["a.py", "{old}", "y"]]\n'
    (tmp_path / "defences.toml").write_text(entry.format(of="b", old="1") + entry.format(of="a", old="2"))
    first, second = defences.read("defences", tmp_path)
    assert defences.recorded("defences", tmp_path).empty
    defences.record("defences", {second: "assertion"}, tmp_path)
    defences.record("defences", {first: "hangs"}, tmp_path)
    wanted = pd.DataFrame([["b", first.test, "hangs", first.digest], ["a", second.test, "assertion", second.digest]],
                          columns=defences.COLUMNS)
    pd.testing.assert_frame_equal(defences.recorded("defences", tmp_path), wanted, check_dtype=False)
    (tmp_path / "defences.toml").write_text(entry.format(of="b", old="3") + entry.format(of="a", old="2"))
    defences.record("defences", {defences.read("defences", tmp_path)[0]: ""}, tmp_path)
    assert defences.recorded("defences", tmp_path)["of"].tolist() == ["a"]
