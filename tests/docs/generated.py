"""What REPRODUCING.md states in numbers: costs of each command, and each claim's expected value with its command."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from paper_repro.verify.claims import CLAIMS
from paper_repro.verify.claims.claim import Claim

COSTS = Path(__file__).with_name("costs.toml")
PARTS = ("costs", "claims")
FIELDS = {"part": "Part of the paper", "command": "Command", "time": "Time", "disk": "Disk", "memory": "Memory",
          "run": "Run so far"}
NEEDED = {"cloud-imvn": "Cloud-ImVN 1.0", "swimcat": "SWIMCAT", "imagenet-weights": "ImageNet weights",
         "uvi": "UVI images", "vmc": "VMC images", "gpu-time": "hours of training (a GPU helps)"}


def costs() -> list[dict[str, str]]:
    """The rows of costs.toml, a dictionary of FIELDS each."""
    return [dict(row) for row in tomllib.loads(COSTS.read_text(encoding="utf-8"))["cost"]]


def parts() -> dict[str, str]:
    """The generated parts of REPRODUCING.md by name, as Markdown."""
    rows = [[f"`{row[key]}`" if key == "command" else row[key] for key in FIELDS] for row in costs()]
    texts = [_table(list(FIELDS.values()), rows)]
    for section in dict.fromkeys(claim.section for claim in CLAIMS):
        of_section = [claim for claim in CLAIMS if claim.section == section]
        texts.append(f"### {section}\n\n{_claims(of_section)}")
    return {"costs": texts[0], "claims": "\n\n".join(texts[1:])}


def _claims(claims: Sequence[Claim]) -> str:
    """One table: what is claimed, the paper's value, the difference allowed, what it needs, the command."""
    rows = [[claim.statement, claim.value + f" {claim.unit}".rstrip(),
             claim.allowed,
             ", ".join(NEEDED[need] for need in claim.needs if need != "none") or "nothing",
             f"`{claim.command}`" if "make" in claim.command or "python" in claim.command else claim.command]
            for claim in claims]
    return _table(["Claim", "Expected", "+/-", "Needs", "Command"], rows)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, its columns not padded: lines stay short, and one that changes changes alone."""
    lines = [heads, ["---"] * len(heads), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def updated(text: str) -> str:
    """`text` with each generated part put between its markers. Raises ValueError where a marker is missing."""
    for name, part in parts().items():
        pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end: {name} -->)", re.DOTALL)
        if len(pattern.findall(text)) != 1:
            raise ValueError(f"REPRODUCING.md: expected the marker '<!-- generated: {name} -->' and its end once")
        text = pattern.sub(lambda found, part=part: f"{found[1]}\n{part}\n\n{found[2]}", text)  # type: ignore[misc]
    return text
