"""Verdicts that were recorded, against which a run's are held: a claim that fitted is not to be lost."""

from pathlib import Path

from paper_repro.base.files import csv_rows

FITS = ("as specified", "reproduced", "replicated")  # what a claim is not to lose
FOLDER = Path(__file__).resolve().parents[2] / "tests" / "golden" / "own"


def lost(path: Path, recorded: Path) -> list[str]:
    """A sentence for each claim that `recorded` (columns id, verdict) has as fitting and that in `path` no longer does.

    path: a verdict.csv. None where nothing is recorded.
    """
    if not recorded.is_file():
        return []
    now = {row["id"]: row for row in _rows(path)}
    before = {row["id"]: row["verdict"] for row in _rows(recorded) if row["verdict"] in FITS}
    return [f"{name}: was {verdict} and no longer is: {now[name]['verdict']}, ours {now[name]['ours']} "
            f"({now[name]['reason']})" if name in now else f"{name}: was {verdict} and is no longer a claim"
            for name, verdict in before.items() if name not in now or now[name]["verdict"] not in FITS]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv_rows(handle))
