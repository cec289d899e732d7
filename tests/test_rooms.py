"""A file imports only rooms above its own in the order of docs/architecture.md; only the command line the list."""

import ast
from collections.abc import Iterator
from pathlib import Path

import paper_repro

PACKAGE = Path(paper_repro.__file__).parent
ROOMS = ("paper", "base", "download", "simulated", "observations", "patches", "encoders", "clustering", "evolution",
         "experiments", "catalogues", "fetch", "figures", "verify", "report", "steps", "encoder_options", "options",
         "arguments", "folder_commands", "commands", "cli", "__main__")
ORDER = {room: place for place, room in enumerate(ROOMS)}
ORDER["tables"] = ORDER["figures"]  # beside each other: neither imports the other


def part_of(path: Path) -> str:
    """Room or module that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[str]:
    """Rooms and modules of the package that a file imports, wherever in the file."""
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            first, _, rest = name.partition(".")
            if first == "paper_repro" and rest:
                yield rest.partition(".")[0]


FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if part_of(path) in ORDER]


def test_every_room_has_its_place() -> None:
    outside = {part_of(path) for path in PACKAGE.rglob("*.py")} - set(ORDER)
    assert outside == {"__init__"}
    assert len(FILES) > 100


def test_only_rooms_before_it_are_imported() -> None:
    wrong = [f"{path.relative_to(PACKAGE)} imports {name}" for path in FILES
             for name in imported(ast.parse(path.read_text(encoding="utf-8")))
             if name not in (part_of(path), "__version__") and ORDER.get(name, len(ORDER)) >= ORDER[part_of(path)]]
    assert wrong == []


def test_every_import_is_seen() -> None:
    source = "from paper_repro.figures import maps\nimport numpy\nimport paper_repro.cli\nfrom paper_repro import paper"
    assert list(imported(ast.parse(source))) == ["figures", "cli", "paper"]
