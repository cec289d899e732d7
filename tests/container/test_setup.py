"""`make` installs what the lock files list, bytes checked; the pinned versions alone only where nothing fits."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.container.locks import ROOT

WRONG = "0" * 64
PIP = """import sys
lock, said = "--require-hashes" in sys.argv, {said!r}
print("installed", sys.argv[-1])
if lock and said:
    sys.exit(said)
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder in which `python -m pip` is a stand-in that says what it was asked for."""
    (tmp_path / "mine.lock").write_text(f"tabulate==0.10.0 --hash=sha256:{WRONG}\n")
    (tmp_path / "mine.txt").write_text("tabulate==0.10.0\n")
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").touch()
    return tmp_path


@pytest.mark.parametrize(("said", "asked", "status", "words"), [
    ("", ["mine.lock"], 0, ""),
    ("ERROR: No matching distribution found for torch", ["mine.lock", "mine.txt"], 0, "without hashes"),
    ("THESE PACKAGES DO NOT MATCH THE HASHES", ["mine.lock"], 1, "DO NOT MATCH"),
    ("No matching distribution found, and THESE PACKAGES DO NOT MATCH THE HASHES", ["mine.lock"], 1, "DO NOT MATCH"),
    ("ERROR: no space left on device", ["mine.lock"], 1, "no space left"),
])
def test_other_bytes_are_never_installed(installed: Path, said: str, asked: list[str], status: int, words: str) -> None:
    (installed / "pip" / "__main__.py").write_text(PIP.format(said=said))
    done = subprocess.run(["sh", str(ROOT / "container/setup.sh"), sys.executable, "mine"], cwd=installed,
                          capture_output=True, text=True, env={"PYTHONPATH": str(installed), "PATH": "/usr/bin:/bin"},
                          check=False)
    assert done.stdout.split() == [word for name in asked for word in ("installed", name)]
    assert (min(done.returncode, 1), words in done.stderr) == (status, True)
