"""What was recorded of known truth, in tests/golden/own/truth: of each profile, and as sets of tables."""

import json
from collections.abc import Mapping, Sequence
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

# What tells the rows of each table apart.
KEYS = ("property", "value", "seed", "set", "encoder", "k", "type", "class")


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

    ran: all that was run at this side, by name. place: 0 for what each encoder found at each point the first time it
    was trained for it, 1 for the second time, ...
    """

    ran: tuple[Recorded, ...]
    place: int = 0

    @cached_property
    def parts(self) -> tuple[Recorded, ...]:
        """Those that have a part in these tables."""
        return tuple(one for one in self.ran if one.folder.name in set(self.placed(0)["ran"]))

    @property
    def again(self) -> bool:
        """Whether another set of tables has the same points and encoders, trained before."""
        return self.place > 0

    @property
    def side(self) -> int:
        """In px."""
        return int(self.ran[0].about["side"])

    @property
    def classes(self) -> int:
        """How many, as the paper has them."""
        return int(self.ran[0].about["settings"]["classes"])

    @property
    def models(self) -> list[Model]:
        """The encoders, in the paper's order."""
        return [model for model in MODELS if any(model in one.models for one in self.parts)]

    @property
    def title(self) -> str:
        """`Simple, SimCLR at 64 px`; of trainings once more, how."""
        return f"Once more: {self.parts[0].encoders}" if self.again else called(self.models, self.side)

    def switched(self, encoder: str) -> list[str]:
        """The switches that an encoder of these tables was trained with: `precision = bfloat16`."""
        return list(dict.fromkeys(f"{name} = {value}" for one in self.parts if encoder in one.models
                                  for name, value in one.about["switches"].items()))

    def placed(self, number: int) -> pd.DataFrame:
        """The rows of these tables of series.csv, sets.csv or recovered.csv; in `ran`: of which profile they are."""
        tables = [one.table(number).assign(ran=one.folder.name) for one in self.ran]
        # what an empty table says of its columns' types is nothing to go by
        rows = pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)
        keys = [name for name in KEYS if name in rows]
        return rows[rows.groupby(keys).cumcount() == self.place]

    def table(self, number: int) -> pd.DataFrame:
        """series.csv, sets.csv or recovered.csv of all, by set or point and in it by encoder."""
        return in_order(self.placed(number).drop(columns="ran"))

    @cached_property
    def summary(self) -> pd.DataFrame:
        """See `detection.summary`; nothing turned is a value of every property that was."""
        return detection.summary(with_nothing_turned(self.table(0), self.parts[0].about["settings"]["series"]),
                                 self.classes)


def called(models: Sequence[Model], side: int) -> str:
    """`Simple, SimCLR at 64 px`."""
    return f"{', '.join(paper.ENCODER_NAMES[model] for model in models)} at {side} px"


def with_nothing_turned(rows: pd.DataFrame, asked: Mapping[str, Any]) -> pd.DataFrame:
    """Rows of series.csv, and the set with nothing turned at every property that an encoder has rows of.

    One set is a point of each property. A profile may name it for one of them alone: its scores are those of all.
    """
    untouched = {name: float(asked.get(name, 0)) for name in PROPERTIES}
    bases = rows[rows["value"] == rows["property"].map(untouched)].drop_duplicates(["encoder", "seed", "k"])
    every = [bases[bases["encoder"] == encoder].assign(property=name, value=untouched[str(name)])
             for encoder, name in rows[["encoder", "property"]].drop_duplicates().itertuples(index=False, name=None)]
    keys = [name for name in KEYS if name in rows]
    return in_order(pd.concat([rows, *every]).drop_duplicates(keys))


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """By point or set, and in it by encoder."""
    keys = ["property", "value", "seed"] if "property" in rows else ["set"]
    ranks = [rows[key].map(order_of(key, rows[key])) for key in ("encoder", *keys[::-1])]
    return rows.iloc[np.lexsort(ranks)].reset_index(drop=True)


def order_of(key: str, column: pd.Series) -> dict[Any, int]:
    """Of what a column holds, in which order it is shown."""
    known: dict[str, Sequence[str]] = {"encoder": MODELS, "property": PROPERTIES}
    values = known.get(key) or (list(dict.fromkeys(column)) if key == "set" else sorted(set(column)))
    return {value: place for place, value in enumerate(values)}


def recorded() -> list[Recorded]:
    """Of each profile that was run, by its name."""
    return [Recorded(TRUTH / path.stem) for path in profiles() if (TRUTH / path.stem / ABOUT).is_file()]


def by_side() -> list[SameSide]:
    """All that was run, the paper's side first; in the end what encoders found that were trained once more."""
    sides: dict[int, list[Recorded]] = {}
    for one in recorded():
        sides.setdefault(-one.about["side"], []).append(one)
    most = max(len(ran) for ran in sides.values())
    every = (SameSide(tuple(sides[side]), place) for place in range(most) for side in sorted(sides))
    return [one for one in every if one.parts]
