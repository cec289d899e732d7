"""What was found out about each mutant: a line of JSON each, written as soon as it is known: a stopped run resumes.

A line holds for the module's source it was found with. That a mutant was found out stays true as tests are added;
one that survived is tried again when its tests have changed. (Where tests were taken away, delete the journal.)
"""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from paper_repro.base.files import sha256_file, sha256_files, write_csv
from tests.mutation.modules import Module
from tests.mutation.mutants import Key, Mutant

KEY = ["function", "before", "after", "number"]
SURVIVORS = ["module", *KEY, "reason"]
LEAST_PERCENT = 80.0


@dataclass(frozen=True)
class Journal:
    """The lines about one module, in `path`; `source` and `tests` are check sums of what is on disk now."""

    path: Path
    source: str
    tests: str

    def known(self) -> dict[Key, str]:
        """Result of each mutant that needn't be tried (again), by its key. A line cut off by a crash counts as none."""
        known: dict[Key, str] = {}
        for text in self.path.read_text(encoding="utf-8").splitlines() if self.path.is_file() else []:
            try:
                line = json.loads(text)
            except ValueError:
                continue
            function, before, after, number = line["key"]
            key = (function, before, after, number)
            if line["source"] != self.source:
                continue
            if line["result"] != "passed" or line["tests"] == self.tests:
                known[key] = line["result"]
            else:
                known.pop(key, None)
        return known

    def add(self, mutant: Mutant, result: str, seconds: float) -> None:
        """Write a line, to the disk; it begins a line of its own, whatever was cut off before it."""
        line = json.dumps({"key": mutant.key, "line": mutant.line, "result": result, "seconds": round(seconds, 2),
                           "source": self.source, "tests": self.tests})
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"\n{line}")
            file.flush()
            os.fsync(file.fileno())


def open_journal(folder: Path, module: Module) -> Journal:
    """The journal of a module below `folder`."""
    name = module.file.replace("/", "-").removesuffix(".py")
    return Journal(folder / f"{name}.jsonl", sha256_file(module.path), sha256_files(module.tests_sources, module.root))


def row_of(module: Module, there_are: int, results: list[str]) -> dict[str, object]:
    """The module's row of results.csv, from the results of all mutants that were tried."""
    survived = results.count("passed")
    return {"group": module.group, "module": module.file, "source": sha256_file(module.path)[:12],
            "mutants": there_are, "tried": len(results), "failed": results.count("failed"),
            "crashed": results.count("crashed"), "timeout": results.count("timeout"), "survived": survived,
            "percent": round(100 * (1 - survived / max(len(results), 1)), 1)}


def put_results(path: Path, row: dict[str, object], order: Sequence[Module]) -> None:
    """Put a module's row into results.csv, in the order of the modules."""
    rows: dict[object, object] = {row["module"]: row}
    if path.is_file():
        rows = {one["module"]: one for one in pd.read_csv(path, dtype={"source": str}).to_dict("records")} | rows
    write_csv(path, pd.DataFrame([rows[module.file] for module in order if module.file in rows]))


def put_survivors(path: Path, module: Module, survivors: list[Mutant], order: Sequence[Module]) -> int:
    """Put a module's survivors into survivors.csv; reasons stay. Gives the number of those without a reason."""
    old = read_survivors(path)
    mine = old["module"] == module.file
    reasons = {tuple(row[:-1]): row[-1] for row in old[mine][[*KEY, "reason"]].itertuples(index=False)}
    new = pd.DataFrame([[module.file, *one.key, reasons.get(one.key, "")] for one in survivors], columns=SURVIVORS)
    table = pd.concat([old[~mine], new])
    places = {one.file: place for place, one in enumerate(order)}
    write_csv(path, table.sort_values("module", key=lambda names: names.map(places), kind="stable"))
    return int((new["reason"] == "").sum())


def read_survivors(path: Path) -> pd.DataFrame:
    """survivors.csv, all text; empty where there is none."""
    if not path.is_file():
        return pd.DataFrame(columns=SURVIVORS)
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def shortfalls(results: pd.DataFrame) -> list[str]:
    """A sentence for each group of modules of whose mutants fewer than 80 % were found out."""
    sums = results.groupby("group")[["tried", "survived"]].sum()
    percent = 100 * (1 - sums["survived"] / sums["tried"])
    return [f"{group}: expected at least {LEAST_PERCENT:g} % of the mutants found out, found {value:.1f} %; see "
            "survivors.csv for those that were not." for group, value in percent.items() if value < LEAST_PERCENT]
