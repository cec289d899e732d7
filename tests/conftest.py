"""What all tests share: one thread, no network, a fixed seed for hypothesis, and where real inputs are found."""

import ctypes
import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import matplotlib as mpl
import pytest
import torch

from paper_repro import options
from paper_repro.base import hints, stopping, workers
from tests import interrupts
from tests.guarded import sitecustomize as network_guard

# What the caller of `make test` set for runs of their own (OUT=, PROFILE= ...) is nothing to the tests: one of them
# removes whatever a run made in the folder it is given.
RUNS = {name.upper() for name in options.OPTIONS}
for name in [name for name in os.environ if name in RUNS or name.startswith(("PAPER_REPRO_", "MAKE", "MFLAGS"))]:
    if name != "PAPER_REPRO_REAL":
        del os.environ[name]

network_guard.install()
interrupts.hear()
# Every test must give the same bytes on any machine; threads are a test's own business where it needs them.
torch.set_num_threads(1)
mpl.use("Agg")
hypothesis.settings.register_profile("here", derandomize=True, deadline=None, max_examples=50)
hypothesis.settings.load_profile("here")
hints.PYTHON = "python"  # wherever the tests run
MORE_MB = 300
growth = {"most_mb": 1300.0}  # of resident memory until what is free of it is given back


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, so that at the end no core waits for another's last file."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


def pytest_runtest_logfinish() -> None:
    """Give back what a test has freed: the package keeps it for the next step (`base.memory`), here another test."""
    if sys.platform.startswith("linux") and resident_mb() > growth["most_mb"]:
        gc.collect()
        ctypes.CDLL(None).malloc_trim(0)
        growth["most_mb"] = max(growth["most_mb"], resident_mb() + MORE_MB)


def resident_mb() -> float:
    """Memory that this process has, in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


@pytest.fixture(scope="session", autouse=True)
def _one_worker() -> Iterator[None]:
    """Worker processes, which load everything before they do anything, are the business of tests that ask for some."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(workers, "cores", lambda: 1)
        yield


@pytest.fixture(scope="session")
def real_inputs() -> Path:
    """The folder with swimcat/, vmc/ and weights/ that PAPER_REPRO_REAL names; without it the test is not run."""
    named = os.environ.get("PAPER_REPRO_REAL", "")
    if not named:
        pytest.skip("not run: PAPER_REPRO_REAL names no folder with real inputs (swimcat/, vmc/, weights/)")
    folder = Path(named)
    if not folder.is_dir():
        pytest.fail(f"PAPER_REPRO_REAL={folder} is no folder")
    return folder


@pytest.fixture(autouse=True)
def _no_download(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test looks for weights on the network; those that test downloads talk to a server of their own."""
    monkeypatch.setenv("PAPER_REPRO_OFFLINE", "1")


@pytest.fixture(autouse=True)
def _no_options_of_another_test() -> None:
    """Hints repeat what the command at work was given, in a process with one command; tests have many."""
    hints.repeat({})


@pytest.fixture(autouse=True)
def _no_end_of_another_test() -> None:
    """A run that is asked to end stays so until the next one in its process begins."""
    stopping.forget()
