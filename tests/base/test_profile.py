"""Profiles: those that come with the project, and all that one can say."""

import dataclasses
import re
import subprocess
import sys
import typing
from pathlib import Path

import pytest

from paper_repro import paper
from paper_repro.base import profile, profile_files
from paper_repro.base.instruments import entries
from paper_repro.base.preprocessing import Changes
from paper_repro.base.profile_files import names
from paper_repro.base.recipe import Recipe
from paper_repro.base.turned import PROPERTIES, Truth
from tests.base.profiles_made import WHOLE, refusal, written


@pytest.mark.parametrize("name", names())
def test_each_profile_of_the_project_opens(name: str) -> None:
    found = profile.load(name)
    assert (found.name, found.path) == (name, profile_files.FOLDER / f"{name}.toml")
    assert [path.stem for path in found.extends] == (["sample"] if name == "truth" else [])
    assert found.grid.repeats == paper.REPEATS
    assert found.encoders.recipe == "paper"
    assert found.patches == paper.TABLE4
    assert (found.training, found.augmentation) == (paper.TABLE2, paper.AUGMENTATION)
    assert found.venus is None or found.venus.classes == paper.VENUS_CLASSES


def test_the_paper_profile_has_the_papers_settings() -> None:
    found = profile.load("paper")
    assert found.encoders.side == paper.INPUT_SIDE_PX
    assert found.encoders.epochs == paper.TABLE2.max_epochs
    assert not found.simulated


def test_only_the_sample_and_known_truth_are_simulated() -> None:
    assert [name for name in names() if profile.load(name).simulated] == ["sample", "truth"]
    sources = {name: found.source if (found := profile.load(name).venus) else "" for name in names()}
    assert sources == {"classify": "", "paper": "folder", "sample": "simulated", "swimcat": "",
                       "truth": "simulated"}


def test_known_truth_has_the_papers_settings() -> None:
    known, of_paper = profile.load("truth"), profile.load("paper")
    assert (known.encoders.side, known.encoders.epochs) == (of_paper.encoders.side, of_paper.encoders.epochs)
    assert known.encoders.models == of_paper.encoders.models
    assert known.truth is not None
    assert tuple(known.truth.turned) == PROPERTIES


@pytest.mark.parametrize("name", ["paper", "sample", "truth"])
def test_venus_sets_are_the_papers(name: str) -> None:
    found = profile.load(name).venus
    assert found is not None
    assert [each.name for each in found.sets] == list(paper.PATCH_COUNTS)
    assert [(each.instrument, each.scale_km) for each in found.sets] == [("uvi", 3000), ("uvi", 500), ("vmc", 25)]


def test_every_key_is_read(tmp_path: Path) -> None:
    path = tmp_path / "my-own.v2.toml"
    found = profile.load(written(path, WHOLE))
    sets = tuple(profile.VenusSet(*each) for each in (("uvi", 500.0), ("uvi", 12103.6), ("vmc", 12.5)))
    switches = {"keep_best": True, "blur_kernel": 7, "weight_decay": 0.0}
    steps: dict[str, Changes] = {"vmc": {"side": "both", "darkening": "none"}}
    assert found == profile.Profile(
        "my-own.v2", "All that can be said", profile.Photographs("simulated", 2, 32, 2147483647),
        profile.Encoders(("simclr", "simple"), "authors", 64, 1, (3, 0), switches, "resnet50"),
        profile.Grid(1, 5, 10), path, (),
        profile.Venus("simulated", sets, (1, 2), 4, 1, 2.0, 5, steps, "kmeans", "drop"), profile.Effects(4096, 2, (9,)),
        paper.Table4(60.0, 3.5, 0.25, 2, 0.2, "cubic", 64, 8, 49, 0.5),
        paper.Table2(64, 64, 0.5, 0.075, 0.01, 0.0, 0.0001),
        paper.Augmentation((0.25, 1.0), 0.0, 1.0, 0.25, 25, (0.5, 0.5)),
        Truth(16, 0.5, (4,), {"contrast": (0, 1.5), "patches": (17,), "blending": (0.49,), "limb_darkening": (1.0,),
                              "holes": (0.25,)}))
    assert isinstance(found.patches.angle_threshold_deg, float)
    keys = set(re.findall(r"^(\w+) =", WHOLE, re.MULTILINE))
    kinds = (profile.Photographs, profile.Encoders, profile.Grid, profile.Effects, profile.Venus, Truth)
    fields = {field.name for kind in kinds for field in dataclasses.fields(kind)}
    assert fields - {"switches", "sets", "turned", "preprocessing"} | set(PROPERTIES) | set(
        profile.PatchParameters.__annotations__) <= keys


def test_patch_parameters_and_switches_are_those_of_table_4_and_of_the_recipes() -> None:
    assert list(profile.PatchParameters.__annotations__) == [field.name for field in dataclasses.fields(paper.Table4)]
    assert list(profile.Switches.__annotations__) == [
        field.name for field in dataclasses.fields(Recipe) if field.name != "name"]
    for kind, model in ((profile.PatchParameters, paper.Table4), (profile.Switches, Recipe)):
        own, theirs = typing.get_type_hints(kind), typing.get_type_hints(model)
        assert own == {name: theirs[name] for name in own}


def test_sets_are_of_the_instruments_there_are(tmp_path: Path) -> None:
    mine = written(tmp_path / "mine.toml",
                   "extends = 'swimcat'\n[venus]\nsource = 'folder'\nseeds = [0]\nbootstraps = 1\n"
                   "[venus.sets]\nir-9km = {instrument = 'ir', scale_km = 9}")
    assert f"expected one of: {', '.join(entries())}, found" in refusal(mine)
    found = profile.load(mine, instruments=["ir"]).venus
    assert found is not None
    assert found.sets == (profile.VenusSet("ir", 9.0),)
    assert "expected one of: radar, found" in refusal(mine, instruments=["radar"])


def test_names_of_sets_tell_any_two_scales_apart() -> None:
    scales = (500.0001, 500.0002, 500, 500.0, 499.99999999999994, 0.1, 12.5, 3000.0, 12103.6, 1e-05)
    assert [profile.VenusSet("uvi", scale).name for scale in scales] == [
        "uvi-500.0001km", "uvi-500.0002km", "uvi-500km", "uvi-500km", "uvi-499.99999999999994km", "uvi-0.1km",
        "uvi-12.5km", "uvi-3000km", "uvi-12103.6km", "uvi-1e-05km"]


def test_nothing_slow_is_loaded_to_read_a_profile() -> None:
    code = ("import sys; from paper_repro.base import profile; profile.load('paper'); "
            "print([name for name in ('numpy', 'pandas', 'torch') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True,
                          cwd=Path(profile.__file__).parents[2])
    assert done.stdout.strip() == "[]"
