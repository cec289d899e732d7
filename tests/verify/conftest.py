"""A run with Tables 1 to 4, simulated or as if its photographs were Cloud-ImVN; Table 3's counts are the paper's."""

from collections.abc import Callable
from pathlib import Path

import pytest

from paper_repro import paper
from paper_repro.base.run import COLOUR, GRAY, Run, open_run
from paper_repro.tables import table1, table2, table3, table4
from paper_repro.verify.measure import measured
from tests.tables import conftest as made

Tables = Callable[..., Run]


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tables:
    """Make the run; `real`: as the profile paper, with photographs that can't be told from Cloud-ImVN."""

    def make(real: bool = False) -> Run:
        (tmp_path / "images").mkdir()
        run = open_run("paper", tmp_path, images=tmp_path / "images") if real else open_run("sample", tmp_path)
        for name in (COLOUR, GRAY):
            made.photographs(run, name)
        if real:
            for table in (table1, table3):
                monkeypatch.setattr(table, "open_set", lambda _: made.cloud_imvn())
        made.grid(run)
        made.classified(run, COLOUR, paper.TABLE3_COLOUR.matrix)
        made.classified(run, GRAY, paper.TABLE3_GRAY.matrix)
        for each in (table1, table2, table3, table4):
            each.write(run)
        return run

    return make


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run of the profile paper, yet without any output; its photographs can't be told from Cloud-ImVN."""
    (tmp_path / "images").mkdir()
    monkeypatch.setattr(measured, "open_set", lambda _: made.cloud_imvn())
    return open_run("paper", tmp_path, images=tmp_path / "images")
