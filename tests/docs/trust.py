"""docs/trust.md, made of the numbers committed in tests/golden/own/truth; python -m tests.docs.trust draws its figures.

Another version of matplotlib draws other bytes; what each figure was drawn from stands in it as a hash, which a test
compares with the numbers committed.
"""

from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from paper_repro import paper
from paper_repro.base.hashes import digest
from paper_repro.base.provenance import Origin
from paper_repro.base.run import open_run
from paper_repro.base.turned import PROPERTIES
from paper_repro.experiments import detection, settings
from paper_repro.figures import style, truth_recovered
from paper_repro.figures import truth as curves
from paper_repro.simulated import venus_patches
from paper_repro.tables import truth
from tests.docs.evidence_figures import DOTS_PER_INCH, STAMP
from tests.docs.trust_recorded import Recorded, SameSide, by_side, recorded
from tests.golden.truth import TRUTH

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "trust.md"
TEXT = """# How far can the classes be trusted?

<!-- Made by `python -m tests.docs.write` from tests/golden/own/truth; a change here is lost. -->

Nobody knows what a patch of Venus really shows, so nobody can say how many of its waves end up in the class of waves.
For simulated patches it is known. Here one property of such patches is varied at a time, and the classes found are
compared with the truth. **Everything on this page is simulated, and made with stand-in weights**, a public copy that is
almost torchvision's ResNet-18: it shows how the method behaves, and says nothing about Venus.

**In short:** {short}

## What was simulated

Patches of 25 km that show four types of clouds in equal numbers: featureless, mottled, streaks, and trains of gravity
waves of 5 to 12 km. They are drawn directly from the clouds of the simulated archive, with its camera's pixels and
noise, and flattened and stretched as in Sect. 3.1.5; files, angles, Minnaert's law and the projection are left out,
since they would add nothing here. Each patch shows its type on at least {pure:.0f} % of its area. A different seed
gives different clouds, places and noise.

{meaning}
- How to read the scores: a low recall with a precision near 1 means that the waves are split over several classes of
  their own; a high recall with a low precision means that the class of waves holds other clouds too. By chance the
  precision would be 0.25.

Where another property is varied, the contrast is {contrast:g}: the waves are then about as strong as those of the
simulated archive.

![Recall and precision of waves](trust-detection.png)

{parts}
## Recovered against true

![True types and classes](trust-recovered.png)

## What was run, and what not

{run}

The full form is the profile `truth`: all three encoders on every set of the series and on three sets of the simulated
archive, at 224 px and for 64 epochs.
{whole}.
One command does it anywhere, shows its progress, and resumes where it was stopped; bfloat16 is faster where the
processor has instructions for it, and `make truth PROFILE=truth WEIGHTS=...` does the same in
float32:

```sh
python -m paper_repro run truth --profile truth --switch precision=bfloat16 --weights resnet18-f37072fd.pth
```

The numbers above come from

```sh
python -m paper_repro run truth --profile tests/golden/own/truth/{first}.toml --out RUNS --weights WEIGHTS.pth
python -m tests.golden.truth RUNS     # collects what is finished into tests/golden/own/truth
python -m tests.docs.trust            # the figures
python -m tests.docs.write            # this page
```

and likewise for the other profiles in that folder. `make truth` alone makes the small form, on the sample. Where no
weights are given it takes random ones; then it shows only that the steps run, and its results say so.
"""


ARCHIVE = "the simulated archive's"


def compared(one: SameSide, before: SameSide) -> str:
    """What trainings once more found at each number of patches, beside what the first ones did."""
    sentences = []
    for model in one.models:
        here, above = (of.summary[(of.summary["encoder"] == model) & (of.summary["property"] == "patches")]
                       .set_index("value")["recall_mean"] for of in (one, before))
        numbers = ", ".join(f"{number:g}" for number in here.index)
        recalls = [", ".join(f"{value:.2f}" for value in each) for each in (here, above.loc[here.index])]
        sentences.append(
            f"{paper.ENCODER_NAMES[model]}: with {one.classes} classes the recall of waves at {numbers} patches is "
            f"{recalls[0]} here and {recalls[1]} above. The same images, seed and settings, and another rounding of "
            "numbers in training: a single training can differ by that much.")
    return "\n".join(sentences) + "\n"


def page() -> str:
    """The whole page."""
    found = by_side()
    return TEXT.format(
        short=in_short(found[0]), pure=100 * venus_patches.PURE,
        meaning="\n".join(f"- {sentence}" for sentence in truth.MEANING),
        contrast=found[0].parts[0].about["settings"]["series"]["contrast"], parts="\n".join(map(part, found)),
        first=found[0].parts[0].about["profile"], run="\n".join(map(told, recorded())), whole=whole(found[0]))


