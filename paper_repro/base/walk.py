"""Walking a list of steps: what is up to date is left alone, the rest is made, independent steps beside each other.

The order, and what may run beside what, are doit's (https://pydoit.org); whether a step is up to date is decided by
`step`. In one process: steps run in threads, and hand their heavy loops to worker processes or to code that runs
outside the interpreter's lock.
"""

import queue
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from doit.action import BaseAction
from doit.control import TaskDispatcher
from doit.exceptions import TaskError, TaskFailed, UnmetDependency
from doit.runner import JobHold, MThreadRunner
from doit.task import Task

from paper_repro.base import stopping, usage
from paper_repro.base.errors import NO_ROOM, UserError, sentence_of
from paper_repro.base.memory import keep_freed
from paper_repro.base.step import Step, Steps

PATIENCE_S = 3.0  # how long threads are waited for after an interrupt; one that compiles code can't be asked to end


class _Make(BaseAction):
    """Making one step, as doit runs it."""

    out = err = result = None

    def __init__(self, steps: Steps, step: Step, reasons: dict[str, str]) -> None:
        self.steps, self.step, self.reasons = steps, step, reasons
        self.values: dict[str, Any] = {}
        self.task = None

    def execute(self, out: object = None, err: object = None) -> TaskFailed | TaskError | None:  # noqa: ARG002
        """Make the step; returns what doit takes for a failure, with the sentence to be shown."""
        start = time.monotonic()
        try:
            with usage.counted(self.steps.folder, self.step.name):
                self.steps.make(self.step)
            print(f"made        {self.step.name}  ({self.reasons[self.step.name]}), {time.monotonic() - start:.1f} s",
                  flush=True)
        except UserError as error:
            return TaskFailed(str(error))
        except BrokenPipeError:
            raise
        except (OSError, MemoryError) as error:
            kind = _NoRoom if getattr(error, "errno", None) in NO_ROOM else TaskFailed
            return kind(sentence_of(error, self.step.record.parent))
        except Exception:  # a mistake of the program's own, shown in full
            return TaskError(traceback.format_exc())
        return None


class _NoRoom(TaskFailed):
    """A failure for want of room on the disk: nothing else can be made either."""


@dataclass(frozen=True)
class _Status:
    """Whether a step is to run, as doit reads it; `message` where that can't be told."""

    status: str
    message: str = ""

    def get_error_message(self) -> str:
        """What is wrong."""
        return self.message


class _Judged:
    """What doit asks of its store of states, answered by the steps themselves."""

    def __init__(self, steps: Steps, reporter: "_Reporter", reasons: dict[str, str]) -> None:
        self.steps, self.reporter, self.reasons = steps, reporter, reasons

    def get_status(self, task: Any, _: object) -> Any:
        """Whether a task is to run; notes why."""
        try:
            self.reasons[task.name] = self.steps.why_stale(self.steps.by_name[task.name])
        except UserError as error:
            return _Status("error", str(error))
        except OSError as error:
            return _Status("error", sentence_of(error, self.steps.folder))
        return _Status("run" if self.reasons[task.name] else "up-to-date")

    def status_is_ignore(self, _: object) -> bool:
        """Nothing is ignored."""
        return False

    def get_values(self, _: object) -> dict[str, Any]:
        """Steps hand on files alone."""
        return {}

    def save_success(self, _: object) -> None:
        """The step's own record says it."""

    def remove_success(self, _: object) -> None:
        """A step that fails leaves no record."""

    def close(self) -> None:
        """Keep the hashes for the next run."""
        try:
            self.steps.hashes.save()
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            self.reporter.ran_out(sentence_of(error, self.steps.folder))


