"""The lock files hold what the requirements ask for, all of what that needs, hashes, and nothing else."""

import ast
import re
from importlib import metadata

import pytest
from packaging.utils import canonicalize_name

from tests.container import locks
from tests.container.locks import ROOT

RUN, DEV = "requirements", "requirements-dev"
PACKAGES = metadata.packages_distributions()


@pytest.mark.parametrize("name", [RUN, DEV])
def test_every_line_is_a_package_with_hashes(name: str) -> None:
    entries, rest = locks.read(f"{name}.lock")
    assert rest == ""
    assert len(entries) > 40
    for one in entries:
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", text) for text in one.hashes), one.name
        assert len(set(one.hashes)) == len(one.hashes)


@pytest.mark.parametrize("name", [RUN, DEV])
def test_no_address_is_named(name: str) -> None:
    text = (ROOT / f"{name}.lock").read_text(encoding="utf-8")
    assert re.findall(r"https?:|file:|--(?:extra-)?index|--find-links|\.(?:org|com)\b", text) == []


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize(("name", "files"), [(RUN, [RUN]), (DEV, [RUN, DEV])])
def test_each_pin_is_locked_at_its_version_for_every_python(name: str, files: list[str], python: str) -> None:
    asked = {one: version for file in files for one, version in locks.pins(f"{file}.txt", python).items()}
    locked = {one.name: one.version for one in locks.read(f"{name}.lock")[0] if one.fits(python)}
    assert len(asked) >= 19
    assert {one: locked.get(one) for one in asked} == asked


def test_what_a_run_needs_is_the_same_in_both() -> None:
    run, dev = (set(locks.read(f"{name}.lock")[0]) for name in (RUN, DEV))
    assert run <= dev


@pytest.mark.parametrize(("name", "files"), [(RUN, [RUN]), (DEV, [RUN, DEV])])
def test_what_is_locked_is_what_the_pins_need(name: str, files: list[str]) -> None:
    asked = {one: version for file in files for one, version in locks.pins(f"{file}.txt").items()}
    for one, version in asked.items():
        try:
            installed = metadata.version(one)
        except metadata.PackageNotFoundError:
            pytest.skip(f"not run: {one} isn't installed, and only installed packages say what they need")
        if installed != version:
            pytest.skip(f"not run: {one} {installed} is installed, {version} is pinned, and may need other packages")
    locked = {one.name for one in locks.read(f"{name}.lock")[0] if one.here}
    assert locked == locks.closure(asked)


def imported(source: str) -> set[str]:
    """Top-level names that a source file imports."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level and node.module:
            names = [node.module]
        found |= {name.partition(".")[0] for name in names}
    return found


def import_names(name: str) -> set[str]:
    """Top-level names that a package is imported by."""
    return {module for module, owners in PACKAGES.items() if name in {str(canonicalize_name(one)) for one in owners}}


def mentions(owner: str, names: set[str]) -> bool:
    """Whether a source file of the package `owner` imports one of these names."""
    pattern = re.compile(rf"\b(?:import|from) +(?:{'|'.join(map(re.escape, names))})\b")
    files = [file for file in metadata.files(owner) or () if file.suffix == ".py"]
    return any(pattern.search(file.read_text(encoding="utf-8")) for file in files)


def test_every_package_of_a_run_is_imported_torchs_own_aside() -> None:
    """Directly by this project, or by a package that needs it."""
    ours = set().union(*(imported(path.read_text(encoding="utf-8")) for path in (ROOT / "paper_repro").rglob("*.py")))
    locked = {one.name for one in locks.read(f"{RUN}.lock")[0] if one.here}
    unused = []
    for name in sorted(locked - locks.closure({"torch"}) | {"torch"}):
        names = import_names(name)
        owners = [owner for owner in sorted(locked) if name in {one for one, _ in locks.needed(owner)}]
        if not names & ours and not any(mentions(owner, names) for owner in owners):
            unused.append(f"{name} (needed by {', '.join(owners) or 'nothing'})")
    assert unused == []
