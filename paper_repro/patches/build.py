"""The patch sets of a run: photographs, and nadir patches of Venus made from folders of archive files (Sect. 3.1).

Each observation is one task: read once, for all scales. What it gives is kept in `patches/.parts/<instrument>/` under
a name that says all that decides it, so that a run that was stopped goes on, and new files cost only themselves. The
sets are put together from parts in the order of sources and viewpoints, whatever the order in which tasks ended.
"""

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, Literal

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.instruments import entries
from paper_repro.base.profile import VenusSet
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Provenance, code_hash, library_versions
from paper_repro.base.run import FLAT, Run
from paper_repro.base.workers import parallel
from paper_repro.observations import registry
from paper_repro.observations.index import index
from paper_repro.patches import assemble, dataset, listing, part, photographs, statistics
from paper_repro.patches.dataset import PatchSet
from paper_repro.patches.part import Observed, left_out
from paper_repro.simulated import venus_archive


def build(run: Run, jobs: int | None = None, dask: str | None = None, png: bool = False,
          only: Literal["photographs", "venus"] | None = None) -> None:
    """Make the patch sets of a run, each Venus set with its `-flat`; what is up to date is left alone.

    With `run.scales`, only sets of Venus at these scales; with `only`, one kind. jobs, dask: see `parallel`; png: also
    write each patch as `<set>/png/<id>.png`. `patches/statistics.csv` and `patches/index.csv` are written last.
    Raises UserError for missing folders, and, once the others are made, for a set without any patch.
    """
    made = {} if run.scales or only == "venus" else photographs.make(run)
    wanted = () if only == "photographs" else run.venus_sets
    _check_scales(wanted)
    prepare(run, [one.instrument for one in wanted])
    venus: dict[str, PatchSet] = {}
    for instrument in entries():
        sets = [one for one in wanted if one.instrument == instrument]
        if sets:
            venus |= _build(run, instrument, sets, jobs, dask)
    if png:
        for name, patches in venus.items():
            assemble.write_pngs(run.patches(name) / "png", patches)
    if venus:
        statistics.write(run, venus)
    if made or venus:
        listing.write(run, made | venus)
    for one in wanted:
        if one.name not in venus:
            raise UserError(f"{one.name}: no observation in {run.archive(one.instrument)} gave a patch; "
                            f"{run.patches(one.name) / 'left_out.csv'} says why, one by one.")


def _check_scales(sets: Sequence[VenusSet]) -> None:
    """Raise UserError for a patch that is no part of its planet."""
    for one in sets:
        diameter = 2 * registry.get(one.instrument).planet.radius_km
        if not 0 < one.scale_km <= diameter:
            raise UserError(f"{one.name}: expected the side of a patch in km, above 0 and at most {diameter:g} (the "
                            "planet's diameter).")


def prepare(run: Run, instruments: Collection[str]) -> None:
    """Make the simulated archives of a run that simulates them, else see that the instruments' folders are there.

    Raises UserError that says what to put where.
    """
    if instruments and run.venus_simulated and run.profile.venus is not None:
        venus_archive.make(run.raw, run.profile.venus.seed, run.profile.venus.size)
    for instrument in instruments:
        root = run.archive(instrument)
        if not root.is_dir():
            record = registry.get(instrument)
            raise UserError(f"{root}: expected {record.files} {record.layout}; found nothing. Put them there, or name "
                            f"their folder with {instrument.upper()}=folder (make) or --{instrument} folder.")


def index_file(run: Run, instrument: str) -> Path:
    """Where the index of an instrument's folder is kept: `data/<profile>/observations/<instrument>.csv`."""
    return run.data / "observations" / f"{instrument}.csv"


def observe(run: Run, instrument: str) -> list[Observed]:
    """The observations of a folder, by source, from its index."""
    root = run.archive(instrument)
    table = index(root, instrument, index_file(run, instrument)).sort_values("source")
    found = []
    for row in table.fillna({"geometry": "", "note": ""}).itertuples():
        paths = [root / str(name) for name in (row.source, row.geometry) if name]
        files = tuple((stat.st_size, stat.st_mtime_ns) for path in paths if path.is_file() for stat in [path.stat()])
        found.append(Observed(str(row.source), str(row.geometry), str(row.time_utc), float(str(row.resolution_m_px)),
                              str(row.note), files))
    return found


