"""The one list: what decides each step is named in it, and a change makes stale what depends on it, nothing else."""

import ast
import dataclasses
import re
import shutil
from collections.abc import Callable, Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import ClassVar

import pytest

from paper_repro.base import code
from paper_repro.base.files import write_text
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import open_run
from paper_repro.base.step import Step, Steps
from paper_repro.steps import steps_of
from paper_repro.steps.targets import resolve


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Steps:
    """The list of the sample, each step of `all` with the record of one that ended; outputs are lines of text."""
    steps = steps_of(open_run("sample", tmp_path_factory.mktemp("made")))
    for step in steps.closure(resolve(steps, ["all"])):
        steps.make(dataclasses.replace(step, make=written(step)))
    return steps


def written(step: Step) -> Callable[[Origin], Made]:
    def make(_: Origin) -> Made:
        for path in step.outputs:
            write_text(path, f"{path.name} of {step.name}\n")
        return Made()

    return make


def stale(steps: Steps) -> dict[str, str]:
    """The steps of `all` that would be made again, as far as their own code, libraries and settings say, and why."""
    return {step.name: why for step in steps.closure(resolve(steps, ["all"]))
            if (why := steps.why_stale(step) if not step.always else "")}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the package whose code is what counts."""
    copy = tmp_path / "paper_repro"
    shutil.copytree(code.PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code, "PACKAGE", copy)
    caches = (code.hash_of_module, code.imports_of, code.with_imports, code.version_of)
    for cache in caches:
        cache.cache_clear()
    yield copy
    for cache in caches:
        cache.cache_clear()


class OtherOperator(ast.NodeTransformer):
    """Puts another operator into the first sum, difference, product or quotient of numbers."""

    OTHER: ClassVar = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult}
    done = False

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        text = any(isinstance(side, ast.Constant | ast.JoinedStr) and not isinstance(
            getattr(side, "value", 0), int | float) for side in (node.left, node.right))
        if not self.done and not text and type(node.op) in self.OTHER:
            self.done = True
            return ast.BinOp(node.left, self.OTHER[type(node.op)](), node.right)
        return self.generic_visit(node)


def change_a_formula(package: Path, module: str) -> None:
    path, other = package / (module.replace(".", "/") + ".py"), OtherOperator()
    path.write_text(ast.unparse(other.visit(ast.parse(path.read_text(encoding="utf-8")))), encoding="utf-8")
    assert other.done


def matching(steps: Steps, *patterns: str) -> set[str]:
    names = {step.name for step in steps.closure(resolve(steps, ["all"]))}
    found = {pattern: {name for name in names if fnmatch(name, pattern)} for pattern in patterns}
    assert all(found.values()), found
    return set().union(*found.values())


def test_nothing_is_stale_that_was_made(made: Steps) -> None:
    assert stale(made) == {}


EXAMPLES = tuple(f"figure fig{number:02d}" for number in (1, 3, 4, 5, 6, 7, 8, 9, 10))
FORMULAS = {
    "simulated.venus_fields": ("archive", "classes *"),
    "simulated.sky_photographs": ("patches photos-colour",),
    "observations.fits": ("observations uvi", "patches uvi-*km", "drawn-out uvi-*", "turned uvi-*",
                          *(name for name in EXAMPLES if name != "figure fig06"), "verdict"),
    "observations.sun": ("observations vmc", "patches vmc-*km", "drawn-out vmc-*", "figure fig01", "figure fig06",
                         "time *", "turned vmc-*"),
    "patches.project": ("patches uvi-*km", "patches vmc-*km", "drawn-out *", "turned *", *EXAMPLES, "verdict"),
    "patches.flatten": ("patches *-flat", "turned *", *EXAMPLES, "verdict"),
    "patches.turned": ("turned *",),
    "experiments.orientation": ("classes *",),
    "encoders.resnet": ("encode *", "turned *", "catalogue *", "figure fig11", "verdict"),  # trainings are kept
    "encoders.lars": ("verdict",),  # which says so
    "clustering.score": ("grid s*", "benchmark *", "maps *", "table 3", "figure fig12", "figure fig13", "verdict"),
    "clustering.chance": ("grid s*", "benchmark *", "maps *", "table 1", "table 3", "table seeds", "verdict"),
    "clustering.similar": ("verdict", "report"),
    "clustering.stability": ("classes *", "catalogue *", "table stability", "verdict", "report"),
    "experiments.class_measures": ("classes *", "table stability"),
    "figures.fig10": ("figure fig10",),
    "tables.table3": ("table 3",),
    "verify.claims.views": ("verdict",),
    "report.thumbnails": ("report",),
}


@pytest.mark.parametrize("module", FORMULAS)
def test_a_changed_formula_makes_stale_what_depends_on_it(made: Steps, package: Path, module: str) -> None:
    change_a_formula(package, module)
    found = stale(made)
    assert found.keys() == matching(made, *FORMULAS[module])
    assert all(why == f"the code of {module} changed" or
               why.startswith("inputs: now what train photos-colour simclr-s0 was made by, ") for why in found.values())


def test_comments_docstrings_and_layout_make_nothing_stale(made: Steps, package: Path) -> None:
    for path in package.rglob("*.py"):
        body = path.read_text(encoding="utf-8").split('"""', 2)[-1]
        path.write_text(f'"""Said otherwise."""\n# a comment\n{body}\n\n# and another\n', encoding="utf-8")
    assert stale(made) == {}


