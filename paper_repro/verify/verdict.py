"""The verdict: each claim of the paper beside our value, and what came of it."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import pandas as pd
from tabulate import tabulate

from paper_repro.base.files import csv_text, write_text
from paper_repro.base.provenance import NOT_VERIFIED, Made
from paper_repro.base.run import Run
from paper_repro.base.step import Steps
from paper_repro.verify import trust
from paper_repro.verify.claims import CLAIMS
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import Measured
from paper_repro.verify.otherwise import Otherwise

# Only a setting is "as specified"; only a result is "reproduced" or "ran, not comparable", where ours is still shown;
# only a replication is "replicated" or "not replicated".
Verdict = Literal["as specified", "reproduced", "differs", "replicated", "not replicated", "ran, not comparable",
                  "not run"]
COLUMNS = ["id", "section", "kind", "statement", "paper", "ours", "unit", "tolerance", "tolerance_reason", "verdict",
           "reason", "command", "files"]
WIDTHS = {"Claim": 40, "Paper": 13, "Ours": 14, "+/-": 6, "Verdict": 12, "Reason": 25}  # of the printed table
NAME = "verdict.csv"
# Beside every claim that was held against the paper's on what is taken for Cloud-ImVN: no hash of an image is known.
UNPROVEN = f"photographs {NOT_VERIFIED}identity by name, number and size only"
# Verdicts that the sentence counts in brackets, in its words.
OTHERS = {"differs": "differ", "not replicated": "not replicated", "ran, not comparable": "ran, not comparable",
          "not run": "not run"}


@dataclass(frozen=True)
class Judged:
    """A claim with our value, the verdict, and its reason."""

    claim: Claim
    ours: Measured
    verdict: Verdict
    reason: str


def judge(claim: Claim, ours: Measured, unproven: Sequence[str] = (),
          otherwise: Mapping[str, str] = MappingProxyType({})) -> Judged:
    """Hold ours against the paper's: a setting whatever the input is, a result only on input that may be compared.

    A replication has a value only where its input may be judged, and its reason is what it was judged on. unproven: of
    a result, what isn't verified of its inputs; otherwise: the settings behind it that aren't the paper's, in words: a
    replication says on which side of images it was judged, and may have no others.
    """
    if claim.kind == "replication":
        otherwise = {name: words for name, words in otherwise.items() if name != "side"}
    if otherwise and not ours.simulated and ours.comparable and claim.kind != "setting" and ours.value is not None:
        why = f"made otherwise than in the paper: {', '.join(otherwise.values())}"
        ours = dataclasses.replace(ours, why=why, comparable=False,
                                   value=None if claim.kind == "replication" else ours.value)
    if ours.value is None:
        needed = [need for need in claim.needs if need != "none"]
        return Judged(claim, ours, "not run", ours.why + (f"; needs {', '.join(needed)}" if needed else ""))
    if claim.kind == "replication":
        return Judged(claim, ours, "replicated" if claim.fits(ours.value) else "not replicated", ours.why)
    said = list(unproven) if claim.kind == "result" else []
    if claim.kind == "result" and (ours.simulated or not ours.comparable):
        why = ours.why or ("simulated input" if ours.simulated else "not comparable")
        return Judged(claim, ours, "ran, not comparable", "; ".join((why, *said)))
    said += [UNPROVEN] * (claim.kind == "result" and "cloud-imvn" in claim.needs)
    if claim.fits(ours.value):
        return Judged(claim, ours, "as specified" if claim.kind == "setting" else "reproduced",
                      "; ".join(filter(None, (claim.reason, *said))))
    return Judged(claim, ours, "differs", "; ".join(filter(None, (ours.why, f"tolerance: {claim.reason}", *said))))


def not_verified(reasons: Iterable[str]) -> dict[str, int]:
    """What isn't verified of the inputs of claims, by their reasons, each with the number of claims that rest on it."""
    return Counter(part for reason in reasons for part in reason.split("; ") if NOT_VERIFIED in part)


