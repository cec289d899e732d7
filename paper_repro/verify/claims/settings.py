"""Tables 2 and 4, and the profile's settings that stand elsewhere in the paper: as this run uses them."""

import dataclasses
from collections.abc import Iterator

from paper_repro import paper
from paper_repro.base.files import read_json
from paper_repro.base.run import Run
from paper_repro.tables.table2 import NAMES, plain
from paper_repro.tables.table4 import PARAMETERS
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import Measured, NotRun


def claims() -> Iterator[Claim]:
    """Each row of Tables 2 and 4, the side of the encoder's input, and the number of repeats."""
    for table, names, values in (
        (2, NAMES, dataclasses.asdict(paper.TABLE2)),
        (4, {name: parameter.words for name, parameter in PARAMETERS.items()}, dataclasses.asdict(paper.TABLE4)),
    ):
        for name, value in values.items():
            text = isinstance(value, str)
            yield Claim(f"table{table}.{name}", f"Table {table}", "setting", f"{names[name]}, as this run uses it.",
                        value.capitalize() if text else plain(value), True if text else float(value),
                        None if text else 0.0, "holds" if text else "equal", _unit(name), "a setting",
                        ("none",), f"make table{table} PROFILE=paper", row_of_table)
    for name, section, statement, value, unit in (
        ("side", "Sect. 3.2.3", "All images are resized to 224 x 224 px.", paper.INPUT_SIDE_PX, "px"),
        ("repeats", "Table 1", "Each combination of Table 1 was run eight times.", paper.REPEATS, ""),
    ):
        yield Claim(f"settings.{name}", section, "setting", statement, f"{value}", float(value), 0.0, "equal", unit,
                    "a setting", ("none",), "make verify", of_profile)


def row_of_table(run: Run, claim: Claim) -> Measured:
    """A row of Table 2 or 4 as the run used it."""
    table, _, name = claim.id.partition(".")
    path = run.tables / f"{table}.csv"
    record = read_json(path.with_suffix(".json"))
    if record is None or not path.is_file():
        raise NotRun(f"no {path.name}")
    used = record["used"].get(name)
    if used is None:
        raise NotRun("not used by this run", path)
    if isinstance(used, str):
        shown = used.capitalize()
        return Measured(shown == claim.value, shown, files=(path,))
    return Measured(float(used), plain(used), _other(run, plain(used), claim), files=(path,))


def of_profile(run: Run, claim: Claim) -> Measured:
    """Side of the encoder's input, or number of repeats, in the run's profile."""
    value = {"side": run.profile.encoders.side, "repeats": run.profile.grid.repeats}[claim.id.split(".")[1]]
    return Measured(float(value), f"{value}", _other(run, f"{value}", claim))


def _unit(name: str) -> str:
    """The unit that a parameter's name ends with."""
    return next((unit for unit in ("deg", "px") if name.endswith(f"_{unit}")), "")


def _other(run: Run, used: str, claim: Claim) -> str:
    """What must be said where the profile has a value of its own."""
    return "" if used == claim.value else f"the profile {run.profile.name} has {used}"
