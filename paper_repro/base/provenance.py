"""What made a file: written beside every output, compared before a step is run again."""

import functools
import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from paper_repro.base.files import read_json, sha256_file, sha256_files, write_json

PACKAGE = Path(__file__).resolve().parent.parent
# What can change a number; the rest of the environment can't.
LIBRARIES = (
    "numpy", "scipy", "torch", "torchvision", "scikit-learn", "astropy", "pandas", "matplotlib", "numba", "pillow",
    "fastcluster",
)


@functools.cache
def library_versions() -> dict[str, str]:
    """Version of Python and of each library that can change a number."""
    found = {"python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


@functools.cache
def code_hash(room: str) -> str:
    """SHA-256 over the Python files of one room (a folder of the package) and of `paper.py`."""
    files = [*(PACKAGE / room).rglob("*.py"), PACKAGE / "paper.py"]
    return sha256_files(files, PACKAGE)


@dataclass(frozen=True)
class Provenance:
    """Everything that decides the content of one output.

    step: what was done, e.g. "encode"; room: folder whose code did it; profile: name of the profile;
    simulated: True if any input is simulated; settings: plain JSON values; inputs: name -> SHA-256;
    notes: sentences a reader of the result must see (random weights, stand-in weights).
    """

    step: str
    room: str
    profile: str
    simulated: bool
    settings: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """The deciding part as a JSON object (no time in it)."""
        return {
            "step": self.step,
            "room": self.room,
            "profile": self.profile,
            "simulated": self.simulated,
            "settings": dict(self.settings),
            "inputs": dict(self.inputs),
            "notes": list(self.notes),
            "code": code_hash(self.room),
            "versions": library_versions(),
        }

    def why_stale(self, path: Path) -> str | None:
        """Why the output described by the JSON file `path` must be made again; None if it needn't be."""
        found = read_json(path)
        if found is None:
            return f"{path.name} is absent"
        for key, value in self.record().items():
            if found.get(key) != value:
                return f"{key} changed"
        for name, sha256 in found.get("outputs", {}).items():
            output = path.with_name(name)
            if not output.is_file() or sha256_file(output) != sha256:
                return f"{name} is no longer what was written"
        return None

    def write(self, path: Path, extra: Mapping[str, Any] | None = None, outputs: Iterable[Path] = ()) -> None:
        """Write the record to `path` with the time of writing, `extra` (results of the step, durations) and hashes.

        outputs: files beside `path` that are there now and that the record answers for from now on.
        """
        stamp: dict[str, Any] = {"time_utc": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "platform": sys.platform}
        hashes = {output.name: sha256_file(output) for output in outputs}
        if hashes:
            stamp["outputs"] = hashes
        write_json(path, {**self.record(), **stamp, **(extra or {})})
