"""Would a test notice if a defence were taken away? Chosen edits of the code, each with a test that must fail then.

    python -m tests.mutation.defences [NAME ...]        by default all of defences.toml and sentences.toml

Each edit is made in a copy of the checkout in a temporary folder, after its test has passed in an unedited copy. It
must then fail by its own assertion or by a refusal that is missing; an exception of any other kind counts only where
the list names it, and a hang only where it says that this is what the defence prevents. Writes what came out to the CSV
file beside each list. Exits with status 1 where a test doesn't notice.
"""

import argparse
import contextlib
import hashlib
import importlib
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
import traceback
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from paper_repro.base.files import read_csv, write_csv
from tests.mutation import forked

ROOT, HERE = Path(__file__).parents[2], Path(__file__).parent
LISTS = ("defences", "sentences")
COLUMNS = ["of", "test", "failed", "edit"]
MOST_MEMORY = 6 << 30  # bytes of data: what fills the memory without its defence fails by MemoryError
PATIENCE, SLACK_SECONDS = 10.0, 20.0  # times the unedited copy's seconds, and some: other work isn't taken for a hang
OWN_FAILURES = {"no refusal": r"Failed: DID NOT (RAISE|WARN)", "another refusal": r".*Regex pattern did not match",
                "assertion": r"assert |AssertionError", "failed": r"Failed: "}


@dataclass(frozen=True)
class Defence:
    """What is defended (`of`), a test of it by its place in tests/, and the edits that take the defence away.

    edits: file, the text that stands there once, what it is replaced with. failed: how the test is to fail, if not by
    an assertion or a missing refusal: "hangs", or the name of an exception.
    """

    of: str
    test: str
    edits: tuple[tuple[str, str, str], ...]
    failed: str = ""

    @property
    def digest(self) -> str:
        """What a recorded result holds for."""
        return hashlib.sha256(json.dumps([self.test, self.edits, self.failed]).encode()).hexdigest()[:12]

    @property
    def modules(self) -> list[str]:
        """Those that are edited, by the names they are imported by: one that can't be is no missing defence."""
        return [file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file, _, _ in self.edits
                if file.startswith("paper_repro/") and file.endswith(".py")]


class EditError(Exception):
    """An edit that can't be made, or after which nothing can be tried."""


def read(name: str, folder: Path = HERE) -> list[Defence]:
    """A list, in its order."""
    entries = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
    return [Defence(of, entry["test"], tuple((file, old, new) for file, old, new in entry["edits"]),
                    entry.get("failed", ""))
            for of, each in entries.items() for entry in each]


def recorded(name: str, folder: Path = HERE) -> pd.DataFrame:
    """What came out, a row for each defence that was tried: what it is of, its test, how that failed, digest."""
    path = folder / f"{name}.csv"
    return read_csv(path, dtype=str) if path.is_file() else pd.DataFrame(columns=COLUMNS, dtype=str)


def made(root: Path, edits: Iterable[tuple[str, str, str]]) -> dict[Path, str]:
    """Each file as the edits make it. Raises EditError where a text doesn't stand in its file exactly once."""
    files: dict[Path, str] = {}
    for file, old, new in edits:
        path = root / file
        text = files.get(path) or (path.read_text(encoding="utf-8") if path.is_file() else "")
        if text.count(old) != 1:
            raise EditError(f"{file}: expected this text once, found it {text.count(old)} times: {old}")
        files[path] = text.replace(old, new)
    return files


def copied(root: Path, folder: Path) -> Path:
    """A copy of the checkout's files, ignored ones but compiled code left out."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root,
                            check=True, stdout=subprocess.PIPE, text=True).stdout.split("\0")
    compiled = [path.relative_to(root).as_posix() for part in ("paper_repro", "tests")
                for path in (root / part).rglob("__pycache__/*")]
    for name in filter(None, [*listed, *compiled]):
        if (root / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(root / name, folder / name, follow_symlinks=False)
    return folder


class Limit:
    """pytest plugin: a test that goes on for longer than so many seconds ends the process."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def pytest_runtest_logstart(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, self.seconds)

    def pytest_runtest_logfinish(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)


def run(root: Path, tests: Sequence[str], modules: Sequence[str] = (), seconds: float = 0.0) -> tuple[ET.Element, bool]:
    """Run tests of a copy: pytest's report, and whether one ran past `seconds`, with which the first failure ends it.

    In a fork of this process, which has the heavy libraries already (see `forked.warm`). Raises EditError where there
    is no report.
    """
    report, log = root.parent / "report.xml", root.parent / "log.txt"
    report.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = _in_child(root, log, modules, [
                *(f"tests/{test}" for test in tests), "-q", "--tb=short", f"--junitxml={report}",
                f"--basetemp={root.parent / 'tmp'}", *(["-x"] if seconds else [])], Limit(seconds))
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    try:
        _, status = os.waitpid(child, 0)
    finally:
        with contextlib.suppress(ProcessLookupError):  # nothing that it started goes on
            os.killpg(child, signal.SIGKILL)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGALRM:
        return ET.Element("testsuites"), True
    if not report.is_file():
        raise EditError(f"no test was run:\n{log.read_text(errors='replace')[-2000:]}")
    return ET.parse(report).getroot(), False


