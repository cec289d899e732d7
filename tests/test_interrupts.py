"""Tests that send an interrupt pass in jobs of a shell's background and of cron, which ignore it."""

import subprocess
import sys

import pytest

PROGRAM = """
import signal, subprocess, sys
from tests import interrupts
if "hear" in sys.argv:
    interrupts.hear()
child = subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
child.stdout.readline()
child.send_signal(signal.SIGINT)
child.communicate(b"\\n")
print(child.returncode)
"""


@pytest.mark.parametrize(("words", "status"), [(["hear"], -2), ([], 0)])
def test_what_tests_start_hears_interrupts_that_are_ignored_around_it(words: list[str], status: int) -> None:
    done = subprocess.run(["sh", "-c", "trap '' INT; exec \"$@\"", "sh", sys.executable, "-c", PROGRAM, *words],
                          capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) == status