def index_folders(run: Run) -> None:
    """Index the folders the user names, else those of the profile; print how many observations can be used.

    Raises UserError where there is no folder to index.
    """
    wanted = run.folders or {one.instrument for one in run.venus_sets}
    instruments = [name for name in entries() if name in wanted]
    if not instruments:
        raise UserError(f"Profile {run.profile.name!r} has no images of Venus: name a folder with "
                        f"{' or '.join(f'--{name}' for name in entries())}.")
    prepare(run, instruments)
    for instrument in instruments:
        observed = observe(run, instrument)
        usable = sum(not one.note for one in observed)
        print(f"{instrument}: {len(observed)} observations, {usable} usable; listed in {index_file(run, instrument)}")
        for one in observed:
            if one.note:
                print(f"  {one.source}: {one.note}")


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _build(run: Run, instrument: str, sets: Sequence[VenusSet], jobs: int | None,
           dask: str | None) -> dict[str, PatchSet]:
    """Make the sets of one instrument; returns those that have patches, flattened ones included."""
    observed = observe(run, instrument)
    inputs = {"observations": _digest([dataclasses.astuple(one) for one in observed]),
              "readers": code_hash("observations")}
    radius_km = registry.get(instrument).planet.radius_km
    provenances = {one: Provenance("patches", "patches", run.profile.name, run.venus_simulated,
                                   {"instrument": instrument, "scale_km": one.scale_km, "radius_km": radius_km,
                                    **dataclasses.asdict(paper.TABLE4)}, inputs)
                   for one in sets}
    stale = [one for one in sets if not listing.up_to_date(run.patches(one.name), provenances[one])]
    if stale or any(_flat_is_stale(run, one.name) for one in sets):
        parts = _make_parts(run, instrument, observed, [one.scale_km for one in sets], jobs, dask)
        for one in sets:
            if one in stale:
                assemble.save(run.patches(one.name), observed, parts, one.scale_km, provenances[one])
            if _flat_is_stale(run, one.name):
                assemble.save_flat(run.patches(one.name), run.patches(one.name + FLAT), parts, one.scale_km,
                                   _flat_provenance(run, one.name))
    made: dict[str, PatchSet] = {}
    for one in sets:
        if (run.patches(one.name) / dataset.PROVENANCE).is_file():
            made[one.name] = patches = dataset.open_set(run.patches(one.name))
            made[one.name + FLAT] = flat = dataset.open_set(run.patches(one.name + FLAT))
            print(f"{one.name}: {len(patches)} patches, {len(flat)} flattened{'' if one in stale else ', up to date'}")
        else:
            dataset.remove(run.patches(one.name + FLAT))
    return made


def _flat_provenance(run: Run, name: str) -> Provenance:
    """What decides the flattened version of a set that is there (Sect. 3.1.5)."""
    settings = {key: getattr(paper.TABLE4, key) for key in ("flatten_sigma_px", "flatten_kernel_px", "contrast")}
    return Provenance("flatten", "patches", run.profile.name, run.venus_simulated, settings,
                      {name: dataset.open_set(run.patches(name)).sha256})


def _flat_is_stale(run: Run, name: str) -> bool:
    """Whether there is a set, and its flattened version is missing or of another."""
    there = (run.patches(name) / dataset.PROVENANCE).is_file()
    return there and not listing.up_to_date(run.patches(name + FLAT), _flat_provenance(run, name))


def _make_parts(run: Run, instrument: str, observed: Sequence[Observed], scales: Sequence[float],
                jobs: int | None, dask: str | None) -> dict[str, Path]:
    """See that there is a part of each observation that can be used; returns source -> part.

    Parts of other settings, of files gone or changed are removed at the end: the folder holds one build's parts.
    """
    folder = run.patches(".parts").resolve() / instrument
    root = run.archive(instrument).resolve()
    common = [dataclasses.asdict(paper.TABLE4), code_hash("observations"), code_hash("patches"),
              library_versions()]
    wanted: dict[str, part.Task] = {}
    for one in observed:
        sharp = tuple(scale for scale in scales if not left_out(one, scale))
        if sharp:
            key = _digest([*common, dataclasses.astuple(one), sharp])
            wanted[one.source] = part.Task(instrument, root / one.source, root / one.geometry, one.source, sharp,
                                            folder / f"{key[:32]}.npz")
    todo = [task for task in wanted.values() if not task.part.is_file()]
    progress = Progress(instrument, len(wanted), "observations", done=len(wanted) - len(todo))
    patches = 0
    with contextlib.closing(parallel(part.make_part, todo, jobs, dask)) as results:
        for _, count in results:
            patches += count
            progress.step(note=f"{patches} patches")
    keep = {task.part for task in wanted.values()}
    for path in folder.glob("*"):
        if path not in keep:
            path.unlink(missing_ok=True)
    return {source: task.part for source, task in wanted.items()}
