"""Table 1 from the authors' trained encoders: nothing is trained, nothing of the run's own is touched or taken."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from paper_repro import cli
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file
from paper_repro.base.run import AUTHORS_NOTE, COLOUR, Run
from paper_repro.encoders import train
from paper_repro.encoders.simclr import SimCLR
from paper_repro.encoders.weights import random_state
from paper_repro.patches import dataset
from paper_repro.steps import Means, steps_of
from tests import records_made
from tests.encoders.test_checkpoint import authors_state
from tests.tiny_profile import text_of

NAME = "simclr_resnet18_cloud-imvn-1.0_default.pt"
PROFILE = text_of(["simclr"], per_class=2)


@pytest.fixture
def run(tiny: Callable[..., Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run with features of its own, that is to use the authors' SimCLR."""
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something is trained")

    monkeypatch.setattr(train, "train", refuse)
    made = replace(tiny(tmp_path), checkpoints="authors")
    opened = dataset.open_set(made.patches(COLOUR))
    noise = np.random.default_rng(3).integers(0, 256, (len(opened), 40, 40, 3), dtype=np.uint8)
    records_made.patch_set(made, COLOUR, noise, opened.table, opened.classes)
    return replace(made, profile=replace(made.profile, encoders=replace(made.profile.encoders, side=32)))


def put(raw: Path) -> Path:
    path = raw / "checkpoints/simclr" / NAME
    path.parent.mkdir(parents=True)
    torch.save(authors_state(SimCLR(random_state(5), torch.Generator().manual_seed(0))), path)
    return path


def make(run: Run, *names: str) -> None:
    """Make these steps, which write their records, without those that they need."""
    steps = steps_of(run, Means(device="cpu", jobs=1))
    for name in names:
        steps.make(steps.by_name[name])


def everything(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_table_1(run: Run, tmp_path: Path) -> None:
    own = replace(run, checkpoints="own")
    make(own, "grid s0", "table 1")
    features = run.data / "features" / COLOUR / "simclr-s0.npy"
    before = everything(own.results) | everything(own.tables) | {features: features.read_bytes()}
    path = put(run.raw)

    make(run, f"encode {COLOUR} simclr-authors", "grid s0", "table 1")
    assert (features.parent / "simclr-authors.npy").read_bytes() != before[features]
    assert (run.data / "results/authors/table1_runs.csv").is_file()
    note = (f"{AUTHORS_NOTE} for simclr on {COLOUR}: {NAME}, sha256 {sha256_file(path)}"
            "; authors' encoder not verified: the hash that their hub publishes isn't known.")
    assert note in (read_json(run.results / "table1_runs.json") or {})["notes"]
    assert f"- {note}" in (tmp_path / "tables/sample/authors/table1.md").read_text()
    assert {path: path.read_bytes() for path in before} == before


def test_nothing_is_trained(run: Run) -> None:
    steps = steps_of(run).by_name
    assert not [name for name in steps if name.startswith("train ")]
    assert "figure losses" not in steps
    assert steps[f"encode {COLOUR} simclr-authors"].needs == (f"patches {COLOUR}",)
    assert steps["grid s0"].needs == (f"patches {COLOUR}", f"encode {COLOUR} simple-s0",
                                      f"encode {COLOUR} simclr-authors")


def test_a_missing_one_is_a_sentence(run: Run) -> None:
    with pytest.raises(UserError, match=r"authors' checkpoint of simclr for photos-colour, found none; fetch it with "
                                        r"`python -m paper_repro fetch"):
        make(run, f"encode {COLOUR} simclr-authors")
    assert not (run.data / "features" / COLOUR / "simclr-authors.npy").exists()


def test_the_command_line_passes_it_on_and_no_base_weights_are_looked_for(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "few.toml").write_text(PROFILE)
    words = ["--out", str(tmp_path), "--profile", str(tmp_path / "few.toml"), "--checkpoints"]
    command = ["encode", "--set", COLOUR, "--device", "cpu", *words, "authors"]
    assert cli.main(command) == 2
    assert "expected the authors' checkpoint of simclr for photos-colour, found none" in capsys.readouterr().err
    data = tmp_path / "data/few"
    put(data / "raw")
    assert cli.main(command) == 0
    assert [path.name for path in (data / "features" / COLOUR).glob("*.npy")] == ["simclr-authors.npy"]
    assert not (data / "raw/weights").exists()
    with pytest.raises(SystemExit):
        cli.main(["train", *words, "nobody"])
    assert "'nobody' (choose from" in capsys.readouterr().err
