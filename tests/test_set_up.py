"""make sets up .venv or says why not, in Python's own words; what failed half-way isn't taken for finished."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# stand-ins for an interpreter: without the module venv, and (Debian) without ensurepip, which leaves an interpreter
NO_VENV = 'echo "python3: No module named venv" >&2; exit 1'
NO_PIP = f"""mkdir -p .venv/bin; touch .venv/pyvenv.cfg; ln -s {sys.executable} .venv/bin/python
echo "The virtual environment was not created successfully because ensurepip is not available."; exit 1"""
NO_SPACE = """mkdir -p .venv/bin; touch .venv/pyvenv.cfg
printf '#!/bin/sh\\necho "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"\\n' \
  > .venv/bin/python
chmod +x .venv/bin/python; echo "Error: ensurepip returned non-zero exit status 1."; exit 1"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    if shutil.which("make") is None:
        pytest.skip("not run: make is missing")
    folder = tmp_path / "checkout"
    folder.mkdir()
    for path in [ROOT / "Makefile", ROOT / "pyproject.toml", *ROOT.glob("requirements*")]:
        shutil.copy(path, folder)
    return folder


def set_up(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *words, ".venv/bin/python"], cwd=checkout, capture_output=True, text=True,
                          timeout=60, check=False)


@pytest.mark.parametrize(("script", "reason"), [
    (NO_VENV, "No module named venv"),
    (NO_PIP, "ensurepip is not available"),
    (NO_SPACE, "No space left on device"),
])
def test_why_there_is_no_environment_is_said_and_again_the_next_time(checkout: Path, script: str, reason: str) -> None:
    python = checkout / "python3"
    python.write_text(f'#!/bin/sh\ncase "$*" in *"-m venv"*) {script};; esac\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    for _ in range(2):
        done = set_up(checkout, f"PYTHON3={python}")
        assert done.returncode == 2
        assert reason in done.stdout + done.stderr
        assert not (checkout / ".venv/bin/python").exists()


def test_a_colon_in_the_path_is_refused_in_pythons_words(checkout: Path) -> None:
    done = set_up(checkout.rename(checkout.with_name("a:b")), f"PYTHON3={sys.executable}")
    assert done.returncode == 2
    assert "because it contains the PATH separator :" in done.stderr


def test_an_older_python_is_refused(checkout: Path) -> None:
    python = checkout / "python3"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    done = set_up(checkout, f"PYTHON3={python}")
    assert done.returncode == 2
    assert f"Python 3.11 or newer is needed; {python} is older." in done.stdout + done.stderr
