"""docs/recipes.md: the table has every switch with the defaults that the recipes have, and no other."""

import re
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch

from paper_repro import paper
from paper_repro.base.recipe import RECIPES, SWITCHES, Split, parse_switches
from paper_repro.encoders.augment import CROP_RATIO
from paper_repro.encoders.autoencoder import DECODERS, Autoencoder
from paper_repro.encoders.batch import split
from paper_repro.patches.project import FINEST
from paper_repro.patches.viewpoints import MARGIN

PAGE = (Path(__file__).parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")


def rows() -> dict[str, list[str]]:
    """The cells of each row of the table of switches, by the switch."""
    table = PAGE.split("## The switches")[1].split("\n\n")[1].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_every_switch_stands_there_once_in_order() -> None:
    assert list(rows()) == list(SWITCHES)
    assert all(len(row) == 5 and all(row) for row in rows().values())


@pytest.mark.parametrize("name", SWITCHES)
def test_defaults_are_those_of_the_recipes(name: str) -> None:
    for recipe, cell in zip(("paper", "authors"), rows()[name][-2:], strict=True):
        assert parse_switches([f"{name}={cell.strip('`')}"])[name] == getattr(RECIPES[recipe], name)


@pytest.mark.parametrize("name", SWITCHES)
def test_what_their_code_does_is_the_value_of_recipe_authors(name: str) -> None:
    found = re.match(r"`([^`]+)`", rows()[name][2])
    assert found
    assert parse_switches([f"{name}={found[1]}"])[name] == getattr(RECIPES["authors"], name)


def test_numbers_in_the_page_are_those_of_the_code() -> None:
    for kind in DECODERS:
        decoder = Autoencoder(None, torch.Generator(), kind).decoder
        assert f"({sum(p.numel() for p in decoder.parameters()):,}" in rows()["decoder"][0]
    sizes = [len(split(6474, np.random.default_rng(0), rule)[0]) for rule in get_args(Split)]
    assert f"Of 6474 images, {sizes[0]} or {sizes[1]}." in rows()["split"][0]
    assert f"a kernel size of {paper.AUGMENTATION.blur_kernel}" in rows()["blur_kernel"][1]
    assert (FINEST, MARGIN, CROP_RATIO) == (1.5, 1.01, (3 / 4, 4 / 3))
    assert "below 1.5 x" in PAGE
    assert "1.01 times" in PAGE
    assert "(3/4 to 4/3, " in " ".join(PAGE.split())
