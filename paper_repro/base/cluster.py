"""The workers of a Dask cluster, which do a step's work in place of processes on this machine."""

import contextlib
import functools
import hashlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from typing import Any

from paper_repro.base.code import PACKAGE, python_version, version_of
from paper_repro.base.errors import UserError

GPU = "GPU"  # the resource of Dask's documentation: dask worker --resources "GPU=1"
REACHED_S = 3.0  # within which a cluster's scheduler answers
LOOKED_S = 0.5  # how often it is asked for its workers
LIBRARIES = ("numpy", "scipy", "scikit-learn", "pandas", "numba", "torch", "pillow", "fastcluster")
Submit = Callable[..., Future[Any]]
Workers = tuple[Submit, Callable[[], int]]  # what hands a task out, and how many threads there are to work


@contextlib.contextmanager
def joined(address: str, accelerator: bool) -> Iterator[Workers]:
    """The workers of the cluster whose scheduler is at `address`; on leaving, what isn't finished is cancelled.

    accelerator: each task has a GPU to itself, where workers offer any. Raises UserError where the cluster can't be
    used or is lost, and for workers of another version.
    """
    check(address)
    from distributed import Client, KilledWorker

    with Client(address, set_as_default=False, timeout=REACHED_S) as client:
        asked = resources(client) if accelerator else {}
        # Not pure: the same call again, by a later run, must be made again, since its result is a file.
        executor = client.get_executor(pure=False, **asked)
        try:
            yield functools.partial(executor.submit, checked, versions()), _Size(address, client, bool(asked))
        except KilledWorker as error:
            raise UserError(f"--dask {address}: workers died again and again on one task (out of memory?); run the "
                            "same command again with more memory per worker: what was finished is kept.") from error
        except CancelledError as error:
            raise UserError(f"--dask {address}: the scheduler was lost; start it and its workers, then run the same "
                            "command again: what was finished is kept.") from error
        except ImportError as error:  # what a worker couldn't load
            raise UserError(f"--dask {address}: a worker can't load what it is to run ({error}); install this package "
                            "and its requirements where the workers are, and start them again.") from error
        finally:
            executor.shutdown(wait=False)


def check(address: str) -> None:
    """Raise UserError where nothing at an address answers as a Dask scheduler does."""
    try:
        failure = _unreachable(address)
    except ImportError as error:
        raise UserError("--dask needs the package distributed, which isn't installed; install it with "
                        "`python -m pip install distributed`, or omit --dask.") from error
    for name in list(logging.root.manager.loggerDict):  # what is lost is said once, by us
        if name.partition(".")[0] in {"distributed", "tornado", "asyncio"}:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    if failure:
        raise UserError(f"--dask {address}: expected the address of a Dask scheduler (tcp://host:8786), but it can't "
                        f"be reached ({failure}); start one with `dask scheduler`.")


class _Size:
    """How many threads of a cluster can take a task, asked anew at times: workers come and go. 1 where there are none.

    That there are none is said once: the tasks wait for them.
    """

    def __init__(self, address: str, client: Any, gpu: bool) -> None:
        self.address, self.client, self.gpu = address, client, gpu
        self.known, self.asked_at = 1, -LOOKED_S

    def __call__(self) -> int:
        if time.monotonic() - self.asked_at >= LOOKED_S:
            try:
                found = self.client.run_on_scheduler(threads, gpu=self.gpu)
            except OSError:  # the scheduler is lost, as the tasks are going to say
                return self.known
            if not found and self.known:
                what = f"workers that offer {GPU}" if self.gpu else "workers"
                print(f"note: --dask {self.address} has no {what} now: waiting for some", file=sys.stderr, flush=True)
            self.known, self.asked_at = found, time.monotonic()
        return max(1, self.known)


def threads(dask_scheduler: Any, *, gpu: bool) -> int:
    """Threads of the workers that a scheduler knows; of those alone that offer a GPU, if it is to be one."""
    return sum(worker.nthreads for worker in dask_scheduler.workers.values() if not gpu or worker.resources.get(GPU))


def resources(client: Any) -> dict[str, Any]:
    """What a task asks for that is to have a GPU to itself: nothing where no worker says that it has one."""
    return {"resources": {GPU: 1}} if client.run_on_scheduler(threads, gpu=True) else {}


@functools.cache
def versions() -> dict[str, str]:
    """What decides bytes here: this package's code, as it was when it was first asked for, Python and libraries."""
    code = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*.py")):
        code.update(path.read_bytes())
    return {"paper_repro": code.hexdigest()[:12], "Python": python_version(),
            **{name: version_of(name) for name in LIBRARIES}}


def checked(wanted: dict[str, str], function: Callable[[Any], Any], task: Any) -> Any:
    """A task done by a worker. Raises UserError where it would be done by other code than where it was asked for."""
    for name, version in wanted.items():
        if (here := versions()[name]) != version:
            import socket

            what = f"the code {version} of {name}" if name == "paper_repro" else f"{name} {version}"
            raise UserError(f"--dask: expected {what}, as where the command runs, found {here} on the worker "
                            f"{socket.gethostname()}; install the same there, and start its workers again.")
    return function(task)


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
