"""docs/new-instrument.md: its code, put where it says and run as it says, goes from files to classes."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from paper_repro.base.instruments import FOLDER
from paper_repro.encoders.weights import random_state

PAGE = Path(__file__).parents[2] / "docs" / "new-instrument.md"
CAMERA, FILES, COMMANDS = re.findall(r"^```(?:python|sh)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
K = 0.7  # of the page's images: I = I0 mu0^k mu^(k-1)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with the page's one file more, the page's files, and what its commands write."""
    made = tmp_path_factory.mktemp("new")
    shutil.copytree(FOLDER.parent, made / "paper_repro")  # with its compiled code, which would take long to make
    (made / "paper_repro/observations/hazecam.py").write_text(CAMERA, encoding="utf-8")
    torch.save(random_state(0), made / "resnet18.pth")
    run(made, "-c", FILES)
    for command in COMMANDS.splitlines():
        program, *words = shlex.split(command)
        assert program == "python"
        (made / f"{words[2]}.txt").write_text(run(made, *words), encoding="utf-8")
    return made


def run(where: Path, *words: str) -> str:
    ended = subprocess.run([sys.executable, *words], cwd=where, capture_output=True, text=True, timeout=300,
                           check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.mark.slow
def test_the_newest_version_of_each_image_is_indexed(folder: Path) -> None:
    assert "\nhazecam: 2 observations, 2 usable" in (folder / "index.txt").read_text(encoding="utf-8")
    table = pd.read_csv(folder / "data/paper/observations/hazecam.csv")
    assert table["source"].tolist() == ["2024/haze_20240301_080000_v2.npz", "2024/haze_20240301_090000_v1.npz"]
    assert table["subsolar_longitude_deg"].tolist() == [30, 60]


@pytest.mark.slow
def test_patches_are_those_of_a_planet_of_its_size_that_turns_forward(folder: Path) -> None:
    table = pd.read_csv(folder / "data/paper/patches/hazecam-1000km/patches.csv")
    assert table["minnaert_k"].to_numpy() == pytest.approx(K, abs=0.02)
    sun = table["source"].map({"2024/haze_20240301_080000_v2.npz": 30, "2024/haze_20240301_090000_v1.npz": 60})
    hours = (table["longitude_deg"] - sun + 180) % 360 / 15
    assert table["local_time_h"].to_numpy() == pytest.approx(hours.to_numpy())
    # neighbours on the sphere are the side of a patch apart: 2 asin(s / 2 R), 17 degrees on Mars
    first = table[table["source"] == table["source"][0]]
    steps = np.diff(np.unique(first["latitude_deg"].round(3)))
    assert steps[steps > 5].min() == pytest.approx(np.degrees(2 * np.arcsin(1000 / 2 / 3389.5)), rel=0.02)


@pytest.mark.slow
def test_each_patch_has_a_class(folder: Path) -> None:
    classes = pd.read_csv(folder / "data/classify/results/hazecam-1000km-flat/classes.csv")
    patches = pd.read_csv(folder / "data/paper/patches/hazecam-1000km/patches.csv")
    assert classes["id"].tolist() == patches["id"].tolist()
    assert set(classes["class"]) == {0, 1, 2}


def test_the_page_adds_one_file_only() -> None:
    assert PAGE.read_text(encoding="utf-8").count("```python") == 2  # the camera, and its files
    assert "`paper_repro/observations/hazecam.py`:\n\n```python" in PAGE.read_text(encoding="utf-8")
