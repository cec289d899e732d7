"""Freed memory is kept for the next step."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource
import threading
import torch
from paper_repro.base.memory import keep_freed
torch.set_num_threads(1)
if {keep}:
    keep_freed()
def work():
    for _ in range(10):
        torch.ones({numbers}).sum()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        torch.ones({numbers}).sum()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
thread = threading.Thread(target=work)
thread.start() if {apart} else work()
"""


def faults(**settings: object) -> int:
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(**settings)], capture_output=True, text=True,
                          check=True)
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="not run: page faults are counted on Linux only")
@pytest.mark.parametrize("apart", [False, True])
def test_large_tensors_cause_no_page_faults_once_memory_is_there(apart: bool) -> None:
    # ten tensors of 128 MiB: tens of thousands of pages where each is asked for anew; steps run in threads
    assert faults(keep=True, apart=apart, numbers=2**25) < 1000 < faults(keep=False, apart=apart, numbers=2**25)
