"""The documents made from data: costs, claims, attacks, evidence, steps (architecture.md), image files (inputs.md)."""

import re
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from paper_repro.verify.claims import CLAIMS, replication
from paper_repro.verify.claims.claim import Claim
from tests.docs import attacks, evidence, evidence_page, labels, steps_table, trust
from tests.patches.image_cases import CASES

ROOT = Path(__file__).parents[2]
COSTS = Path(__file__).with_name("costs.toml")
COSTS_DOCUMENT, CLAIMS_DOCUMENT = ROOT / "REPRODUCING.md", ROOT / "docs" / "claims.md"
STEPS_DOCUMENT, INPUTS_DOCUMENT = ROOT / "docs" / "architecture.md", ROOT / "docs" / "inputs.md"
START, END = "<!-- generated: costs -->", "<!-- end: costs -->"
IMAGE_FILES = ("<!-- generated: image files -->", "<!-- end: image files -->")
READ = "test_what_is_read_of_each_kind_of_file"
REFUSED = "test_each_kind_of_file_that_is_refused_names_the_file_and_the_reason"
FIELDS = {"part": "Part of the paper", "command": "Command", "time": "Time", "disk": "Disk", "memory": "Memory",
          "run": "Run so far"}
NEEDED = {"cloud-imvn": "Cloud-ImVN 1.0", "swimcat": "SWIMCAT",
          "photographs": "other labelled photographs", "imagenet-weights": "ImageNet weights",
          "uvi": "UVI images", "vmc": "VMC images", "gpu-time": "hours of training (a GPU helps)"}
INTRODUCTION = """# Every claim

<!-- Made by `python -m tests.docs.write` from the claims in paper_repro/verify/claims/; a change here is lost. -->

The {total} statements of the paper that `make verify` checks, with the command that makes our value; what a command
costs is in [REPRODUCING.md](../REPRODUCING.md). "+/-" is the difference that is allowed, in the unit of the value;
its reason is in `data/<profile>/results/verdict.csv`. {settings} are settings: what the code is given, or what follows
from that whatever the images are; the verdict is *as specified* or *differs*. {results} are results: what comes out of
the images; the verdict is *reproduced*, *differs*, *ran, not comparable*, or *not run*. {replications} are
[replications](#about-the-method-on-other-photographs): what other real photographs can tell about the method; the
verdict is *replicated*, *not replicated*, or *not run*.
"""
REPLICATIONS = """## About the method, on other photographs

What is measured, and when the claim counts as replicated. Where there are several trainings, their mean counts, minus
its standard error for "at least", plus it for "at most". These rules were set before anyone looked at the results of a
training that they judge ([replication_rules.py](../paper_repro/verify/claims/replication_rules.py)); the command is
`{command}`. The last two columns are what came
out of [trainings on SWIMCAT](evidence.md), with stand-in weights ({trainings}): {counted}.
"""


def costs() -> list[dict[str, str]]:
    """The rows of costs.toml, a dictionary of FIELDS each; `{replications}` stands for how many came out how."""
    text = COSTS.read_text(encoding="utf-8").replace("{replications}", evidence.counted(evidence.of_paper()))
    return [dict(row) for row in tomllib.loads(text)["cost"]]


def documents() -> dict[Path, str]:
    """Each document with the text that it should have."""
    return {COSTS_DOCUMENT: with_costs(COSTS_DOCUMENT.read_text(encoding="utf-8")), CLAIMS_DOCUMENT: all_claims(),
            STEPS_DOCUMENT: steps_table.with_steps(STEPS_DOCUMENT.read_text(encoding="utf-8")),
            INPUTS_DOCUMENT: with_image_files(INPUTS_DOCUMENT.read_text(encoding="utf-8")),
            attacks.DOCUMENT: attacks.document(), evidence_page.DOCUMENT: evidence_page.page(),
            labels.DOCUMENT: labels.document(), trust.DOCUMENT: trust.page()}


def with_image_files(text: str) -> str:
    """`text` with the table of image files between its markers."""
    rows = [[case.input, case.read, case.refused, f"`{READ if case.read else REFUSED}`"] for case in CASES]
    before, _, rest = text.partition(IMAGE_FILES[0])
    table = _table(["Input", "How it is read", "Refused or left out", "Test"], rows)
    return f"{before}{IMAGE_FILES[0]}\n\n{table}\n\n{IMAGE_FILES[1]}{rest.partition(IMAGE_FILES[1])[2]}"


def with_costs(text: str) -> str:
    """`text` with the table of costs between its markers. Raises ValueError where one is missing."""
    pattern = re.compile(f"({START}\n).*?({END})", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise ValueError(f"REPRODUCING.md: expected the marker '{START}' and its end '{END}' once")
    rows = [[f"`{row[key]}`" if key == "command" else row[key] for key in FIELDS] for row in costs()]
    table = _table(list(FIELDS.values()), rows)
    return pattern.sub(lambda found: f"{found[1]}\n{table}\n\n{found[2]}", text)


def all_claims() -> str:
    """docs/claims.md: a table for each place in the paper."""
    kinds = Counter(claim.kind for claim in CLAIMS)
    parts = [INTRODUCTION.format(total=len(CLAIMS), settings=kinds["setting"], results=kinds["result"],
                                 replications=kinds["replication"])]
    of_paper = [claim for claim in CLAIMS if claim.kind != "replication"]
    for section in dict.fromkeys(claim.section for claim in of_paper):
        of_section = _claims([claim for claim in of_paper if claim.section == section])
        parts.append(f"## {section}\n\n{of_section}\n")
    return "\n".join([*parts, REPLICATIONS.format(
        command=replication.COMMAND, counted=evidence.counted(evidence.of_paper()),
        trainings=evidence.of_paper().by_encoder()), _replications()]) + "\n"


def _replications() -> str:
    """The table of replications: claim, place, the paper's value, what is measured, when it counts, what came out."""
    judged = evidence.of_paper().judged
    rows = [[claim.statement, claim.section, claim.value, claim.reason, evidence.condition(claim),
             str(judged.loc[claim.id, "ours"]), str(judged.loc[claim.id, "verdict"])]
            for claim in CLAIMS if claim.kind == "replication"]
    return _table(["Claim", "Where", "Paper", "Measured; why so", "Replicated if", "SWIMCAT", "Verdict"], rows)


def _claims(claims: Sequence[Claim]) -> str:
    """One table: what is claimed, its kind, the paper's value, the difference allowed, what it needs, the command."""
    rows = [[claim.statement, claim.kind, f"{claim.value} {claim.unit}".rstrip(), claim.allowed,
             ", ".join(NEEDED[need] for need in claim.needs if need != "none") or "nothing",
             f"`{claim.command}`" if "make" in claim.command or "python" in claim.command else claim.command]
            for claim in claims]
    return _table(["Claim", "Kind", "Expected", "+/-", "Needs", "Command"], rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, its columns not padded: lines stay short, and one that changes changes alone."""
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
