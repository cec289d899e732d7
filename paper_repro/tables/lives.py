"""The wind at which classes persist most, their life times, and transitions between them (docs/time.md)."""

from collections.abc import Iterator

import pandas as pd

from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.experiments.followed import opened
from paper_repro.tables.layout import Block, as_rows, store

CAPTION = "Wind, life times and transitions of the classes of the Venus patches"
COLUMNS = ["set", "quantity", "wind", "wind_m_s", "class", "then", "value", "low", "high", "expected", "pairs", "of",
           "blocks", "refused"]
QUANTITIES = {"life_h": "life time T [h]", "stay_h": "a region stays [h]", "wait_h": "until one forms [h]"}


def write(run: Run, origin: Origin) -> Made:
    """Write `lives.csv`, `.md`, `.tex`. Raises UserError where a set was not followed in time."""
    blocks, lines = list[Block](), list[dict[str, object]]()
    for name in run.flat_sets:
        wind, lives, transitions = (opened(run, name, f"{file}.csv") for file in ("wind", "lives", "transitions"))
        lines += [{"set": name, **line} for line in _lines(wind.iloc[0], lives, transitions)]
        blocks += _blocks(run, name, wind.iloc[0], lives, transitions)
    return store(run, "lives", CAPTION, COLUMNS, as_rows(COLUMNS, lines), blocks, origin, notes_of(run))


def notes_of(run: Run) -> tuple[str, ...]:
    """What the numbers mean."""
    chosen = run.profile.time
    return (f"The same place: two patches up to {chosen.most_h:g} h apart whose centres are within {chosen.near:g} of "
            f"a patch's side once the first has moved with the wind, {chosen.wind_shape}: the stated one of the "
            f"profile ({chosen.wind_m_s:g} m/s westward at the equator), or the fitted one, at which persistence is "
            "largest. "
            "Persistence r: 1 where places keep their class, 0 where pairs agree no more often than shares in their "
            "latitude and local time let expect. T: r falls as A exp(-lag / T). Square brackets: 68.27 % of 500 draws "
            "of blocks of time.",
            f"Transitions: pairs up to {chosen.step_h:g} h apart, their number, and share of those of the first class "
            "in % ± its error; in round brackets the share expected if classes were drawn anew.")


def _lines(wind: "pd.Series[float]", lives: pd.DataFrame, transitions: pd.DataFrame) -> Iterator[dict[str, object]]:
    """The rows for machines: one number each."""
    yield {"quantity": "wind_m_s", "wind": "fitted", **{key: wind[key] for key in (
        "value", "low", "high", "pairs", "blocks", "refused")}}
    for _, row in lives.iterrows():
        for quantity in QUANTITIES:
            yield {"quantity": quantity, "value": row[quantity], "low": row[f"{quantity}_low"],
                   "high": row[f"{quantity}_high"],
                   **{key: row[key] for key in ("wind", "wind_m_s", "class", "pairs", "blocks", "refused")}}
    for _, row in transitions.iterrows():
        yield {"quantity": "transition", "class": row["first"], "value": row["share"],
               **{key: row[key] for key in ("wind", "wind_m_s", "then", "low", "high", "expected", "of", "pairs",
                                            "blocks")}}


def _blocks(run: Run, name: str, wind: "pd.Series[float]", lives: pd.DataFrame, transitions: pd.DataFrame
            ) -> Iterator[Block]:
    """The tables to read, with what is refused in their titles."""
    best = str(wind["refused"]) if isinstance(wind["refused"], str) else \
        f"{number(wind['value'], wind['low'], wind['high'])} m/s ({wind['pairs']:,.0f} pairs)"
    yield Block(["stated wind [m/s]", "best wind"], "rl", [[f"{run.profile.time.wind_m_s:g}", best]], f"{name}: wind")
    for which, part in lives.groupby("wind", sort=False):
        yield _lives(part, f"{name}: life times at the {which} wind")
        if not transitions.loc[transitions["wind"] == which, "of"].any():
            continue
        yield _matrix(transitions[transitions["wind"] == which],
                      f"{name}: from the class of a row to that of a column, at the {which} wind")


def _lives(part: pd.DataFrame, title: str) -> Block:
    refused = part["refused"].fillna("").tolist()
    rows = [[row["class"], f"{row['pairs']:,}", str(row["blocks"])] for _, row in part.iterrows()]
    if all(refused) and len(set(refused)) == 1:
        return Block(["class", "pairs", "blocks"], "lrr", rows, f"{title}: {refused[0]}")
    numbers = [[number(row[key], row[f"{key}_low"], row[f"{key}_high"]) for key in QUANTITIES]
               for _, row in part.iterrows()]
    why, align = (["refused"], "l") if any(refused) else ([], "")
    lines = [[*row, *values, *([reason] if why else [])]
             for row, values, reason in zip(rows, numbers, refused, strict=True)]
    return Block(["class", "pairs", "blocks", *QUANTITIES.values(), *why], f"lrrrrr{align}", lines, title)


def number(value: float, low: float, high: float) -> str:
    """`30.2 [28.1, 33.0]`; an interval that is open has no end there; "" for no number."""
    if pd.isna(value):
        return ""
    return f"{value:.1f} [{', '.join('' if pd.isna(end) else f'{end:.1f}' for end in (low, high))}]"


def _matrix(part: pd.DataFrame, title: str) -> Block:
    names = list(dict.fromkeys(part["then"]))
    rows = []
    for first, line in part.groupby("first", sort=False):
        cells = []
        for _, row in line.iterrows():
            share = "" if pd.isna(row["share"]) else f": {100 * row['share']:.1f}"
            error = "" if pd.isna(row["error"]) else f" ± {100 * row['error']:.1f}"
            chance = f" ({100 * row['expected']:.1f})" if share else ""
            cells.append(f"{row['pairs']}{share}{error}{chance}")
        rows.append([str(first), f"{line['of'].iloc[0]:,}", *cells])
    return Block(["first \\ then", "pairs", *(f"class {name}" for name in names)], "l" + "r" * (1 + len(names)), rows,
                 title)
