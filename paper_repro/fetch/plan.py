"""What is to be fetched of the archives of Venus, and what is left out and why.

Kept in `raw/plan`, and brought up to date instead of made anew. The rule is the patch builder's own
(`patches.tasks.left_out`): a file is in the plan if and only if the builder would use it for one of the scales.
"""

import importlib.util
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field, fields
from pathlib import Path

import pandas as pd

from paper_repro.base import lines
from paper_repro.base.errors import UserError
from paper_repro.base.files import write_csv
from paper_repro.base.instruments import entry
from paper_repro.base.profile import km_text
from paper_repro.download.checksums import ContradictionError, Digests, Sums
from paper_repro.download.http import FetchError
from paper_repro.fetch.headers import HeaderTable, Looked
from paper_repro.fetch.layout import Archive
from paper_repro.fetch.volumes import Found, Tree
from paper_repro.observations import registry
from paper_repro.observations.index import NO_GEOMETRY
from paper_repro.patches.part import left_out

COARSE, OLDER, UNUSABLE = "too coarse for every scale", "an older version", "unusable"


@dataclass(frozen=True)
class File:
    """A file to be had. path: in the archive's tree; md5: "" where the archive names none; scales: km, why it is."""

    instrument: str
    archive: str
    path: str
    bytes: int
    md5: str
    scales: str
    geometry: bool


@dataclass(frozen=True)
class LeftOut:
    """An image that isn't fetched. kind: one of a few; reason: in full."""

    instrument: str
    archive: str
    path: str
    kind: str
    reason: str


@dataclass
class Plan:
    """What is known of one instrument's files in its archive.

    reached: whether it could be asked (else this is the plan kept from earlier, `known` if there is one); bundles:
    volume -> packed files; sums: the archive's own MD5 sums; failed: what couldn't be looked at, so that more may be
    needed.
    """

    instrument: str
    files: list[File] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    bundles: dict[str, list[str]] = field(default_factory=dict)
    sums: Sums = field(default_factory=lambda: Sums({}))
    failed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reached: bool = True
    known: bool = True

    @property
    def archive(self) -> str:
        """Name of the archive."""
        return entry(self.instrument).archive

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(one.bytes for one in self.files)

    @property
    def observations(self) -> int:
        """Number of images in it."""
        return sum(not one.geometry for one in self.files)

    def kinds(self) -> Counter[str]:
        """How many images are left out, by kind."""
        return Counter(one.kind for one in self.left_out)


def archive_of(instrument: str) -> Archive:
    """What fetching an instrument's files goes by. Raises UserError if they can't be fetched."""
    known = entry(instrument)
    module = f"paper_repro.fetch.{known.archive}"
    if importlib.util.find_spec(module) is None:
        raise UserError(f"{known.files}: they can't be fetched; name their folder with {known.camera.upper()}=folder "
                        f"(make) or --{known.camera} folder.")
    archive = importlib.import_module(module).archive_of(known.camera)
    assert isinstance(archive, Archive)
    return archive


def make(tree: Tree, instrument: str, scales_km: Sequence[float], resolution_px: int, folder: Path) -> Plan:
    """Ask an archive for what the scales (km) need; where it can't be asked, the plan is the one kept in `folder`.

    Raises UserError for an instrument whose files can't be fetched.
    """
    record, archive = registry.get(instrument), archive_of(instrument)
    filters = registry.of_camera(entry(instrument).camera).values()

    def wanted(name: str) -> bool:
        """Of any filter of the camera: what is kept of a listing serves them all."""
        return any(each.product(name) for each in filters)

    try:
        found = tree.find(archive.shape, wanted)
    except FetchError as error:
        return _kept(instrument, folder, error.what)
    finally:
        tree.save()
    plan = Plan(instrument, bundles=found.bundles, failed=found.failed, notes=found.notes)
    chosen = record.choose(found.files)
    pairs = [(image, geometry) for image, geometry in chosen if geometry is not None]
    looked, failed = HeaderTable(folder / "headers.csv").look(tree, record.header_of, archive.first_bytes, pairs,
                                                      found.files, scales_km, resolution_px)
    plan.failed += failed
    plan.sums = _sums(tree, wanted, found, looked, plan)
    for one in looked:
        _decide(plan, one, scales_km, resolution_px)
    images = {image for image, _ in chosen}
    for image, geometry in chosen:
        if geometry is None:
            plan.left_out.append(LeftOut(instrument, plan.archive, image, NO_GEOMETRY, NO_GEOMETRY))
    for path in found.files:
        kind = record.product(path)
        if kind and not kind[1] and path not in images:
            plan.left_out.append(LeftOut(instrument, plan.archive, path, OLDER, OLDER))
    plan.files.sort(key=lambda one: one.path)
    plan.left_out.sort(key=lambda one: one.path)
    return plan


