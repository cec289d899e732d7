"""Independent pieces of work on several processes or a Dask cluster, stopped cleanly whatever happens to the caller."""

import atexit
import contextlib
import gc
import itertools
import logging
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from paper_repro.base import limits, stopping
from paper_repro.base.errors import UserError
from paper_repro.base.limits import cores

ENDED = ("A worker process was ended from outside (out of memory?); run the same command again, with fewer --jobs if "
         "need be: what was finished is kept.")
QUEUED = 4  # tasks handed out for each worker process: enough to keep it busy
POLL_S = 0.5  # how soon an interrupt is noticed
GRACE_S = 1.5  # how long workers may take to end when told to
GPU = "GPU"  # the resource of Dask's documentation: dask worker --resources "GPU=1"
REACHED_S = 3.0  # within which a cluster's scheduler answers
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
    with _cluster(dask, accelerator) if dask is not None else _pool(jobs) as executor:
        waiting = iter(tasks)
        pending = {executor.submit(function, task): task for task in itertools.islice(waiting, QUEUED * jobs)}
        try:
            while pending:
                for future in wait(pending, POLL_S, return_when=FIRST_COMPLETED).done:
                    task = pending.pop(future)
                    if (following := next(waiting, None)) is not None:
                        pending[executor.submit(function, following)] = following
                    yield task, future.result()
                stopping.check()
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
def _pool(jobs: int) -> Iterator[Executor]:
    """The pool that is shared, else one of this call's own."""
    if not _sharing:
        with _processes(jobs) as executor:
            yield executor
        return
    stack, most = _sharing[-1]
    with _shared_lock:
        if not _shared:
            most = min(most, limits.workers_that_fit() or most)
            _sharing[-1] = stack, most
            _shared.append(stack.enter_context(_processes(most)))
    try:
        yield _shared[0]
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


@contextlib.contextmanager
def _cluster(address: str, accelerator: bool) -> Iterator[Executor]:
    """The workers of the Dask cluster whose scheduler is at `address`; on leaving, what isn't finished is cancelled."""
    try:
        from distributed import Client, KilledWorker
    except ImportError as error:
        raise UserError("--dask needs the package distributed, which isn't installed; install it with "
                        "`python -m pip install distributed`, or omit --dask.") from error
    for name in list(logging.root.manager.loggerDict):  # what is lost is said once, by us
        if name.partition(".")[0] in {"distributed", "tornado", "asyncio"}:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    if failure := _unreachable(address):
        raise UserError(f"--dask {address}: expected the address of a Dask scheduler (tcp://host:8786), but it can't "
                        f"be reached ({failure}); start one with `dask scheduler`.")
    with Client(address, set_as_default=False, timeout=REACHED_S) as client:
        # Not pure: the same call again, by a later run, must be made again, since its result is a file.
        executor = client.get_executor(pure=False, **_resources(client) if accelerator else {})
        try:
            yield executor
        except KilledWorker as error:
            raise UserError(f"--dask {address}: workers died again and again on one task (out of memory?); run the "
                            "same command again with more memory per worker: what was finished is kept.") from error
        except CancelledError as error:
            raise UserError(f"--dask {address}: the scheduler was lost; start it and its workers, then run the same "
                            "command again: what was finished is kept.") from error
        finally:
            executor.shutdown(wait=False)


def _resources(client: Any) -> dict[str, Any]:
    """What a task asks for that is to have a GPU to itself: nothing where no worker says that it has one."""
    def offered(dask_scheduler: Any) -> bool:
        return any(worker.resources.get(GPU) for worker in dask_scheduler.workers.values())

    return {"resources": {GPU: 1}} if client.run_on_scheduler(offered) else {}


def _unreachable(address: str) -> str:
    """Why nothing at an address answers as a Dask scheduler does; "" where one does.

    Asked in a thread that may be left behind. A client asks for half a minute, and when it fails it leaves a thread
    that keeps this process from ending.
    """
    import asyncio  # slow to load

    from distributed.comm import connect

    async def ask() -> None:
        comm = await connect(address, timeout=REACHED_S)
        await comm.close()

    def work() -> None:
        try:
            asyncio.run(ask())
            failures.append("")
        except (OSError, ValueError) as error:
            failures.append((str(error).splitlines() or [type(error).__name__])[0])
        except Exception:  # whatever a stranger's answer makes the library do
            failures.append("what answers there is something else")

    failures: list[str] = []
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(REACHED_S + 1)
    return failures[0] if failures else f"no answer within {REACHED_S:g} s"


def _begin(stop: Connection) -> None:
    """Make a new worker leave interrupts to its parent, and end when the parent's side of `stop` is gone."""
    atexit.register(gc.freeze)  # or its end takes a third of a second: see __main__
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(stop,), daemon=True).start()


def _end_with_parent(stop: Connection) -> None:
    try:
        stop.recv_bytes()
    except (EOFError, OSError):
        os._exit(1)
