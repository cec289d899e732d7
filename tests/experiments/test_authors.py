"""Table 1 from the authors' trained encoders: nothing is trained, nothing of the run's own is touched or taken."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from paper_repro import cli
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file
from paper_repro.base.provenance import Provenance
from paper_repro.base.run import AUTHORS_NOTE, COLOUR, Run
from paper_repro.encoders import pipeline, weights
from paper_repro.encoders.simclr import SimCLR
from paper_repro.encoders.weights import BaseWeights
from paper_repro.experiments import table1
from paper_repro.figures import losses
from paper_repro.patches import dataset
from paper_repro.tables import table1 as written
from tests.encoders.conftest import make_base
from tests.encoders.test_checkpoint import authors_state

NAME = "simclr_resnet18_cloud-imvn-1.0_default.pt"
BASE = make_base()


@pytest.fixture
def run(tiny: Callable[..., Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run with features of its own, that is to use the authors' SimCLR."""
    def train(*_: Any, **__: Any) -> Path:
        raise AssertionError("something is trained")

    monkeypatch.setattr(weights, "find", lambda _: BASE)
    monkeypatch.setattr(pipeline, "train", train)
    made = replace(tiny(tmp_path), checkpoints="authors")
    opened = dataset.open_set(made.patches(COLOUR))
    noise = np.random.default_rng(3).integers(0, 256, (len(opened), 40, 40, 3), dtype=np.uint8)
    dataset.save(made.patches(COLOUR), noise, opened.table, Provenance("photographs", "patches", "sample", True),
                 {"classes": list(opened.classes)})
    return replace(made, profile=replace(made.profile, encoders=replace(made.profile.encoders, side=32)))


def put(run: Run, base: BaseWeights = BASE) -> Path:
    path = run.raw / "checkpoints/simclr" / NAME
    path.parent.mkdir(parents=True)
    torch.save(authors_state(SimCLR(base.state, torch.Generator().manual_seed(0))), path)
    return path


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_table_1(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    own = replace(run, checkpoints="own")
    table1.run_grid(own, jobs=1)
    written.write(own)
    before = everything(own.results) | everything(own.tables) | {
        own.features(COLOUR, "simclr"): own.features(COLOUR, "simclr").read_bytes()}
    path = put(run)

    pipeline.encode_set(run, COLOUR, "cpu")
    assert f"{COLOUR} simclr: the authors' {NAME}\n" in capsys.readouterr().out
    for room, file in (("encoders", f"../../raw/checkpoints/simclr/{NAME}"), ("features", "simclr-authors.npy")):
        table = pd.read_csv(run.data / room / COLOUR / "authors.csv").set_index("model")
        assert table.loc["simclr", "file"] == file
        assert table.loc["simclr", "sha256"] == sha256_file(run.data / room / COLOUR / file)
        assert not (run.data / room / COLOUR / "index.csv").exists()
    assert table1.run_grid(run, jobs=1) == run.data / "results/authors/table1_runs.csv"
    files = written.write(run)
    assert files[0] == tmp_path / "tables/sample/authors/table1.csv"
    note = f"{AUTHORS_NOTE} for simclr on {COLOUR}: {NAME}, sha256 {sha256_file(path)}."
    assert note in (read_json(run.results / "table1_runs.json") or {})["notes"]
    assert f"- {note}" in files[1].read_text()
    assert {path: path.read_bytes() for path in before} == before
    assert losses.draw(run) == []


def test_a_missing_one_is_a_sentence(run: Run) -> None:
    with pytest.raises(UserError, match=r"authors' checkpoint of simclr for photos-colour, found none; fetch it with "
                                        r"make fetch PROFILE=paper CHECKPOINTS=authors"):
        pipeline.encode_set(run, COLOUR, "cpu")
    assert not (run.data / "encoders" / COLOUR / "authors.csv").exists()


def test_the_command_line_passes_it_on_and_no_base_weights_are_looked_for(
        run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def find(run: Run) -> BaseWeights:
        raise AssertionError("base weights are looked for")

    monkeypatch.setattr(weights, "find", find)
    words = ["--out", str(tmp_path), "--encoders", "simclr", "--checkpoints"]
    assert cli.main(["encode", "--set", COLOUR, *words, "authors"]) == 2
    assert "expected the authors' checkpoint of simclr for photos-colour, found none" in capsys.readouterr().err
    put(run)
    assert cli.main(["encode", "--set", COLOUR, *words, "authors"]) == 0
    assert (run.data / "encoders" / COLOUR / "authors.csv").is_file()
    with pytest.raises(SystemExit):
        cli.main(["train", *words, "nobody"])
    assert "'nobody' (choose from" in capsys.readouterr().err
