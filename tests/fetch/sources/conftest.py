"""The servers and the client of the tests of downloading, for single sources."""

from tests.download.conftest import archive, client, server  # noqa: F401
