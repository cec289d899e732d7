"""`make` installs what the lock files list, bytes checked; the pinned versions alone only where nothing fits."""

import hashlib
import importlib.util
import subprocess
import sys
import zipfile
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


@pytest.mark.attack("other-bytes")
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


def wheel(folder: Path, name: str, version: str, *metadata: str) -> str:
    """Write a wheel without code and give its hash."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{info}/METADATA", "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}",
                                                        *metadata]) + "\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_release_newer_than_the_lock_changes_nothing(tmp_path: Path) -> None:
    """A package that asks for an extra of a listed one made pip take that one's newest release, which has no hash."""
    if importlib.util.find_spec("pip") is None:
        pytest.skip("not run: no pip here, as in the image")
    needed = wheel(tmp_path, "needed", "1", "Provides-Extra: more")
    asks = wheel(tmp_path, "asks", "1", "Requires-Dist: needed[more]>=1")
    wheel(tmp_path, "needed", "2", "Provides-Extra: more")
    (tmp_path / "mine.lock").write_text(f"asks==1 --hash=sha256:{asks}\nneeded==1 --hash=sha256:{needed}\n")
    environment = {"PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path),
                   "PIP_TARGET": str(tmp_path / "site"), "PIP_CONFIG_FILE": "/dev/null", "HOME": str(tmp_path)}
    done = subprocess.run(["sh", str(ROOT / "container/setup.sh"), sys.executable, "mine"], cwd=tmp_path,
                          capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(path.name for path in (tmp_path / "site").glob("*.dist-info")) == ["asks-1.dist-info",
                                                                                    "needed-1.dist-info"]
