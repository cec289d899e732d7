"""Fetching images of Venus: what an archive's plan takes, and doing it, file by file or packed volume by volume."""

import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file
from paper_repro.base.instruments import entries, entry
from paper_repro.base.progress import Progress
from paper_repro.base.run import Run
from paper_repro.download import transfer, unpack
from paper_repro.download.checksums import ContradictionError
from paper_repro.download.http import Client, FetchError
from paper_repro.download.ledger import Entry, Ledger
from paper_repro.download.partial import partial_of
from paper_repro.download.retrieve import Item, WrongError, retrieve, verify
from paper_repro.download.source import Source
from paper_repro.fetch import plan as plans
from paper_repro.fetch.plan import File, Plan
from paper_repro.fetch.volumes import Tree
from paper_repro.observations import registry

PACKED = ".packed"  # folder of an archive where its packed files are until they are unpacked
STAGES = re.compile(r"\..*\.unpacking")


@dataclass
class Work:
    """One instrument's plan and what it takes. bundles: volume -> (packed file, bytes) where that moves fewer bytes."""

    plan: Plan
    tree: Tree
    root: Path
    missing: list[File] = field(default_factory=list)
    bundles: dict[str, tuple[str, int]] = field(default_factory=dict)

    def items(self, files: Sequence[File]) -> list[Item]:
        """Files as they are fetched: verified by the archive's MD5, else by size and the reader's check."""
        check = registry.get(self.plan.instrument).check
        return [Item(self.tree.urls(one.path), self.root / one.path, one.bytes, ("md5", one.md5) if one.md5 else None,
                     partial(check, geometry=one.geometry)) for one in files]

    def look(self) -> None:
        """See which files are missing. Trust in those that are there is the ledger's and the readers' business."""
        self.missing = [one for one in self.plan.files if not is_there(self.root, one)]


def is_there(root: Path, one: File) -> bool:
    """Whether a file stands in its place with its size."""
    path = root / one.path
    return path.is_file() and path.stat().st_size == one.bytes


def instruments(run: Run) -> list[str]:
    """Those whose images the run needs, and whose folder the user doesn't name.

    Raises UserError for one whose files can't be fetched.
    """
    needed = {one.instrument for one in run.venus_sets}
    wanted: list[str] = [name for name in entries() if name in needed and entry(name).camera not in run.folders]
    for name in wanted:
        plans.archive_of(name)
    return wanted


def make(run: Run, client: Client, source: Source, instrument: str, *, offline: bool) -> Work:
    """Plan what is needed of an archive; `offline`: by what is known of it."""
    folder = run.raw / "plan"
    tree = Tree(client, source, folder / f"{entry(instrument).camera}-listings.json")
    scales = sorted({one.scale_km for one in run.venus_sets if one.instrument == instrument}, reverse=True)
    if offline:
        made = plans.read(instrument, folder)
        made.notes.append(f"{source.base}: not asked, PAPER_REPRO_OFFLINE is set")
    else:
        print(f"{source.name}: looking through {tree.urls('')[0]}", file=sys.stderr, flush=True)
        made = plans.make(tree, instrument, scales, run.profile.patches.resolution_px, folder)
    work = Work(made, tree, run.raw / source.name)
    work.look()
    for volume in made.bundles:
        single = sum(one.bytes for one in work.missing if one.path.startswith(volume))
        best = min(_sizes(tree, made.bundles[volume]), default=None) if single else None
        if best is not None and best[0] < single:
            work.bundles[volume] = (best[1], best[0])
    return work


def _sizes(tree: Tree, paths: Sequence[str]) -> list[tuple[int, str]]:
    """Size of each packed file whose size is said."""
    found = []
    for path in paths:
        try:
            size = tree.head(path).size
        except FetchError:
            continue  # the single files will do
        found += [] if size is None else [(size, path)]
    return found


def say(work: Work, source: Source) -> None:
    """Say what is needed of an archive, what of that is to be moved, and what is left out and why."""
    plan = work.plan
    record = registry.get(plan.instrument)
    print(f"{source.title}, {record.title} {record.band}, {tree_text(work)}:")
    for note in [*plan.notes, *plan.failed]:
        print(f"  note: {note}")
    if not plan.known:
        return
    share = f", {100 * plan.bytes / source.whole_bytes:.2g} % of the whole ({size_text(source.whole_bytes)})" if (
        source.whole_bytes) else ""
    print(f"  needed: {plan.observations} images with their geometry, {len(plan.files)} files, {size_text(plan.bytes)}"
          f"{share}")
    for kind, count in sorted(plan.kinds().items()):
        print(f"  left out: {count} {'image' if count == 1 else 'images'}, {kind}")
    print(f"  here already: {len(plan.files) - len(work.missing)} files; to be fetched: {len(work.missing)} files, "
          f"{size_text(to_move(work))}"
          + (f", {len(work.bundles)} volumes as packed files" if work.bundles else ""))


