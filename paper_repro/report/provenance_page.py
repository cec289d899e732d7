"""What made everything: recipe, profile, seeds, versions, hashes, and the time and memory that were recorded."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paper_repro.base import usage
from paper_repro.base.code import hash_of_module, path_of, version_of
from paper_repro.base.files import read_json
from paper_repro.base.provenance import RECORDED
from paper_repro.base.run import Run
from paper_repro.report.cells import Cell, Table, table

# Where steps leave their records below data/<profile>, results and unfinished work apart; effects/*: of a variant's
# trainings.
PLACES = ("raw/*.json", "raw/*/provenance.json", "observations/*.json", "patches/*.json", "patches/[!.]*/*.json",
          "encoders/*/*/provenance.json", "features/*/*.json",
          "effects/*/encoders/*/*/provenance.json", "effects/*/features/*/*.json")
NEEDED = set(RECORDED)


@dataclass(frozen=True)
class Origins:
    """The section's tables. kept: what is said of trainings by earlier code; hashes: of each output's code and inputs.

    steps: their time and memory, None where none was recorded; together: their time in words.
    """

    run: Table
    libraries: Table
    kept: tuple[str, ...]
    steps: Table | None
    together: str
    outputs: Table
    hashes: list[tuple[str, dict[str, str]]]


def records(run: Run) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Every record below the run's folders, in a fixed order."""
    paths = [path for place in PLACES for path in sorted(run.data.glob(place))]
    paths += [*sorted(run.results.glob("*.json")), *sorted(run.results.glob("*/provenance.json")),
              *sorted(run.results.glob("*/[!.]*/provenance.json")),
              *sorted(run.results.glob("clusters/*/*/provenance.json")),
              *sorted(run.results.glob("seeds/*/*.json")), *sorted(run.results.glob("duplicates/*.json")),
              *sorted(run.tables.glob("*.json")),
              *sorted(run.figures.glob("*.json"))]
    for path in paths:
        record = read_json(path)
        if record is not None and record.keys() >= NEEDED:
            yield path, record


def _name(run: Run, path: Path) -> str:
    shown = path.parent if path.name == "provenance.json" else path.with_suffix("")
    return shown.relative_to(run.out).as_posix()


def spent(run: Run) -> tuple[Table | None, str]:
    """Time and memory of each step, the longest time it was made; without that of the page. And their time."""
    taken = {name: used for name, used in usage.longest(run.data).items() if name != "report"}
    if not taken:
        return None, ""
    rows = [[name, f"{seconds:.1f}", f"{peak:.0f}", f"{worker:.0f}" if worker else ""]
            for name, (seconds, peak, worker) in taken.items()]
    minutes = sum(seconds for seconds, _, _ in taken.values()) / 60
    together = f"{minutes:.1f} minutes" if minutes < 120 else f"{minutes / 60:.1f} hours"
    headings = ["Step", "Time [s]", "Memory [MB]", "Of the largest worker [MB]"]
    caption = ("Time of each step, some beside each other, and the run's largest memory until it ended, as the run "
               "noted them: nothing checks them")
    return table(caption, headings, rows, "narrow"), together


def _training(record: dict[str, Any]) -> str:
    if "seconds_per_epoch" not in record:
        return ""
    return f"{sum(record['seconds_per_epoch']):.0f} s, {', '.join(record.get('ran_on', ()))}".removesuffix(", ")


def page(run: Run, kept: tuple[str, ...], checked: Collection[Path] | None = None) -> Origins:
    """The run, the libraries, what is said of `kept` trainings, and each output.

    checked: the records that were held against the list of steps, the others being marked; None: all were.
    """
    found = list(records(run))
    recorded = [(_name(run, path), record) for path, record in found]
    unchecked = {_name(run, path) for path, _ in found if checked is not None and path not in checked}
    versions: dict[str, list[str]] = {}
    for _, record in recorded:
        for library, version in {**record["libraries"], "python": record.get("python", "not recorded")}.items():
            if version not in versions.setdefault(library, []):
                versions[library].append(version)
    libraries = table("Versions of Python and the libraries that can change a number", ["Library", "Version"],
                      [[name, " and ".join(used)] for name, used in sorted(versions.items())], "narrow")
    rows = [[name, record["name"], _seeds(record), _code(record), _training(record),
             Cell("simulated" if record["simulated"] else "", note="not checked" * (name in unchecked)),
             str(record.get("time_utc", "not recorded"))]
            for name, record in recorded]
    headings = ["Output", "Step", "Seeds", "Code and libraries", "Training", "Input", "Made"]
    hashes = [(name, {**record["inputs"], **{f"code of {module}": sha for module, sha in record["code"].items()}})
              for name, record in recorded]
    return Origins(_run(run), libraries, kept, *spent(run), table("Outputs and what made them", headings, rows), hashes)


def _run(run: Run) -> Table:
    profile, encoders, grid = run.profile, run.profile.encoders, run.profile.grid
    switches = ", ".join(f"{name} = {value}" for name, value in encoders.switches.items()) or "none"
    rows: list[list[str | Cell]] = [
        ["Profile", f"{profile.name}: {profile.title}"], ["Recipe", encoders.recipe], ["Switches set alone", switches],
        ["Encoders", ", ".join(encoders.models)], ["Trained encoders", f"{run.checkpoints}"],
        ["Side of an input, epochs", f"{encoders.side} px, {encoders.epochs}"],
        ["Seeds of trainings", ", ".join(map(str, encoders.seeds))],
        ["Repeats and seed of Table 1", f"{grid.repeats}, {grid.seed}"],
        ["Photographs", profile.photographs.source],
        ["Images of Venus", profile.venus.source if profile.venus else "none in this profile"],
    ]
    if profile.venus:
        rows.append(["Seeds of trainings, Venus", ", ".join(map(str, profile.venus.seeds))])
    return table("This run", ["Setting", "Value"], rows, "narrow")


def _seeds(record: dict[str, Any]) -> str:
    settings = record["settings"]
    return "; ".join(f"{name} {settings[name]}" for name in ("seed", "seeds") if name in settings)


def _code(record: dict[str, Any]) -> Cell:
    changed = [module for module, sha256 in record["code"].items() if not _is_here(module, sha256)]
    changed += [f"{library} {version}" for library, version in record["libraries"].items()
                if version != version_of(library)]
    version = f"version {record.get('version', 'not recorded')}"
    return Cell(f"≠ {version} (since then {', '.join(changed)} changed)", "differs") if changed else Cell(version)


def _is_here(module: str, sha256: str) -> bool:
    return path_of(module).is_file() and hash_of_module(module) == sha256
