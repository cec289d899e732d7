"""Fetching a file once, here or in a process of its own that can be killed."""

import hashlib
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from paper_repro.base.errors import UserError
from paper_repro.download import ledger, partial
from paper_repro.download.http import Client, Policy
from paper_repro.download.ledger import Ledger
from paper_repro.download.transfer import Item, fetch

HASTY = Policy(tries=4, timeout_s=0.25, connect_s=0.25, backoff_s=0.002, longest_wait_s=1.5)
PATIENT = Policy(tries=3, timeout_s=30.0, backoff_s=0.01)
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.download.fetching"])


def attempt(item: Item, policy: Policy, port: int) -> str:
    """Fetch once: "right", or the sentence. Any other exception is a failure of the run."""
    root = item.path.parents[1]
    host = item.urls[0].split("/")[2]
    with Client(policy, redirects={host: (f"localhost:{port}",)}) as client:
        try:
            entry = fetch(client, item, Ledger(root))
        except UserError as error:
            sentence = str(error)
            assert sentence.endswith("."), sentence
            assert "\n" not in sentence, sentence
            assert len(sentence) < 1500, sentence
            assert "object at 0x" not in sentence, sentence
            assert item.urls[0] in sentence or str(root) in sentence, sentence
            return sentence
    assert entry.sha256 == hashlib.sha256(item.path.read_bytes()).hexdigest()
    return "right"


def kill(fetching: Callable[[], object], rng: np.random.Generator, size: int) -> None:
    """Fetch in a process of its own and kill it at a random moment, as the power does."""
    process = PROCESSES.Process(target=fetching)
    process.start()
    time.sleep(float(rng.uniform(0.0, 0.25 + size / 2e7)))
    process.kill()
    process.join()


class Dying:
    """`os` as it is until its `last`-th step that changes a file; then the process is gone."""

    EVENTS = ("open", "os.rename", "os.remove", "os.mkdir", "os.truncate")  # audit events of what others call

    def __init__(self, folder: str, last: int) -> None:
        self.folder, self.left = folder, last
        sys.addaudithook(self.hear)

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in self.EVENTS and (event == "os.truncate" or self.folder in str(arguments[0])):
            self.step()

    def step(self) -> None:
        self.left -= 1
        if self.left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def write(self, file: int, data: Any) -> int:
        self.step()
        return os.write(file, data)

    def fsync(self, file: int) -> None:
        self.step()
        os.fsync(file)


def attempt_that_dies(item: Item, last: int) -> None:
    """Fetch once, killed before the `last`-th step that changes a file; in a process of its own only."""
    dying = Dying(str(item.path.parents[1]), last)
    for module in (partial, ledger):
        vars(module)["os"] = dying
    assert attempt(item, PATIENT, 0) == "right"
