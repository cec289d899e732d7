"""The words of docs/evidence.md around its tables, and where figures of it lie."""

from pathlib import Path

import numpy as np
import pandas as pd

from paper_repro import paper
from paper_repro.base.run import GRAY
from paper_repro.experiments import settings
from tests.docs import evidence
from tests.docs.evidence import Collected
from tests.golden.sums import OWN

WANTED = 3  # trainings of each encoder
DOCUMENT = Path(__file__).parents[2] / "docs" / "evidence.md"
INTRODUCTION = """# What real photographs say about the method

<!-- Made by `python -m tests.docs.write` from tests/golden/own/evidence; a change here is lost. -->

The paper's benchmark, Cloud-ImVN 1.0, and the official ImageNet weights have not been available so far. These were:
{images} real photographs of the sky in {classes} classes (SWIMCAT, of which Cloud-ImVN is an extension; no "thin white"
clouds, classes of unequal size, 125 x 125 px), and *stand-in weights*, a public copy that is almost torchvision's
ResNet-18. With these the encoders were trained as the paper says (Table 2, {epochs} epochs; in float32), but on images
of {side} x {side} px instead of 224 x 224. So no number here may be compared with the paper's. What can be tested is
whether the method *behaves* as the paper says: which encoder is better than which, what varies, what is confused.

**In short:** of {total} claims about the method, {counted}{seeds}. {headline}
"""

HOW_JUDGED = """## Claims

Each claim has a rule of its own, written down and committed before anyone looked at the results of the trainings that
it judges ([claims.md](claims.md#about-the-method-on-other-photographs) lists them all with what is measured and why).
No threshold was changed after that. Two ways of measuring were made precise later, which changed no verdict: deviations
over repeats are those of Table 1, and encoders are compared on the seeds that both were trained with. Where there are
several trainings, their mean counts, minus its standard error ("at least") or plus it ("at most"). Every verdict below
rests on the trainings named ({basis}).
"""

AGAIN = """## How to get these numbers again

Each training is a profile in [tests/golden/own/evidence](../tests/golden/own/evidence). With SWIMCAT in `PHOTOS` and
weights in `WEIGHTS.pth`:

```sh
export PAPER_REPRO_IMAGES=PHOTOS PAPER_REPRO_WEIGHTS=WEIGHTS.pth OMP_NUM_THREADS=1
python -m paper_repro train --profile tests/golden/own/evidence/{main}.toml --out RUNS    # resumes when stopped
python -m paper_repro train --profile tests/golden/own/evidence/{authors}.toml --out RUNS
python -m tests.golden.evidence RUNS    # adds what is finished to tests/golden/own/evidence
python -m tests.docs.evidence_figures
python -m tests.docs.write              # this page
```

Trainings can be made one by one, with `python -m paper_repro run "train photos-colour simclr-s1"` and the same
options, on other days and machines: what is collected for one seed is added to what is committed for others, if
settings, photographs, weights and the versions of {libraries} are the same.

Only numbers are committed: each run of the grid with its scores and the cluster of every image, classes and places
on the maps, losses, what each training gives for a claim, and the verdicts. `make test` recomputes the scores from the
clusters, and the verdicts from scores, classes, maps and those values; if the photographs are present it also computes
the Simple rows again. Not recomputed, because they need the trained networks: the values of each training for what is
measured on embeddings (rotation, resolution, brightness, contrast, gradients), repeats of HAC, and sizes of k-means'
clusters.
"""


def page() -> str:
    """The whole page. Raises FileNotFoundError where nothing was collected."""
    main, authors = evidence.of_paper(), evidence.collected(evidence.AUTHORS)
    sources = [source for source in (main, authors) if source is not None]
    about = main.about
    parts = [
        INTRODUCTION.format(
            images=about["images"], classes=len(about["classes"]), epochs=about["epochs"], side=about["side"],
            total=len(main.judged), counted=evidence.counted(main), headline=headline(main) + of_authors(main, authors),
            seeds=f" (trainings: {main.by_encoder()})"),
        _encoders(main, authors), _spread(main, authors), _gray(main), _claims(main), _trainings(sources),
        not_run(main, authors), AGAIN.format(main=evidence.MAIN, authors=evidence.AUTHORS,
                                             libraries=", ".join(about["libraries"]))]
    return "\n".join(parts)


def headline(main: Collected) -> str:
    """The first thing that a reader wants to know, in numbers."""
    def accuracy(encoder: str, *combination: object) -> float | None:
        values = main.cell(encoder, *combination)  # type: ignore[arg-type]
        return float(sum(each.mean() for each in values) / len(values)) if values else None

    found = {name: accuracy(encoder, "none", 0, "hac") for encoder, name in paper.ENCODER_NAMES.items()}
    said = ", ".join(f"{name} {value:.1f} %" for name, value in found.items() if value is not None)
    theirs = ", ".join(f"{name} {evidence.PAPER[encoder, 'none', 0, 'hac'].mean} %"
                       for encoder, name in paper.ENCODER_NAMES.items())
    return f"Without reduction, clustered by HAC as the paper chose: {said} (the paper on Cloud-ImVN: {theirs})."


