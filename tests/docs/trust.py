"""docs/trust.md, made of the numbers committed in tests/golden/own/truth; python -m tests.docs.trust draws its figures.

Another version of matplotlib draws other bytes; what each figure was drawn from stands in it as a hash, which a test
compares with the numbers committed.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from paper_repro import paper
from paper_repro.base.hashes import digest
from paper_repro.base.provenance import Origin
from paper_repro.base.turned import PROPERTIES
from paper_repro.experiments import detection, settings
from paper_repro.figures import style, truth_recovered
from paper_repro.figures import truth as curves
from paper_repro.simulated import venus_patches
from paper_repro.tables import truth
from tests.docs.evidence_figures import DOTS_PER_INCH, STAMP
from tests.golden.truth import ABOUT, TRUTH, profiles

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "trust.md"
TEXT = """# How far can the classes be trusted?

<!-- Made by `python -m tests.docs.write` from tests/golden/own/truth; a change here is lost. -->

Nobody knows what a patch of Venus really shows, so nobody can say how many of its waves end up in the class of waves.
Of simulated patches it is known. Here one property of them is turned at a time, and their classes are held against the
truth. **Everything on this page is simulated, and made with stand-in weights**, a public copy that is almost
torchvision's ResNet-18: it says how the method behaves, and nothing about Venus.

**In short:** {short}

## What was simulated

Patches of 25 km with four types of clouds in equal numbers: featureless, mottled, streaks, and trains of gravity waves
of 5 to 12 km. They are drawn straight from the clouds of the simulated archive, with the pixels and the noise of its
camera, flattened and stretched as in Sect. 3.1.5; files, angles, Minnaert's law and the projection are left out, since
they would add nothing here. Each place shows its type on at least {pure:.0f} % of its area. Another seed gives other
clouds, places and noise.

{meaning}
- How to read them: a low recall beside a precision near 1 means that waves fall into several classes of their own; a
  high recall beside a low precision, that the class of waves holds other clouds too. Chance gives a precision of 0.25.

Waves of contrast {contrast:g}, the base of the series, are about as strong as those of the simulated archive.

![Recall and precision of waves](trust-detection.png)

{parts}
## Recovered against true

![True types and classes](trust-recovered.png)

## What was run, and what not

{run}

The full form is the profile `truth`: all three encoders on every set of the series and on three sets of the simulated
archive, at 224 px and for 64 epochs. It was not run here; the same command does it elsewhere, shows its progress, and
resumes where it was stopped:

```sh
make truth PROFILE=truth WEIGHTS=resnet18-f37072fd.pth
```

The numbers above come from

```sh
python -m paper_repro run truth --profile tests/golden/own/truth/{first}.toml --out RUNS --weights WEIGHTS.pth
python -m tests.golden.truth RUNS     # collects what is finished into tests/golden/own/truth
python -m tests.docs.trust            # the figures
python -m tests.docs.write            # this page
```

