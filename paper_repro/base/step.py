"""A step as data: what it makes, from what, by which code and libraries; and whether it must be made again.

Decided by content alone: the hashes of its inputs, its settings, its code without comments, the versions of the
libraries it names, and whether its outputs are still what was written. No file's time is looked at.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from paper_repro.base import hints
from paper_repro.base.code import hash_of_module, version_of
from paper_repro.base.errors import UserError
from paper_repro.base.files import noting, read_json
from paper_repro.base.hashes import Hashes, digest
from paper_repro.base.provenance import SEAL, Made, Origin, seal, union, write_record

Lane = Literal["", "training", "drawing"]
KEPT_DESPITE = ("code", "libraries")  # what may change under a step that is kept
Files = Mapping[str, Path]


SHOWN = 3  # of the names that are new or gone


@dataclass(frozen=True)
class Step:
    """One step of a run.

    name: unique in its list; kind: what is done (`encode`), the record's `step`; record: JSON file that says what made
    the outputs; outputs: files it always writes, in the record's folder or below; make: does it, given what its
    inputs rest on; needs: steps whose outputs it reads; named: files that the user names, by content: what they are
    called -> a function that lists them (name -> file); known: what the ledger of downloads says of such files, where
    that decides: what it is called -> a function that looks it up (plain JSON, false where nothing is said); settings:
    plain JSON values; code: modules of the package, `patches.flatten`; libraries: as installed, `scikit-learn`;
    helpers: steps needed only while this one is made; scratch: files of unfinished work, removed once the step is done;
    lane: of the steps in one lane one runs at a time; keep: a change of code or libraries doesn't make it stale, since
    it takes hours; always: it runs each time and does only what is left to do; given: its outputs were made elsewhere,
    only damage makes it stale; simulated: whether it makes simulated inputs; tells_kept: it says which of the steps
    that it needs were kept, so it is stale when that changes; options: of the command line, those that it uses itself;
    again: of one that takes no time, what makes its files a second time, in another folder.
    """

    name: str
    kind: str
    record: Path
    outputs: tuple[Path, ...]
    make: Callable[[Origin], Made | None]
    profile: str
    needs: tuple[str, ...] = ()
    named: Mapping[str, Callable[[], Files]] = field(default_factory=dict)
    known: Mapping[str, Callable[[], Any]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    code: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    scratch: tuple[Path, ...] = ()
    lane: Lane = ""
    keep: bool = False
    always: bool = False
    given: bool = False
    simulated: bool = False
    tells_kept: bool = False
    options: tuple[str, ...] = ()
    again: Callable[[Path], Callable[[Origin], Made | None]] | None = None


class Steps:
    """A list of steps, each after those that it needs, and the hashes by which they are judged.

    folder: where a run keeps what it notes of itself, `data/<profile>`.
    """

    def __init__(self, steps: Iterable[Step], folder: Path, hashes: Hashes | None = None) -> None:
        self.folder = folder
        self.by_name: dict[str, Step] = {}
        for step in steps:
            if step.name in self.by_name:
                raise ValueError(f"two steps are called {step.name!r}")
            unknown = [name for name in (*step.needs, *step.helpers) if name not in self.by_name]
            if unknown:
                raise ValueError(f"{step.name}: needs {unknown[0]!r}, which is no step before it")
            self.by_name[step.name] = step
        self.hashes = hashes or Hashes(None)

    def closure(self, targets: Sequence[str]) -> list[Step]:
        """The steps that the targets need, themselves included, in the list's order; helpers left out."""
        wanted: set[str] = set()
        queue = list(targets)
        while queue:
            name = queue.pop()
            if name not in wanted:
                wanted.add(name)
                queue += self.by_name[name].needs
        return [step for name, step in self.by_name.items() if name in wanted]

    def options(self, targets: Sequence[str]) -> set[str]:
        """The options of the command line that are used where the targets and all that they need are made."""
        steps = self.closure(targets)
        helped = self.closure([name for step in steps for name in step.helpers])
        return {option for step in (*steps, *helped) for option in step.options}

    def outputs(self, step: Step) -> list[str]:
        """Names of the files that a step's record tells of, relative to its folder; none where it isn't made."""
        written = (read_json(step.record) or {}).get("outputs")
        return list(written) if isinstance(written, dict) else []

    def records(self, names: Iterable[str]) -> list[Mapping[str, Any]]:
        """The records of steps that are made. Raises UserError for one that isn't."""
        return [self._record(self.by_name[name]) for name in names]

    def _record(self, step: Step) -> Mapping[str, Any]:
        record = read_json(step.record)
        if record is None or not isinstance(record.get("outputs"), dict):
            raise UserError(f"{step.record}: expected the record of a finished step, found none; make it with "
                            f"`{hints.command('run', step.name)}`.")
        return record

    def origin(self, step: Step) -> Origin:
        """What a step's result rests on, by its inputs. Raises UserError where what it needs isn't made."""
        inputs = union(self.records(step.needs))
        return Origin(inputs.simulated or step.simulated, inputs.notes)

    def deciding(self, step: Step) -> dict[str, Any]:
        """All that decides a step's outputs, as its record has it. Raises UserError where what it needs isn't made."""
        inputs = {name: digest(self._record(self.by_name[name])["outputs"]) for name in step.needs}
        if step.tells_kept:
            inputs |= {f"what {name} was made by": kept for name in step.needs
                       if (kept := self.changed_since(self.by_name[name]))}
        inputs |= {label: self.hashes.files(list_files()) for label, list_files in step.named.items()}
        inputs |= {label: digest(said) for label, look_up in step.known.items() if (said := look_up())}
        return {
            "step": step.kind, "name": step.name, "profile": step.profile, "settings": _plain(step.settings),
            "inputs": inputs, "code": {module: hash_of_module(module) for module in step.code},
            "libraries": {library: version_of(library) for library in step.libraries},
        }

    def why_stale(self, step: Step) -> str:
        """Why a step must be made again, in a few words; "" where it is up to date. See also `changed_since`."""
        if step.always:
            return "checked every time"
        record = read_json(step.record)
        if record is None:
            return "not made yet"
        if step.given:
            return self.why_damaged(step, record)
        wanted = self.deciding(step)
        for key in wanted:
            if wanted[key] != record.get(key) and not (step.keep and key in KEPT_DESPITE):
                return _difference(key, record.get(key), wanted[key])
        reason = self.why_unsaid(step, record) or self.why_damaged(step, record)
        if not reason:
            self._tidy(step)
        return reason

    def why_unsaid(self, step: Step, record: Mapping[str, Any]) -> str:
        """What a record doesn't say that its inputs' do, whatever their bytes; "" where it says all."""
        notes, simulated = record.get("notes"), record.get("simulated")
        if not isinstance(notes, list) or not isinstance(simulated, bool):
            return "its record doesn't say whether it is simulated, or has no notes"
        origin = self.origin(step)
        if origin.simulated and not simulated:
            return "it isn't marked simulated, which its inputs are"
        missing = [note for note in origin.notes if note not in notes]
        return f"its record lacks a note of its inputs ({missing[0]})" if missing else ""

    def why_damaged(self, step: Step, record: Mapping[str, Any]) -> str:
        """Which of a step's outputs is no longer what its record says, or that the record was edited; else "".

        A training that was made before records were sealed is kept, and said to be; a set made elsewhere is taken.
        """
        written = record.get("outputs")
        if not isinstance(written, dict):
            return f"{step.record.name} is no record"
        for path in step.outputs:
            if path.relative_to(step.record.parent).as_posix() not in written:
                return f"{path.name} is not among what was written"
        for name, sha256 in written.items():
            path = step.record.parent / str(name)
            if not path.is_file():
                return f"{name} is missing"
            if self.hashes.file(path) != sha256:
                return f"{name} is no longer what was written"
        if SEAL not in record:
            return "" if step.keep or step.given else f"{step.record.name} has no seal"
        return "" if record[SEAL] == seal(record) else f"{step.record.name} is no longer what was written"

    def changed_since(self, step: Step) -> str:
        """What of a kept step's code and libraries changed since it was made, in a few words; "" where nothing did."""
        record = read_json(step.record)
        if not step.keep or record is None:
            return ""
        wanted = self.deciding(step)
        changed = [_difference(key, record.get(key), wanted[key]) for key in KEPT_DESPITE
                   if wanted[key] != record.get(key)]
        changed += [] if SEAL in record else ["records are sealed, which its own isn't"]
        made_by = f"made by version {record.get('version', 'unknown')}"
        said = [f"{made_by}; since then {', '.join(changed)}"] if changed else []
        versions = record.get("versions", []) if record.get(SEAL) == seal(record) else []  # else nobody vouches for it
        if len(versions) > 1:
            said.append(f"another version of its code or libraries went on from epoch {versions[1]['from_epoch']}")
        return "; ".join(said)

    def make(self, step: Step) -> None:
        """Make a step and write its record; what it needs is there. Raises what making it raises."""
        deciding = self.deciding(step)
        origin = self.origin(step)
        with noting() as written:
            made = step.make(origin) or Made()
        outputs = dict.fromkeys((*step.outputs, *made.files))
        absent = [path for path in outputs if not path.is_file()]
        if absent:
            raise RuntimeError(f"{step.name} did not write {absent[0]}")
        for name in self.outputs(step):
            path = step.record.parent / name
            below = ".." not in path.parts and path.is_relative_to(step.record.parent)
            if path not in outputs and below and path.is_file():
                path.unlink()  # of an earlier run, and nothing any more
        # the hash of what was written, not of what is there by now
        hashes = {path: written.get(path) or self.hashes.file(path) for path in outputs}
        write_record(step.record, deciding, origin, made, hashes)
        self._tidy(step)

    @staticmethod
    def _tidy(step: Step) -> None:
        for path in step.scratch:
            path.unlink(missing_ok=True)


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as they read back from JSON: tuples are lists."""
    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {str(key): plain(entry) for key, entry in value.items()}
        return [plain(entry) for entry in value] if isinstance(value, list | tuple) else value

    return {key: plain(value) for key, value in settings.items()}


def _difference(key: str, before: Any, now: Any) -> str:
    """What changed under one key of a record, in a few words."""
    if not isinstance(before, dict) or not isinstance(now, dict):
        return f"{key} changed from {before!r} to {now!r}"
    gone, new = [name for name in before if name not in now], [name for name in now if name not in before]
    if gone or new:
        words = [*(f"no longer {name}" for name in gone), *(f"now {name}" for name in new)]
        more = len(words) - SHOWN
        return f"{key}: {', '.join(words[:SHOWN])}{f', and {more} more' if more > 0 else ''}"
    name = next(name for name in now if now[name] != before[name])
    if key == "inputs":
        return f"{name} changed"
    if key == "code":
        return f"the code of {name} changed"
    return _difference(name if key in ("settings", "libraries") else f"{key}.{name}", before[name], now[name])
