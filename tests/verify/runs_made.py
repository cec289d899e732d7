"""Small outputs of a run, made up for what is measured on them: each value is known by construction."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.files import read_json, write_csv, write_json, write_text
from paper_repro.base.provenance import RECORDED, Made, Origin
from paper_repro.base.run import FLAT, Run
from paper_repro.base.step import Step, Steps
from paper_repro.steps import steps_of
from paper_repro.verify.claims import CLAIMS
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import Measured
from tests import records_made

BY_ID = {claim.id: claim for claim in CLAIMS}
NUMBER = Claim("x", "Table 1", "result", "A number.", "10", 10.0, 1.0, "within", "%", "a reason", ("uvi",), "make",
               lambda *_: Measured(10.0, "10"))
STAND_IN = "Made with stand-in weights in place of the ImageNet-1K ones."


def measure(run: Run, name: str) -> Measured:
    """Our value of the claim `name`."""
    return BY_ID[name].measured(run)


def record(path: Path, run: Run, step: str = "venus", simulated: bool = False, encoder: str = "simclr",
           notes: tuple[str, ...] = (), **extra: Any) -> None:
    """The record at `path` of an output by the encoder `encoder`."""
    records_made.record(path, run, step, notes, {"encoder": encoder}, simulated=simulated, **extra)


def patches(run: Run, name: str, columns: Mapping[str, Any], images: NDArray[np.uint8] | None = None,
            simulated: bool = False, classes: Sequence[str] = ()) -> None:
    """A set of patches or photographs with these columns; `images`: black where they don't matter."""
    table = pd.DataFrame({"source": "x.fit", **columns})
    table.insert(0, "id", range(len(table)))
    pictures = np.zeros((len(table), 4, 4), np.uint8) if images is None else images
    records_made.patch_set(run, name, pictures, table, classes, simulated=simulated)


def venus(run: Run, name: str, columns: Mapping[str, Any], images: NDArray[np.uint8] | None = None,
          **of_record: Any) -> None:
    """A classified set of Venus, a row for each patch: `class` and what else matters; the rest is the same for all.

    The files of the results have their rows in an order of their own.
    """
    table = pd.DataFrame({"latitude_deg": 0.0, "local_time_h": 12.0, "silhouette": 0.1, "contrast": 1.0,
                          "wave_score": 0.1, "x": 0.0, "y": 0.0} | dict(columns))
    patches(run, name + FLAT, {key: table[key] for key in ("latitude_deg", "local_time_h")}, images)
    table.insert(0, "id", range(len(table)))
    folder = run.results / (name + FLAT)
    for file, kept in (("classes.csv", ["class", "silhouette"]), ("measures.csv", ["contrast", "wave_score"]),
                       ("tsne2.csv", ["x", "y"])):
        write_csv(folder / file, table[["id", *kept]].sample(frac=1, random_state=len(file)))
    record(folder / "provenance.json", run, **of_record)


def photographs(run: Run, name: str, columns: Mapping[str, Any], **of_record: Any) -> None:
    """The classified photographs of the set `name`: label, cluster, matched, x, y; the map's rows in another order."""
    table = pd.DataFrame({"x": 0.0, "y": 0.0, "cluster": 0} | dict(columns))
    if "matched" not in table:
        table["matched"] = table["label"]
    table.insert(0, "id", range(len(table)))
    folder = run.results / name
    write_csv(folder / "classes.csv", table[["id", "label", "cluster", "matched"]])
    write_csv(folder / "tsne2.csv", table[["id", "x", "y"]].iloc[::-1])
    record(folder / "provenance.json", run, "benchmark", **of_record)


def change(run: Run, name: str, **changes: Any) -> None:
    """Change the record of a set's results."""
    path = run.results / name / "provenance.json"
    write_json(path, {**(read_json(path) or {}), **changes})


def table3(run: Run, parts: dict[str, NDArray[np.int64]], comparison: str = "Cloud-ImVN",
           classes: Sequence[str] = paper.CLASS_NAMES) -> None:
    """Table 3 with these counts for each part, true by found class."""
    rows: list[dict[str, Any]] = []
    for letter, counts in parts.items():
        for name, line in zip(classes, counts, strict=True):
            share = 100 * line[classes.index(name)] / line.sum()
            rows.append({"part": letter, "true": name, **dict(zip(classes, line, strict=True)),
                         "accuracy_percent": share, "comparison": comparison})
        rows.append({"part": letter, "true": "Total", "accuracy_percent": 100 * np.trace(counts) / counts.sum(),
                     "comparison": comparison})
    write_csv(run.tables / "table3.csv", pd.DataFrame(rows, dtype=object))
    record(run.tables / "table3.json", run, "table", "simulated" in comparison)


def finish(run: Run, *names: str) -> Steps:
    """Records of these steps and all that they need, as of steps that ended; tables are really made.

    Of what a test has written, the record keeps what only the test can know; an output that is not there is one line.
    """
    steps = steps_of(run)
    for step in steps.closure(names):
        steps.make(step if step.kind == "table" else dataclasses.replace(step, make=_written(step)))
    return steps


def _written(step: Step) -> Callable[[Origin], Made]:
    """What a step made by the test must say."""
    before = read_json(step.record) or {}
    for path in step.outputs:
        if not path.is_file():
            write_text(path, f"{path.name} of {step.name}\n")
    extra = {key: value for key, value in before.items() if key not in RECORDED}
    return lambda _: Made(extra, notes=tuple(before.get("notes", ())))


def with_encoders(run: Run, **changes: Any) -> Run:
    """The run with other settings of its encoders."""
    encoders = dataclasses.replace(run.profile.encoders, **changes)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))


def literal_silhouettes(places: Sequence[tuple[float, float]], labels: Sequence[Any]) -> list[float]:
    """Rousseeuw's silhouette of each point, written out."""
    found = []
    for n, place in enumerate(places):
        distances: dict[Any, list[float]] = {}
        for m, other in enumerate(places):
            if m != n:
                distances.setdefault(labels[m], []).append(float(np.hypot(place[0] - other[0], place[1] - other[1])))
        means = {label: float(np.mean(each)) for label, each in distances.items()}
        if labels[n] not in means:  # alone in its class
            found.append(0.0)
            continue
        inside = means.pop(labels[n])
        outside = min(means.values())
        found.append((outside - inside) / max(inside, outside))
    return found
