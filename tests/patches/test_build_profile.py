"""Patch sets made with other parameters than Table 4's, or of scales that differ in the last digits."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from paper_repro import cli
from paper_repro.base.profile import load
from paper_repro.base.run import Run
from paper_repro.observations.observation import Observation
from paper_repro.paper import TABLE4
from paper_repro.patches import batches, build, dataset, drawn_out, part
from paper_repro.patches.flatten import flatten
from paper_repro.patches.project import Patches, patches_of
from paper_repro.patches.waves import wave_score
from paper_repro.verify.claims.measured import basis_of
from tests.instruments import uvi
from tests.patches import tiny_archive

OWN = dataclasses.replace(TABLE4, angle_threshold_deg=60.0, resolution_px=64)
NAME = "uvi-3000km"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An observation with a low Sun, and one that is too coarse for 128 px but not for 64."""
    root = tmp_path_factory.mktemp("archive")
    tiny_archive.add(root, 0, low_sun=True)
    tiny_archive.add(root, 1, coarse=True)
    return root


def test_a_profiles_parameters_make_its_patches(archive: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('extends = "paper"\n[patches]\nangle_threshold_deg = 60\nresolution_px = 64\n')
    words = ["patches", "--uvi", str(archive), "--scale", "3000", "--jobs", "1", "--out", str(tmp_path)]
    assert cli.main([*words, "--profile", str(mine)]) == 0
    assert cli.main(words) == 0
    run, papers = (Run(load(choice), tmp_path, folders={"uvi": archive}, instruments=("uvi",), scales=(3000.0,))
                   for choice in (str(mine), "paper"))
    patches, flat = (dataset.open_set(run.patches(NAME + end)) for end in ("", "-flat"))
    expected = [patches_of(uvi.read(pair), [3000.0], OWN)[3000.0] for pair in uvi.pairs(archive)]
    assert len(expected) == 2
    assert patches.images.shape[1:] == (64, 64)
    assert np.array_equal(patches.images, np.concatenate([each.images for each in expected]))
    assert np.array_equal(flat.images, flatten(np.asarray(patches.images), OWN))
    # a lower threshold takes pixels away: the fit of Minnaert's law is another
    low_sun = uvi.read(uvi.pairs(archive)[0])
    assert patches.table["minnaert_k"][0] == expected[0].minnaert_k
    assert expected[0].minnaert_k != patches_of(low_sun, [3000.0], TABLE4)[3000.0].minnaert_k
    used = {key: patches.provenance["settings"][key] for key in dataclasses.asdict(OWN)}
    assert used == dataclasses.asdict(OWN)
    # with the paper's parameters the second observation is too coarse
    assert dataset.open_set(papers.patches(NAME)).side == 128
    left_out = pd.read_csv(papers.patches(NAME) / "left_out.csv")
    assert left_out["source"].tolist() == [uvi.pairs(archive)[1].source]
    assert pd.read_csv(run.patches(NAME) / "left_out.csv").empty


def test_other_parameters_make_a_set_again(archive: Path, tmp_path: Path) -> None:
    run = Run(load("paper"), tmp_path, folders={"uvi": archive}, instruments=("uvi",), scales=(3000.0,))
    tiny_archive.build(run)
    before = dataset.open_set(run.patches(NAME + "-flat")).sha256
    parameters = dataclasses.replace(TABLE4, contrast=1.0)
    tiny_archive.build(dataclasses.replace(run, profile=dataclasses.replace(run.profile, patches=parameters)))
    patches, flat = (dataset.open_set(run.patches(NAME + end)) for end in ("", "-flat"))
    assert np.array_equal(flat.images, flatten(np.asarray(patches.images), parameters))
    assert flat.sha256 != before


def test_scales_that_differ_in_the_last_digits_have_patches_of_their_own(archive: Path, tmp_path: Path) -> None:
    scales, small = (1500.0002, 1500.0001, 1500.0), dataclasses.replace(TABLE4, resolution_px=32)
    run = Run(dataclasses.replace(load("paper"), patches=small), tmp_path, folders={"uvi": archive},
              instruments=("uvi",), scales=scales)
    tiny_archive.build(run)
    made = [patches_of(uvi.read(pair), scales, small) for pair in uvi.pairs(archive)]
    longitudes = []
    for scale, name in zip(scales, ("uvi-1500.0002km", "uvi-1500.0001km", "uvi-1500km"), strict=True):
        found = dataset.open_set(run.patches(name))
        assert found.provenance["settings"]["scale_km"] == scale
        longitudes.append(found.table["longitude_deg"].to_numpy())
        assert np.allclose(longitudes[-1], np.concatenate([each[scale].longitude_deg for each in made]), 1e-14, 0)
    assert np.abs(longitudes[0] - longitudes[1]).max() > 1e-7  # degrees
    assert np.abs(longitudes[1] - longitudes[2]).max() > 1e-7


@pytest.mark.parametrize("side", [16, 128, 300])
def test_how_many_images_are_in_memory_goes_by_their_side(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(side).integers(0, 256, (7, side, side)).astype(np.uint8)
    flat, waves = flatten(images, TABLE4), wave_score(images)
    for pixels, count in ((3 * side**2, 3), (3 * side**2 - 1, 2), (1, 1)):
        monkeypatch.setattr(batches, "PIXELS", pixels)
        parts = list(batches.batches(images))
        assert [len(images[part]) for part in parts] == [min(count, 7 - start) for start in range(0, 7, count)]
        assert np.array_equal(np.concatenate([images[part] for part in parts]), images)
        assert np.array_equal(flatten(images, TABLE4), flat)
        assert np.allclose(wave_score(images), waves, rtol=1e-12, atol=0)


def test_that_is_64_images_of_128_px() -> None:
    assert [each.stop for each in batches.batches(np.zeros((65, 128, 128), np.uint8))] == [64, 128]


def test_a_scale_that_gives_nothing_does_not_stop_the_others(archive: Path, tmp_path: Path,
                                                             capsys: pytest.CaptureFixture[str]) -> None:
    words = ["patches", "--uvi", str(archive), "--jobs", "1", "--out", str(tmp_path)]
    assert cli.main([*words, "--scale", "3000", "--scale", "25"]) == 0
    said = capsys.readouterr()
    assert "going on without uvi-25km, which no observation gave a patch" in said.out.splitlines()
    assert said.err.count(f"uvi-25km: no observation in {archive} gave a patch") == 1
    sets = pd.read_csv(tmp_path / "data/paper/patches/statistics.csv")
    assert sets["set"].tolist() == ["uvi-3000km", "uvi-3000km-flat"]
    assert (tmp_path / "data/paper/patches/uvi-25km/left_out.csv").is_file()
    parts = {path: path.read_bytes() for path in tmp_path.rglob("*.npz")}
    assert cli.main([*words, "--scale", "3000", "--scale", "25"]) == 0
    assert "up to date  patches uvi-3000km" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.npz")} == parts
    assert cli.main([*words, "--scale", "25"]) == 2
    assert cli.main([*words, "--scale", "25", "--scale", "20"]) == 2
    assert "going on" not in capsys.readouterr().out


def test_a_profile_may_drop_what_is_drawn_out(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small, scale, name = dataclasses.replace(TABLE4, resolution_px=32), 1500.0, "uvi-1500km"

    def partly(observation: Observation, *given: Any) -> dict[float, Patches]:
        """Every other patch a little more than what is called drawn out."""
        found = patches_of(observation, *given)[scale]
        return {scale: dataclasses.replace(found, drawn_out=np.where(np.arange(len(found.images)) % 2, 0.11, 0.1))}

    monkeypatch.setattr(part, "patches_of", partly)
    chosen = load("paper")
    assert chosen.venus is not None
    assert chosen.venus.drawn_out == "keep"
    dropping = dataclasses.replace(chosen, patches=small, venus=dataclasses.replace(chosen.venus, drawn_out="drop"))
    run = Run(dropping, tmp_path, folders={"uvi": archive}, instruments=("uvi",), scales=(scale,))
    tiny_archive.build(run)
    made = [patches_of(uvi.read(pair), [scale], small)[scale] for pair in uvi.pairs(archive)]
    assert max(len(each.images) for each in made) > 1
    patches, flat = (dataset.open_set(run.patches(name + end)) for end in ("", "-flat"))
    expected = np.concatenate([each.images[::2] for each in made])
    assert np.array_equal(patches.images, expected)
    assert np.array_equal(flat.images, flatten(expected, small))
    assert patches.table["density"].to_numpy() == pytest.approx(np.concatenate([each.density[::2] for each in made]))
    assert patches.table["id"].tolist() == list(range(len(expected)))
    for record in (patches.provenance, flat.provenance):
        assert drawn_out.DROPPED in record["notes"]
    assert patches.provenance["settings"]["drawn_out"] == "drop"
    build.measure_drawn_out(run, run.venus_sets[0])
    assert (drawn_out.joined(patches.table, run.patches(name))["drawn_out"] == 0.1).all()
    assert not basis_of({**patches.provenance, "simulated": False}).comparable
