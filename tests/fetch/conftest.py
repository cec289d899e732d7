"""A simulated archive, the server that stands for it, and the paper's run that fetches from it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from paper_repro.base.run import Run, open_run
from paper_repro.download.http import Policy
from paper_repro.fetch import fetch
from tests.download.server import ArchiveServer
from tests.fetch import served

QUICK = Policy(tries=2, backoff_s=0.001, timeout_s=5)


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A simulated archive of Venus in the archives' layout, as `served.make` writes it; not to be changed."""
    return served.make(tmp_path_factory.mktemp("archive"))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    monkeypatch.setattr(fetch, "POLICY", QUICK)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("TORCH_HOME", str(tmp_path_factory.mktemp("torch")))


@pytest.fixture
def server(archive: Path) -> Iterator[ArchiveServer]:
    with ArchiveServer(archive) as running:
        yield running


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The paper's run, whose photographs and weights the user names."""
    (tmp_path / "images").mkdir()
    (tmp_path / "weights.pth").touch()
    return open_run("paper", tmp_path / "out", tmp_path / "images", tmp_path / "weights.pth")
