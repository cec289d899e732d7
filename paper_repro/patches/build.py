"""Nadir patches of Venus made from folders of archive files (Sect. 3.1).

Each observation is one task: read once, for all scales. What it gives is kept in `patches/.parts/<instrument>/`, or in
`patches/.parts/<set>/` for a set that is asked for alone, under a name that says all that decides it, so that a run
that was stopped resumes, and new files cost only themselves. The sets are put together from parts in the order of
sources and viewpoints, whatever the order in which tasks ended.
"""

import contextlib
import dataclasses
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from paper_repro.base import cleaning
from paper_repro.base.code import hash_of_module, version_of
from paper_repro.base.errors import UserError
from paper_repro.base.files import TEMPORARY, csv_rows, read_json
from paper_repro.base.hashes import Hashes, digest
from paper_repro.base.instruments import cameras, entries, entry
from paper_repro.base.preprocessing import RangeOf
from paper_repro.base.profile import VenusSet
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import NOT_VERIFIED, Made
from paper_repro.base.run import FLAT, GLOBAL, Run
from paper_repro.base.workers import parallel
from paper_repro.download.ledger import Ledger
from paper_repro.observations import archive_sums, registry
from paper_repro.observations.index import index
from paper_repro.patches import assemble, part
from paper_repro.patches.part import Observed, left_out
from paper_repro.patches.settings import (
    FLATTENING_CODE,
    LIBRARIES,
    code_of,
    flat_settings,
    preprocessing_of,
    set_settings,
    simulated_instruments,
    switches,
)

SHOWN = 3  # reasons why observations gave no patch
SECONDS = 0.15  # what an observation takes, about: tells how many workers are worth their start


def simulate(run: Run) -> Made:
    """Write the simulated archive of a run that simulates its images of Venus."""
    from paper_repro.simulated import venus_archive, venus_cameras

    assert run.profile.venus is not None
    archives = {entry(name).archive for name in simulated_instruments(run)}
    cleaning.claim(run.raw, *sorted(archives), "truth", "archive.json")
    more = [shot for name in simulated_instruments(run) for shot in venus_cameras.shots(name)]
    files = venus_archive.make(run.raw, run.profile.venus.seed, run.profile.venus.size, more)
    return Made({"files": len(files)}, tuple(files))


def files_of(run: Run, instrument: str) -> dict[str, Path]:
    """The images, geometry files and files of sums in an instrument's folder.

    Raises UserError that says what to put where.
    """
    root, record = run.archive(instrument), registry.get(instrument)
    if not root.is_dir():
        option = entry(instrument).camera
        raise UserError(f"{root}: expected {record.files} {record.layout}; found nothing. Put them there, or name "
                        f"their folder with {option.upper()}=folder (make) or --{option} folder.")
    pairs, others = record.look(root)
    files = [*(path for pair in pairs for path in (pair.image, pair.geometry) if path), *archive_sums.files(others)]
    return {path.relative_to(root).as_posix(): path for path in files}


def instruments_of(run: Run) -> list[str]:
    """The instruments whose files are read: of the folders that the user names, else those of the run's sets.

    Raises UserError where there is none.
    """
    wanted = {each.instrument for each in run.venus_sets}
    instruments = [name for name, each in entries().items()
                   if name in wanted and (not run.folders or each.camera in run.folders)]
    if not instruments:
        raise UserError(f"Profile {run.profile.name!r} has no images of Venus: name a folder with "
                        f"{' or '.join(f'--{name}' for name in cameras())}.")
    return instruments


def tell(run: Run) -> None:
    """Print how many observations each instrument's folder has, how many can be used, and what is wrong with others."""
    for instrument in instruments_of(run):
        observed = observe(run, instrument)
        usable = sum(not one.note for one in observed)
        print(f"{instrument}: {len(observed)} observations, {usable} usable; listed in {index_file(run, instrument)}")
        for one in observed:
            if one.note:
                print(f"  {one.source}: {one.note}")


def index_file(run: Run, instrument: str) -> Path:
    """Where the index of an instrument's folder is kept: `data/<profile>/observations/<instrument>.csv`."""
    return run.data / "observations" / f"{instrument}.csv"


