"""The run as a research object: inputs, code and every file written, as RO-Crate 1.3 metadata for a deposit.

`ro-crate-metadata.json` stands in the folder of `data/`, `tables/` and `figures/` and describes the files of one
profile; the folder with it is the crate. Specification: https://w3id.org/ro/crate/1.3.
"""

import mimetypes
import urllib.parse
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from paper_repro.base import hints, usage
from paper_repro.base.code import PACKAGE
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file, sha256_files, write_json
from paper_repro.base.instruments import cameras
from paper_repro.base.profile_files import FOLDERS
from paper_repro.base.provenance import RECORDED
from paper_repro.base.run import PHOTO_SETS, Run
from paper_repro.patches.dataset import TABLE, open_set
from paper_repro.report.commands import command
from paper_repro.tables.comparable import name_of

NAME = "ro-crate-metadata.json"
SPECIFICATION = "https://w3id.org/ro/crate/1.3"
CODE = "#code"
# What the mimetypes of the system needn't know; formats without a registered type have none.
TYPES = {".csv": "text/csv", ".md": "text/markdown", ".tex": "application/x-tex", ".json": "application/json"}
SIMULATED = ("https://spdx.org/licenses/MIT", "MIT licence")
LICENCES = {  # by what the photographs are (`comparable.name_of`); None: the run has none
    "SWIMCAT": ("https://spdx.org/licenses/CC-BY-NC-4.0", "CC BY-NC 4.0, as the photographs of SWIMCAT"),
    "Cloud-ImVN": ("https://spdx.org/licenses/CC-BY-4.0", "CC BY 4.0, as the photographs of Cloud-ImVN 1.0; what was "
                   "made from images of Venus also under the terms of their archives"),
    "": ("#terms", "not stated: made from images that the user named, under their terms"),
    None: ("#terms", "not stated: made from images of Venus, under the terms of their archives"),
}
Entity = dict[str, Any]


def write(run: Run) -> Path:
    """Write the metadata of what the run's profile has left in `run.out`; returns the file.

    Raises UserError where the profile has left no output.
    """
    written = [path for folder in _folders(run) for path in _written(folder)]
    outputs = [_file(run, path) for path in written]
    records = [record for path in written if path.suffix == ".json"
               and (record := read_json(path)) and {"time_utc", *RECORDED} <= record.keys()]
    if not records:
        raise UserError(f"{run.data}: expected outputs with their records, found none; make them with "
                        f"`{hints.command('run', 'all')}`.")
    simulated = any(record["simulated"] for record in records)
    notes = sorted({note for record in records for note in record["notes"]})
    licence, terms = SIMULATED if simulated else LICENCES[_photographs(run)]
    inputs = _inputs(run)
    about = (f"Outputs of the profile {run.profile.name}, {'simulated' if simulated else 'from real images'}, of a "
             "reproduction of “Classifying the clouds of Venus using unsupervised machine learning” (Mittendorf et al. "
             f"2024). {' '.join(notes)}")
    action = {
        "@id": "#run", "@type": "CreateAction", "name": _made_by(run),
        "startTime": min(record["time_utc"] for record in records),
        "endTime": max(record["time_utc"] for record in records),
        "instrument": {"@id": CODE}, "agent": {"@id": "#authors"}, "object": _ids(inputs), "result": _ids(outputs),
    }
    root = {
        "@id": "./", "@type": "Dataset", "name": f"paper_repro, profile {run.profile.name}",
        "description": about.strip(),
        "datePublished": action["endTime"][:10], "license": {"@id": licence}, "author": {"@id": "#authors"},
        "hasPart": _ids([*outputs, *(one for one in inputs if not one["@id"].startswith("#"))]),
        "mentions": {"@id": "#run"},
    }
    descriptor = {"@id": NAME, "@type": "CreativeWork", "name": "metadata of the run",
                  "conformsTo": {"@id": SPECIFICATION}, "about": {"@id": "./"}}
    others = [
        {"@id": licence, "@type": "CreativeWork", "name": terms, "description": terms},
        {"@id": "#authors", "@type": "Organization", "name": "The paper_repro authors"},
        _code({name: version for record in records for name, version in record["libraries"].items()}),
    ]
    target = run.out / NAME
    write_json(target, {"@context": f"{SPECIFICATION}/context",
                        "@graph": [descriptor, root, action, *others, *inputs, *outputs]})
    return target


def _photographs(run: Run) -> str | None:
    """The published set that the run's photographs are, "" for others, None where there are none."""
    folders = [run.patches(name) for name in PHOTO_SETS if (run.patches(name) / TABLE).is_file()]
    if folders:
        return name_of(open_set(folders[0]))
    return "" if run.profile.venus is None else None


def _made_by(run: Run) -> str:
    """The command that made what there is."""
    return f"python -m paper_repro {FOLDERS} FOLDER" if run.profile.name == FOLDERS else command(run, "all")


def _folders(run: Run) -> list[Path]:
    return [run.out / kind / run.profile.name for kind in ("data", "tables", "figures", "report")]


def _written(folder: Path) -> Iterable[Path]:
    """Files that a run left below `folder`; not raw or hidden (unfinished) ones, nor the list that each call grows."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != usage.NAME
            and path.relative_to(folder).parts[0] != "raw"
            and not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _file(run: Run, path: Path) -> Entity:
    name = path.relative_to(run.out).as_posix()
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return {"@id": urllib.parse.quote(name), "@type": "File", "name": name, "contentSize": str(path.stat().st_size),
            "sha256": sha256_file(path), **({"encodingFormat": kind} if kind else {})}


def _inputs(run: Run) -> list[Entity]:
    """What the run read: its settings, raw files below `run.out`, and what the user named by its last name alone."""
    found: list[Entity] = [{"@id": f"#settings{place or ''}", "@type": "CreativeWork", "name": settings.name,
                            "description": "settings of the run", "sha256": sha256_file(settings)}
                           for place, settings in enumerate((run.profile.path, *run.profile.extends))]
    for folder in sorted(path for path in run.raw.glob("*") if path.is_dir()):
        files = [path for path in folder.rglob("*") if path.is_file()]
        name = folder.relative_to(run.out).as_posix() + "/"
        found.append({"@id": urllib.parse.quote(name), "@type": "Dataset", "name": name,
                      "description": f"raw files: {len(files)}, {sum(path.stat().st_size for path in files)} bytes",
                      "sha256": sha256_files(files, folder)})
    named = {"photographs": run.images, **{cameras()[name].files: folder for name, folder in run.folders.items()},
             "base weights of ResNet-18": run.weights}
    for place, (what, path) in enumerate(named.items()):
        if path is not None:
            files = [one for one in path.rglob("*") if one.is_file()] if path.is_dir() else [path]
            found.append({"@id": f"#input-{place}", "@type": "CreativeWork", "name": path.name, "description": what,
                          "sha256": sha256_files(files, path if path.is_dir() else path.parent)})
    return found


def _code(libraries: Mapping[str, str]) -> Entity:
    """This project; its version is one SHA-256 over all of the package, which any change of code changes.

    The format wants an address of whatever is typed as software. The code has none of its own: it is typed as a work.
    """
    return {"@id": CODE, "@type": "CreativeWork", "additionalType": "SoftwareSourceCode", "name": "paper_repro",
            "version": f"sha256:{sha256_files(PACKAGE.rglob('*.py'), PACKAGE)}",
            "softwareRequirements": [f"{name} {version}" for name, version in sorted(libraries.items())]}


def _ids(entities: Iterable[Entity]) -> list[dict[str, str]]:
    return [{"@id": one["@id"]} for one in entities]
