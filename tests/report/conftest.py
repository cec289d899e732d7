"""A browser for the report's tests."""

from collections.abc import Iterator

import pytest
from selenium.webdriver import Chrome

from tests.report import browser
from tests.verify.conftest import tables  # noqa: F401


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chrome]:
    """One browser for all tests."""
    if browser.missing():
        pytest.skip(f"not run: no {browser.missing()} on the PATH (on Debian: apt install chromium chromium-driver)")
    with browser.started() as driver:
        yield driver
