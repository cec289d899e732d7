"""Run the grid as another process and kill it, as the system would, in the middle: FOLDER JOBS PIECES."""

import os
import signal
import sys
from pathlib import Path
from typing import Any


def main(out: Path, jobs: int, pieces: int) -> None:
    """Run until the journal holds `pieces` pieces of work, then die without any chance to clean up."""
    # Here, because workers import this file too and need none of it.
    from paper_repro.base.journal import Journal
    from paper_repro.experiments.table1 import run_grid
    from tests.experiments.conftest import make_run

    add = Journal.add

    def add_or_die(self: Journal, key: str, value: Any) -> None:
        add(self, key, value)
        if len(self.done) == pieces:
            # the start of an entry, torn by the kill
            self._handle.write(b'{"key": "simpl')
            self._handle.flush()
            os.kill(os.getpid(), signal.SIGKILL)

    Journal.add = add_or_die  # type: ignore[method-assign]
    run = make_run(out, ("simple",))
    run_grid(run, run.results, jobs)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