and likewise for the other profiles beside it. `make truth` alone is the small form on the sample. With random weights,
which it takes where there are no others, it shows that the steps run and nothing else, and its results say so.
"""


@dataclass(frozen=True)
class Recorded:
    """What was recorded of one profile."""

    folder: Path

    @cached_property
    def about(self) -> dict[str, Any]:
        """Profile, side, epochs, settings, notes, processor."""
        return dict(json.loads((self.folder / ABOUT).read_text(encoding="utf-8")))

    def table(self, number: int) -> pd.DataFrame:
        """series.csv, sets.csv or recovered.csv."""
        return pd.read_csv(self.folder / settings.TRUTH_FILES[number])

    @cached_property
    def summary(self) -> pd.DataFrame:
        """See `detection.summary`."""
        return detection.summary(self.table(0), self.about["settings"]["classes"])

    @property
    def encoders(self) -> str:
        """`Simple, SimCLR at 64 px, trained for 64 epochs`."""
        names = ", ".join(paper.ENCODER_NAMES[name] for name in self.about["settings"]["encoders"])
        trained = "" if self.about["settings"]["encoders"] == ["simple"] else \
            f", trained for {self.about['epochs']} epochs"
        return f"{names} at {self.about['side']} px{trained}"


def recorded() -> list[Recorded]:
    """Of each profile that was run, those with most points first."""
    found = [Recorded(TRUTH / path.stem) for path in profiles() if (TRUTH / path.stem / ABOUT).is_file()]
    return sorted(found, key=lambda one: -len(one.table(0)))


def page() -> str:
    """The whole page."""
    found = recorded()
    series = found[0].about["settings"]["series"]
    return TEXT.format(
        short=in_short(found[0]), pure=100 * venus_patches.PURE,
        meaning="\n".join(f"- {sentence}" for sentence in truth.MEANING),
        contrast=series["contrast"], parts="\n".join(map(part, found)), first=found[0].about["profile"],
        run="\n".join(f"- `{one.about['profile']}`: {told(one)}" for one in found))


def in_short(one: Recorded) -> str:
    """From or up to which values waves are found by the first encoder, with as many classes as the paper's."""
    encoder, classes = one.about["settings"]["encoders"][0], one.about["settings"]["classes"]
    rows = one.summary[one.summary["encoder"] == encoder]
    found = {name: truth.found(part, "") for name, part in rows.groupby("property", sort=False)}
    said = "; ".join(f"{truth.NAMES[str(name)]} {limit}" for name, limit in found.items())
    lowest = "; ".join(f"{truth.NAMES[str(name)]}: recall {part['recall_mean'].min():.2f}, precision "
                       f"{part['precision_mean'].min():.2f}" for name, part in rows.groupby("property", sort=False)
                       if name not in detection.RISING)
    return (f"with the {paper.ENCODER_NAMES[encoder]} encoder at {one.about['side']} px and {classes} classes, waves "
            f"are found (recall and precision at least {detection.FOUND:g}, mean of {rows['seeds'].iloc[0]} seeds) at "
            f"these values of the property that is turned: {said}. The lowest means at any value of what makes patches "
            f"worse are: {lowest}.")


def part(one: Recorded) -> str:
    """The tables of one profile."""
    blocks = truth.blocks_of(one.summary, one.table(1), one.about["settings"]["classes"])
    shown = [f"### {block.title}\n\n{block.grid('pipe')}\n" for block in blocks]
    return "\n".join([f"## {one.encoders}\n", *shown])


def told(one: Recorded) -> str:
    """What of the series and of the archive's sets was run."""
    asked, sets = one.about["settings"]["series"], one.about["settings"]["sets"]
    points = "; ".join(f"{truth.NAMES[name]} {', '.join(f'{value:g}' for value in asked['turned'][name])}"
                       for name in PROPERTIES if name in asked["turned"])
    archive = f"; sets of the simulated archive: {', '.join(name.removesuffix('-flat') for name in sets)}"
    return (f"{one.encoders}; {asked['patches']} patches of contrast {asked['contrast']:g}. Turned: {points}. Seeds of "
            f"the simulation {', '.join(map(str, asked['seeds']))}{archive if sets else ''}. {one.about['processor']}.")


def figures() -> dict[str, Figure]:
    """The page's figures by their files' names."""
    found = recorded()
    tables = [one.table(2) for one in found]
    for one, table in zip(found, tables, strict=True):
        table["set"] += f", {one.about['side']} px"
    shown = pd.concat(tables)
    return {"trust-detection.png": curves.chart(found[0].summary), "trust-recovered.png": truth_recovered.chart(shown)}


def source() -> str:
    """Hash of all the numbers that the figures are drawn from."""
    files = [path for one in recorded() for path in sorted(one.folder.glob("*.csv"))]
    return digest({path.relative_to(TRUTH).as_posix(): digest({"": path.read_text(encoding="utf-8")})
                   for path in files})


def draw() -> None:
    """Draw all figures, marked as what they are."""
    about = recorded()[0].about
    stamp = style.stamp(Origin(about["simulated"], tuple(about["notes"])))
    with style.paper_style():
        for name, figure in figures().items():
            style.mark(figure, stamp)
            figure.savefig(ROOT / "docs" / name, dpi=DOTS_PER_INCH, metadata={"Software": None, STAMP: source()})


if __name__ == "__main__":
    draw()
