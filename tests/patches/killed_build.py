"""Build patch sets as another process and kill it, as the system would, in the middle: ROOT OUT JOBS OBSERVATIONS."""

import os
import signal
import sys
from pathlib import Path


def main(root: Path, out: Path, jobs: int, observations: int) -> None:
    """Build until `observations` observations are done, then die without any chance to clean up."""
    # Here, because workers import this file too and need none of it.
    from paper_repro.base.progress import Progress
    from paper_repro.patches import build
    from tests.patches import tiny_archive

    class Deadly(Progress):
        def step(self, count: int = 1, note: str = "") -> None:
            super().step(count, note)
            if self.done == observations:
                # a part torn by the kill
                (out / "data/paper/patches/.parts/uvi/.torn.1.01234567.partial.npz").write_bytes(b"PK")
                os.kill(os.getpid(), signal.SIGKILL)

    build.Progress = Deadly  # type: ignore[attr-defined]
    build.SECONDS = 60.0  # work enough for more workers than one
    tiny_archive.build_once(out, root, jobs)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
