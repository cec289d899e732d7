"""The numbers of a finished `make all` on the sample: what is recorded, and what is compared."""

import csv
import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from paper_repro.base.errors import UserError
from paper_repro.base.run import open_run
from tests.golden.golden_numbers import Number, number
from tests.golden.golden_numbers import compare as numbers_differ

OWN = Path(__file__).parent / "own"
GOLDEN = {kind: OWN / f"sample-{kind}.csv" for kind in ("results", "data", "pictures")}
# A table's file, and the columns that name its rows.
RESULTS = {
    "data/sample/patches/index.csv": ("set",),
    "data/sample/patches/statistics.csv": ("set",),
    "data/sample/results/venus.csv": ("set",),
    "tables/sample/table1.csv": ("encoder", "reduction", "dims", "clustering"),
    "tables/sample/table2.csv": ("key",),
    "tables/sample/table3.csv": ("part", "set", "true"),
    "tables/sample/table4.csv": ("key",),
    "tables/sample/stability.csv": ("set", "k"),
    "tables/sample/seeds.csv": ("encoder", "reduction", "dims", "clustering"),
}
# the paper's own numbers, what repeats another column, and expectations, which tests/clustering/test_chance.py checks
LEFT_OUT = ("paper", "printed", "difference", "chance")
# What the last bits of another processor may change, by column. A patch at a threshold can come or go (README says so
# too); how far that moves the rest is stated generously, for nothing but gross errors is to be found there. Columns
# that are in none of these lists are compared only where they were recorded: t-SNE and trainings magnify last bits.
PATCHES = {"images": 2, "count": 2, "observations": 1, "side_px": 0, "classes": 0, "mean": 2, "std": 2,
           "latitude_deg_min": 5, "latitude_deg_max": 5, "local_time_h_min": 0.5, "local_time_h_max": 0.5,
           "minnaert_k_min": 0.02, "minnaert_k_median": 0.02, "patches": 2}
STEADY = {"accuracy_percent": 1, "balanced_accuracy_percent": 1, "ari": 0.01, "std_percent": 0.5,
          "error_percent": 0.2, "repeats": 0}  # Table 1 without training and t-SNE
CHAOTIC = {"accuracy_percent": 15, "balanced_accuracy_percent": 15, "ari": 0.15, "repeats": 0}
SIMPLE_FEATURES = 1e-4
PHOTOGRAPHS = 0.01  # gray levels: a few pixels rounded otherwise
# A picture's mean gray level in 8 x 8 cells: root mean square of the differences. Text may move by a pixel with other
# fonts, and a patch that came or went moves points.
CELLS, RMS = 8, 4.0
CELL = ": gray level in "


def measure(out: Path) -> dict[str, list[Number]]:
    """All numbers by the golden file they belong to; `out` is the folder of a finished run.

    Raises UserError where the run isn't finished.
    """
    for name in (*RESULTS, "figures/sample"):
        if not (out / name).exists():
            raise UserError(f"{out / name}: expected what `make all` leaves, found nothing; run it first.")
    return {"results": [*_results(out), *_losses(out)], "data": list(_arrays(out)),
            "pictures": list(_pictures(out))}


def compare(kind: str, golden: Iterable[Number], found: Mapping[str, float | None], same_machine: bool) -> list[str]:
    """A sentence for each difference: numbers one by one, pictures by the root mean square over their cells."""
    if kind != "pictures":
        return numbers_differ(golden, found, same_machine)
    # nothing missing, nothing new; how much a cell may differ is for the picture to say
    expected = list(golden)
    sentences = numbers_differ([Number(one.name, one.value, None) for one in expected], found, same_machine=False)
    pictures: dict[str, list[tuple[float, float | None]]] = {}
    for one in expected:
        if one.value is not None and (other := found.get(one.name)) is not None:
            pictures.setdefault(one.name.split(CELL)[0], []).append((other - one.value, one.tolerance))
    for picture, cells in pictures.items():
        allowed = 0.0 if same_machine else cells[0][1]
        rms = math.sqrt(sum(difference**2 for difference, _ in cells) / len(cells))
        if allowed is not None and rms > allowed:
            sentences.append(f"{picture}: root mean square difference of {rms:.3g} gray levels over {len(cells)} cells "
                             f"(allowed {allowed:g})")
    return sentences


def _results(out: Path) -> Iterator[Number]:
    for name, keys in RESULTS.items():
        path = out / name
        for row in _rows(path):
            title = " ".join(row[key] for key in keys)
            for column, text in row.items():
                value = _value(text)
                if column not in keys and not column.startswith(LEFT_OUT) and value is not None:
                    yield number(f"{path.stem}, {title}: {column}", value, _allowed(path.stem, column, row))


def _allowed(table: str, column: str, row: dict[str, str]) -> float | None:
    if table in ("table2", "table4"):
        return 0
    if table == "table1":
        steady = row["encoder"] == "simple" and row["reduction"] != "tsne"
        return (STEADY if steady else CHAOTIC).get(column)
    return PATCHES.get(column) if table in ("index", "statistics", "venus") else None


def _losses(out: Path) -> Iterator[Number]:
    for path in _listed(out, "encoders", "/losses.csv"):
        title = f"losses, {path.parent.parent.name} {path.parent.name}"
        allowed = 0.1 if "simclr" in path.parent.name else None
        for row in _rows(path):
            for column in ("train_loss", "test_loss"):
                yield number(f"{title}, epoch {row['epoch']}: {column}", float(row[column]), allowed)


def _arrays(out: Path) -> Iterator[Number]:
    for path in sorted((out / "data/sample/patches").glob("photos-*/images.npy")):
        yield from _moments(f"images of {path.parent.name}", path, PHOTOGRAPHS)
    for path in _listed(out, "features", ".npy"):
        allowed = SIMPLE_FEATURES if path.stem.startswith("simple") else None
        yield from _moments(f"features of {path.parent.name} by {path.stem}", path, allowed)


def _moments(title: str, path: Path, allowed: float | None) -> Iterator[Number]:
    values = np.load(path, mmap_mode="r", allow_pickle=False)
    yield number(f"{title}: mean", float(np.mean(values, dtype=np.float64)), allowed)
    yield number(f"{title}: standard deviation", float(np.std(values, dtype=np.float64)), allowed)


def _pictures(out: Path) -> Iterator[Number]:
    for path in sorted((out / "figures/sample").glob("*.png")):
        with Image.open(path) as picture:
            small = np.asarray(picture.convert("L").resize((CELLS, CELLS), Image.Resampling.BOX), dtype=np.float64)
        # From Fig. 12 on, and in the charts, they show what trainings and t-SNE decide.
        steady = path.stem[:5] in {f"fig{figure:02d}" for figure in range(1, 12)}
        for (i, j), value in np.ndenumerate(small):
            yield number(f"{path.name}{CELL}row {i + 1}, column {j + 1} of {CELLS} x {CELLS}", value,
                         RMS if steady else None)


def _listed(out: Path, room: str, file: str) -> Iterator[Path]:
    """Files of the encoders or features whose results are shown; `file`: its name after that of an encoder.

    Those of a set's first training, of Venus' sets of each that the classes are told apart by; of encoders that aren't
    trained there is no file of losses.
    """
    run = open_run("sample", out)
    for name in sorted((*run.photo_sets, *run.flat_sets)):
        encoders = {run.model_name(model, seed) for model in run.models_for(name) for seed in run.seeds_for(name)}
        yield from (path for encoder in sorted(encoders)
                    if (path := run.data / room / name / f"{encoder}{file}").is_file())


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def _value(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