def _decide(plan: Plan, looked: Looked, scales_km: Sequence[float], resolution_px: int) -> None:
    """Put the files of an observation into the plan, or the reason why they aren't."""
    reasons = {scale: left_out(looked.observed, scale, resolution_px) for scale in scales_km}
    needed = " ".join(km_text(scale) for scale, reason in reasons.items() if not reason)
    if needed:
        geometry = looked.observed.geometry
        plan.files += [File(plan.instrument, plan.archive, path, size, _md5(plan, path), needed, path == geometry)
                       for path, size in looked.files]
        return
    kind = UNUSABLE if looked.observed.note else COARSE
    # that of the largest scale, which asks for least
    plan.left_out.append(LeftOut(plan.instrument, plan.archive, looked.observed.source, kind, reasons[max(scales_km)]))


def _md5(plan: Plan, path: str) -> str:
    """MD5 of a file as the archive has it; "" where there is none, or where there are two, which is said."""
    try:
        return plan.sums.of(path) or ""
    except ContradictionError as error:
        plan.failed.append(str(error))
        return ""


def _sums(tree: Tree, wanted: Callable[[str], bool], found: Found, looked: Sequence[Looked], plan: Plan) -> Sums:
    """The archive's own MD5 sums, as far as they can be had, of volumes that have any of the files looked at."""
    bundles = {path.rpartition("/")[2] for one in found.bundles.values() for path in one}
    digests: dict[str, Digests] = {}
    for path, stamp in found.sums.items():
        folder = path.rpartition("/")[0] + "/"
        if not any(name.startswith(folder) for one in looked for name, _ in one.files):
            continue
        try:
            digests[path] = tree.sums(path, stamp, lambda name: name in bundles or wanted(name))
        except FetchError as error:
            plan.notes.append(f"{error.what}; files are verified by their size and headers instead")
    tree.save()
    return Sums(digests)


def write(plans: Sequence[Plan], folder: Path) -> None:
    """Keep plans, where there are any, as `plan.csv` and `left_out.csv`, beside the rows of other instruments."""
    if not plans:
        return
    names = {plan.instrument for plan in plans}
    for name, kind, fresh in (("plan.csv", File, [one for plan in plans for one in plan.files]),
                              ("left_out.csv", LeftOut, [one for plan in plans for one in plan.left_out])):
        columns = [one.name for one in fields(kind)]
        kept = [tuple(row[key] for key in columns) for row in lines.read(folder / name, columns)
                if row["instrument"] not in names]
        table = sorted([*kept, *(tuple(str(value) for value in astuple(one)) for one in fresh)])
        write_csv(folder / name, pd.DataFrame(table, columns=columns))


def read(instrument: str, folder: Path) -> Plan:
    """The plan kept of an instrument; not `known` if there is none."""
    plan = Plan(instrument, reached=False)
    files = lines.read(folder / "plan.csv", [one.name for one in fields(File)])
    gone = lines.read(folder / "left_out.csv", [one.name for one in fields(LeftOut)])
    plan.files = [File(instrument, row["archive"], row["path"], int(row["bytes"]), row["md5"], row["scales"],
                       row["geometry"] == "True")
                  for row in files if row["instrument"] == instrument and row["bytes"].isdecimal()]
    plan.left_out = [LeftOut(**row) for row in gone if row["instrument"] == instrument]
    plan.known = bool(plan.files or plan.left_out)
    return plan


def _kept(instrument: str, folder: Path, why: str) -> Plan:
    plan = read(instrument, folder)
    plan.notes.append(why)
    return plan
