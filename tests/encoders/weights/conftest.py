"""The server of the tests of downloading, for weights."""

from tests.download.conftest import server  # noqa: F401
