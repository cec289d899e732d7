"""Make the generated documents anew and say which changed: python -m tests.docs.write."""

from paper_repro.base.files import write_text
from tests.docs.generated import ROOT, documents


def write() -> list[str]:
    """Write each document that isn't up to date; returns their names."""
    changed = []
    for path, text in documents().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_text(path, text)
            changed.append(path.relative_to(ROOT).as_posix())
    return changed


if __name__ == "__main__":
    print("\n".join(write()) or "up to date")
