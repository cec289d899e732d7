"""What was recorded of known truth, in tests/golden/own/truth: of each profile, and as sets of tables."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from paper_repro import paper
from paper_repro.base.profile import MODELS, Model
from paper_repro.base.turned import PROPERTIES
from paper_repro.experiments import detection, settings
from paper_repro.tables.table2 import recipe_words
from tests.golden.truth import ABOUT, TRUTH, profiles


@dataclass(frozen=True)
class Recorded:
    """What was recorded of one profile."""

    folder: Path

    @cached_property
    def about(self) -> dict[str, Any]:
        """Profile, side, epochs, recipe and switches, settings, notes, processor."""
        return dict(json.loads((self.folder / ABOUT).read_text(encoding="utf-8")))

    def table(self, number: int) -> pd.DataFrame:
        """series.csv, sets.csv or recovered.csv."""
        return pd.read_csv(self.folder / settings.TRUTH_FILES[number])

    @property
    def models(self) -> list[Model]:
        """The encoders."""
        return list(self.about["settings"]["encoders"])

    @property
    def encoders(self) -> str:
        """`Simple, SimCLR at 64 px, trained for 64 epochs`."""
        words = called(self.models, self.about["side"])
        if self.models == ["simple"]:
            return words
        recipe = recipe_words(self.about["recipe"], self.about["switches"])
        return f"{words}, trained for {self.about['epochs']} epochs, recipe {recipe}"


@dataclass(frozen=True)
class SameSide:
    """What was recorded of several profiles whose encoders see images of one side: one set of tables.

    again: of encoders that another set of tables has, trained once more.
    """

    parts: tuple[Recorded, ...]
    again: bool = False

    @property
    def side(self) -> int:
        """In px."""
        return int(self.parts[0].about["side"])

    @property
    def classes(self) -> int:
        """How many, as the paper has them."""
        return int(self.parts[0].about["settings"]["classes"])

    @property
    def models(self) -> list[Model]:
        """The encoders, in the paper's order."""
        return [model for model in MODELS if any(model in one.models for one in self.parts)]

    @property
    def title(self) -> str:
        """`Simple, SimCLR at 64 px`; of trainings once more, how."""
        return f"Once more: {self.parts[0].encoders}" if self.again else called(self.models, self.side)

    def table(self, number: int) -> pd.DataFrame:
        """series.csv, sets.csv or recovered.csv of all, by set or point and in it by encoder."""
        rows = pd.concat([one.table(number) for one in self.parts], ignore_index=True)
        keys = ["property", "value", "seed"] if "property" in rows else ["set"]
        ranks = {key: rows[key].map(order_of(key, rows[key])) for key in (*keys, "encoder")}
        return rows.iloc[np.lexsort(list(ranks.values())[::-1])].reset_index(drop=True)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """See `detection.summary`."""
        return detection.summary(self.table(0), self.classes)


def called(models: Sequence[Model], side: int) -> str:
    """`Simple, SimCLR at 64 px`."""
    return f"{', '.join(paper.ENCODER_NAMES[model] for model in models)} at {side} px"


def order_of(key: str, column: pd.Series) -> dict[Any, int]:
    """Of what a column holds, in which order it is shown."""
    known: dict[str, Sequence[str]] = {"encoder": MODELS, "property": PROPERTIES}
    values = known.get(key) or (list(dict.fromkeys(column)) if key == "set" else sorted(set(column)))
    return {value: place for place, value in enumerate(values)}


def recorded() -> list[Recorded]:
    """Of each profile that was run, by its name."""
    return [Recorded(TRUTH / path.stem) for path in profiles() if (TRUTH / path.stem / ABOUT).is_file()]


def by_side() -> list[SameSide]:
    """All that was run, the paper's side first; in the end encoders that were trained once more."""
    groups: dict[tuple[int, int], list[Recorded]] = {}
    for one in recorded():
        place = next(place for place in itertools.count() if not set(one.models) & {
            model for other in groups.get((place, -one.about["side"]), ()) for model in other.models})
        groups.setdefault((place, -one.about["side"]), []).append(one)
    return [SameSide(tuple(groups[key]), again=key[0] > 0) for key in sorted(groups)]
