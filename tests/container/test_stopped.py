"""What `docker stop` does: SIGTERM to make alone, which ends the step at work cleanly; the same command resumes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.container.locks import ROOT

PATIENCE = 10  # seconds, after which `docker stop` kills
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
        stopped = time.monotonic()
        run.terminate()
        said, _ = run.communicate(timeout=WAIT)
        ended = time.monotonic()
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
    assert ended - stopped < PATIENCE
    sample = tmp_path / "data/sample"
    assert not (sample / "raw/archive.json").exists()  # the archive was at work
    assert not (sample / "patches/index.csv").exists()
    for images in sample.glob("patches/*/images.npy"):  # a set that was done stays
        assert images.with_name("provenance.json").is_file()
