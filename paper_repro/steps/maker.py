"""What the parts of the list share: the run that it is for, and how a step calls the code that runs it."""

import importlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paper_repro.base import workers
from paper_repro.base.hashes import Hashes
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import GLOBAL, Run
from paper_repro.base.step import Step, Steps

RECORD = "provenance.json"
# How the names of steps that `all` leaves out begin, or go on after their first word; or they end with GLOBAL. No
# camera is called so (`instruments.TAKEN`), but one may be called landscan.
ASIDE = ("effects", "duplicates", "scan", "truth", "clusters")
Make = Callable[[Origin], Made | None]


@dataclass(frozen=True)
class Means:
    """How steps are run, which decides no result: device of the encoders, worker processes, a Dask scheduler."""

    device: str | None = None
    jobs: int | None = None
    dask: str | None = None


@dataclass(frozen=True)
class Maker:
    """The run that a list is for, how it is run, and the hashes by which its steps are judged.

    lists: the list itself, once it is made; the verdict looks into it.
    """

    run: Run
    means: Means
    hashes: Hashes
    lists: list[Steps] = field(default_factory=list)

    @property
    def instruments(self) -> tuple[str, ...]:
        """The instruments that the run has sets of patches of, or is asked for."""
        return tuple(dict.fromkeys((*(wanted.instrument for wanted in self.run.venus_sets), *self.run.instruments)))

    def step(self, name: str, record: Path, outputs: Iterable[str], make: Make, **about: Any) -> Step:
        """A step of the run; `outputs` by their names in the record's folder; its kind is the name's first word."""
        kind = about.pop("kind", name.partition(" ")[0])
        paths = tuple(record.parent / output for output in outputs)
        return Step(name, kind, record, paths, make, self.run.profile.name, **about)


def call(module: str, function: str, *arguments: Any, **options: Any) -> Make:
    """A call made, and a module loaded, when the step runs. What its inputs rest on is passed as `origin` if wanted."""
    def make(origin: Origin) -> Made | None:
        made = getattr(load(module), function)
        wanted = {"origin": origin} if "origin" in made.__annotations__ else {}
        result: Made | None = made(*arguments, **options, **wanted)
        return result

    return make


def call_there(dask: str | None, module: str, function: str, *arguments: Any, accelerator: bool = False,
               **options: Any) -> Make:
    """The same, on a worker of the Dask cluster where one is named: a task that another one begins if its own dies.

    accelerator: with a GPU to itself, where workers offer any.
    """
    if dask is None:
        return call(module, function, *arguments, **options)

    def make(_: Origin) -> Made | None:
        job = module, function, arguments, options
        (result,) = (made for _, made in workers.parallel(called, [job], None, dask, accelerator=accelerator))
        return result

    return make


def called(job: tuple[str, str, tuple[Any, ...], dict[str, Any]]) -> Made | None:
    """What a call makes: its module, function, arguments and options."""
    module, function, arguments, options = job
    made: Made | None = getattr(load(module), function)(*arguments, **options)
    return made


def load(module: str) -> Any:
    """A module of the package, loaded when it is needed."""
    return importlib.import_module(f"paper_repro.{module}")


def aside(name: str) -> bool:
    """Whether a step, or what a target stands for, is made only when asked for by name."""
    return name.endswith(GLOBAL) or re.match(rf"(\w+ )?({'|'.join(ASIDE)})(?![a-z0-9])", name) is not None


def named(kind: str, names: Iterable[str]) -> tuple[str, ...]:
    """Names of steps of one kind: `patches photos-gray`, ..."""
    return tuple(f"{kind} {name}" for name in names)
