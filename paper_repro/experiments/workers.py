"""Independent pieces of work on several processes, stopped cleanly whatever happens to the one that asked."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import TypeVar

from paper_repro.profiles.errors import UserError

Task = TypeVar("Task")
Result = TypeVar("Result")


def parallel(function: Callable[[Task], Result], tasks: Sequence[Task],
             jobs: int | None) -> Generator[tuple[Task, Result], None, None]:
    """Yield (task, function(task)) as they finish, begun in the order given, on `jobs` processes (default: all cores).

    One job runs in this process. Close the iterator (contextlib.closing) to be sure that workers stop at once when the
    caller fails or is interrupted; if the caller is killed, they end by themselves. `function` is a module's own.
    Raises what `function` raises; UserError if a worker dies or `jobs` is below 1.
    """
    jobs = (os.cpu_count() or 1) if jobs is None else jobs
    if jobs < 1:
        raise UserError(f"Number of worker processes: expected 1 or more, found {jobs}; check --jobs.")
    jobs = min(jobs, len(tasks))
    if jobs <= 1:
        for task in tasks:
            yield task, function(task)
        return
    # Spawned, not forked: a fork of a process whose libraries hold threads can hang.
    context = multiprocessing.get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(theirs,))
    try:
        pending = {pool.submit(function, task): task for task in tasks}
        while pending:
            for future in wait(pending, return_when=FIRST_COMPLETED).done:
                yield pending.pop(future), future.result()
        pool.shutdown()
    except BrokenProcessPool as error:
        raise UserError("A worker process was ended from outside (out of memory?); run the same command again, with "
                        "fewer --jobs if need be: what was finished is kept.") from error
    finally:
        # The end of this pipe tells workers to end, in the middle of a task too; so does the death of this process.
        ours.close()
        pool.shutdown(cancel_futures=True)
        theirs.close()


def _begin(stop: Connection) -> None:
    """Make a new worker leave interrupts to its parent, and end when the parent's side of `stop` is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(stop,), daemon=True).start()


def _end_with_parent(stop: Connection) -> None:
    try:
        stop.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)