def tree_text(work: Work) -> str:
    """Where what is said of an archive comes from."""
    if work.plan.reached:
        return work.tree.urls("")[0]
    return "not reached: as planned earlier" if work.plan.known else "not reached, and nothing is planned yet"


def to_move(work: Work) -> int:
    """Bytes of what is missing, packed where that is chosen."""
    single = sum(one.bytes for one in work.missing if not any(one.path.startswith(volume) for volume in work.bundles))
    return single + sum(size for _, size in work.bundles.values())


def size_text(size: float) -> str:
    """A number of bytes in words: 41.2 MB, 700 GB."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.3g} {unit}"
        size /= 1000
    return f"{size:.3g} TB"


def fetch(client: Client, works: Sequence[Work], ledger: Ledger) -> list[str]:
    """Fetch what is missing of all archives that answered, and see to what is there; returns what went wrong."""
    for work in works:
        for volume, (packed, size) in work.bundles.items():
            _unpack(client, work, volume, packed, size, ledger)
        shutil.rmtree(work.root / PACKED, ignore_errors=True)  # what was of use has been unpacked
    _remove_changed(works, ledger)
    items = [item for work in works if work.plan.reached for item in work.items(work.plan.files)]
    failures = transfer.fetch_all(client, items, ledger, "fetch")
    for work in works:
        work.look()
    for root in {work.root for work in works}:
        _remove_unneeded(root, [work for work in works if work.root == root])
    return [*(one for work in works for one in work.plan.failed), *(failure.what for _, failure in failures)]


def tidy(raw: Path) -> None:
    """Remove the folders that killed runs were unpacking archives into. No other run may be at work."""
    for folder, below, _ in os.walk(raw):
        for name in filter(STAGES.fullmatch, tuple(below)):
            shutil.rmtree(Path(folder) / name)
            below.remove(name)


def _remove_unneeded(root: Path, works: Sequence[Work]) -> None:
    """Remove what came of files of an archive, by an earlier run, that aren't missing any more, or not needed."""
    missing = {partial_of(root / one.path) for work in works for one in work.missing}
    for path in root.rglob(".*.partial"):
        if path not in missing:
            path.unlink()
    for path in root.rglob(".*.partial.json"):
        if path.with_suffix("") not in missing:
            path.unlink()


def _remove_changed(works: Sequence[Work], ledger: Ledger) -> None:
    """Remove files of archives that can be asked if they aren't any more what was fetched, as the ledger knows."""
    for work in works:
        for one in work.plan.files if work.plan.reached else ():
            entry, path = ledger.get(work.root / one.path), work.root / one.path
            if (entry and is_there(work.root, one) and path.stat().st_mtime_ns != entry.mtime_ns
                    and sha256_file(path) != entry.sha256):
                print(f"note: {path} has changed since it was fetched; fetched again", file=sys.stderr, flush=True)
                path.unlink()


def _unpack(client: Client, work: Work, volume: str, packed: str, size: int, ledger: Ledger) -> None:
    """Fetch a volume's packed file and unpack of it what is missing; what fails here is fetched file by file later."""
    try:
        md5 = work.plan.sums.of(packed)
    except ContradictionError as error:
        print(f"note: {error} The files of {volume} are fetched one by one.", file=sys.stderr, flush=True)
        return
    item = Item(work.tree.urls(packed), work.root / PACKED / packed, size, ("md5", md5) if md5 else None)
    root = packed.rpartition("/")[0] + "/"
    files = [one for one in work.missing if one.path.startswith(volume)]
    names = {one.path.removeprefix(root) for one in files}
    transfer.room([item])
    progress = Progress(f"fetch {item.path.name}", size, "bytes")
    try:
        whole = retrieve(client, item, lambda done, _: progress.step(done - progress.done))
        unpack.extract(item.path, work.root / root, names.__contains__)
    except UserError as error:
        print(f"note: {error} The files of {volume} are fetched one by one instead.", file=sys.stderr, flush=True)
        return
    finally:
        item.path.unlink(missing_ok=True)
    for one, single in zip(files, work.items(files), strict=True):
        _enter(f"{whole.url}#{one.path.removeprefix(root)}", single, ledger)


def _enter(url: str, item: Item, ledger: Ledger) -> None:
    """Verify an unpacked file and enter it in the ledger; one that is wrong is removed."""
    if not item.path.is_file():
        return
    try:
        verified, sha256 = verify(item.path, item)
    except WrongError as error:
        print(f"note: {url}: {error}; it is fetched from the archive instead", file=sys.stderr, flush=True)
        item.path.unlink()
        return
    about = item.path.stat()
    ledger.add(Entry(url, ledger.name(item.path), about.st_size, sha256, verified,
                     f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", about.st_mtime_ns))