def index_folder(run: Run, instrument: str, hashes: Hashes) -> Made:
    """Write the index of an instrument's folder, with the hashes of both files of each observation.

    One simulated file makes it simulated, and with it all that is made of the folder.
    Raises UserError where the folder holds no observation.
    """
    path = index_file(run, instrument)
    written = (read_json(path.with_suffix(".json")) or {}).get("outputs", {})
    if path.is_file() and hashes.file(path) != written.get(path.name):
        path.unlink()  # changed since: not a row of it is kept
    table = index(run.archive(instrument), instrument, path, hashes.file)
    simulated = bool((table["simulated"] != "").any())
    note = "" if simulated else _unproven(run, instrument)
    return Made({"observations": len(table), "usable": int((table["note"] == "").sum())}, simulated=simulated,
                notes=(note,) if note else ())


def proven_by_ledger(run: Run, instrument: str) -> dict[str, str]:
    """The SHA-256 of an instrument's files that were held to the archive's sums when they were fetched, by their paths.

    Relative to the instrument's folder; none of a folder that the user names.
    """
    if entry(instrument).camera in run.folders:
        return {}
    folder = f"{entry(instrument).archive}/"
    return {each.path.removeprefix(folder): each.sha256 for each in Ledger(run.raw).entries()
            if each.path.startswith(folder) and each.verified.startswith("md5 ")}


def _unproven(run: Run, instrument: str) -> str:
    """What must be said of observations whose files nothing proves to be the archive's; "" where its sums prove all."""
    fetched = proven_by_ledger(run, instrument)
    with index_file(run, instrument).open(newline="", encoding="utf-8") as handle:
        rows = [row for row in csv_rows(handle) if not row["note"]]
    unproven = sum(any(not row[f"{kind}_md5"] and fetched.get(row[name]) != row[f"{kind}_sha256"]
                       for name, kind in (("source", "image"), ("geometry", "geometry"))) for row in rows)
    if not unproven:
        return ""
    which = "no" if unproven == len(rows) else f"for {unproven} of {len(rows)} observations no"
    return f"{registry.get(instrument).title} files {NOT_VERIFIED}{which} MD5 sums of the archive's own are there"


def observe(run: Run, instrument: str) -> list[Observed]:
    """The observations of a folder, by source, from its index."""
    with index_file(run, instrument).open(newline="", encoding="utf-8") as handle:
        rows = sorted(csv_rows(handle), key=lambda row: row["source"])
    return [Observed(row["source"], row["geometry"], row["time_utc"], float(row["resolution_m_px"] or "nan"),
                     row["note"], (row["image_sha256"], row["geometry_sha256"])) for row in rows]


def set_name(wanted: VenusSet, normalisation: RangeOf) -> str:
    """Name of a set, and of its version in the range of whole images."""
    return wanted.name + (GLOBAL if normalisation == "image" else "")


def make_set(run: Run, wanted: VenusSet, normalisation: RangeOf = "patch") -> Made:
    """Put one set of patches together from the parts of its instrument's observations; normalisation: see `patches_of`.

    Raises UserError where no observation gave a patch.
    """
    diameter = 2 * registry.get(wanted.instrument).planet.radius_km
    if not wanted.scale_km <= diameter:
        raise UserError(f"{wanted.name}: expected the side of a patch in km, above 0 and at most {diameter:g} (the "
                        "planet's diameter).")
    observed = observe(run, wanted.instrument)
    folder = run.patches(set_name(wanted, normalisation))
    made = assemble.save(folder, observed, tasks(run, wanted.instrument, observed, normalisation), wanted.scale_km,
                         run.profile.patches.resolution_px)
    if said := left_out_of(folder, len(observed)):
        print(f"{folder.name}: {said}")
    if made is None:
        raise UserError(nothing_from(run, wanted, normalisation))
    return made


def nothing_from(run: Run, wanted: VenusSet, normalisation: RangeOf = "patch") -> str:
    """What is said where no observation gave a set a patch."""
    name = set_name(wanted, normalisation)
    return (f"{name}: no observation in {run.archive(wanted.instrument)} gave a patch; "
            f"{run.patches(name) / 'left_out.csv'} says why, one by one.")


