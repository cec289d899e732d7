"""What code and which libraries decide a result: hashes of modules without comments and docstrings, versions."""

import ast
import functools
import hashlib
import importlib
import platform
import threading
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
PAPER = "paper"
NUMERICAL = ("numpy", "scipy", "scikit-learn", "fastcluster", "torch", "numba")
_PARSING = threading.Lock()


def path_of(module: str) -> Path:
    """The file of a module of the package, by its dotted name inside it: `patches.flatten`."""
    return PACKAGE / (module.replace(".", "/") + ".py")


def parsed(text: str) -> ast.Module:
    """The tree of a text of Python, one at a time: before 3.11.5 two threads that parse at once make Python fail."""
    with _PARSING:
        return ast.parse(text)


@functools.cache
def hash_of_module(module: str) -> str:
    """SHA-256 (16 digits) of what a module does.

    Its comments, docstrings and layout don't count; the values that it takes from `paper.py` do, the rest of
    that file doesn't.
    """
    words, names = list[str](), set[str]()
    _write(parsed(path_of(module).read_text(encoding="utf-8")), words, names)
    paper = importlib.import_module(f"paper_repro.{PAPER}")
    values = [(name, repr(getattr(paper, name))) for name in sorted(names) if not callable(getattr(paper, name))]
    return hashlib.sha256(f"{' '.join(words)}{values}".encode()).hexdigest()[:16]


def _write(node: ast.AST, words: list[str], names: set[str]) -> None:
    """Append what a tree says, without docstrings and places; several times as fast as ast.dump.

    names: gathers those of `paper.py` that it uses: `paper.TABLE4`, `from paper_repro.paper import TABLE4`.
    """
    words.append(f"({node.__class__.__name__}")
    documented = isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == PAPER:
        names.add(node.attr)
    elif isinstance(node, ast.ImportFrom) and node.module == f"paper_repro.{PAPER}":
        names |= {alias.name for alias in node.names}
    for name in node._fields:
        value = getattr(node, name, None)
        if isinstance(value, list):
            kept = value[1:] if documented and name == "body" else value
            words.append(f"[{len(kept)}")
            for each in kept:
                if isinstance(each, ast.AST):
                    _write(each, words, names)
                else:
                    words.append(repr(each))
        elif not isinstance(value, ast.AST):
            words.append(repr(value))
        elif name != "ctx":  # whether a name is read or set is clear from where it stands
            _write(value, words, names)


@functools.cache
def imports_of(module: str) -> tuple[str, ...]:
    """The modules of the package that a module imports, at its top or in its functions, by their dotted names."""
    imported = dict[str, None]()
    for node in ast.walk(parsed(path_of(module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(f"{PACKAGE.name}."):
            room = str(node.module).removeprefix(PACKAGE.name).lstrip(".")
            for alias in node.names:
                inside = f"{room}.{alias.name}".lstrip(".")
                imported[inside if path_of(inside).is_file() else room] = None
    return tuple(name for name in imported if path_of(name).is_file())


@functools.cache
def with_imports(module: str, room: str = "") -> tuple[str, ...]:
    """A module and all that it imports, directly or through others, in the order of their names; only of its `room`."""
    reached, waiting = set[str](), [module]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += [each for each in imports_of(name) if not room or each.startswith(f"{room}.")]
    return tuple(sorted(reached))


def behind(module: str) -> dict[str, str]:
    """What decides a module's results beside its inputs: hashes of it and of all that it imports, libraries' versions.

    For work that is kept half done: another version must not finish it. Of `paper.py` the values count where they are
    used.
    """
    return {name: hash_of_module(name) for name in with_imports(module) if name != PAPER} \
        | {name: version_of(name) for name in NUMERICAL}


@functools.cache
def version_of(library: str) -> str:
    """The installed version of a library, "absent" where there is none."""
    try:
        return installed(library)
    except PackageNotFoundError:
        return "absent"


def python_version() -> str:
    """`3.11.2`."""
    return platform.python_version()
