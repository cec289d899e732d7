"""Simulated input is known wherever it lies and whatever it is called, and so is all that is made of it."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from paper_repro.base.files import read_json
from paper_repro.base.profile import load
from paper_repro.base.run import COLOUR, Run
from paper_repro.patches import assemble
from paper_repro.patches.dataset import open_set
from paper_repro.simulated import mark, sky_photographs
from paper_repro.steps import steps_of
from tests.patches import tiny_archive
from tests.patches.photographs_made import cloud_imvn, run_of
from tests.steps_made import make


def all_records(run: Run) -> dict[str, bool]:
    """Which steps that are made say that they are simulated."""
    return {step.name: bool((read_json(step.record) or {})["simulated"]) for step in steps_of(run).by_name.values()
            if step.record.is_file()}


def test_every_file_of_the_simulated_archive_says_so(raw: Path) -> None:
    files = [path for folder in ("darts", "psa") for path in (raw / folder).rglob("*") if path.is_file()]
    assert len(files) > 10
    assert [path.name for path in files if not mark.is_marked(path)] == []


@pytest.mark.attack("simulated-renamed")
@pytest.mark.parametrize("instrument", ["uvi", "vmc"])
def test_a_simulated_archive_named_as_a_real_one(raw: Path, tmp_path: Path, instrument: str) -> None:
    """By UVI= or VMC= with the profile paper, below another folder."""
    named = tmp_path / "from" / "a friend"
    shutil.copytree(raw / {"uvi": "darts", "vmc": "psa"}[instrument], named)
    run = Run(load("paper"), tmp_path / "out", folders={instrument: tmp_path / "from"})
    make(run, f"observations {instrument}")
    assert all_records(run) == {f"observations {instrument}": True}


@pytest.mark.attack("simulated-renamed")
def test_one_simulated_file_among_real_ones_makes_all_simulated(raw: Path, tmp_path: Path) -> None:
    archive = tiny_archive.make(tmp_path / "in", 2)
    run = tiny_archive.run_of(tmp_path / "out", archive)
    tiny_archive.build(run)
    assert not any(all_records(run).values())
    simulated = next((raw / "darts").rglob("*l2b_v*.fit"))
    shutil.copy(simulated, archive / "uvi_20160202_020202_365_l2b_v10.fit")
    tiny_archive.build(run)
    assert all(all_records(run).values())


def again(images: Path, folder: Path) -> None:
    """The sample's photographs as PNG files of a user's: pixels as they are."""
    source = load("sample").photographs
    drawn, _ = sky_photographs.generate(2, source.side, source.seed)
    for path, image in zip(sorted(images.rglob("*.png")), drawn, strict=True):
        Image.fromarray(image).save(path)


def one(images: Path, folder: Path) -> None:
    """One marked file, copied; all others are others."""
    copied = next(images.rglob("*.png"))
    Image.open(copied).save(folder / "marked.png", pnginfo=mark.text())
    shutil.copy(folder / "marked.png", copied)


@pytest.mark.attack("simulated-renamed")
@pytest.mark.parametrize("change", [again, one])
def test_simulated_photographs_named_as_real_ones(tmp_path: Path, change: Callable[[Path, Path], None]) -> None:
    images = cloud_imvn(tmp_path / "images", 2)
    run = run_of(tmp_path, images)
    make(run, f"patches {COLOUR}")
    assert all_records(run) == {f"patches {COLOUR}": False}
    change(images, tmp_path)
    make(run, "patches photos-gray")
    assert all_records(run) == {f"patches {COLOUR}": True, "patches photos-gray": True}


def test_the_samples_photographs_are_all_known() -> None:
    source = load("sample").photographs
    assert len(mark.known()) == source.per_class * 6
    drawn, _ = sky_photographs.generate(2, source.side, source.seed)
    assert sum(mark.is_of_sample([image]) for image in drawn) >= 10  # another processor's last bits decide on a pixel
    assert not mark.is_of_sample([drawn[0] ^ 1, np.zeros_like(drawn[0])])


def test_patches_written_as_png_are_marked_where_they_are_simulated(tmp_path: Path) -> None:
    archive = tiny_archive.make(tmp_path / "in", 1)
    run = tiny_archive.run_of(tmp_path / "out", archive, (3000.0,))
    tiny_archive.build(run)
    patches = open_set(run.patches("uvi-3000km"))
    for simulated in (False, True):
        about = dataclasses.replace(patches, provenance={**patches.provenance, "simulated": simulated})
        assemble.write_pngs(tmp_path / "png", about)
        assert {mark.is_marked(path) for path in (tmp_path / "png").glob("*.png")} == {simulated}
