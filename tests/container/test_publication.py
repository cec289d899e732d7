"""What goes with a publication says the same everywhere: CITATION.cff, .zenodo.json, pyproject.toml, licences, SBOM."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

import paper_repro
from tests.container import locks
from tests.container.locks import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CITATION: dict[str, Any] = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
ZENODO: dict[str, Any] = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))


def test_the_citation_has_what_its_format_requires() -> None:
    """Citation File Format 1.2.0: these four keys; authors are persons or have a name; known kinds of references."""
    assert {"cff-version", "message", "title", "authors"} <= CITATION.keys()
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["type"] in {"software", "dataset"}
    for one in [*CITATION["authors"], *(author for work in CITATION["references"] for author in work["authors"])]:
        assert one.keys() in ({"name"}, {"family-names", "given-names"})
    assert all({"type", "title", "authors"} <= work.keys() for work in CITATION["references"])


def test_the_versions_and_licences_are_one() -> None:
    assert CITATION["version"] == ZENODO["version"] == paper_repro.__version__
    assert "version" in PROJECT["dynamic"]  # which the package itself says
    assert CITATION["license"] == ZENODO["license"] == PROJECT["license"] == "MIT"
    assert CITATION["title"].replace("“", '"').replace("”", '"') == ZENODO["title"]
    assert [{"name": one["name"]} for one in CITATION["authors"]] == ZENODO["creators"]
    assert (ROOT / "LICENSES/MIT.txt").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert CITATION["authors"][0]["name"].removeprefix("The ") in (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_the_deposit_has_what_zenodo_requires() -> None:
    assert {"title", "upload_type", "creators", "description", "access_right"} <= ZENODO.keys()
    assert ZENODO["upload_type"] == "software"


@pytest.mark.slow
def test_every_file_has_a_licence(tmp_path: Path) -> None:
    if find_spec("reuse") is None:
        pytest.skip("not run: reuse, which checks the licences of all files, isn't installed")
    ended = subprocess.run([sys.executable, "-m", "reuse", "--root", str(ROOT), "lint", "--json"], cwd=tmp_path,
                           capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout
    assert json.loads(ended.stdout)["summary"]["compliant"]


@pytest.mark.slow
def test_the_list_of_packages_is_the_lock(tmp_path: Path) -> None:
    if find_spec("cyclonedx_py") is None:
        pytest.skip("not run: cyclonedx-bom, which writes the list of packages, isn't installed")
    made = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        subprocess.run(["make", "sbom", f"OUT={tmp_path / name}", f"PYTHON={sys.executable}"], cwd=ROOT, check=True,
                       capture_output=True, timeout=120)
        made.append((tmp_path / name / "sbom.cdx.json").read_bytes())
    assert made[0] == made[1]
    found = json.loads(made[0])
    assert found["bomFormat"] == "CycloneDX"
    assert found["metadata"]["component"]["name"] == "paper-repro"
    listed = {(one["name"], one["version"]): one for one in found["components"]}
    locked = {(one.name, one.version): one.hashes for one in locks.read("requirements.lock")[0]}
    assert listed.keys() == locked.keys()
    torch = next(one for (name, _), one in listed.items() if name == "torch")
    hashes = {text["content"] for reference in torch["externalReferences"] for text in reference.get("hashes", ())}
    assert hashes == {text.removeprefix("--hash=sha256:") for text in locked["torch", torch["version"]]}
    assert re.fullmatch(r"1\.\d", found["specVersion"])
