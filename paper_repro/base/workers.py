"""Independent pieces of work on several processes or a Dask cluster, stopped cleanly whatever happens to the caller."""

import atexit
import contextlib
import gc
import itertools
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import TypeVar

from paper_repro.base import cluster, limits, stopping
from paper_repro.base.errors import UserError
from paper_repro.base.limits import cores

ENDED = ("A worker process was ended from outside (out of memory?); run the same command again, with fewer --jobs if "
         "need be: what was finished is kept.")
QUEUED = 4  # tasks handed out for each worker process: enough to keep it busy
NICENESS = 10  # of worker processes, beside that of this one
POLL_S = 0.5  # how soon an interrupt is noticed
GRACE_S = 1.5  # how long workers may take to end when told to
Task = TypeVar("Task")
Result = TypeVar("Result")


_sharing: list[tuple[contextlib.ExitStack, int]] = []  # of the run in this process: what ends its pool, and its size
_shared: list[Executor] = []  # that pool, once it is started
_shared_lock = threading.Lock()
START_S = 1.5  # what the start of a worker process costs, about, until its libraries are loaded


def parallel(function: Callable[[Task], Result], tasks: Sequence[Task], jobs: int | None, dask: str | None = None, *,
             seconds: float = math.inf, accelerator: bool = False) -> Generator[tuple[Task, Result], None, None]:
    """Yield (task, function(task)) as they finish, begun in the order given, on `jobs` processes (default: all cores).

    Never on more than the free memory has room for. One job runs in this process; so does work of so few `seconds` per
    task that starting workers would take longer. Within `sharing` all calls use one pool of processes. `dask` is the
    address of a Dask cluster's scheduler that does the work instead; a task whose worker dies there is given to another
    one, and with `accelerator` each has a GPU to itself where workers offer any. Close the iterator
    (contextlib.closing) to be sure that workers stop at once when the caller fails or is interrupted; if the caller is
    killed, they end by themselves. `function` is a module's own. Raises what `function` raises; UserError if a worker
    process dies, if `jobs` is below 1, or if the cluster can't be used or is lost.
    """
    if jobs is not None and jobs < 1:
        raise UserError(f"Number of worker processes: expected 1 or more, found {jobs}; check --jobs.")
    jobs = min(cores() if jobs is None else jobs, len(tasks))
    small = len(tasks) * seconds * (1 - 1 / max(jobs, 1)) < START_S * jobs
    if not tasks or (dask is None and (jobs <= 1 or small or (jobs := _room(jobs)) <= 1)):
        for task in tasks:
            stopping.check()
            yield task, function(task)
        return
    waiting, pending = iter(tasks), dict[Future[Result], Task]()
    with cluster.joined(dask, accelerator) if dask is not None else _pool(jobs) as (submit, size):
        try:
            finished: list[tuple[Task, Future[Result]]] = []
            while True:
                # handed out before the caller does anything with a result
                for task in itertools.islice(waiting, max(0, QUEUED * size() - len(pending))):
                    pending[submit(function, task)] = task
                for task, future in finished:
                    yield task, future.result()
                stopping.check()
                if not pending:
                    break
                done = wait(pending, POLL_S, return_when=FIRST_COMPLETED).done
                finished = [(pending.pop(future), future) for future in done]
        finally:
            for future in pending:
                future.cancel()


def _room(jobs: int) -> int:
    """As many of `jobs` processes as there is memory for; those of the shared pool, once started, have theirs."""
    most = _sharing[-1][1] if _shared else limits.workers_that_fit()
    if most is None or jobs <= most:
        return jobs
    if not _shared:
        print(f"note: {most} at once instead of {jobs}, since memory is free for no more (about "
              f"{limits.WORKER_BYTES / 1e9:.2g} GB each)", file=sys.stderr, flush=True)
    return most


@contextlib.contextmanager
def sharing(jobs: int | None = None) -> Iterator[None]:
    """Within the block, work in parallel uses one pool of `jobs` processes, started when it is first needed."""
    with contextlib.ExitStack() as stack:
        stack.callback(_shared.clear)
        _sharing.append((stack, jobs or cores()))
        try:
            yield
        finally:
            _sharing.pop()


@contextlib.contextmanager
def _pool(jobs: int) -> Iterator[cluster.Workers]:
    """The pool that is shared, else one of this call's own; `jobs` tells how much is handed out."""
    if not _sharing:
        with _processes(jobs) as executor:
            yield executor.submit, lambda: jobs
        return
    stack, most = _sharing[-1]
    with _shared_lock:
        if not _shared:
            most = min(most, limits.workers_that_fit() or most)
            _sharing[-1] = stack, most
            _shared.append(stack.enter_context(_processes(most)))
    try:
        yield _shared[0].submit, lambda: jobs
    except BrokenProcessPool as error:
        stopping.check()
        raise UserError(ENDED) from error


@contextlib.contextmanager
def _processes(jobs: int) -> Iterator[Executor]:
    """Worker processes on this machine; on leaving by an error they are ended, in the middle of a task too."""
    # Spawned, not forked: a fork of a process whose libraries hold threads can hang.
    context = multiprocessing.get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(theirs,))
    try:
        yield pool
        pool.shutdown()
    except BrokenProcessPool as error:
        raise UserError(ENDED) from error
    finally:
        # The end of this pipe tells workers to end, in the middle of a task too; so does the death of this process.
        pool.shutdown(wait=False, cancel_futures=True)
        ours.close()
        end = time.monotonic() + GRACE_S
        for worker in multiprocessing.active_children():
            worker.join(max(0.0, end - time.monotonic()))
            if worker.is_alive():  # in code that lets no other thread run
                worker.kill()
        pool.shutdown()
        theirs.close()


def _begin(stop: Connection) -> None:
    """Make a new worker leave interrupts to its parent, and end when the parent's side of `stop` is gone."""
    atexit.register(gc.freeze)  # or its end takes a third of a second: see __main__
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A training beside them uses all cores, and each of its steps waits for the slowest: workers take what it leaves.
    os.nice(NICENESS)
    threading.Thread(target=_end_with_parent, args=(stop,), daemon=True).start()


def _end_with_parent(stop: Connection) -> None:
    try:
        stop.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)