def test_a_training_is_kept_and_says_what_changed(made: Steps, package: Path) -> None:
    change_a_formula(package, "encoders.lars")
    assert re.fullmatch(r"made by version \S+; since then the code of encoders\.lars changed",
                        made.changed_since(made.by_name["train photos-colour simclr-s0"]))
    assert made.changed_since(made.by_name["encode photos-colour simclr-s0"]) == ""


@pytest.mark.parametrize(("library", "expected"), [
    ("matplotlib", ("figure *",)),
    ("fastcluster", ("classes *", "catalogue *", "maps *")),
    ("jinja2", ("report",)),
    ("tabulate", ("table *", "verdict")),
    ("scikit-learn", ("grid *", "benchmark *", "classes *", "catalogue *", "maps *", "verdict",
                      "report")),
    ("pvl", ("observations *", "patches uvi-*km", "patches vmc-*km", "drawn-out *", "turned *")),
    ("torch", ("encode *", "turned *", "figure fig11", "verdict")),  # trainings are kept
    ("urllib3", ()),
])
def test_another_version_of_a_library_makes_stale_what_it_decides(
        made: Steps, monkeypatch: pytest.MonkeyPatch, library: str, expected: tuple[str, ...]) -> None:
    known = code.version_of
    monkeypatch.setattr("paper_repro.base.step.version_of", lambda name: "999" if name == library else known(name))
    found = stale(made)
    assert found.keys() == (matching(made, *expected) if expected else set())
    assert all(library in why or "was made by" in why for why in found.values())


def test_sets_of_ones_own_scales_get_what_the_papers_get(tmp_path: Path) -> None:
    (tmp_path / "uvi").mkdir()
    run = open_run("paper", tmp_path / "out", folders={"uvi": tmp_path / "uvi"}, scales=(3000.0, 1000.0), classes=5)
    steps = steps_of(run)
    wanted = resolve(steps, ["venus"])
    assert {"classes uvi-1000km-flat", "figure venus uvi-1000km", "figure fig14"} <= set(wanted)
    assert steps.by_name["classes uvi-1000km-flat"].settings["clusters"] == 5
    assert not any("photos" in step.name for step in steps.closure(wanted))


@pytest.mark.parametrize("target", ["venus", "table4", "fig03", "train uvi-3000km-flat", "venus patches"])
def test_what_is_of_venus_needs_no_photographs(tmp_path: Path, target: str) -> None:
    folders = {name: tmp_path / name for name in ("uvi", "vmc")}
    for folder in folders.values():
        folder.mkdir()
    steps = steps_of(open_run("paper", tmp_path / "out", folders=folders))
    needed = steps.closure(resolve(steps, [target]))
    assert not [step.name for step in needed if "photos" in step.name or "photographs" in step.named]
    others = {step.name for step in steps.closure(resolve(steps, ["benchmark", "photographs"]))}
    assert not [name for name in others if name.startswith(("observations", "patches uvi", "patches vmc"))]
