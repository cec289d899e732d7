"""A small simulated archive of Venus."""

from pathlib import Path

import pytest

from paper_repro.simulated import venus_archive
from paper_repro.simulated.venus_fields import Field


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of seed 3 with one observation of each kind, and all faults."""
    folder = tmp_path_factory.mktemp("raw")
    venus_archive.make(folder, seed=3, size=0.06)
    return folder


@pytest.fixture
def few_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a few bytes that depend on name and seed, where only the book-keeping is tested."""
    def take(raw: Path, shot: venus_archive.Shot, field: Field, seed: int) -> float:
        for name in shot.files:
            (raw / name).parent.mkdir(parents=True, exist_ok=True)
            (raw / name).write_text(f"{name} {seed}")
        return 0.8

    monkeypatch.setattr(venus_archive, "take", take)
