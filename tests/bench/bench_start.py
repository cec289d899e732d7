"""What small commands cost, start included: CPU seconds of all their processes, beside those of the libraries alone.

Patches of 8 observations at 3000 km (the first discs of the simulated archive), the same once nothing is left to do,
and Table 4, which needs no data. All that is left of the first, when the libraries are taken off, is our own.
"""

import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from paper_repro.simulated.venus_archive import disc, take
from paper_repro.simulated.venus_fields import Field

OBSERVATIONS, RUNS = 8, 7
LIBRARIES = "import numpy, pandas, numba, tabulate, scipy.linalg"  # what the first command loads


def cpu_seconds(*words: str) -> float:
    """CPU seconds, user's and system's, of an interpreter with these arguments and of all processes that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Print the median of the runs of each, taken in turn."""
    with tempfile.TemporaryDirectory() as folder:
        raw, out = Path(folder, "raw"), Path(folder, "out")
        for number in range(OBSERVATIONS):
            take(raw, disc(number), Field(0), 0)
        command = ("-m", "paper_repro")
        patches = (*command, "patches", "--uvi", str(raw), "--scale", "3000", "--out", str(out))
        cases = {"the libraries alone": ("-c", LIBRARIES), "table 4": (*command, "table", "4", "--out", folder),
                 f"patches of {OBSERVATIONS} observations": patches, "the same, nothing to do": patches}
        for words in cases.values():
            cpu_seconds(*words)  # numba's machine code and Python's byte code are kept from here on
        seconds: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(RUNS):
            shutil.rmtree(out)
            for name, words in cases.items():
                seconds[name].append(cpu_seconds(*words))
    libraries = statistics.median(seconds["the libraries alone"])
    for name, taken in seconds.items():
        median = statistics.median(taken)
        print(f"{name}: {median:.2f} CPU s (from {min(taken):.2f} to {max(taken):.2f}), {median / libraries:.2f} x the "
              "libraries")


if __name__ == "__main__":
    main()
