"""Fetching a file once, here or in a process of its own that can be killed."""

import hashlib
import multiprocessing
import time
from collections.abc import Callable

import numpy as np

from paper_repro.archives.http import Client, Policy
from paper_repro.archives.ledger import Ledger
from paper_repro.archives.transfer import Item, fetch
from paper_repro.profiles.errors import UserError

HASTY = Policy(tries=4, timeout_s=0.25, connect_s=0.25, backoff_s=0.002, longest_wait_s=1.5)
PATIENT = Policy(tries=3, timeout_s=30.0, backoff_s=0.01)
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.archives.fetching"])


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
