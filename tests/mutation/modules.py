"""What is mutated, in the order it is run, and the tests that must find it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Module:
    """A module by its file in the package; `only` are the functions looked at, () for all; `tests` in root/tests/.

    interpreted: what numba would compile runs uncompiled, where a compilation a mutant would take most of the time.
    """

    group: str
    file: str
    tests: Sequence[str]
    only: Sequence[str] = ()
    interpreted: bool = False
    package: str = "paper_repro"
    root: Path = ROOT

    @property
    def path(self) -> Path:
        """Its source."""
        return self.root / self.package / self.file

    @property
    def name(self) -> str:
        """Its name when imported."""
        return f"{self.package}.{self.file.removesuffix('.py').replace('/', '.')}"

    @property
    def own_tests(self) -> list[Path]:
        """Its tests' files."""
        return [self.root / "tests" / test for test in self.tests]

    @property
    def tests_sources(self) -> list[Path]:
        """All that its tests may be made of: they, and every other Python file in their folders that is no test."""
        beside = {source for path in self.own_tests for source in path.parent.glob("*.py")}
        return [source for source in sorted(beside)
                if source in self.own_tests or not source.name.startswith("test_")]


MODULES = (
    Module("rounding", "tables/notation.py", ["tables/test_notation.py"]),
    Module("scoring", "clustering/score.py", ["clustering/test_score.py"]),
    Module("scoring", "clustering/assignment.py", ["clustering/test_assignment.py"]),
    Module("scoring", "clustering/cluster.py", ["clustering/test_cluster.py"]),
    Module("loss", "encoders/simclr.py", ["encoders/test_simclr.py"]),
    Module("loss", "encoders/lars.py", ["encoders/test_lars.py"]),
    Module("loss", "encoders/autoencoder.py", ["encoders/test_autoencoder.py"]),
    Module("loss", "encoders/batch.py", ["encoders/test_batch_loss.py", "encoders/test_train.py"]),
    Module("geometry", "observations/sun.py", ["observations/test_sun.py"]),
    Module("geometry", "patches/viewpoints.py", ["patches/test_viewpoints.py"]),
    Module("geometry", "patches/flatten.py", ["patches/test_flatten.py", "patches/test_global.py"]),
    Module("geometry", "patches/preprocess.py", ["patches/test_preprocess.py", "patches/test_preprocess_laws.py"]),
    Module("geometry", "patches/project.py",
           ["patches/test_geometry_laws.py", "patches/test_fast_equals_literal.py", "patches/test_global.py"]),
    Module("geometry", "patches/windows.py", ["patches/test_windows.py"], interpreted=True),
    Module("geometry", "patches/nearest.py", ["patches/test_nearest.py"], interpreted=True),
)
