"""A browser for the report's tests, and a run to be reported on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import Chrome

from paper_repro.base.run import Run, open_run
from tests.report import browser
from tests.report import pages_made as made
from tests.verify.conftest import tables  # noqa: F401


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chrome]:
    """One browser for all tests."""
    if browser.missing():
        pytest.skip(f"not run: no {browser.missing()} on the PATH (on Debian: apt install chromium chromium-driver)")
    with browser.started() as driver:
        yield driver


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with a verdict and nothing else."""
    run = open_run("sample", tmp_path)
    made.verdict(run)
    return run