def judge_all(run: Run, steps_of_run: Callable[[], Steps], judged_before: dict[str, str]) -> Made:
    """Judge every claim, write `results/verdict.csv`, and print the table.

    judged_before: gets the text of the file, for whoever would judge again in this process.
    Raises UserError for an output that is refused (see `trust`).
    """
    judged, kept = judged_now(run, steps_of_run())
    judged_before[NAME] = csv_text(as_data(run, judged))
    write_text(run.results / NAME, judged_before[NAME])
    print(printed(judged))
    for sentence in kept:
        print(f"kept: {sentence}")
    clock = {each.claim.id: each.ours.clock for each in judged if each.ours.clock}
    return Made({"kept": kept, "clock": clock, "summary": printed(judged).rpartition("\n\n")[2]})


def judged_now(run: Run, steps: Steps) -> tuple[list[Judged], list[str]]:
    """Every claim judged by what is there, and what must be said of trainings that are kept.

    Raises UserError for an output that is refused (see `trust`).
    """
    try:
        measured = [(claim, claim.measured(run)) for claim in CLAIMS]
    except Exception:  # a file that can't be read, or doesn't go with others, is most likely none that a step wrote
        before = [name for name in trust.made(steps) if name not in ("verdict", "report")]
        trust.check(steps, [path for name in before for path in steps.by_name[name].outputs])
        raise
    kept = trust.check(steps, (path for _, ours in measured for path in ours.files))
    unproven, otherwise = trust.unproven(steps), Otherwise(steps)
    return [judge(claim, ours, list(dict.fromkeys(part for path in ours.files for part in unproven.get(path, ()))),
                  otherwise.behind(claim.id, ours.files)) for claim, ours in measured], kept


def as_data(run: Run, judged: list[Judged]) -> pd.DataFrame:
    """The verdict for machines: a row for each claim."""
    rows = [
        (each.claim.id, each.claim.section, each.claim.kind, each.claim.statement, each.claim.value, each.ours.shown,
         each.claim.unit, each.claim.allowed, each.claim.reason, each.verdict, each.reason, each.claim.command,
         " ".join(path.relative_to(run.out).as_posix() for path in each.ours.files))
        for each in judged
    ]
    return pd.DataFrame(rows, columns=COLUMNS, dtype=object)


def printed(judged: list[Judged]) -> str:
    """The verdict to read, at most 120 columns wide: each section's claims, then how many came out how."""
    rows = []
    for section in dict.fromkeys(each.claim.section for each in judged):
        rows.append((f"-- {section} --", *("",) * (len(WIDTHS) - 1)))
        rows += [(each.claim.statement, each.claim.value, "; ".join(filter(None, (each.ours.shown, each.ours.clock))),
                  each.claim.allowed, each.verdict, each.reason) for each in judged if each.claim.section == section]
    table = tabulate(rows, headers=list(WIDTHS), tablefmt="simple", disable_numparse=True,
                     maxcolwidths=list(WIDTHS.values()))
    simulated = any(each.ours.simulated for each in judged)
    unproven = not_verified(each.reason for each in judged)
    return (f"{table}\n\n{summary([(each.claim.kind, each.verdict) for each in judged], simulated)}"
            + "".join(f" {part[0].upper()}{part[1:]}." for part in unproven))


def summary(verdicts: Iterable[tuple[str, str]], simulated: bool) -> str:
    """The verdict in a sentence, from each claim's kind and verdict.

    `simulated`: whether any input was, of what ran and may not be compared.
    """
    counts = Counter(verdicts)
    results, settings, replications = (sum(count for (of, _), count in counts.items() if of == kind)
                                       for kind in ("result", "setting", "replication"))

    def others(kind: str) -> str:
        parts = [f"{'simulated input: ' * (simulated and name == 'ran, not comparable')}{counts[kind, name]} {words}"
                 for name, words in OTHERS.items() if counts[kind, name]]
        return f" ({'; '.join(parts)})" if parts else ""

    return (f"{counts['result', 'reproduced']} of {results} results reproduced{others('result')}; method as specified "
            f"{counts['setting', 'as specified']} of {settings}{others('setting')}"
            + (f"; {counts['replication', 'replicated']} of {replications} replicated on other photographs"
               f"{others('replication')}" if replications else "") + ".")