def in_short(one: SameSide) -> str:
    """From or up to which values waves are found by each encoder, with as many classes as the paper's."""
    lines = []
    for encoder, rows in one.summary.groupby("encoder", sort=False):
        by_name = list(rows.groupby("property", sort=False))
        found = "; ".join(f"{truth.NAMES[str(name)]} {truth.found(part, '')}" for name, part in by_name)
        lowest = ", ".join(f"{part['recall_mean'].min():.2f} and {part['precision_mean'].min():.2f} "
                           f"({truth.NAMES[str(name)]})" for name, part in by_name
                           if name not in detection.RISING)
        count = rows["seeds"].max()
        how = [f"{count} simulation{'s' if count > 1 else ''}", *one.switched(str(encoder))]
        lines.append(f"- {paper.ENCODER_NAMES[str(encoder)]} ({', '.join(how)}): {found}."
                     + (f" At their lowest, recall and precision are {lowest}." if lowest else ""))
    again = [paper.ENCODER_NAMES[model] for other in by_side() if other.side == one.side and other.again
             for model in other.models]
    trained = " and ".join(paper.ENCODER_NAMES[model] for model in one.models if model != "simple")
    return (f"at {one.side} px and with {one.classes} classes, waves are found (recall and precision at least\n"
            f"{detection.FOUND:g}) at these values of the property that is varied:\n\n" + "\n".join(lines)
            + (f"\n\nThese are results of single trainings: {trained} were trained once per set. What came out where\n"
               f"{' and '.join(dict.fromkeys(again))} was trained once more is below, under *Once more*."
               if again else ""))


def part(one: SameSide) -> str:
    """The tables of one side."""
    blocks = truth.blocks_of(one.summary, one.table(1), one.classes)
    shown = [f"### {block.title}\n\n{block.grid('pipe')}\n" for block in blocks]
    switched = [f"{paper.ENCODER_NAMES[model]} was trained with {', '.join(one.switched(model))}.\n"
                for model in one.models if one.switched(model) and not one.again]
    first = [compared(one, other) for other in by_side() if other.side == one.side and not other.again] \
        if one.again else []
    return "\n".join([f"## {one.title}\n", *switched, *first, *shown])


def told(one: Recorded) -> str:
    """What of the series and of the archive's sets was run, and how long trainings took."""
    about = one.about
    asked, sets = about["settings"]["series"], about["settings"]["sets"]
    points = "; ".join(f"{truth.NAMES[name]} {', '.join(f'{value:g}' for value in asked['turned'][name])}"
                       for name in PROPERTIES if name in asked["turned"])
    archive = f"; sets of the simulated archive: {', '.join(name.removesuffix('-flat') for name in sets)}"
    took = f" {about['trainings']} trainings, {about['hours']:g} h." if about.get("trainings") else ""
    return (f"- `{about['profile']}`: {one.encoders}; {asked['patches']} patches of contrast {asked['contrast']:g}. "
            f"Varied: {points}. Seeds of the simulation {', '.join(map(str, asked['seeds']))}{archive if sets else ''}."
            f"{took} {about['processor']}.")


def whole(one: SameSide) -> str:
    """How much of the profile `truth` was run: all of it, or for each encoder what of it not."""
    run = open_run("truth", Path())
    points = {(name, value, turned.seed): turned.name for name, value, turned in settings.truth(run).points()}
    rows, sets = one.table(0), one.table(1)
    missing = []
    for model in run.profile.encoders.models:
        found = rows[rows["encoder"] == model][["property", "value", "seed"]].itertuples(index=False, name=None)
        there = {points[point] for point in found if point in points}
        lacking = [(truth.NAMES[name], f"{value:g}") for (name, value, _), made in points.items() if made not in there]
        lacking += [(ARCHIVE, name) for name in run.flat_sets if name not in set(sets[sets["encoder"] == model]["set"])]
        names = dict.fromkeys(name for name, _ in lacking)
        words = "; ".join(f"{name} {', '.join(value for own, value in lacking if own == name)}" for name in names)
        missing += [f"for {paper.ENCODER_NAMES[model]}: {words}"] if words else []
    how = "; ".join(f"{paper.ENCODER_NAMES[model]} with {', '.join(one.switched(model))}" for model in one.models
                    if one.switched(model))
    return (f"All of it was run here{f' ({how})' if how else ''}{', except ' if missing else ''}"
            f"{', and '.join(missing)}")


def figures() -> dict[str, Figure]:
    """The page's figures by their files' names."""
    found = by_side()
    shown = pd.concat([(rows := one.table(2)).assign(set=rows["set"] + f", {one.side} px") for one in found
                       if not one.again])
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
