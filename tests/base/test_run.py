"""What the user asked for, and where files go."""

import dataclasses
from pathlib import Path

import pytest

from paper_repro.base import files
from paper_repro.base.errors import UserError
from paper_repro.base.run import CHECKPOINTS, COLOUR, GRAY, open_run


def test_layout_below_the_profile(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path)
    assert run.patches(GRAY) == tmp_path / "data/sample/patches/photos-gray"
    assert run.encoder(GRAY, "simclr", 3) == tmp_path / "data/sample/encoders/photos-gray/simclr-s3"
    assert run.features(COLOUR, "simple", 3) == tmp_path / "data/sample/features/photos-colour/simple-s0.npy"
    assert run.features(COLOUR, "autoencoder") == tmp_path / "data/sample/features/photos-colour/autoencoder-s0.npy"
    assert run.results == tmp_path / "data/sample/results"
    assert run.figures == tmp_path / "figures/sample"
    assert run.tables == tmp_path / "tables/sample"


def test_encoders_needed_on_each_set(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path)
    assert run.table1_set == COLOUR
    assert run.models_for(COLOUR) == ("simple", "simclr", "autoencoder")
    assert run.models_for(GRAY) == ("simclr",)
    gray = dataclasses.replace(run, gray=True)
    assert (gray.photo_sets, gray.table1_set) == ((GRAY,), GRAY)
    assert gray.models_for(GRAY) == ("simple", "simclr", "autoencoder")


def test_the_users_encoders_replace_the_profiles(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path, encoders=["autoencoder", "simple"])
    assert run.profile.encoders.models == ("simple", "autoencoder")
    assert run.benchmark_model == "simple"


def test_archives_are_below_the_profile_or_where_the_user_says(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path)
    assert run.archive("uvi") == tmp_path / "data/sample/raw/darts"
    assert run.archive("vmc") == tmp_path / "data/sample/raw/psa"
    assert run.venus_simulated
    assert [one.name for one in run.venus_sets] == ["uvi-3000km", "uvi-500km", "vmc-25km"]
    named = open_run("paper", tmp_path, tmp_path, folders={"uvi": tmp_path})
    assert (named.archive("uvi"), named.archive("vmc")) == (tmp_path, tmp_path / "data/paper/raw/psa")
    assert not named.venus_simulated
    assert len(named.venus_sets) == 3


def test_scales_replace_the_profiles_sets_and_need_no_photographs(tmp_path: Path) -> None:
    one = open_run("paper", tmp_path, folders={"uvi": tmp_path}, scales=[500, 3000, 500])
    assert [found.name for found in one.venus_sets] == ["uvi-3000km", "uvi-500km"]
    both = open_run("swimcat", tmp_path, folders={"uvi": tmp_path, "vmc": tmp_path}, scales=[12.5])
    assert [found.name for found in both.venus_sets] == ["uvi-12.5km", "vmc-12.5km"]


def test_mistakes_about_venus_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="simulates its images of Venus"):
        open_run("sample", tmp_path, folders={"uvi": tmp_path})
    with pytest.raises(UserError, match="--scale makes sets of the files in a folder"):
        open_run("paper", tmp_path, scales=[25])
    with pytest.raises(UserError, match="has no sets of patches of Venus: name the scales"):
        open_run("swimcat", tmp_path, tmp_path, folders={"vmc": tmp_path})
    with pytest.raises(UserError, match=r"expected a folder of Akatsuki UVI files \(l2b and l3bx\), found nothing"):
        open_run("paper", tmp_path, folders={"uvi": tmp_path / "none"}, scales=[25])
    for scale in (0.0, -25.0, 12_104.0, float("nan")):
        with pytest.raises(UserError, match="expected the side of a patch in km"):
            open_run("paper", tmp_path, folders={"vmc": tmp_path}, scales=[scale])


