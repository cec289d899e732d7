"""A run with Tables 1 to 4, simulated or as if its photographs were Cloud-ImVN; Table 3's counts are the paper's."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from paper_repro import paper
from paper_repro.base import cleaning
from paper_repro.base.files import write_csv
from paper_repro.base.run import COLOUR, GRAY, Run, open_run
from paper_repro.encoders import encode
from paper_repro.tables import table1, table3
from paper_repro.verify import recorded
from paper_repro.verify.claims import embeddings, measured, replication_basis
from tests.records_made import record
from tests.tables import conftest as made
from tests.verify.runs_made import finish

Tables = Callable[..., Run]


@pytest.fixture
def tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tables:
    """Make the run; `real`: as the profile paper or another, with photographs that can't be told from Cloud-ImVN.

    All that its tables are made of has the records of steps that ended. Its verdict isn't held against the one recorded
    of a whole run.
    """
    monkeypatch.setattr(recorded, "FOLDER", tmp_path)
    monkeypatch.setattr(embeddings, "load_encoder", lambda *_: None)  # the checkpoint is a line of text
    monkeypatch.setattr(embeddings, "base_model", lambda _: None)
    monkeypatch.setattr(embeddings, "encode_images",
                        lambda _, images, *__, **___: np.zeros((len(images), 4), np.float32))

    def make(real: bool = False, profile: str = "paper") -> Run:
        images = photographs_of_a_user(tmp_path / "images")
        run = open_run(profile, tmp_path, images=images) if real else open_run("sample", tmp_path)
        cleaning.mark(run.data)
        for name in (COLOUR, GRAY):
            made.photographs(run, name)
        if real:
            for table in (table1, table3):
                monkeypatch.setattr(table, "open_set", lambda _: made.cloud_imvn())
            monkeypatch.setattr(replication_basis, "open_set", lambda _: made.cloud_imvn())
        made.grid(run)
        trained(run)
        for name, matrix in ((COLOUR, paper.TABLE3_COLOUR.matrix), (GRAY, paper.TABLE3_GRAY.matrix)):
            made.classified(run, name, matrix)
            places = np.random.default_rng(4).normal(size=(np.sum(matrix), 2))
            write_csv(run.results / name / "tsne2.csv",
                      pd.DataFrame(places, columns=["x", "y"]).rename_axis("id").reset_index())
        finish(run, *(f"table {number}" for number in range(1, 5)))
        return run

    return make


def trained(run: Run) -> None:
    """SimCLR on the colour photographs: its losses, and features of any values, by Simple and in gray too."""
    folder = run.encoder(COLOUR, "simclr")
    write_csv(folder / "losses.csv", pd.DataFrame({"epoch": [1, 2], "train_loss": [3.0, 2.0], "test_loss": [3.0, 2.5]}))
    record(folder / "provenance.json", run, "train", weights_of_epoch=2)
    for path in (run.features(COLOUR, "simple"), *(run.features(name, "simclr") for name in (COLOUR, GRAY))):
        saved = encode.save(path, np.random.default_rng(5).normal(size=(24, 4)).astype(np.float32))
        record(path.with_suffix(".json"), run, "encode", **saved.extra)


def photographs_of_a_user(folder: Path) -> Path:
    """A folder with two small photographs of each class."""
    for name in paper.CLASS_NAMES:
        (folder / name).mkdir(parents=True)
        for number in (1, 2):
            Image.new("RGB", (4, 4), (number, 0, 0)).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture
def sample(tmp_path: Path) -> Run:
    """A run of the small profile, yet without any output."""
    return open_run("sample", tmp_path)


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run of the profile paper, yet without any output; its photographs can't be told from Cloud-ImVN."""
    (tmp_path / "images").mkdir()
    monkeypatch.setattr(measured, "open_set", lambda _: made.cloud_imvn())
    return open_run("paper", tmp_path, images=tmp_path / "images")
