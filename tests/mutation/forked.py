"""Runs a module's tests on a mutant, in a child forked from a process that has the heavy libraries already.

A finder puts the mutant in the module's place before anything imports it. What numba compiles it compiles anew for each
mutant, as its cache is never asked for one (a mutant has no file), or leaves uncompiled where the module says so.
"""

import gc
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import resource
import signal
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType

import hypothesis
import numba
import pytest

from tests.mutation.modules import Module

HEAVY = ("torch", "torchvision.transforms.v2", "scipy.interpolate", "scipy.ndimage", "scipy.optimize",
         "sklearn.cluster", "sklearn.metrics", "pandas", "astropy.coordinates", "astropy.time", "matplotlib",
         "hypothesis.strategies", "hypothesis.extra.numpy", "safetensors.torch", "PIL.Image", "pvl",
         "numpy.testing", "tests.guarded")
# options of pytest in a process that has imported much, and for one run
ALONE = (*(f"-pno:{name}" for name in ("randomly", "cacheprovider", "xdist", "pytest_cov")),
         "-Wignore:Module already imported:pytest.PytestAssertRewriteWarning")
MOST_MEMORY = 6 << 30  # bytes of data beyond which a mutant is at its end
PASSED, FAILED = 0, 1
STOPPING = {signal.SIGINT, signal.SIGTERM}
# A mutant may compute as many times as long as the unchanged module, and a bit; and wait far longer than it, since
# other work on the machine must not be taken for a mutant that hangs.
PATIENCE, SLACK_SECONDS = 3.0, 3.0
WAITING, WAITING_SLACK_SECONDS = 10.0, 20.0


@dataclass(frozen=True)
class Outcome:
    """How tests ended ("passed", "failed", "crashed" or "timeout"), after how long, and how long they computed."""

    result: str
    seconds: float
    cpu_seconds: float


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds one module, and gives its mutant; `used` tells whether anyone asked."""

    def __init__(self, module: str, code: CodeType, path: Path) -> None:
        self.module, self.code, self.path, self.used = module, code, path, False

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None,
                  ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.module:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=str(self.path))

    def exec_module(self, module: ModuleType) -> None:
        self.used = True
        exec(self.code, module.__dict__)


class InOrder:
    """pytest plugin: the fastest tests first, by the seconds of an earlier run; measures them; never shrinks."""

    def __init__(self, seconds: dict[str, float]) -> None:
        self.seconds, self.measured = seconds, dict[str, float]()

    def pytest_collection(self) -> None:
        # whether a mutant is found counts, not by how small an example
        hypothesis.settings.register_profile("mutation", parent=hypothesis.settings(),
                                             phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate))
        hypothesis.settings.load_profile("mutation")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: self.seconds.get(item.nodeid, 0.0))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.measured[report.nodeid] = self.measured.get(report.nodeid, 0.0) + report.duration


def warm() -> None:
    """Import what takes long, wake numba's compiler, and spare children the search of all that for garbage."""
    for name in HEAVY:
        importlib.import_module(name)
    numba.njit(lambda x: x + 1)(1.0)
    gc.collect()
    gc.freeze()


def run(module: Module, code: CodeType, timings: Path, baseline: Outcome | None) -> Outcome:
    """Run a module's tests on the code in its place, with as much time as `baseline` allows.

    `timings` is a JSON file of the seconds of each test; without a `baseline` (the unchanged module) it is written,
    and what pytest says goes into a .log beside it. A test that is not found, an error of pytest itself and a module
    that no test imports also end as "failed": that the unchanged module passes shows that there is none.
    """
    started = time.monotonic()
    patience = None if baseline is None else WAITING * baseline.seconds + WAITING_SLACK_SECONDS
    # An interrupt waits until the child's number is known; Python would drop it where it runs what belongs to a fork.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
    with warnings.catch_warnings():
        # a child of a process with threads: none of them holds anything a child needs
        warnings.filterwarnings("ignore", message=".*fork", category=DeprecationWarning)
        child = os.fork()
    if child == 0:
        status = FAILED
        try:
            status = _in_child(module, code, timings, baseline)
        finally:
            os._exit(status)
    ended = None
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        wait = 0.002
        while ended is None and (patience is None or time.monotonic() - started < patience):
            ended = os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None:
                time.sleep(wait)
                wait = min(2 * wait, 0.05)
    finally:  # whatever happens here, an interrupt too: nothing of the child goes on; it isn't reaped yet, so its
        for end in (os.killpg, os.kill):  # number is still its own
            try:
                end(child, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                continue
        _, status, used = os.wait4(child, 0)
    result = "timeout" if ended is None else _meaning(status)
    return Outcome(result, time.monotonic() - started, used.ru_utime + used.ru_stime)


def _meaning(status: int) -> str:
    if os.WIFSIGNALED(status):
        return "timeout" if os.WTERMSIG(status) == signal.SIGXCPU else "crashed"
    return "passed" if os.WEXITSTATUS(status) == PASSED else "failed"


def _in_child(module: Module, code: CodeType, timings: Path, baseline: Outcome | None) -> int:
    os.setsid()  # so that what it starts can be ended with it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if baseline is not None:
        most = int(PATIENCE * baseline.cpu_seconds + SLACK_SECONDS)
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 5))
    said = os.open(timings.with_suffix(".log") if baseline is None else os.devnull,
                   os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    for stream in (0, 1, 2):
        os.dup2(said, stream)
    numba.config.DISABLE_JIT = module.interpreted  # type: ignore[attr-defined]
    os.chdir(module.root)
    sys.path.insert(0, str(module.root))
    finder = Finder(module.name, code, module.path)
    sys.meta_path.insert(0, finder)
    order = InOrder({} if baseline is None else json.loads(timings.read_text()))
    status = pytest.main(
        ["-x", "-q", f"--tb={'short' if baseline is None else 'no'}",
         *ALONE, f"--rootdir={module.root}",
         *(str(path) for path in module.own_tests)],
        plugins=[order])
    if not finder.used:
        print(f"no test imported {module.name}")
        status = pytest.ExitCode.TESTS_FAILED
    sys.stdout.flush()
    if baseline is None:
        timings.write_text(json.dumps(order.measured))
    return int(status)
