"""`make fetch` and `make patches`, as a user runs them, from a server in the archives' layout."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from paper_repro.base.run import Run, open_run
from tests.download.server import ArchiveServer
from tests.fetch import served
from tests.fetch.served import mirrors, patch_files
from tests.steps_made import make as made_here

ROOT = Path(__file__).resolve().parents[2]


def make(run: Run, *words: str) -> str:
    """What make says. Fails if it ends with an error."""
    given = [f"{key}={value}" for key, value in {"PYTHON": sys.executable, "OUT": run.out, "IMAGES": run.images,
                                                "WEIGHTS": run.weights}.items()]
    ended = subprocess.run(["make", *words, *given], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.mark.slow
def test_make_fetch_and_make_patches(server: ArchiveServer, archive: Path, run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(4):
        path = tmp_path / f"images/{'AB'[number % 2]}/{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (16, 16), np.uint8)).save(path)
    mirror = "MIRROR=" + " ".join(f"{name}={place}" for name, place in mirrors(server).items())
    assert "to be fetched: 12 files" in make(run, "fetch-plan", mirror)
    assert not served.products(run.raw)
    make(run, "fetch", "PROFILE=paper", mirror)
    make(run, "patches", "PROFILE=paper")
    direct = open_run("paper", tmp_path / "direct", folders={"uvi": archive / "darts", "vmc": archive / "psa"})
    made_here(direct, "venus patches")
    made = patch_files(run)
    assert {name: made[name] for name in patch_files(direct)} == patch_files(direct)
    make(run, "check-data", "PROFILE=paper")
    assert "\nmade " not in make(run, "patches", "PROFILE=paper")  # nothing is left to do
    next(run.raw.glob("psa/**/*.GEO")).unlink()
    assert "made        observations vmc  (vmc files changed)" in make(run, "patches", "PROFILE=paper")
