"""While one run is at work, every other command for its place and profile is told who that is, and changes nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from paper_repro import cli
from paper_repro.base import cleaning, lock
from paper_repro.commands import COMMANDS
from tests.base.test_lock import HOLDER
from tests.experiments.folders_made import images
from tests.full_disk import contents

WORDS = [["run", "table4"], ["index"], ["patches"], ["train"], ["encode"], ["cluster"], ["seeds"], ["effects"],
         ["benchmark"], ["venus"], ["catalogue"], ["table", "4"], ["figure", "fig11"], ["verify"], ["report"],
         ["crate"], ["clean"], ["distclean"]]


def test_the_list_is_of_all_commands() -> None:
    only_read = {"compare", "validate", "statistics"}
    assert {words[0] for words in WORDS} | {"classify", "assign", "fetch"} | only_read == set(COMMANDS)


@pytest.mark.attack("two-at-once")
@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_every_command_is_told_who_is_at_work(tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                             words: list[str]) -> None:
    assert cli.main(["table", "4", "--out", str(tmp_path)]) == 0
    before = contents(tmp_path)
    capsys.readouterr()
    with lock.held(tmp_path / "data/sample", "run all"):
        assert cli.main([*words, "--out", str(tmp_path)]) == 2
    assert f"found process {os.getpid()} on " in capsys.readouterr().err
    assert contents(tmp_path) == before


@pytest.mark.attack("two-at-once")
def test_classify_and_fetch_are_told_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for profile, words in (("classify", ["classify", str(images(tmp_path / "in")), "--classes", "2"]),
                           ("paper", ["fetch", "--plan", "--profile", "paper"])):
        cleaning.mark(tmp_path / "data" / profile)
        with lock.held(tmp_path / "data" / profile, "other"):
            assert cli.main([*words, "--out", str(tmp_path)]) == 2
        assert f"found process {os.getpid()} on " in capsys.readouterr().err


@pytest.mark.attack("two-at-once")
def test_a_stopped_run_keeps_its_place_and_goes_on_later(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["table", "4", "--out", str(tmp_path)]) == 0
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path / "data/sample")], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.getcwd()}) as holder:  # noqa: PTH109
        try:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            os.kill(holder.pid, signal.SIGSTOP)
            capsys.readouterr()
            assert cli.main(["table", "4", "--out", str(tmp_path)]) == 2
            assert f"found process {holder.pid} on " in capsys.readouterr().err
            os.kill(holder.pid, signal.SIGCONT)
            assert holder.communicate("")[0] == ""
            assert holder.returncode == 0
        finally:
            holder.kill()  # it may be stopped, which nothing else ends
    assert cli.main(["table", "4", "--out", str(tmp_path)]) == 0
