"""Ours stands beside the paper's only for Cloud-ImVN with the official weights."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro.base.run import AUTHORS_NOTE
from paper_repro.patches.dataset import PatchSet
from paper_repro.tables.comparable import SWIMCAT, not_comparable

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
