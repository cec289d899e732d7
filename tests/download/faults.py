"""Random faults, one or several at once, while files are fetched: the right file or a clear sentence, no wrong file.

    python -m tests.download.faults [COUNT] [SEED]      1000 runs by default

Each run fetches a file from a server that misbehaves (or in a process that is killed, or onto a disk that fails), then
once more from a server that behaves: then the file must be there and right, and nothing beside it but the ledger.
Exits with status 1, and names each run that ended otherwise; `run(seed, number, folder)` repeats it.
"""

import argparse
import functools
import hashlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from paper_repro.base.errors import UserError
from paper_repro.base.progress import Progress
from paper_repro.download import unpack
from paper_repro.download.transfer import Item
from tests.download import faulty
from tests.download.fetching import HASTY, PATIENT, PROCESSES, attempt, kill
from tests.download.server import ArchiveServer, Fault, Request
from tests.guarded import sitecustomize as network_guard


@dataclass(frozen=True)
class Case:
    """One run's draw. contents: what the file is, the last one at last; item: what is asked for."""

    kinds: tuple[str, ...]
    contents: tuple[bytes, ...]
    old: bytes | None
    item: Item


def draw(rng: np.random.Generator, folder: Path) -> Case:
    """One to three faults, a file, and what is known of it beforehand.

    Where its size alone is known, a flipped bit can't be noticed by anybody and isn't among the faults.
    """
    known = str(rng.choice(["sha256", "md5", "reader", "reader, size", "size"]))
    names = [name for name in (*faulty.SERVER, *faulty.OTHER) if known != "size" or "flipped" not in name]
    kinds = tuple(str(kind) for kind in rng.choice(names, size=int(rng.integers(1, 4)), replace=False))
    size = int(rng.choice([0, 1, 40, 5000, 300_000, 600_000, 2_000_000, 2_000_000, 3_000_000]) * rng.uniform(0.5, 1))
    contents = [faulty.content(rng, size)]
    if "changed" in kinds:
        contents.append(faulty.content(rng, int(size * rng.choice([0.5, 1.0, 1.0, 1.2]))))
    old = faulty.content(rng, size)[:-2] if "old file" in kinds else None
    meant = contents[int(rng.integers(len(contents)))]
    hashed = known in {"sha256", "md5"}
    item = Item((), folder / "out" / "a" / "file.bin", check=faulty.read if "reader" in known else None,
                size=len(meant) if "size" in known or (hashed and rng.random() < 0.5) else None,
                digest=(known, hashlib.new(known, meant).hexdigest()) if hashed else None)
    return Case(kinds, tuple(contents), old, item)


def misbehave(case: Case, rng: np.random.Generator, place: Path, port: int) -> Callable[[Request], Fault | None]:
    """What the server does to each request: mostly one of the case's faults, for some requests or for all."""
    draws = [faulty.SERVER[kind] for kind in case.kinds if kind in faulty.SERVER]
    until = int(rng.choice([1, 2, 3, 5, 1000]))
    slow = {"killed", "two processes"} & set(case.kinds)
    broken = int(rng.integers(len(case.contents[0]) + 1))
    breaks = "changed" in case.kinds or rng.random() < 0.5  # so that there is something to go on from

    def fault(request: Request) -> Fault | None:
        if request.path != "/file.bin":
            return None
        if "missing" in case.kinds:
            return Fault(status=int(rng.choice([404, 410, 403])), body=faulty.HTML)
        if breaks and request.number == 1:
            return Fault(cut=broken)
        if "changed" in case.kinds and place.read_bytes() != case.contents[-1]:
            place.with_name("new").write_bytes(case.contents[-1])
            place.with_name("new").replace(place)
        if draws and request.number <= until and rng.random() < 0.8:
            one = draws[int(rng.integers(len(draws)))](rng, len(case.contents[0]))
            where = one.headers.get("Location")
            return replace(one, headers={"Location": where.format(port=port)}) if where else one
        return Fault(rate=2e7) if slow else None

    return fault


def check_disk(case: Case, ended: str) -> None:
    """The file is absent, or one of those that were meant; beside it stands only what a next run can use."""
    path = case.item.path
    names = {one.name for one in path.parent.iterdir()} if path.parent.is_dir() else set()
    allowed = {"file.bin"} if ended == "right" else {"file.bin", ".file.bin.partial", ".file.bin.partial.json"}
    assert names <= allowed, names
    if path.exists():
        data = path.read_bytes()
        known = [one for one in case.contents if matches(case.item, one)]
        assert data in known or (ended != "right" and data == case.old), "a wrong file under the final name"
    assert ended != "right" or path.exists()


def matches(item: Item, data: bytes) -> bool:
    """Whether a file is what is asked for."""
    kind, digest = item.digest or ("sha256", "")
    return item.size in {None, len(data)} and (not digest or hashlib.new(kind, data).hexdigest() == digest)