def left_out_of(folder: Path, observations: int) -> str:
    """One line: how many observations gave a set no patch, and the most frequent reasons; "" where all gave some."""
    with (folder / "left_out.csv").open(newline="", encoding="utf-8") as handle:
        reasons = Counter(re.sub(r"\d[\d.e+]*", "…", row["reason"]) for row in csv_rows(handle))
    if not reasons:
        return ""
    shown = [f"{reason} ({count})" for reason, count in reasons.most_common(SHOWN)]
    others = [f"other reasons ({reasons.total() - sum(reasons[reason] for reason, _ in reasons.most_common(SHOWN))})"]
    words = "; ".join(shown + others * (len(reasons) > SHOWN))
    return f"{reasons.total()} of {observations} observations gave no patch: {words}"


def make_flat(run: Run, wanted: VenusSet) -> Made:
    """Put the flattened version (Sect. 3.1.5) of a set that is there together from the same parts."""
    parts = tasks(run, wanted.instrument, observe(run, wanted.instrument))
    return assemble.save_flat(run.patches(wanted.name), run.patches(wanted.name + FLAT), parts, wanted.scale_km)


def _parts_folder(run: Run, instrument: str, normalisation: RangeOf) -> Path:
    """Where parts are kept; a set that is asked for alone may be built beside the others of its instrument."""
    asked = [wanted.name for wanted in run.asked_sets if wanted.instrument == instrument]
    name = asked[0] if run.scales and len(asked) == 1 else instrument
    return run.patches(".parts").resolve() / (name + (GLOBAL if normalisation == "image" else ""))


def measure_drawn_out(run: Run, wanted: VenusSet) -> Made:
    """Write drawn_out.csv beside a set that is there: which share of each patch is drawn out (see `drawn_out`)."""
    parts, folder = tasks(run, wanted.instrument, observe(run, wanted.instrument)), run.patches(wanted.name)
    return assemble.save_drawn_out(folder, parts, wanted.scale_km)


def tasks(run: Run, instrument: str, observed: Sequence[Observed], normalisation: RangeOf = "patch"
           ) -> dict[str, part.Task]:
    """The observations that can be used for a set of the run, by source; each once, for all its scales."""
    folder, root = _parts_folder(run, instrument, normalisation), run.archive(instrument).resolve()
    scales = [wanted.scale_km for wanted in run.asked_sets if wanted.instrument == instrument]
    settings = run.profile.patches
    common = [set_settings(run, instrument, 0.0, normalisation), flat_settings(run),
              {name: hash_of_module(name) for name in (*code_of(instrument), *FLATTENING_CODE)},
              {name: version_of(name) for name in LIBRARIES}]
    steps = preprocessing_of(run, instrument)
    wanted: dict[str, part.Task] = {}
    for one in observed:
        sharp = tuple(scale for scale in scales if not left_out(one, scale, settings.resolution_px))
        if sharp:
            key = digest([*common, dataclasses.astuple(one), sharp])
            wanted[one.source] = part.Task(instrument, root / one.source, root / one.geometry, one.source, sharp,
                                           settings, folder / f"{key[:32]}.npz", **switches(run),
                                           preprocessing=steps, normalisation=normalisation)
    return wanted


def make_parts(run: Run, instrument: str, jobs: int | None = None, dask: str | None = None,
               normalisation: RangeOf = "patch") -> Made:
    """See that there is a part of each observation that can be used. jobs, dask: see `parallel`.

    Parts of other settings, of files gone or changed are removed at the end: the folder holds one build's parts. What
    is being written stays; what killed runs left unfinished `cleaning.working` removes.
    """
    wanted = tasks(run, instrument, observe(run, instrument), normalisation)
    todo = [task for task in wanted.values() if not task.part.is_file()]
    progress = Progress(instrument, len(wanted), "observations", done=len(wanted) - len(todo))
    patches = 0
    with contextlib.closing(parallel(part.make_part, todo, jobs, dask, seconds=SECONDS)) as results:
        for _, count in results:
            patches += count
            progress.step(note=f"{patches} patches")
    keep = {task.part for task in wanted.values()}
    for path in _parts_folder(run, instrument, normalisation).glob("*.npz"):
        if path not in keep and not TEMPORARY.fullmatch(path.name):
            path.unlink(missing_ok=True)
    return Made({"parts": len(wanted)})
