"""From finished runs of `make truth` to what is committed: python -m tests.golden.truth OUT.

OUT: the folder (`--out`) of runs with the profiles of own/truth. Of each that is finished the scores are copied, with
what they rest on; no pixels, no weights. docs/trust.md is made from them (`python -m tests.docs.write`).
"""

import sys
from pathlib import Path

from paper_repro.base.code import version_of
from paper_repro.base.files import read_json, write_json
from paper_repro.base.run import Run, open_run
from paper_repro.experiments import settings
from tests.golden import sums
from tests.golden.evidence import LIBRARIES, copy, processor

TRUTH, ABOUT = Path(__file__).parent / "own" / "truth", "about.json"


def profiles() -> list[Path]:
    """The profiles of the runs, by their names."""
    return sorted(TRUTH.glob("*.toml"), key=lambda path: path.stem)


def collect(run: Run, folder: Path) -> bool:
    """Write what is committed of a run into `folder`; False where it isn't finished."""
    source = settings.truth_folder(run)
    record = read_json(source / "provenance.json")
    if record is None:
        return False
    for name in settings.TRUTH_FILES:
        copy(source / name, folder / name)
    encoders = run.profile.encoders
    trainings = [made for path in sorted((run.data / "encoders").rglob("provenance.json"))
                 if "seconds_per_epoch" in (made := read_json(path) or {})]
    write_json(folder / ABOUT, {
        "profile": run.profile.name, "side": encoders.side, "epochs": encoders.epochs, "recipe": encoders.recipe,
        "switches": encoders.switches, "trainings": len(trainings),
        "hours": round(sum(sum(made["seconds_per_epoch"]) for made in trainings) / 3600, 1),
        "settings": record["settings"], "notes": record["notes"], "simulated": record["simulated"],
        "processor": processor(), "libraries": {name: version_of(name) for name in LIBRARIES}})
    return True


def main(words: list[str]) -> int:
    """Collect every profile that was run in OUT; returns the exit status."""
    if len(words) != 1:
        print("python -m tests.golden.truth OUT: name the folder of the runs.")
        return 2
    for path in profiles():
        run = open_run(str(path), Path(words[0]))
        print(f"{path.stem}: {'collected' if collect(run, TRUTH / path.stem) else 'not finished'}")
    sums.write(sums.OWN)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