def run(seed: int, number: int, folder: Path) -> tuple[tuple[str, ...], str]:
    """One run: its faults and how its faulty phase ended. Raises AssertionError if anything was wrong."""
    rng = np.random.default_rng([seed, number])
    if rng.random() < 0.12:
        return run_unpack(rng, folder)
    case = draw(rng, folder)
    place = folder / "tree" / "file.bin"
    (folder / "elsewhere").mkdir(parents=True)
    place.parent.mkdir()
    for one in (place, place.with_name("copy.bin"), folder / "elsewhere" / "copy.bin"):
        one.write_bytes(case.contents[0])
    (folder / "elsewhere" / "wrong.bin").write_bytes(faulty.content(rng, 1000))
    with ArchiveServer(folder / "tree", "/pub/") as server, ArchiveServer(folder / "elsewhere") as other:
        item = replace(case.item, urls=(server.url("file.bin"),))
        case = replace(case, item=item)
        port = other.server_port
        if case.old is not None:
            item.path.parent.mkdir(parents=True)
            item.path.write_bytes(case.old)
        if "partial of another file" in case.kinds:
            leave_partial(rng, item, server)
        server.fault = misbehave(case, rng, place, port)
        fetching = functools.partial(attempt, item, HASTY, port)
        if "killed" in case.kinds:
            kill(fetching, rng, len(case.contents[0]))
            check_disk(case, "killed")
        second = PROCESSES.Process(target=fetching) if "two processes" in case.kinds else None
        if second:
            second.start()
        with pytest.MonkeyPatch.context() as patch:
            for kind in case.kinds:
                faulty.break_disk(patch, kind, rng, len(case.contents[0]))
            ended = fetching()
        if second:
            second.join(60)
            assert second.exitcode == 0, "the second process failed"
        check_disk(case, "second" if second else ended)

        server.fault = lambda request: None
        there = item.path.read_bytes() if item.path.exists() else None
        reachable = there in [one for one in case.contents if matches(item, one)] or matches(item, place.read_bytes())
        at_last = attempt(item, PATIENT, port)
        assert (at_last == "right") == reachable, at_last
        check_disk(case, at_last)
        if reachable:
            assert {one.name for one in item.path.parents[1].iterdir()} == {"a", "ledger.csv"}
    return case.kinds, "right" if ended == "right" else "sentence"


def leave_partial(rng: np.random.Generator, item: Item, server: ArchiveServer) -> None:
    """A partial of something else under the same name, with or without the record of what it is."""
    item.path.parent.mkdir(parents=True, exist_ok=True)
    item.path.with_name(".file.bin.partial").write_bytes(rng.bytes(int(rng.integers(1, 1_000_000))))
    record = item.path.with_name(".file.bin.partial.json")
    other = {"url": "http://127.0.0.1/x", "size": 9, "etag": None, "modified": None}
    text = rng.choice(["", "{", '{"url": 7}', json.dumps(other),
                       json.dumps({"url": item.urls[0], "size": None, "etag": '"old"', "modified": None})])
    if rng.random() < 0.8:
        record.write_text(str(text))


def run_unpack(rng: np.random.Generator, folder: Path) -> tuple[tuple[str, ...], str]:
    """One archive that means harm, or is broken, or good: its files, or a sentence and nothing."""
    kind = str(rng.choice(faulty.UNPACK))
    files = {f"set/{i}.bin": rng.bytes(int(rng.integers(1, 20_000))) for i in range(int(rng.integers(1, 6)))}
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "archive"
    source.write_bytes(faulty.packed(kind, rng, files))
    target = folder / "deep" / "out"
    sentence, paths = "", []
    try:
        paths = unpack.extract(source, target, most_bytes=1 << 22, most_members=100)
    except UserError as error:
        sentence = str(error)
    if sentence:
        assert "\n" not in sentence, sentence
        assert str(source) in sentence, sentence
        assert kind != "good", sentence
    else:
        assert kind in {"good", "cut", "changed bytes"}, "unpacked what means harm"
        for path in paths:
            name = path.relative_to(target).as_posix()
            if kind == "good" or name in files:
                assert path.read_bytes() == files[name], "a wrong file under its final name"
        assert kind != "good" or len(paths) == len(files)
    found = {path for path in folder.rglob("*") if not path.is_dir()}
    assert found == {source, *paths}, "a stray file"
    assert not Path("/tmp/paper-repro-victim").exists()
    return (f"archive: {kind}",), "sentence" if sentence else "right"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=1000)
    parser.add_argument("seed", nargs="?", type=int, default=0)
    options = parser.parse_args()
    network_guard.install()
    endings: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    progress, start = Progress("faults", options.count, "runs"), time.monotonic()
    for number in range(options.count):
        with tempfile.TemporaryDirectory(prefix="faults-") as folder:
            try:
                drawn, ended = run(options.seed, number, Path(folder) / "run")
            except Exception as error:
                drawn, ended = (), "wrong"
                print(f"run({options.seed}, {number}): {type(error).__name__}: {error}", file=sys.stderr)
        endings[ended] += 1
        kinds.update(drawn)
        progress.step()
    seconds = time.monotonic() - start
    print(f"{options.count} runs in {seconds:.0f} s ({options.count / seconds:.1f}/s): "
          + ", ".join(f"{count} {ended}" for ended, count in sorted(endings.items())))
    print("faults: " + ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items())))
    return 1 if endings["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
