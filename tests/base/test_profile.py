"""Profiles: those that come with the project, and mistakes in one."""

from pathlib import Path
from typing import Any

import pytest

from paper_repro import paper
from paper_repro.base import profile
from paper_repro.base.errors import UserError

GOOD: dict[str, Any] = {
    "title": "x",
    "photographs": {"source": "folder"},
    "encoders": {"models": ["simple"], "recipe": "paper", "side": 64, "epochs": 1, "seeds": [0]},
    "grid": {"repeats": 2, "seed": 0, "kmeans_n_init": 1},
}


@pytest.mark.parametrize("name", profile.names())
def test_each_profile_opens(name: str) -> None:
    found = profile.load(name)
    assert found.name == name
    assert found.grid.repeats == paper.REPEATS
    assert found.encoders.recipe == "paper"


def test_the_paper_profile_has_the_papers_settings() -> None:
    found = profile.load("paper")
    assert found.encoders.side == paper.INPUT_SIDE_PX
    assert found.encoders.epochs == paper.TABLE2.max_epochs
    assert not found.simulated


def test_only_the_sample_is_simulated() -> None:
    assert [name for name in profile.names() if profile.load(name).simulated] == ["sample"]
    sources = {name: found.source if (found := profile.load(name).venus) else "" for name in profile.names()}
    assert sources == {"classify": "", "paper": "folder", "sample": "simulated", "swimcat": ""}


@pytest.mark.parametrize("name", ["paper", "sample"])
def test_venus_sets_are_the_papers(name: str) -> None:
    found = profile.load(name).venus
    assert found is not None
    assert [one.name for one in found.sets] == list(paper.PATCH_COUNTS)
    assert [(one.instrument, one.scale_km) for one in found.sets] == [("uvi", 3000), ("uvi", 500), ("vmc", 25)]


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(UserError, match=r"no profile 'nope'; choose one of: classify, paper, sample, swimcat"):
        profile.load("nope")


def test_parse_makes_what_the_file_says() -> None:
    found = profile.parse("p", GOOD, Path("p.toml"))
    assert found.encoders.models == ("simple",)
    assert found.encoders.switches == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"extra": {}}, "unknown section 'extra'"),
        ({"grid": {"repeats": 2}}, r"section \[grid\] does not fit"),
        ({"grid": {**GOOD["grid"], "speed": 3}}, r"section \[grid\] does not fit.*speed"),
        ({"encoders": {**GOOD["encoders"], "models": ["scan"]}}, "unknown encoder 'scan'"),
        ({"venus": {"source": "folder"}}, r"section \[venus\] does not fit.*sets"),
        ({"venus": {"source": "folder", "sets": {"uvi-9km": {"instrument": "uvi"}}}}, "does not fit.*scale_km"),
        ({"venus": {"source": "folder", "sets": ["uvi-9km"]}}, r"section \[venus\] does not fit"),
        ({"venus": {"source": "folder", "sets": {"ir-9km": {"instrument": "ir", "scale_km": 9}}}},
         "unknown instrument 'ir' of ir-9km"),
        ({"venus": {"source": "folder", "sets": {"uvi-9km": {"instrument": "uvi", "scale_km": 90}}}},
         "call it 'uvi-90km'"),
    ],
)
def test_a_mistake_in_a_profile_is_one_sentence(change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        profile.parse("p", {**GOOD, **change}, Path("p.toml"))
