"""What `docker stop` does: SIGTERM to make alone, which ends the step at work cleanly; the same command resumes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.container.locks import ROOT

WAIT = 240  # seconds; a step that has begun has files long before


def make(out: Path) -> subprocess.Popen[str]:
    """`make patches` as the container's start leaves it: make has no terminal, and no one signals its children."""
    return subprocess.Popen(["make", "patches", f"PYTHON={sys.executable}", f"OUT={out}"], cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)


def at_work(group: int) -> bool:
    """Whether any process of the run is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.slow
def test_a_stopped_run_leaves_nothing_unfinished(tmp_path: Path) -> None:
    run = make(tmp_path)
    try:
        begun, end = tmp_path / "data/sample/raw/darts", time.monotonic() + WAIT
        while not begun.is_dir():
            assert run.poll() is None, run.communicate()[0]
            assert time.monotonic() < end
            time.sleep(0.05)
        run.terminate()
        said, _ = run.communicate(timeout=WAIT)
    finally:
        if run.poll() is None:
            os.killpg(run.pid, signal.SIGKILL)
    assert run.returncode != 0
    assert "paper_repro: interrupted; the same command resumes where this one stopped." in said
    assert "Traceback" not in said
    assert not list(tmp_path.rglob("*.partial*"))
    while at_work(run.pid):
        assert time.monotonic() < end + WAIT
        time.sleep(0.05)
    # begun, and not taken for finished
    assert not (tmp_path / "data/sample/raw/archive.json").exists()
    assert not (tmp_path / "data/sample/patches/statistics.csv").exists()
