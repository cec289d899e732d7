import dataclasses
import math
from typing import Any

import pytest

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.recipe import RECIPES, SWITCHES, Recipe, parse_switches, with_switches

DECLARED = {
    # switch: (paper, authors, another value), as in the list of what the authors' code does otherwise
    "views": ("fused", "chain", "chain"),
    "rotation_crop": ("inside", "authors", "authors"),
    "normalise_first": (False, True, True),
    "draw_per_image": (True, False, False),
    "blur_kernel": (25, 45, 31),
    "precision": ("float32", "float32", "bfloat16"),
    "decoder": ("mirror", "authors", "authors"),
    "weight_decay": (1e-4, 1e-5, 0.25),
    "keep_momentum": (True, False, False),
    "split": ("round", "floor", "floor"),
    "last_batch": ("unweighted", "unweighted", "weighted"),
    "keep_best": (True, False, False),
    "luma": ("integer", "float32", "float32"),
    "longitudes": ("wrapped", "stored", "stored"),
    "without_fit": ("keep", "keep", "leave out"),
}


def test_the_two_recipes_are_their_switches() -> None:
    ours = {name: tuple(getattr(RECIPES[recipe], name) for recipe in ("paper", "authors")) for name in DECLARED}
    assert ours == {name: values[:2] for name, values in DECLARED.items()}
    assert {field.name for field in dataclasses.fields(Recipe)} == {*DECLARED, "name"}
    assert list(SWITCHES) == list(DECLARED)
    assert [recipe.name for recipe in RECIPES.values()] == list(RECIPES)


def test_every_switch_is_described() -> None:
    lines = (Recipe.__doc__ or "").splitlines()
    assert [name for name in SWITCHES if not any(line.strip().startswith(f"{name}: ") for line in lines)] == []


def test_all_switches_as_the_authors_have_them_make_their_recipe() -> None:
    theirs = {name: getattr(RECIPES["authors"], name) for name in SWITCHES}
    assert dataclasses.replace(with_switches("paper", theirs), name="authors") == RECIPES["authors"]


def test_what_the_paper_prints_comes_from_its_data() -> None:
    assert RECIPES["paper"].weight_decay == paper.TABLE2.lars_weight_decay
    assert RECIPES["paper"].blur_kernel == paper.AUGMENTATION.blur_kernel


@pytest.mark.parametrize("switch", DECLARED)
@pytest.mark.parametrize("name", ["paper", "authors"])
def test_each_switch_can_be_set_alone(name: str, switch: str) -> None:
    for value in DECLARED[switch]:
        changed = with_switches(name, {switch: value})
        assert getattr(changed, switch) == value
        assert dataclasses.replace(changed, **{switch: getattr(RECIPES[name], switch)}) == RECIPES[name]


@pytest.mark.parametrize("switch", DECLARED)
def test_what_is_typed_is_what_a_profile_says(switch: str) -> None:
    for value in DECLARED[switch]:
        typed = str(value).lower() if isinstance(value, bool) else str(value)
        [(name, found)] = parse_switches([f"{switch}={typed}"]).items()
        assert (name, found, type(found)) == (switch, value, type(value))


def test_several_switches_are_typed_one_after_another() -> None:
    assert parse_switches(["views=chain", "weight_decay=0", "keep_best=false"]) == {
        "views": "chain", "weight_decay": 0.0, "keep_best": False,
    }  # fmt: skip
    assert parse_switches([]) == {}


@pytest.mark.parametrize(("words", "says"), [
    (["views"], "'views': expected name=value, as in blur_kernel=45, found no '='"),
    ([""], "'': expected name=value"),
    (["=1"], "Unknown switch ''; choose some of: views, "),
    (["veiws=chain"], "Unknown switch 'veiws'; choose some of: views, .*, without_fit"),
    (["name=authors"], "Unknown switch 'name'"),
    (["views=chian"], "'views': expected one of fused, chain, found 'chian'.*--switch"),
    (["views="], "'views': expected one of fused, chain, found ''"),
    (["keep_best=1"], "'keep_best': expected true or false, found '1'"),
    (["keep_best=True"], "'keep_best': expected true or false, found 'True'"),
    (["blur_kernel=24"], "'blur_kernel': expected an odd number of pixels, found 24"),
    (["blur_kernel=25.0"], "'blur_kernel': expected an odd number of pixels, found '25.0'"),
    (["weight_decay=low"], "'weight_decay': expected a number of at least 0, found 'low'"),
    (["weight_decay=nan"], "'weight_decay': expected a number of at least 0, found nan"),
    (["weight_decay=-1"], "'weight_decay': expected a number of at least 0, found -1.0"),
    (["split=round", "split=floor"], "'split': expected one value, found two"),
])  # fmt: skip
def test_a_mistake_in_typing_is_one_sentence(words: list[str], says: str) -> None:
    with pytest.raises(UserError, match=says):
        parse_switches(words)


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
    ("paper", {"views": "authors"}, "'views': expected one of fused, chain, found 'authors'"),
    ("paper", {"split": None}, "'split': expected one of round, floor, found None"),
    ("paper", {"precision": True}, "'precision': expected one of float32, bfloat16, found True"),
    ("paper", {"decoder": ["mirror"]}, r"'decoder': expected one of mirror, authors, found \['mirror'\]"),
    ("paper", {"weight_decay": False}, "'weight_decay'.*at least 0, found False"),
])  # fmt: skip
def test_a_mistake_is_one_sentence(name: str, switches: dict[str, Any], says: str) -> None:
    with pytest.raises(UserError, match=says):
        with_switches(name, switches)
