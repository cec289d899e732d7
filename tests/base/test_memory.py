"""Freed memory is kept for the next step."""

import subprocess
import sys

import pytest

PROGRAM = """
import resource
import torch
from paper_repro.base.memory import keep_freed
torch.set_num_threads(1)
if {keep}:
    keep_freed()
for _ in range(10):
    torch.ones(2**24).sum()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    torch.ones(2**24).sum()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(keep: bool) -> int:
    done = subprocess.run([sys.executable, "-c", PROGRAM.format(keep=keep)], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="not run: page faults are counted on Linux only")
def test_large_tensors_cause_no_page_faults_once_memory_is_there() -> None:
    # ten tensors of 64 MiB: tens of thousands of pages where each is asked for anew
    assert faults(keep=True) < 1000 < faults(keep=False)
