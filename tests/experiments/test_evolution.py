"""A set followed in time: shares in each group, wind and life time of simulated clouds recovered from its files."""

import dataclasses
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pytest

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, write_csv
from paper_repro.base.in_time import InTime
from paper_repro.base.profile import load
from paper_repro.base.run import Run
from paper_repro.experiments import evolution
from paper_repro.experiments.followed import opened
from paper_repro.experiments.settings import EVOLUTION_FILES, evolution_folder
from paper_repro.observations.season import solar_longitude
from paper_repro.steps import steps_of
from tests.base.profiles_made import WHOLE
from tests.evolution.recovery import WIND
from tests.experiments import followed_made
from tests.experiments.followed_made import NAME


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Clouds that live 30 h, in 450 images of 150 days, followed in time by the step itself."""
    made = followed_made.make_run(tmp_path_factory.mktemp("run"), 150.0)
    steps = steps_of(made)
    steps.make(steps.by_name[f"time {NAME}"])
    return made


def test_the_step_writes_what_it_says_and_the_same_again(run: Run) -> None:
    folder = evolution_folder(run, NAME)
    assert sorted(path.name for path in folder.iterdir()) == sorted([*EVOLUTION_FILES, "provenance.json"])
    before = {name: (folder / name).read_bytes() for name in EVOLUTION_FILES}
    evolution.follow(run, NAME)
    assert {name: (folder / name).read_bytes() for name in EVOLUTION_FILES} == before


def test_wind_and_life_time_of_the_clouds_are_recovered(run: Run) -> None:
    wind, lives = (opened(run, NAME, f"{file}.csv") for file in ("wind", "lives"))
    assert wind["value"].item() == pytest.approx(WIND, rel=0.1)
    whole = lives[lives["class"] == "all"].set_index("wind")
    assert whole.index.tolist() == ["stated", "fitted"]
    assert whole["life_h"].to_numpy() == pytest.approx(np.array([30.0, 30.0]), rel=0.2)
    assert whole.loc["fitted", "wind_m_s"] == wind["value"].item()
    assert (whole["seen_again"] >= whole["pairs"]).all()
    assert opened(run, NAME, "transitions.csv")["first"].tolist()[:5] == ["0", "0", "0", "0", "1"]


def test_shares_stand_in_every_group(run: Run) -> None:
    table = read_csv(run.patches(NAME) / "patches.csv").merge(read_csv(run.results / NAME / "classes.csv"), on="id")
    season = solar_longitude(table["time_utc"].tolist())
    groups = {
        "all": pd.Series(["all"] * len(table)), "month": table["time_utc"].str[:7],
        "orbit": table["source"].map(lambda source: PurePosixPath(source).parts[-2]),
        "solar longitude": pd.Series([f"{int(low):03d}-{int(low) + 30:03d} deg" for low in season // 30 * 30]),
        "local time": table["local_time_h"].map(lambda hour: f"{int(hour):02d}-{int(hour) + 1:02d} h"),
    }
    found = opened(run, NAME, "shares.csv")
    assert found["by"].unique().tolist() == ["all", "orbit", "month", "solar longitude", "local time"]
    for by, group in groups.items():
        expected = pd.crosstab(group, table["class"], normalize="index")
        shown = found[found["by"] == by].pivot(index="group", columns="class", values="share")
        assert shown.index.tolist() == expected.index.tolist()
        assert shown.to_numpy() == pytest.approx(expected.to_numpy())
        images = found[found["by"] == by].groupby("group")["observations"].first()
        assert images.tolist() == table.groupby(group.to_numpy())["source"].nunique().tolist()


def test_noise_has_its_share_and_is_left_out_where_places_are_seen_again(tmp_path: Path) -> None:
    made = followed_made.make_run(tmp_path)
    path, folder = made.results / NAME / "classes.csv", evolution_folder(made, NAME)
    table = read_csv(path)
    noise = np.random.default_rng(5).random(len(table)) < 0.2
    write_csv(path, table[~noise])
    evolution.follow(made, NAME)
    others = {name: (folder / name).read_bytes() for name in EVOLUTION_FILES if name != "shares.csv"}
    write_csv(path, table.assign(**{"class": table["class"].mask(noise, -1)}))
    followed_made.follow(made)
    assert {name: (folder / name).read_bytes() for name in others} == others
    assert set(opened(made, NAME, "transitions.csv")["then"]) == set("0123")
    shares = opened(made, NAME, "shares.csv")
    whole = shares[shares["by"] == "all"].set_index("class")
    assert whole.index.tolist() == ["0", "1", "2", "3", "noise"]
    assert whole.loc["noise", "share"] == noise.mean()
    assert whole["patches"].sum() == len(table)


def test_nothing_followed_is_said(run: Run, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"time: expected classes followed in time, with lives.csv .* run time"):
        opened(dataclasses.replace(run, out=tmp_path), NAME, "lives.csv")


def test_the_section_time_of_a_profile(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(f"{WHOLE}\n[time]\nwind_m_s = 95\nwind_shape = 'rigid'\n", encoding="utf-8")
    assert load(str(path)).time == InTime(wind_m_s=95.0, wind_shape="rigid")
    assert load("paper").time == InTime()
    for line, said in (("slowest_m_s = 300", "fastest_m_s: expected more than slowest_m_s (300), found 200"),
                       ("near = 0", "near: expected a number "), ("wind = 1", "wind: there is no such key"),
                       ("wind_shape = 'still'", 'wind_shape: expected "rigid" or "uniform"')):
        path.write_text(f"{WHOLE}\n[time]\n{line}\n", encoding="utf-8")
        with pytest.raises(UserError) as error:
            load(str(path))
        assert said in str(error.value)
