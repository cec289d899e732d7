"""The verdict: each claim of the paper beside our value, and whether it was reproduced."""

import csv
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
from tabulate import tabulate

from paper_repro.base.files import sha256_file, write_csv
from paper_repro.base.provenance import Provenance
from paper_repro.base.run import Run
from paper_repro.verify import trust
from paper_repro.verify.claims import CLAIMS
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import Measured

Verdict = Literal["reproduced", "differs", "not run"]
COLUMNS = ["id", "section", "statement", "paper", "ours", "unit", "tolerance", "tolerance_reason", "verdict",
           "reason", "command", "files"]
WIDTHS = {"Claim": 40, "Paper": 13, "Ours": 14, "+/-": 6, "Verdict": 10, "Reason": 27}  # of the printed table
RECORDED = Path(__file__).resolve().parents[2] / "tests" / "golden" / "own"


@dataclass(frozen=True)
class Judged:
    """A claim with our value, the verdict, and its reason."""

    claim: Claim
    ours: Measured
    verdict: Verdict
    reason: str


def judge(claim: Claim, ours: Measured) -> Judged:
    """Hold ours against the paper's. What is simulated or not comparable is never held against it."""
    if ours.value is None:
        needed = [need for need in claim.needs if need != "none"]
        return Judged(claim, ours, "not run", ours.why + (f"; needs {', '.join(needed)}" if needed else ""))
    if ours.simulated or not ours.comparable:
        return Judged(claim, ours, "not run", ours.why or ("simulated input" if ours.simulated else "not comparable"))
    if claim.fits(ours.value):
        return Judged(claim, ours, "reproduced", claim.reason)
    return Judged(claim, ours, "differs", "; ".join(filter(None, (ours.why, f"tolerance: {claim.reason}"))))


def verify(run: Run) -> int:
    """Judge every claim, write `results/verdict.csv` with its provenance, and print the table.

    Returns the exit status: 0, or 1 where a claim recorded as reproduced no longer is.
    Raises UserError for an output that is refused (see trust).
    """
    try:
        measured = [(claim, claim.measured(run)) for claim in CLAIMS]
    except (KeyError, ValueError):
        trust.check(run, trust.outputs(run))  # a file that can't be read is most likely none that a step wrote
        raise
    trust.check(run, (path for _, ours in measured for path in ours.files))
    judged = [judge(claim, ours) for claim, ours in measured]
    files = sorted({path for one in judged for path in one.ours.files})
    provenance = Provenance(
        "verdict", "verify", run.profile.name, any(one.ours.simulated for one in judged),
        inputs={path.relative_to(run.out).as_posix(): sha256_file(path) for path in files},
    )
    target = run.results / "verdict.csv"
    # from here on the old record would describe a file that changes
    target.with_suffix(".json").unlink(missing_ok=True)
    write_csv(target, as_data(run, judged))
    provenance.write(target.with_suffix(".json"), outputs=[target])
    print(printed(judged))
    print(f"\n{target}")
    lost = no_longer(judged, RECORDED / f"verdict-{run.profile.name}.csv")
    for sentence in lost:
        print(f"paper_repro: {sentence}", file=sys.stderr)
    return 1 if lost else 0


def as_data(run: Run, judged: list[Judged]) -> pd.DataFrame:
    """The verdict for machines: a row a claim."""
    rows = [
        (one.claim.id, one.claim.section, one.claim.statement, one.claim.value, one.ours.shown, one.claim.unit,
         one.claim.allowed, one.claim.reason, one.verdict, one.reason, one.claim.command,
         " ".join(path.relative_to(run.out).as_posix() for path in one.ours.files))
        for one in judged
    ]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def printed(judged: list[Judged]) -> str:
    """The verdict to read, at most 120 columns wide: each section's claims, then how many came out how."""
    rows = []
    for section in dict.fromkeys(one.claim.section for one in judged):
        rows.append((f"-- {section} --", *("",) * (len(WIDTHS) - 1)))
        rows += [(one.claim.statement, one.claim.value, one.ours.shown,
                  one.claim.allowed, one.verdict, one.reason)
                 for one in judged if one.claim.section == section]
    counts = Counter(one.verdict for one in judged)
    total = (f"{len(judged)} claims: {counts['reproduced']} reproduced, {counts['differs']} differ, "
             f"{counts['not run']} not run.")
    table = tabulate(rows, headers=list(WIDTHS), tablefmt="simple", disable_numparse=True,
                     maxcolwidths=list(WIDTHS.values()))
    return f"{table}\n\n{total}"


def no_longer(judged: list[Judged], recorded: Path) -> list[str]:
    """A sentence for each claim that `recorded` (columns id, verdict) has as reproduced and that no longer is."""
    if not recorded.is_file():
        return []
    now = {one.claim.id: one for one in judged}
    with recorded.open(newline="", encoding="utf-8") as handle:
        before = [row["id"] for row in csv.DictReader(handle) if row["verdict"] == "reproduced"]
    return [f"{name}: was reproduced and no longer is: {now[name].verdict}, ours {now[name].ours.shown} "
            f"({now[name].reason})" if name in now else f"{name}: was reproduced and is no claim any more"
            for name in before if name not in now or now[name].verdict != "reproduced"]
