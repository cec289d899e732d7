"""docs/labels.md: what was recorded on SWIMCAT of chance, near-identical photographs and SCAN."""

from pathlib import Path

import pandas as pd

from paper_repro.tables import duplicates, scan

ROOT = Path(__file__).parents[2]
OWN, DOCUMENT = ROOT / "tests" / "golden" / "own", ROOT / "docs" / "labels.md"
TEXT = """# What the labels hide

<!-- Made by `python -m tests.docs.write` from tests/golden/own/; a change here is lost. -->

Measured on the 784 photographs of SWIMCAT with the Simple encoder (stand-in weights, 224 px): nothing here may be
compared with the paper's results on Cloud-ImVN.

## Chance

The Tables 1 and 3 that a run writes give, beside each accuracy, what random labels get with the same sizes of classes
and clusters, after the best matching (`paper_repro/clustering/chance.py`): in single runs {low:.1f} to {high:.1f} % in
[Table 1 of SWIMCAT](../tests/golden/own/swimcat-table1.md), which has five classes.

## Near-identical photographs

`make duplicates` groups photographs that are nearly the same and runs Table 1 without them; `make check-data` counts
them. 14 pairs of SWIMCAT's files are identical; {pairs} pairs have identical pixels, rotated or mirrored ones included.

{groups}

No threshold is the right one: strict ones find copies, loose ones join the clear skies and then the dark clouds, and
what is left is a different, unbalanced set. So a difference means something only beside that of dropping as many images
at random. Change of the accuracy of HAC without reduction ({all:.1f} % with all images), in points:

{ways}

Dropping only the copies ({pairs} images) changes this accuracy by {copies:+.1f} points, dropping as many images at
random by {random:+.1f}. [All cells, three repeats, and each class](../tests/golden/own/swimcat-duplicates.md).

## SCAN (Sect. 5)

`make scan` runs it, and so does `--clustering scan` of `benchmark` and `classify`. Only SCAN's heads are trained, on
features that stay as they are; its authors train the network too. The paper's claim is about SimCLR's features, which
aren't among these, so it has no verdict here.

{scan}
"""


def document() -> str:
    """The page."""
    groups, means, runs = (pd.read_csv(OWN / f"swimcat-{name}.csv", keep_default_na=False, na_values=[""])
                           for name in ("duplicates_groups", "duplicates_means", "scan_runs"))
    means = means.fillna({"measure": ""})
    cell = means[(means["reduction"] == "none") & (means["clustering"] == "hac")]
    chance = pd.read_csv(OWN / "swimcat-table1_runs.csv")["chance_accuracy"]
    ways: dict[tuple[str, float], dict[str, str]] = {}
    base = cell[cell["way"] == duplicates.ALL].to_dict("records")[0]
    for row in cell[cell["way"].isin([duplicates.ONE, duplicates.RANDOM, duplicates.WEIGHED])].to_dict("records"):
        ways.setdefault((row["measure"], row["threshold"]), {})[row["way"]] = duplicates.difference(row, base)
    lines = ["| Measure | Threshold | One per group | As many at random | Groups weighed |", "|---|---|---|---|---|"]
    lines += [f"| {measure} | {threshold:g} | {one[duplicates.ONE]} | {one[duplicates.RANDOM]} | "
              f"{one[duplicates.WEIGHED]} |" for (measure, threshold), one in ways.items()]
    copies, random = (float(cell[(cell["measure"] == "identical") & (cell["way"] == way)]["accuracy_percent"].iloc[0])
                      - base["accuracy_percent"] for way in (duplicates.ONE, duplicates.RANDOM))
    tried = pd.concat([scan.summarised(part).assign(set=name) for name, part in runs.groupby("set", sort=False)])
    return TEXT.format(
        low=100 * chance.min(), high=100 * chance.max(), pairs=int(groups["groups"].iloc[0]),
        all=base["accuracy_percent"],
        groups=duplicates.of_groups(groups).grid("pipe"), ways="\n".join(lines), copies=copies, random=random,
        scan=scan.block(tried).grid("pipe"))