def test_mistakes_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="Unknown encoder 'scan'"):
        open_run("sample", tmp_path, encoders=["scan"])
    with pytest.raises(UserError, match="found nothing"):
        open_run("swimcat", tmp_path, images=tmp_path / "none")
    with pytest.raises(UserError, match="found a file"):
        open_run("swimcat", tmp_path, images=tmp_path / "file")
    with pytest.raises(UserError, match="found a folder"):
        open_run("sample", tmp_path, weights=tmp_path)
    with pytest.raises(UserError, match="found nothing"):
        open_run("sample", tmp_path, weights=tmp_path / "none.pth")


def test_photographs_are_those_named_else_those_fetched(tmp_path: Path) -> None:
    assert open_run("paper", tmp_path).photographs is None
    fetched = tmp_path / "data/paper/raw/mendeley"
    fetched.mkdir(parents=True)
    assert open_run("paper", tmp_path).photographs == fetched
    (tmp_path / "mine").mkdir()
    assert open_run("paper", tmp_path, tmp_path / "mine").photographs == tmp_path / "mine"
    assert open_run("swimcat", tmp_path).photographs is None


def test_what_the_authors_encoders_give_stands_apart(tmp_path: Path) -> None:
    own, theirs = (open_run("sample", tmp_path, checkpoints=one) for one in CHECKPOINTS)
    for made in ("results", "figures", "tables", "report"):
        assert getattr(theirs, made) == getattr(own, made) / "authors"
    assert theirs.features(COLOUR, "simclr", 3) == tmp_path / "data/sample/features/photos-colour/simclr-authors.npy"
    assert theirs.features(COLOUR, "simple") == own.features(COLOUR, "simple")
    assert (own.seeds_for("uvi-500km-flat"), theirs.seeds_for("uvi-500km-flat")) == ((0, 1), (0,))


def own_profile(path: Path, text: str) -> str:
    files.write_text(path, f'extends = "sample"\n{text}')
    return str(path)


def test_a_profile_of_the_users_has_folders_of_its_own(tmp_path: Path) -> None:
    run = open_run(own_profile(tmp_path / "mine.toml", "[encoders]\nside = 96"), tmp_path / "out")
    assert run.data == tmp_path / "out/data/mine"
    assert (run.profile.encoders.side, run.venus_simulated) == (96, True)
    with pytest.raises(UserError, match="There is no profile 'mine'"):
        open_run("mine", tmp_path)


def test_each_list_of_seeds_has_its_own_sets(tmp_path: Path) -> None:
    profile = own_profile(tmp_path / "mine.toml", "[encoders]\nseeds = [5, 6]\n[venus]\nseeds = [1, 2]")
    run = open_run(profile, tmp_path)
    for name in (COLOUR, GRAY, "sky-images"):
        assert (run.seeds_for(name), run.seed_of(name)) == ((5,), 5)
        assert run.encoder(name, "simclr").name == "simclr-s5"
        assert run.features(name, "autoencoder").name == "autoencoder-s5.npy"
    for name in ("uvi-3000km", "uvi-3000km-flat", "vmc-25km-flat"):
        assert (run.seeds_for(name), run.seed_of(name)) == ((1, 2), 1)
        assert run.encoder(name, "simclr").name == "simclr-s1"
        assert run.encoder(name, "simclr", 2).name == "simclr-s2"
        assert run.features(name, "autoencoder").name == "autoencoder-s1.npy"
        assert run.features(name, "simple").name == "simple-s0.npy"
    for nothing_trained in (open_run(profile, tmp_path, checkpoints="authors"),
                            open_run(profile, tmp_path, encoders=["simple"])):
        assert nothing_trained.seeds_for("uvi-3000km-flat") == (1,)


def test_a_scale_that_is_hardly_too_large_is_told_to_the_last_digit(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"--scale 12103\.600001: expected"):
        open_run("paper", tmp_path, folders={"uvi": tmp_path}, scales=[12103.600001])
    sets = open_run("paper", tmp_path, folders={"uvi": tmp_path}, scales=[500.0001, 500.0002]).venus_sets
    assert [each.name for each in sets] == ["uvi-500.0002km", "uvi-500.0001km"]