class _Reporter:
    """A line for each step on standard output; failures on standard error."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.failed: dict[str, str] = {}
        self.no_room = ""

    def initialize(self, tasks: object, selected: object) -> None: ...
    def get_status(self, task: object) -> None: ...
    def execute_task(self, task: object) -> None: ...
    def add_success(self, task: object) -> None: ...
    def skip_ignore(self, task: object) -> None: ...
    def teardown_task(self, task: object) -> None: ...
    def complete_run(self) -> None: ...

    def add_failure(self, task: Any, failure: Any) -> None:
        """Say why a step was not made."""
        if isinstance(failure, UnmetDependency):
            step = self.steps.by_name[task.name]
            missing = ", ".join(name for name in (*step.needs, *step.helpers) if name in self.failed)
            self.failed[task.name] = f"needs {missing}"
            print(f"not made    {task.name}  (needs {missing})", flush=True)
            return
        failure.message = failure.message.split(" checking dependencies: ")[-1]  # doit's own words before a sentence
        self.failed[task.name] = failure.message
        print(f"failed      {task.name}", flush=True)
        if isinstance(failure, _NoRoom):
            self.ran_out(failure.message)
        else:
            print(f"paper_repro: {failure.message}", file=sys.stderr, flush=True)

    def ran_out(self, sentence: str) -> None:
        """The disk is full: all work ends, and the first sentence about it is said once, at the end."""
        self.no_room = self.no_room or sentence
        stopping.ask()

    def skip_uptodate(self, task: Any) -> None:
        """Say that a step was left alone, and of a kept one by what version it was made."""
        kept = self.steps.changed_since(self.steps.by_name[task.name])
        print(f"up to date  {task.name}{f'  (kept: {kept})' if kept else ''}", flush=True)

    def runtime_error(self, message: str) -> None:
        """A mistake in the list of steps itself."""
        raise RuntimeError(message)


class _Runner(MThreadRunner):
    """doit's runner in threads, with at most one step of each lane at a time, and a clean end on an interrupt."""

    def __init__(self, steps: Steps, reporter: _Reporter, reasons: dict[str, str], threads: int) -> None:
        super().__init__(_Judged(steps, reporter, reasons), reporter, continue_=True, num_process=threads)
        self.steps = steps
        self.busy: set[str] = set()
        self.held: list[Any] = []
        self.threads: list[threading.Thread] = []
        self.jobs: queue.Queue[Any] = queue.Queue()

    def get_next_job(self, completed: Any) -> Any:
        """The next task to run. One whose lane is busy is held back until that is free."""
        if completed is not None:
            self.busy.discard(self._lane(completed.task))
        if stopping.asked():
            return None
        finished = False
        while completed is not None or not self._ready():
            job = super().get_next_job(completed)
            completed = None
            if job is None or job.type is JobHold.type:
                self.free_proc -= 0 if job is None else 1  # counted below
                finished = job is None
                break
            self.held.append(job)
        ready = self._ready()
        if ready:
            self.held.remove(ready[0])
            self.busy |= {self._lane(ready[0])} - {""}
            return ready[0]
        if finished and not self.held:
            return None
        self.free_proc += 1
        return JobHold()

    def _ready(self) -> list[Any]:
        return [job for job in self.held if self._lane(job) not in self.busy]

    def _lane(self, task: Any) -> str:
        return self.steps.by_name[task.name].lane

    def Child(self, *arguments: Any, **options: Any) -> threading.Thread:  # noqa: N802 - doit's name
        """A thread that executes steps; known before it is started, for an interrupt may come between two."""
        thread = threading.Thread(*arguments, **options, daemon=True)
        self.threads.append(thread)
        return thread

    def Queue(self) -> "queue.Queue[Any]":  # noqa: N802 - doit's name
        """A queue; the last one that doit makes has the jobs."""
        self.jobs = queue.Queue()
        return self.jobs

    def stop(self) -> None:
        """Wait until the threads have come to an end: those at work at their next check, those that wait at once."""
        stopping.ask()
        for _ in self.threads:
            self.jobs.put(None)
        end = time.monotonic() + PATIENCE_S
        for thread in self.threads:
            if thread.ident is not None:
                thread.join(max(0.0, end - time.monotonic()))


def walk(steps: Steps, targets: Sequence[str], threads: int) -> dict[str, str]:
    """Bring the targets and all that they need up to date; returns the steps that failed, each with the reason.

    A step that fails stops what depends on it, nothing else; but where a disk is full, all stop. Raises UserError then,
    and KeyboardInterrupt when interrupted, after the threads have come to an end.
    """
    stopping.forget()
    keep_freed()  # before there are threads
    reasons: dict[str, str] = {}
    reporter = _Reporter(steps)
    runner = _Runner(steps, reporter, reasons, threads)
    tasks = {step.name: Task(step.name, [_Make(steps, step, reasons)], task_dep=list(step.needs),
                             setup=list(step.helpers), uptodate=[False]) for step in steps.by_name.values()}
    try:
        runner.run_all(TaskDispatcher(tasks, {}, list(targets)))
    except BaseException as error:
        runner.stop()
        if not (reporter.no_room and isinstance(error, stopping.Stopped)):
            raise
    if reporter.no_room:
        raise UserError(reporter.no_room)
    return reporter.failed


def would_make(steps: Steps, targets: Sequence[str]) -> list[tuple[Step, str]]:
    """What a walk would do: the steps that it would make, and why, in their order. Makes nothing."""
    stale: dict[str, str] = {}
    for step in steps.closure(targets):
        before = [name for name in step.needs if name in stale]
        reason = f"{before[0]} is made first" if before else steps.why_stale(step)
        if reason:
            stale[step.name] = reason
    return [(steps.by_name[name], reason) for name, reason in stale.items()]