def of_authors(main: Collected, authors: Collected | None) -> str:
    """What recipe `authors` gives beside recipe `paper`, and which of its switches did so in the small; "" if not run.

    The small: `make effects` on the same photographs, one switch at a time.
    """
    values = authors.cell("simclr", "none", 0, "hac") if authors is not None else []
    if not values:
        return ""
    found, simple = float(np.mean(values)), float(np.mean(main.cell("simple", "none", 0, "hac")))
    times = {1: "one training", 2: "two trainings"}.get(len(values), f"{len(values)} trainings")
    beside = f", less than the {simple:.1f} % of the encoder it starts from" if found < simple else ""
    runs = pd.read_csv(OWN / "swimcat-effects_runs.csv").query("cell == 'none, hac'").set_index("change")["accuracy"]
    lowest, highest = min(runs["paper"]), max(runs["paper"])  # of the seeds
    worse = [f"`{name}` ({100 * runs[name]:.1f} %)" for name in runs.index
             if name not in ("paper", "authors") and lowest - runs[name] > highest - lowest]
    return (f" **With recipe `authors`**, which follows their published code, SimCLR reaches {found:.1f} % ({times})"
            f"{beside}. At 64 px and 6 epochs, {' and '.join(worse)} each lower it by more than the seeds differ "
            f"({100 * lowest:.1f} to {100 * highest:.1f} %): "
            "[effects of the switches](../tests/golden/own/swimcat-effects.md).")


def _encoders(main: Collected, authors: Collected | None) -> str:
    return f"""## Table 1

Mean total accuracy and standard deviation over {main.about["repeats"]} repeats. Trainings: {main.by_encoder()}. Columns
in italics are the paper's, for other photographs. Random labels with the same sizes of classes and clusters get
{evidence.by_chance(main, authors)} % (single runs). Tables of the first seed that also give balanced accuracy, adjusted
Rand index and the accuracy by chance of each row:
[recipe `paper`](../tests/golden/own/evidence/{evidence.MAIN}/table1.md){_link(authors)}.

{evidence.grid_table(main, authors)}

![Accuracies of the combinations here and in the paper](evidence-accuracies.png)
"""


def _link(authors: Collected | None) -> str:
    return "" if authors is None else (
        f", [recipe `authors`](../tests/golden/own/evidence/{evidence.AUTHORS}/table1.md)")


def _spread(main: Collected, authors: Collected | None) -> str:
    return f"""## How sure

Over repeats, the spread is the ± above; HAC without reduction repeats exactly, t-SNE does not. Over trainings it is
this (HAC without reduction); the paper's numbers don't include it:

{evidence.spread_table(main, authors)}

{evidence.redrawn(main)}"""


def _gray(main: Collected) -> str:
    shown = "\n\n".join(evidence.confusion_tables(main))
    return f"""## Table 3, Figs. 12 and 13: classes in colour and gray

SimCLR of training seed {main.about["seeds"][0]}, no reduction, HAC; the gray version (Eq. 6) with an encoder trained on
it. Rows are true classes. The column in italics and "(paper: ...)" are the paper's Table 3, for other photographs and
with a sixth class, thin white.

{shown}

![t-SNE maps with true and with found classes](evidence-maps.png)
"""


def _claims(main: Collected) -> str:
    judged = main.judged[main.judged["verdict"] != "not run"]
    said = max(judged["reason"], key=len) if len(judged) else "nothing"
    basis = "; ".join(part for part in said.split("; ") if not part.startswith("training seed"))
    tables = [f"### {verdict.capitalize()}\n\n{evidence.claims_table(main, verdict)}\n"
              for verdict in ("not replicated", "replicated") if evidence.outcome(main, verdict)]
    return "\n".join([HOW_JUDGED.format(basis=basis), *tables])


def _trainings(sources: list[Collected]) -> str:
    return f"""## Trainings

Other work ran beside the trainings, so the hours are an upper bound.

{evidence.trainings_table(sources)}

![Losses of each training](evidence-losses.png)
"""


def not_run(main: Collected, authors: Collected | None) -> str:
    """What the page has no answer to yet."""
    ran = set(pd.read_csv(OWN / "swimcat-effects_runs.csv")["change"])
    small = [f"`{name}`" for name in settings.variants() if name not in ran]
    missing = ["images of 224 x 224 px, the paper's size", "the effect of each switch between the recipes at this size",
               *([f"at 64 px, the effects of {', '.join(small)}, and recipe `authors` with these"] if small else [])]
    for source, name in ((main, "paper"), (authors, "authors")):
        if source is None:
            missing.insert(0, f"recipe `{name}`")
        elif GRAY not in set(source.trainings["set"]):
            missing.insert(0, f"gray photographs with recipe `{name}`")
    if "autoencoder" not in main.about["models"]:
        missing.insert(0, "the autoencoder")
    if any(len(main.cell(encoder, "none", 0, "hac")) < WANTED for encoder in main.about["models"][1:]):
        missing.insert(0, f"training seeds beyond those of {main.by_encoder()}")
    claims = evidence.outcome(main, "not run")
    names = ", ".join(f"`{claim.id}`" for claim in claims)
    for_want = f" {len(claims)} claims wait for these: {names}." if claims else ""
    said = "; ".join(missing)
    return f"## Not run\n\n{said[0].upper()}{said[1:]}.{for_want}\n"
