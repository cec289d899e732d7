"""What of the steps behind an output was set otherwise than in the paper: its results are never held against those.

The settings of each step are compared with the paper's (Tables 2 and 4, Sects. 3.1 to 4.2), whatever stands in notes.
Where the text is silent and the authors' code speaks, either recipe's value is the paper's.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from paper_repro import paper
from paper_repro.base.profile import MODELS, PAPERS_BASE
from paper_repro.base.recipe import of_neither
from paper_repro.base.step import Step, Steps
from paper_repro.verify import trust

INPUT = {"side": paper.INPUT_SIDE_PX}
PATCHES = dataclasses.asdict(paper.TABLE4)
# The settings of each kind of step that the paper gives, under their names there.
GIVEN: Mapping[str, Mapping[str, Any]] = {
    "patches": PATCHES, "drawn-out": PATCHES, "flatten": PATCHES, "turned": {**PATCHES, **INPUT}, "encode": INPUT,
    "train": {
        **INPUT, "batch_size": paper.TABLE2.batch_size, "epochs": paper.TABLE2.max_epochs,
        "temperature": paper.TABLE2.loss_temperature, "learning_rate": paper.TABLE2.base_learning_rate,
        "lars_coefficient": paper.TABLE2.lars_coefficient, "momentum": paper.TABLE2.lars_momentum,
        "train_share": paper.TRAIN_SHARE},
    "grid": {"repeats": paper.REPEATS}, "scan": {"repeats": paper.REPEATS},
    "venus": {"clusters": paper.VENUS_CLASSES, "clustering": "hac"},
}
# Settings that a step has only where something isn't the paper's, and what is the paper's.
UNLIKE = {"base": PAPERS_BASE, "normalisation": f"{PAPERS_BASE}'s", "augmentation": "Sect. 3.2.2",
          "preprocessing": "Sect. 3.1.1", "drawn_out": "keep"}
CALLED = {"normalisation": "encoder of one's own, with the input"}


def of_step(step: Step) -> dict[str, str]:
    """What one step has otherwise than the paper: the setting's name -> `epochs 1 (paper: 64)`."""
    if step.kind not in GIVEN and step.kind != "base":
        return {}
    used = step.settings
    wanted = {**GIVEN.get(step.kind, {}), **{name: value for name, value in UNLIKE.items() if name in used}}
    found = {name: (used[name], theirs) for name, theirs in wanted.items() if name in used and used[name] != theirs}
    found |= of_neither(used.get("recipe", {}))
    return {name: f"{CALLED.get(name, name)} {_plain(value)} (paper: {_plain(theirs)})"
            for name, (value, theirs) in found.items()}


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)


class Otherwise:
    """Looks up what is otherwise behind the outputs of a list of steps."""

    def __init__(self, steps: Steps) -> None:
        self.steps, self.makers = steps, trust.makers_of(steps)

    def behind(self, claim: str, files: Iterable[Path]) -> dict[str, str]:
        """What is otherwise in all that `files` were made from: the setting's name -> in words.

        claim: its id; where it names an encoder, trainings and features of others don't count.
        """
        encoders = set(claim.split(".")) & set(MODELS) or set(MODELS)
        makers = {self.makers[path].name for path in files if path in self.makers}
        return {name: words for step in self.steps.closure(sorted(makers))
                if step.settings.get("model") in (None, *encoders) for name, words in of_step(step).items()}
