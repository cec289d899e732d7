"""`python -m tests.e2e.kills OUT REFERENCE [COUNT [tiny]]`: runs stopped and killed at random; the bytes stay the same.

OUT is made anew, and again whenever a run came to its end. REFERENCE holds what an uninterrupted run left, on the same
machine; it is made if it isn't there. By default 30 times `make all`; `tiny`: of a profile that takes a tenth of its
time and has a step of every kind. After each end no process is left, and after one that wasn't a kill no unfinished
file. Of a run that comes to its end every file must be that of the reference, and none may be besides.
"""

import contextlib
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from tests.e2e import runs

SEED = 20260101
LONGEST_S, POWER = 60.0, 3  # until a run is stopped; short times are drawn more often, the shortest is at once
PATIENCE_S = 10.0  # that a stop may take on a busy machine; on an idle one it takes less than half
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


def main(out: Path, reference: Path, count: int = 30, *, tiny: bool = False) -> int:
    """Run the check; the exit status."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it, and so would make
    if not reference.is_dir() and runs.start(runs.command(reference, tiny=tiny)).wait():
        print(f"{reference}: the uninterrupted run failed")
        return 1
    draw, wrong, compared, longest = random.Random(SEED), list[str](), 0, 0.0
    command = runs.command(out, tiny=tiny)

    def compare() -> list[str]:
        found = runs.differences(out, reference)
        shutil.rmtree(out)
        return found

    for number in range(count):
        how, after = draw.choice(SIGNALS), LONGEST_S * draw.random() ** (2 * POWER if tiny else POWER)
        process = runs.start(command)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after)
        ended = process.poll()
        left, seconds = runs.stop(process, how)
        print(f"{number + 1}/{count}: {how.name} after {after:.1f} s, ended within {seconds:.1f} s"
              f"{'' if ended is None else f' (it had ended with status {ended})'}", flush=True)
        found = [f"{len(left)} processes were left"] * bool(left)
        found += [f"ended with status {ended}"] * (ended not in {None, 0})
        if ended is None and how != signal.SIGKILL:
            longest = max(longest, seconds)
            found += [f"took {seconds:.1f} s to end"] * (seconds > PATIENCE_S)
            found += runs.left_over(out, reference) if out.is_dir() else []
        if ended == 0:
            compared += 1
            found += compare()
        wrong += [f"run {number + 1}: {what}" for what in found]
        for what in found:
            print(f"  {what}", flush=True)
    status = runs.start(command).wait()
    wrong += [f"the last run ended with status {status}"] * (status != 0)
    wrong += [f"the last run: {what}" for what in compare()]
    print("\n".join(wrong) or f"{count} times stopped: {compared + 1} runs came to their end in spite of it, with the "
          f"same final bytes as one that wasn't stopped, nothing left over, no process left; the slowest stop took "
          f"{longest:.1f} s")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), *map(int, sys.argv[3:4]),
                  tiny="tiny" in sys.argv[4:]))
