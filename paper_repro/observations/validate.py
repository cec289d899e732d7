"""What is wrong with a folder of archive files, by names and headers: pairs, versions, filters, broken files."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from paper_repro.base import regular
from paper_repro.base.errors import UserError
from paper_repro.base.folders import files_below
from paper_repro.base.progress import Progress
from paper_repro.observations import registry
from paper_repro.observations.index import NO_GEOMETRY
from paper_repro.observations.instrument import Instrument
from paper_repro.observations.observation import Pair, ReaderError


@dataclass
class Findings:
    """What a folder holds, a line for each instrument and for what is in no set; a line for each file that is odd (left
    aside, or read all the same), wrong, or can't be opened, at which a run stops.
    """  # noqa: D205

    said: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)


def validate(root: Path) -> Findings:
    """Look through a folder; of each file at most its headers are read.

    Raises UserError where there is no such folder, or no file of any instrument in it.
    """
    records = registry.instruments()
    names: dict[str, list[str]] = {}
    others = []
    for path in files_below(root):
        of = next((name for name, record in records.items() if record.product(path.name)), None)
        if of is None:
            others.append(path)
        else:
            names.setdefault(of, []).append(path.relative_to(root).as_posix())
    left_out = next(iter(records.values())).left_out(others)
    if not names:
        among = f" among files of other names ({left_out})" if others else ""
        patterns = ", ".join(dict.fromkeys(record.pattern for record in records.values()))
        raise UserError(f"{root}: expected images of an archive ({patterns}), found none{among}; name the folder that "
                        "holds the archive's files, unpacked, in their own folders.")
    findings = Findings()
    for name, of_it in sorted(names.items()):
        _look(root, records[name], of_it, findings)
    if len(names) > 1:
        findings.said.append(f"files of {len(names)} instruments: a set is made of each, or of those of --instrument")
    if others:
        findings.said.append(f"files that aren't read for their names: {len(others)} ({left_out})")
    return findings


def _look(root: Path, record: Instrument, names: list[str], findings: Findings) -> None:
    """Add what there is to say of the files of one instrument."""
    chosen = record.choose(names)
    kinds = {name: kind for name in names if (kind := record.product(name))}
    findings.odd += _left_aside(chosen, kinds)
    pairs = [Pair(root / image, root / geometry, image) for image, geometry in chosen if geometry is not None]
    findings.wrong += [f"{image}: {NO_GEOMETRY}; fetch it, or remove the image"
                       for image, geometry in chosen if geometry is None]
    images = {kinds[image][0] for image, _ in chosen}
    findings.wrong += [f"{name}: its image is missing; fetch it, or remove the geometry"
                       for name, (key, is_geometry) in kinds.items() if is_geometry and key not in images]
    closed = {name: reason for pair in chosen for name in pair if name and (reason := _closed(root / name))}
    findings.closed += [f"{name}: {reason}; make it readable, or remove it" for name, reason in closed.items()]
    progress = Progress(f"{record.name} headers", len(pairs), "observations")
    readable = 0
    for pair in pairs:
        if {pair.source, pair.geometry and pair.geometry.relative_to(root).as_posix()} & closed.keys():
            progress.step()
            continue
        try:
            remark = record.header(pair).remark
        except ReaderError as error:
            at = "" if error.offset is None else f"byte {error.offset}: "
            findings.wrong.append(f"{error.path.relative_to(root).as_posix()}: {at}{error.reason}; fetch it again")
        else:
            readable += 1
            findings.odd += [f"{pair.source}: {remark}"] if remark else []
        progress.step()
    findings.said.append(f"{record.name}: {record.title}, {record.band}: {len(chosen)} images, {len(pairs)} with "
                         f"geometry, {readable} of them with headers that can be read")


def _closed(path: Path) -> str:
    """Why a file can't be opened; "" where it can."""
    try:
        regular.opened(path).close()
    except UserError:
        return "a pipe, a socket or a device"
    except OSError as error:
        return f"it can't be read ({error.strerror})"
    return ""


def _left_aside(chosen: list[tuple[str, str | None]], kinds: dict[str, tuple[str, bool]]) -> Iterator[str]:
    """Files that are another version of an image that counts, or geometry of one."""
    of_pairs = {path for pair in chosen for path in pair}
    counts = {kinds[image][0]: image for image, _ in chosen}
    for name, (key, is_geometry) in kinds.items():
        if name not in of_pairs and key in counts:
            what = "geometry of another version, or a copy" if is_geometry else "another version, or a copy"
            yield f"{name}: {what}: {counts[key]} counts"
