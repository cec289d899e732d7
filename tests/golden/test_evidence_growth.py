"""What is collected grows training by training: two seeds one after the other give the bytes of both at once."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_json
from paper_repro.base.run import COLOUR, GRAY, Run, open_run
from paper_repro.encoders.weights import random_state
from paper_repro.verify.claims import replication_basis
from tests.golden import evidence, evidence_judged
from tests.golden.evidence_files import ABOUT, JUDGED, OF_GRID, grow
from tests.steps_made import make
from tests.tiny_profile import text_of
from tests.verify.claims.replication_made import CLASSES

EPOCHS = 2
WITH_NETWORKS = ("rotation", "less-sensitive", "gradients", "hac-repeats", "unequal-sizes", "simple-sufficient")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with trainings of two seeds, in gray of the first, on photographs in a folder, with stand-in weights."""
    root, rng = tmp_path_factory.mktemp("trained"), np.random.default_rng(1)
    for number, name in enumerate(CLASSES):
        folder = root / "images" / name
        folder.mkdir(parents=True)
        for image in range(8):
            pixels = rng.normal(40 + 40 * number, 25, (32, 32, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{image}.png")
    torch.save(random_state(3), root / "weights.pth")
    text = text_of(["simple", "simclr", "autoencoder"], epochs=EPOCHS, repeats=2).replace("= [0]", "= [0, 1]")
    before, after = text.split('source = "simulated"')
    (root / "tiny.toml").write_text(f'{before}source = "folder"\n[encoders]{after.split("[encoders]")[1]}')
    run = open_run(str(root / "tiny.toml"), root / "both", root / "images", root / "weights.pth")
    make(run, *(f"train {COLOUR} {model}-s{seed}" for model in ("simclr", "autoencoder") for seed in (0, 1)),
         f"train {GRAY} simclr-s0")
    return run


def with_seed(run: Run, out: Path, seed: int) -> Run:
    """The run in another folder, where only the trainings of this seed are."""
    shutil.copytree(run.data / "encoders", out / "data" / "tiny" / "encoders",
                    ignore=shutil.ignore_patterns(f"*-s{1 - seed}"))
    return open_run(str(run.profile.path), out, run.images, run.weights)


@pytest.fixture(autouse=True)
def judged_after_so_few_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replication_basis, "paper", SimpleNamespace(TABLE2=SimpleNamespace(max_epochs=EPOCHS)))


def texts(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_one_seed_after_the_other_is_both_at_once(trained: Run, tmp_path: Path) -> None:
    first, second = (with_seed(trained, tmp_path / f"s{seed}", seed) for seed in (0, 1))
    with pytest.raises(UserError, match="expected the trainings of seed 0, beside which others can stand, found none"):
        evidence.collect(second, tmp_path / "apart")
    evidence.collect(first, tmp_path / "apart")
    alone = texts(tmp_path / "apart")
    evidence.collect(second, tmp_path / "apart")
    evidence.collect(trained, tmp_path / "together")
    apart = texts(tmp_path / "apart")
    assert apart == texts(tmp_path / "together")
    assert {name for name in apart if apart[name] != alone[name]} == {
        "clusters.csv", "table1_seeds.csv", "losses.csv", "trainings.csv", "values.csv", "verdict.csv", "about.json"}
    for name in ("clusters.csv", "table1_seeds.csv", "losses.csv", "trainings.csv", "values.csv"):
        assert set(alone[name].splitlines()) < set(apart[name].splitlines()), name  # those of seed 0 as they were
    evidence.collect(first, tmp_path / "apart")
    assert apart == texts(tmp_path / "apart")  # a training that is there already changes nothing

    judged = pd.read_csv(tmp_path / "apart" / JUDGED, keep_default_na=False).set_index("id")
    ran = judged[judged["verdict"] != "not run"]
    assert len(ran) > 30
    for claim in evidence_judged.REPLICATIONS:  # as a run with both trainings says
        if claim.id in ran.index and claim.id.split(".")[1] in WITH_NETWORKS:
            found = claim.measured(trained)
            assert (found.shown, found.why) == (ran.loc[claim.id, "ours"], ran.loc[claim.id, "reason"]), claim.id
    assert "in 2 trainings" in str(ran.loc["replicated.rotation", "ours"])
    assert "training seeds 0, 1;" in str(ran.loc["replicated.gradients.added", "reason"])


def test_what_can_not_stand_together_is_refused(trained: Run, tmp_path: Path) -> None:
    evidence.collect(with_seed(trained, tmp_path / "s0", 0), tmp_path / "apart")
    committed, second = texts(tmp_path / "apart"), with_seed(trained, tmp_path / "s1", 1)
    about = read_json(tmp_path / "apart" / ABOUT) or {}
    for name, change in (("patches", {"patches": "others"}), ("libraries.torch", {"libraries": {"torch": "1.0"}}),
                         ("grid.seed", {"grid": {"seed": 5}}),
                         ("trainings.simclr.batch_size", {"trainings": {"simclr": {"batch_size": 1}}})):
        write_json(tmp_path / "apart" / ABOUT, {**about, **change})
        with pytest.raises(UserError, match=f"expected trainings with {name} .*, found .*; collect these as a profile"):
            evidence.collect(second, tmp_path / "apart")
    write_json(tmp_path / "apart" / ABOUT, about)
    assert texts(tmp_path / "apart") == committed
    path = second.encoder(COLOUR, "simclr", 1) / "provenance.json"
    write_json(path, {**(read_json(path) or {}), "libraries": {"torch": "1.0"}})
    with pytest.raises(UserError, match=r"expected a training by torch .*, which is here, found one by 1.0"):
        evidence.collect(second, tmp_path / "apart")


def test_rows_of_the_same_training_are_replaced_and_others_keep_their_digits(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("training_seed,encoder,value\n0,simple,0.10\n0,simclr,1e-3\n10,simclr,3\n")
    grow(path, pd.DataFrame({"training_seed": [2, 10], "encoder": "simclr", "value": [0.5, 4]}), OF_GRID)
    assert path.read_text() == ("training_seed,encoder,value\n0,simple,0.10\n0,simclr,1e-3\n2,simclr,0.5\n"
                                "10,simclr,4.0\n")
