"""What the simulated archive wrote."""

import hashlib
from pathlib import Path


def files(raw: Path) -> dict[str, str]:
    """Hash of each file of the archive by its name."""
    return {path.relative_to(raw).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for tree in ("darts", "psa", "truth") for path in sorted((raw / tree).rglob("*")) if path.is_file()}
