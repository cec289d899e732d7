"""Who comes second is told who is at work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from paper_repro.base import lock
from paper_repro.base.errors import UserError

HOLDER = """
import sys, pathlib
from paper_repro.base import lock
with lock.held(pathlib.Path(sys.argv[1]), "run all"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_one_at_a_time_and_the_sentence_names_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True, env={**os.environ, "PYTHONPATH": os.getcwd()}) as holder:  # noqa: PTH109
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(UserError, match=rf"found process {holder.pid} on .*`run all`, since 20.*UTC"), \
                lock.held(folder, "verify"):
            pytest.fail("two at once")
        holder.kill()  # it ends with the process, however that ends
        holder.wait()
    with lock.held(folder, "verify"):
        pass


def test_it_is_free_again_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), lock.held(tmp_path, "x"):
        raise ZeroDivisionError
    with lock.held(tmp_path, "y"):
        assert (tmp_path / lock.NAME).read_text().count("process") == 1
