"""A fresh clone holds no results: what git tracks in the folders that runs write is the file that explains them."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RESULTS = (".npy", ".npz", ".safetensors", ".pt", ".pth", ".fit", ".fits", ".IMG", ".GEO", ".png", ".pdf", ".pkl")


def tracked() -> list[str]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not run: this is no git checkout, or git is missing")
    listed = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files"], cwd=ROOT, capture_output=True,
                            text=True, check=True)
    return listed.stdout.splitlines()


def test_the_folders_that_runs_write_hold_only_their_explanation() -> None:
    written = [name for name in tracked() if name.split("/")[0] in {"data", "figures", "tables", "report", "out"}]
    assert written == ["data/README.md", "figures/README.md", "out/README.md", "tables/README.md"]


def test_no_picture_weights_or_archive_file_is_tracked_but_those_of_the_tests_and_the_readme() -> None:
    found = [name for name in tracked() if name.endswith(RESULTS)]
    assert [name for name in found if not name.startswith(("tests/", "docs/"))] == []
