import dataclasses
import math
from typing import Any

import pytest

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.encoders.recipe import RECIPES, with_switches

SWITCHES = {
    # switch: (paper, authors), as in the list of what the authors' code does otherwise
    "normalise_first": (False, True),
    "draw_per_image": (True, False),
    "blur_kernel": (25, 45),
    "weight_decay": (1e-4, 1e-5),
    "keep_momentum": (True, False),
    "keep_best": (True, False),
}


def test_the_two_recipes_differ_in_these_switches_only() -> None:
    ours = {name: tuple(getattr(RECIPES[recipe], name) for recipe in ("paper", "authors")) for name in SWITCHES}
    assert ours == SWITCHES
    assert {field.name for field in dataclasses.fields(RECIPES["paper"])} == {*SWITCHES, "name"}
    assert [recipe.name for recipe in RECIPES.values()] == list(RECIPES)


def test_what_the_paper_prints_comes_from_its_data() -> None:
    assert RECIPES["paper"].weight_decay == paper.TABLE2.lars_weight_decay
    assert RECIPES["paper"].blur_kernel == paper.AUGMENTATION.blur_kernel


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("name", ["paper", "authors"])
def test_each_switch_can_be_set_alone(name: str, switch: str) -> None:
    other = SWITCHES[switch][name == "paper"]
    changed = with_switches(name, {switch: other})
    assert getattr(changed, switch) == other
    assert dataclasses.replace(changed, **{switch: getattr(RECIPES[name], switch)}) == RECIPES[name]


def test_no_switch_leaves_the_recipe_as_it_is() -> None:
    assert with_switches("authors", {}) == RECIPES["authors"]


@pytest.mark.parametrize(("recipe", "side", "kernel"), [
    ("paper", 224, 25), ("paper", 64, 25), ("authors", 224, 45), ("authors", 64, 13), ("authors", 128, 25),
])  # fmt: skip
def test_the_authors_blur_scales_with_the_side_and_the_papers_does_not(recipe: str, side: int, kernel: int) -> None:
    assert RECIPES[recipe].kernel(side) == kernel


def test_a_blur_set_by_hand_does_not_scale() -> None:
    assert with_switches("authors", {"blur_kernel": 25}).kernel(64) == 25


@pytest.mark.parametrize(("name", "switches", "says"), [
    ("papre", {}, "Unknown recipe 'papre'.*paper, authors"),
    ("paper", {"keep_bset": True}, "Unknown switch 'keep_bset'.*keep_best"),
    ("paper", {"name": "authors"}, "Unknown switch 'name'"),
    ("paper", {"keep_best": 1}, "'keep_best'.*true or false, found 1"),
    ("authors", {"draw_per_image": "yes"}, "'draw_per_image'.*true or false, found 'yes'"),
    ("paper", {"blur_kernel": 24}, "'blur_kernel'.*odd number of pixels, found 24"),
    ("paper", {"blur_kernel": 25.0}, "'blur_kernel'.*odd number of pixels, found 25.0"),
    ("paper", {"blur_kernel": -1}, "'blur_kernel'.*odd number of pixels, found -1"),
    ("paper", {"blur_kernel": True}, "'blur_kernel'.*odd number of pixels, found True"),
    ("paper", {"weight_decay": "1e-4"}, "'weight_decay'.*at least 0, found '1e-4'"),
    ("paper", {"weight_decay": -1e-4}, "'weight_decay'.*at least 0, found -0.0001"),
    ("paper", {"weight_decay": math.nan}, "'weight_decay'.*at least 0, found nan"),
    ("paper", {"weight_decay": False}, "'weight_decay'.*at least 0, found False"),
])  # fmt: skip
def test_a_mistake_is_one_sentence(name: str, switches: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        with_switches(name, switches)
