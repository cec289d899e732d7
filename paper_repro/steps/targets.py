"""The names that users ask for, and the steps that each stands for."""

import difflib

from paper_repro.base.errors import UserError
from paper_repro.base.instruments import entries
from paper_repro.base.run import GLOBAL
from paper_repro.base.step import Steps
from paper_repro.steps.maker import aside
from paper_repro.steps.results import IN_TIME

GROUPS = {
    "patches": ("patches ", "statistics", "sets"),
    "photographs": ("patches photos-",),
    "venus patches": (*(f"patches {name}-" for name in entries()), "statistics"),
    f"patches{GLOBAL}": tuple(f"patches {name}-" for name in entries()),
    "train": ("train ",),
    "encode": ("encode ",),
    "tables": ("table ",),
    "figures": ("figure ",),
    "benchmark": ("table 1", "table 3", "figure fig12", "figure fig13"),
    "venus": ("classes ", "catalogue ", "venus", "table stability", "figure fig14", "figure fig15", "figure fig16",
              "figure venus"),
    "time": ("time ", "table shares", "table lives", *(f"figure {name}" for name in IN_TIME)),
    "verify": ("verdict",),
    "duplicates": ("table duplicates", "figure duplicates"),
    "scan": ("scan ", "table scan"),
    "clusters": ("clusters ",),
    "truth": ("table truth", "figure truth"),
    "all": ("sets", "statistics", "train ", "catalogue ", "table ", "figure ", "verdict", "report"),
}
SETS_FOR = {"train": "train an encoder on", "encode": "encode", "patches": "make"}  # in sentences
TABLES = {f"table{number}": f"table {number}" for number in range(1, 5)} | {
    name: f"table {name}"
    for name in ("stability", "shares", "lives", "seeds", "effects", "duplicates", "scan", "truth")}
FIGURES = {name: f"figure {name}"
           for name in (*(f"fig{number:02d}" for number in range(1, 17)), "losses", "accuracies", *IN_TIME,
                        "duplicates", "truth", "truth_recovered")}


def resolve(steps: Steps, targets: list[str]) -> list[str]:
    """The steps that targets stand for: groups, `table1`, `fig09`, or a step's own name.

    Raises UserError for an unknown target, with the names there are, or for one that this run has nothing for.
    """
    wanted: dict[str, None] = {}
    for target in targets:
        names = _of(steps, target)
        if not names:
            raise UserError(f"{target}: this run has nothing for it; it has: {', '.join(available(steps))}.")
        wanted |= dict.fromkeys(names)
    return list(wanted)


def available(steps: Steps) -> list[str]:
    """Targets that this run has something for, steps' own names left out."""
    return [name for name in dict.fromkeys((*GROUPS, *TABLES, *FIGURES, "report")) if _of(steps, name)]


def _of(steps: Steps, target: str) -> list[str]:
    if target in steps.by_name and target not in GROUPS and target not in TABLES:
        return [target]
    if target in GROUPS:
        return [name for name in steps.by_name
                if name.startswith(GROUPS[target]) and (aside(target) or not aside(name))]
    if target == "grid":
        return [name for name in steps.by_name if name.startswith("grid ")][:1]
    kind, _, name = target.partition(" ")
    of_set = [step for step in steps.by_name if step.startswith(f"{target} ") and not aside(step)]
    if of_set:
        return of_set
    if name and kind in ("train", "encode", "patches"):
        sets = dict.fromkeys(step.split(" ")[1] for step in steps.by_name if step.startswith(f"{kind} ")
                             and not aside(step))
        raise UserError(f"{name}: this run has no such set to {SETS_FOR[kind]}; it has: {', '.join(sets) or 'none'}.")
    short = TABLES | FIGURES
    if target in short:
        return [short[target]] if short[target] in steps.by_name else []
    known = [*GROUPS, *short, *steps.by_name]
    near = difflib.get_close_matches(target, known, 3)
    raise UserError(f"There is no target {target!r}{f'; did you mean {near[0]!r}?' if near else '.'} Choose from: "
                    f"{', '.join(available(steps))}; or a step: {', '.join(list(steps.by_name)[:6])}, ...")