def _in_child(root: Path, log: Path, modules: Sequence[str], words: Sequence[str], limit: Limit) -> int:
    """Run pytest in a copy, of which nothing is imported yet; the modules that were edited come first."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    said = os.open(log, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    for stream in (0, 1, 2):
        os.dup2(said, stream)
    os.chdir(root)
    os.environ["PYTHONPATH"] = str(root)
    for name in [name for name in sys.modules if name.partition(".")[0] in {"paper_repro", "tests"}]:
        del sys.modules[name]
    sys.path[:] = [str(root), *(place for place in sys.path if place not in {"", str(ROOT)})]
    importlib.invalidate_caches()
    for name in modules:
        importlib.import_module(name)
    return int(pytest.main([*words, *forked.ALONE], plugins=[limit]))


def passed(root: Path, tests: Sequence[str]) -> dict[str, float]:
    """The seconds of each of the tests in the unedited copy. Raises EditError where one fails."""
    report, _ = run(root, tests)
    seconds: dict[str, float] = {}
    for case in report.iter("testcase"):
        if len(case):
            raise EditError(f"{case.get('classname')}::{case.get('name')}: expected it to pass on the unedited code, "
                            f"found: {case[0].tag}: {case[0].get('message')}")
        place = f"{case.get('classname', '').removeprefix('tests.').replace('.', '/')}.py::{case.get('name')}"
        for test in tests:
            if place.partition("[")[0] == test.partition("[")[0]:
                seconds[test] = seconds.get(test, 0.0) + float(case.get("time", 0))
    if absent := set(tests) - set(seconds):
        raise EditError(f"not run: {', '.join(sorted(absent))}")
    return seconds


def how_failed(defence: Defence, report: ET.Element) -> str:
    """How the test failed, one of OWN_FAILURES or what the list says. Raises EditError where it did otherwise."""
    failures = [str(failure.get("message")) for failure in report.iter("failure")]
    for how, pattern in (OWN_FAILURES | ({defence.failed: rf"[\w.]*\b{defence.failed}\b"} if defence.failed else {})
                         ).items():
        if any(re.match(pattern, message) for message in failures):
            return how
    others = failures + [f"error: {error.get('message')}" for error in report.iter("error")]
    raise EditError(f"expected it to fail by itself, found: {others[0][:600]}" if others else "not noticed")


def tried(defence: Defence, unedited: Path, seconds: float) -> str:
    """How the test failed without the defence. Raises EditError where it didn't."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(shutil.copytree(unedited, Path(folder) / "copy", symlinks=True))
        for path, text in made(root, defence.edits).items():
            path.write_text(text, encoding="utf-8")
        report, hangs = run(root, [defence.test], defence.modules, PATIENCE * seconds + SLACK_SECONDS)
        if not hangs:
            return how_failed(defence, report)
        if defence.failed != "hangs":
            raise EditError("ran past its time, which isn't what the defence prevents")
        return "hangs"


def run_all(defences: Sequence[Defence], root: Path = ROOT) -> Iterator[tuple[Defence, str, str]]:
    """Each defence with how its test failed, or else "" and a sentence. Raises EditError where nothing can be told."""
    for defence in defences:
        made(root, defence.edits)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        unedited = copied(root, Path(folder) / "copy")
        seconds = passed(unedited, sorted({defence.test for defence in defences}))
        for defence in defences:
            try:
                yield defence, tried(defence, unedited, seconds[defence.test]), ""
            except EditError as error:
                yield defence, "", f"{defence.of}: {defence.test}: {error}"


def record(name: str, results: dict[Defence, str], folder: Path = HERE) -> None:
    """Put results into the list's CSV file, in its order ("": it didn't fail); what is known of others stays."""
    known = {row["edit"]: row["failed"] for row in recorded(name, folder).to_dict("records")}
    known |= {defence.digest: how for defence, how in results.items()}
    write_csv(folder / f"{name}.csv", pd.DataFrame(
        [[defence.of, defence.test, known[defence.digest], defence.digest] for defence in read(name, folder)
         if known.get(defence.digest)], columns=COLUMNS))


def main() -> None:
    """Try what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation.defences")
    parser.add_argument("names", nargs="*", help="what is defended: the headings of defences.toml and sentences.toml")
    asked = parser.parse_args().names
    lists = {name: read(name) for name in LISTS}
    if unknown := set(asked) - {defence.of for each in lists.values() for defence in each}:
        sys.exit(f"{', '.join(sorted(unknown))}: expected headings of defences.toml or sentences.toml.")
    chosen = [defence for each in lists.values() for defence in each if not asked or defence.of in asked]
    complaints = []
    os.environ["OMP_NUM_THREADS"] = "1"
    forked.warm()
    try:
        for defence, failed, complaint in run_all(chosen):
            print(complaint or f"{defence.of}: {failed}: {defence.test}", flush=True)
            if complaint:
                complaints.append(complaint)
            record(next(name for name, each in lists.items() if defence in each), {defence: failed})
    except EditError as error:
        sys.exit(str(error))
    if complaints:
        sys.exit("\n".join(["", "Not noticed:", *complaints]))


if __name__ == "__main__":
    main()
