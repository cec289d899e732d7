"""`python -m tests.e2e.full_disk FOLDER [COUNT]`: a run meets a full disk at COUNT (50) places, and goes on with room.

On a tmpfs mounted at FOLDER/disk, which takes root's rights, the run of a tiny profile with a step of every kind. A
place: of a finished run one step's record and outputs are taken away, and the disk has room for only a part of them; or
(each tenth) nothing was made yet. The run must end with status 2 and one sentence that names a file, leave nothing
unfinished, and go on to the same final bytes as an undisturbed one once there is room.
"""

import contextlib
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from paper_repro.base.files import read_json
from tests.e2e import runs

SEED, SCRATCH = 20260102, 10
LARGE = 4 << 30


@contextlib.contextmanager
def mounted(folder: Path) -> Iterator[Path]:
    """A small disk. Raises CalledProcessError where none may be mounted."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={LARGE}", "paper-repro-test", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def leave_free(disk: Path, pages: int) -> None:
    """Let the disk have room for as many pages more."""
    about = os.statvfs(disk)
    used = about.f_blocks - about.f_bfree
    subprocess.run(["mount", "-o", f"remount,size={(used + pages) * about.f_frsize}", disk], check=True)


def pages_of(path: Path) -> int:
    """Pages that a file takes."""
    return -(-path.stat().st_size // 4096)


def take_away(out: Path, draw: random.Random) -> tuple[str, int]:
    """Take the outputs and the record of a step away; its name, and the pages that they had."""
    records = [(path, record) for _, path in runs.files(out) if path.suffix == ".json"
               and isinstance((record := read_json(path) or {}).get("outputs"), dict) and record["outputs"]]
    path, record = draw.choice(records)
    gone = [one for one in (path, *(path.parent / name for name in record["outputs"])) if one.is_file()]
    size = sum(map(pages_of, gone))
    for one in gone:
        one.unlink()
    return str(record["name"]), size


def disturbed(command: list[str], out: Path, reference: Path) -> list[str]:
    """Run on the full disk; returns what is wrong with how it ends."""
    process = runs.start(command, stderr=subprocess.PIPE)
    _, said = process.communicate()
    sentences = [line for line in said.splitlines() if line.startswith("paper_repro: ")]
    wrong = [f"ended with status {process.returncode}, not 2"] * (process.returncode != 2)
    wrong += [f"said {len(sentences)} sentences: {sentences}"] * (len(sentences) != 1)
    wrong += [f"said {said[-2000:]}"] * ("Traceback" in said or (not wrong and "its disk is full" not in said))
    return [*wrong, *runs.left_over(out, reference)]


def main(folder: Path, count: int = 50) -> int:
    """Run the check; the exit status."""
    draw, wrong, places = random.Random(SEED), list[str](), set[str]()
    reference = folder / "reference"
    if not reference.is_dir() and runs.start(runs.command(reference, tiny=True)).wait():
        print(f"{reference}: the undisturbed run failed")
        return 1
    whole = sum(pages_of(path) for _, path in runs.files(reference))
    with mounted(folder / "disk") as disk:
        out = disk / "out"
        command = [*runs.command(reference, tiny=True)[:-1], str(out)]
        for number in range(count):
            if number % SCRATCH == SCRATCH - 1:
                shutil.rmtree(out, ignore_errors=True)
                name, size = "nothing made yet", whole
            else:
                if not out.is_dir():
                    shutil.copytree(reference, out)
                name, size = take_away(out, draw)
            room = draw.randrange(size)
            leave_free(disk, room)
            found = disturbed(command, out, reference)
            subprocess.run(["mount", "-o", f"remount,size={LARGE}", disk], check=True)
            status = runs.start(command).wait()
            found += [f"with room it ended with status {status}"] * (status != 0) + runs.differences(out, reference)
            said = "; ".join(found) or "as it should"
            print(f"{number + 1}/{count}: {name}, room for {room} of {size} pages: {said}", flush=True)
            wrong += [f"place {number + 1} ({name}): {what}" for what in found]
            places.add(name)
            if found:
                shutil.rmtree(out, ignore_errors=True)
    print("\n".join(wrong) or f"{count} times the disk was full, in {len(places)} steps: one sentence and status 2 "
          "each time, and with room the same final bytes as if it had never been, nothing left over")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), *map(int, sys.argv[2:3])))
