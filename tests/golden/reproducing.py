"""Make the generated parts of REPRODUCING.md anew: python -m tests.golden.reproducing [--write]."""

import difflib
import sys
from pathlib import Path

from paper_repro.base.files import write_text
from tests.docs.generated import updated

DOCUMENT = Path(__file__).parents[2] / "REPRODUCING.md"


def difference(document: Path) -> list[str]:
    """The lines that a new making would change."""
    text = document.read_text(encoding="utf-8")
    return list(difflib.unified_diff(text.splitlines(), updated(text).splitlines(), lineterm="", n=0))


if __name__ == "__main__":
    found = difference(DOCUMENT)
    print("\n".join(found) or "up to date")
    if found and sys.argv[1:] == ["--write"]:
        write_text(DOCUMENT, updated(DOCUMENT.read_text(encoding="utf-8")))
    elif found:
        sys.exit(1)
