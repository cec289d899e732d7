"""Ours stands beside the paper's only for Cloud-ImVN with the official weights."""

import dataclasses
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base import profile
from paper_repro.base.provenance import Origin
from paper_repro.base.run import AUTHORS_NOTE, COLOUR, GRAY, Run, open_run
from paper_repro.patches.dataset import PatchSet, open_set
from paper_repro.tables.comparable import SWIMCAT, not_comparable, otherwise
from tests.tables import conftest as made

Make = Callable[..., PatchSet]


def of_sizes(sizes: dict[str, int], side: int = 125) -> PatchSet:
    labels = [name for name, count in sizes.items() for _ in range(count)]
    images = np.broadcast_to(np.uint8(0), (len(labels), side, side, 3))
    return PatchSet(images, pd.DataFrame({"label": labels}), {"classes": list(sizes), "simulated": False})


@pytest.mark.parametrize("colour", [True, False])
def test_cloud_imvn_is_known_by_its_classes_and_sizes(make_cloud_imvn: Make, colour: bool) -> None:
    assert not_comparable(make_cloud_imvn(colour), []) == ""


def test_simulated_photographs_are_never_comparable(make_cloud_imvn: Make) -> None:
    assert not_comparable(make_cloud_imvn(simulated=True), []) == "not comparable: simulated"


@pytest.mark.parametrize("note", ["Made with stand-in weights (sha256 ab), not ...", "Made with random weights in ..."])
def test_other_weights_are_not_comparable(make_cloud_imvn: Make, note: str) -> None:
    kind = "stand-in weights" if "stand-in" in note else "random weights"
    assert not_comparable(make_cloud_imvn(), [note]) == f"not comparable: {kind}"
    assert not_comparable(make_cloud_imvn(), ["Something else."]) == "not comparable: see the notes"


def test_the_authors_encoder_is_comparable_with_the_papers_weights_only(make_cloud_imvn: Make) -> None:
    note = f"{AUTHORS_NOTE} for simclr on photos-colour: x.pt, sha256 {'0' * 64}."
    assert not not_comparable(make_cloud_imvn(), [note])
    with_stand_in = not_comparable(make_cloud_imvn(), [note, "Made with stand-in weights."])
    assert with_stand_in == "not comparable: stand-in weights"


def test_swimcat_is_known_by_its_classes_and_sizes() -> None:
    assert sum(SWIMCAT.values()) == 784
    assert not_comparable(of_sizes(SWIMCAT), ["Made with stand-in weights."]) == "not comparable: SWIMCAT"


@pytest.mark.parametrize("change", ["one image less", "another size", "another class", "another order", "no labels"])
def test_other_photographs_are_not_comparable(make_cloud_imvn: Make, change: str) -> None:
    whole = make_cloud_imvn(side=149 if change == "another size" else 150)
    table, classes = whole.table.copy(), list(whole.classes)
    if change == "one image less":
        table = table.iloc[1:]
    elif change == "another class":
        table.loc[0, "label"] = classes[1]
    elif change == "another order":
        classes = classes[::-1]
    elif change == "no labels":
        table, classes = table.drop(columns="label"), []
    other = PatchSet(whole.images, table, {"classes": classes, "simulated": False})
    assert not_comparable(other, []) == "not comparable: these photographs are not Cloud-ImVN"


def test_the_real_swimcat_has_the_sizes_that_it_is_known_by(real_inputs: Path) -> None:
    folders = {"Clear sky": "A-sky", "Patterned": "B-pattern", "Thick dark": "C-thick-dark",
               "Thick white": "D-thick-white", "Veil": "E-veil"}
    counted = {name: len(list((real_inputs / "swimcat" / folder / "images").glob("*.png")))
               for name, folder in folders.items()}
    assert counted == SWIMCAT


@pytest.mark.parametrize(("changes", "said"), [
    ({}, ""), ({"recipe": "authors"}, ""), ({"switches": {"precision": "bfloat16", "views": "chain"}}, ""),
    ({"epochs": 1}, "epochs 1"), ({"epochs": 1, "models": ("simple",)}, ""), ({"side": 32}, "side 32"),
    ({"side": 128, "switches": {"weight_decay": 0.5}}, "side 128, weight_decay 0.5"),
])
def test_what_was_made_otherwise_is_said(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    own = profile.load("paper")
    changed = Run(dataclasses.replace(own, encoders=dataclasses.replace(own.encoders, **changes)), tmp_path)
    sentence = f"Made otherwise than in the paper: {said}. The verdict doesn't compare it."
    assert otherwise(changed) == ([sentence] if said else [])
    if "epochs" in changes:  # which the authors' encoders know nothing of
        assert otherwise(dataclasses.replace(changed, checkpoints="authors")) == []
    twice = dataclasses.replace(own, grid=dataclasses.replace(own.grid, repeats=2))
    assert otherwise(Run(twice, tmp_path)) == [
        "Made otherwise than in the paper: repeats 2. The verdict doesn't compare it."]


@pytest.mark.parametrize("number", ["table1", "table3", "seeds"])
def test_it_stands_below_the_tables_that_have_the_papers_numbers(tmp_path: Path, make_cloud_imvn: Make, number: str,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    run = open_run("paper", tmp_path, images=tmp_path)
    encoders = dataclasses.replace(run.profile.encoders, epochs=1)
    for epochs in (64, 1):
        run = dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=dataclasses.replace(
            encoders, epochs=epochs)))
        for name, matrix in ((COLOUR, paper.TABLE3_COLOUR.matrix), (GRAY, paper.TABLE3_GRAY.matrix)):
            made.classified(run, name, matrix)
        made.over(run, made.grid(run), 2)
        for real, shown in ((True, epochs == 1), (False, False)):
            made.photographs(run)
            made.photographs(run, GRAY)
            module = importlib.import_module(f"paper_repro.tables.{number}")
            monkeypatch.setattr(module, "open_set", (lambda _: make_cloud_imvn()) if real else open_set)
            module.write(run, Origin())
            text = (run.tables / f"{number}.md").read_text(encoding="utf-8")
            assert ("Made otherwise than in the paper: epochs 1." in text) == shown
