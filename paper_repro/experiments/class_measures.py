"""What is measured of each class of a set (classes.json, classes.md), and the patches that show it best and least."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tabulate import tabulate

from paper_repro import paper
from paper_repro.base.files import write_json, write_text
from paper_repro.base.provenance import Origin
from paper_repro.base.run import FLAT, Run
from paper_repro.clustering import numbers, stability
from paper_repro.clustering.names import METHOD_NAMES, NOISE
from paper_repro.experiments.settings import MOST_TURNED
from paper_repro.patches import drawn_out
from paper_repro.patches.dataset import open_set
from paper_repro.patches.waves import wave_score

SHOWN = 8  # patches nearest to a class's mean, and on its border
RANGES = {"latitude_deg": "latitude [deg]", "local_time_h": "local time [h]", "contrast": "contrast",
          "wave_score": "wave score"}
MEASURED = (
    "Contrast: (maximum - minimum) / (maximum + minimum) of the patch before it was stretched to 8 bits. Wave score: "
    "share of the strongest of 12 directions in the power of the flattened patch at wavelengths of 4 to 32 px; 1/12 "
    "where all directions are alike, 1 for a single wave train. Silhouette: mean of the class; 1 apart from others, 0 "
    "on a border."
)
GAP = (
    "Gap: how much closer patches are to the means of their classes than points without classes, in log squared "
    f"distance (Tibshirani et al. 2001, {numbers.REFERENCES} references, at most {numbers.MOST_ROWS:,} patches); it "
    "says the smallest number whose gap is no smaller than the next one's less its error."
)
STABILITY = {
    "k": "classes", "silhouette": "silhouette", "bootstrap_ari_mean": "bootstrap ARI", "bootstrap_ari_std": "its std",
    "seeds_ari_mean": "trainings ARI", "seeds_ari_min": "its minimum", "gap": "gap", "gap_error": "its error",
    "smallest": "smallest class", "largest": "largest class", "kept": "kept when turned",
}
TURNED = (
    f"Kept when turned: patches, whole observations of them drawn up to {MOST_TURNED}, are seen with the camera turned "
    "by 15, 30, ... 345 degrees, before they are projected from the sphere; of these turns the share at which the "
    "class with the nearest mean is that of the patch unturned. By that class, with the number of patches: those with "
    "points enough at every angle"
)


def measure(run: Run, name: str, features: NDArray[Any], labels: NDArray[np.int64]) -> pd.DataFrame:
    """What is measured of each patch of the set `name`: id, contrast, wave_score, margin.

    contrast: (maximum - minimum) / (maximum + minimum) of the Minnaert-normalised patch, before it was stretched to 8
    bits; empty where the sum isn't positive. wave_score: see `waves`, of the flattened patch. margin: distance of the
    feature vector to the nearest mean of another class, less that to its own class's; small on a border; none of noise.
    """
    patches = open_set(run.patches(name))
    low, high = (patches.table[column].to_numpy(np.float64) for column in ("value_min", "value_max"))
    total = low + high
    contrast = np.divide(high - low, total, out=np.full(len(total), np.nan), where=total > 0)
    return pd.DataFrame({"id": patches.table["id"].to_numpy(), "contrast": contrast,
                         "wave_score": wave_score(patches.images), "margin": stability.to_means(features, labels)[1]})


def write(run: Run, name: str, classes: pd.DataFrame, measures: pd.DataFrame, stable: pd.DataFrame,
          by_gap: str, kept: pd.DataFrame, left_out: int, known: dict[str, Any] | None, origin: Origin,
          settings: Mapping[str, Any]) -> None:
    """Write classes.json and classes.md of the set `name`: of each class its size, ranges and medians, and patches.

    by_gap: see `numbers.said_by_gap`; kept: see `orientation`; left_out: patches that were to be turned and have too
    few points at an angle.
    """
    table = drawn_out.joined(open_set(run.patches(name)).table, run.patches(name.removesuffix(FLAT)))
    table = table.merge(classes, on="id").merge(measures, on="id")
    turned = [{"patches": row["images"], "kept": row["kept"], "all": row["all"]} if row["images"] else None
              for row in kept.to_dict("records")]
    parts = [part for number, part in table.groupby("class", sort=True) if number != NOISE]
    entries = [{**entry(part), "turned": one} for part, one in zip(parts, turned[:-1], strict=True)]
    record = {"set": name, "simulated": origin.simulated, "notes": list(origin.notes), "patches": len(table),
              **{key: settings[key] for key in ("encoder", "clustering", "seeds", "bootstraps")}, "classes": entries,
              "noise": int((table["class"] == NOISE).sum()), "by_gap": by_gap,
              "turned": turned[-1], "not_turned": left_out, "truth": known}
    write_json(run.results / name / "classes.json", record)
    write_text(run.results / name / "classes.md", markdown(record, stable))


def entry(part: pd.DataFrame) -> dict[str, Any]:
    """The numbers of one class, from the rows of its patches."""
    found: dict[str, Any] = {"class": int(part["class"].iloc[0]), "size": len(part)}
    for column in RANGES:
        values = part[column].dropna()
        found[column] = {"min": float(values.min()), "median": float(values.median()), "max": float(values.max())} \
            if len(values) else None
    found["silhouette"] = float(part["silhouette"].mean())
    if drawn_out.COLUMN in part:
        found["drawn_out"] = int((part[drawn_out.COLUMN] > drawn_out.SHARE).sum())
    found["nearest"] = part.sort_values(["distance", "id"])["id"].head(SHOWN).tolist()
    border = part.assign(edge=part["margin"].abs()).sort_values(["edge", "id"])
    found["border"] = border["id"].head(SHOWN).tolist()
    return found


def markdown(record: dict[str, Any], stable: pd.DataFrame) -> str:
    """The catalogue to read."""
    said = ["Made from simulated images."] if record["simulated"] else []
    rows = [[one["class"], one["size"], *(_range(one[column]) for column in RANGES), f"{one['silhouette']:.3f}",
             _kept(one["turned"])]
            for one in record["classes"]]
    names = ["class", "patches", *RANGES.values(), "silhouette", "kept when turned"]
    shown = [[one["class"], " ".join(map(str, one["nearest"])), " ".join(map(str, one["border"]))]
             for one in record["classes"]]
    parts = [
        f"# Classes of {record['set']}",
        "\n".join(f"- {note}" for note in [*said, *record["notes"]]),
        f"{record['patches']} patches, encoder {paper.ENCODER_NAMES[record['encoder']]}, "
        f"{METHOD_NAMES[record['clustering']]}. Classes are numbered by size. Ranges are smallest, median, largest.",
        f"{record['noise']} patches are noise, in none of these classes." if record["noise"] else "",
        tabulate(rows, headers=names, tablefmt="pipe", disable_numparse=True),
        MEASURED,
        f"{TURNED}; {record['not_turned']} have not. In all {_kept(record['turned'])}.",
        "Patches by their id (row of images.npy):",
        tabulate(shown, headers=["class", "nearest to the class's mean", "on its border"], tablefmt="pipe",
                 disable_numparse=True),
        *_drawn_out(record["classes"]),
        "## How sure",
        "ARI, the adjusted Rand index (1: the same classes, 0: no more than by chance): of the classes with those of "
        "as many patches drawn with replacement, and between encoders trained with different seeds; "
        f"{counted(record)}. {GAP}",
        tabulate(rounded(stable), headers=list(STABILITY.values()), tablefmt="pipe", disable_numparse=True,
                 colalign=["right"] * len(STABILITY)),
        choice(stable, len(record["classes"]), record["by_gap"]),
        *_truth(record["truth"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def rounded(stable: pd.DataFrame) -> list[list[str]]:
    """The rows of a set's stability.csv as they are printed; "not run" for what needs more than one training."""
    whole = {"k", "smallest", "largest"}
    return [["not run" if pd.isna(value) else f"{value:.0f}" if column in whole else f"{value:.3f}"
             for column, value in row.items()] for row in stable[list(STABILITY)].to_dict("records")]


def choice(stable: pd.DataFrame, classes: int, by_gap: str) -> str:
    """With how many classes silhouette, bootstraps and trainings have their highest values, and those of `classes`.

    by_gap: what the gap statistic says, "" for nothing.
    """
    if len(stable) == 1:
        return numbers.advice(stable, classes)
    table = stable.set_index("k")
    highest = []
    for column, name in (("silhouette", "silhouette"), ("bootstrap_ari_mean", "the bootstraps' ARI"),
                         ("seeds_ari_mean", "the trainings' ARI")):
        values = table[column].dropna()
        if len(values):
            chosen = "" if values.idxmax() == classes else f"; {values[classes]:.3f} with the {classes} used here"
            highest.append(f"{name} with {values.idxmax()} ({values.max():.3f}{chosen})")
    gap = f" The gap statistic, which knows one class too, says {by_gap}." if by_gap else ""
    return f"Highest among {table.index.min()} to {table.index.max()} classes: {', '.join(highest)}.{gap}"


def counted(settings: Mapping[str, Any]) -> str:
    """`3 trainings, 20 bootstraps`."""
    counts = {"training": len(settings["seeds"]), "bootstrap": settings["bootstraps"]}
    return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for noun, count in counts.items())


def _range(values: dict[str, float] | None) -> str:
    return "not measured" if values is None else "{min:.3g}, {median:.3g}, {max:.3g}".format(**values)


def _kept(turned: dict[str, Any] | None) -> str:
    return "not measured" if turned is None else f"{turned['kept']:.0%} of {turned['patches']}"


def _drawn_out(entries: list[dict[str, Any]]) -> list[str]:
    """How many patches of each class are drawn out, and which consist mostly of them; nothing where not measured."""
    counts = [(one["class"], one["drawn_out"], one["size"]) for one in entries if "drawn_out" in one]
    mostly = [f"Class {number} consists mostly of them: what it shows is the edge of what was seen, not clouds."
              for number, count, size in counts if 2 * count > size]
    if not counts:
        return []
    return ["## Drawn-out patches",
            f"A patch is called drawn out where more than {drawn_out.SHARE:.0%} of its pixels are farther than "
            f"{drawn_out.FAR_PX:g} px from every point that was seen: the nearest one is repeated there over empty "
            "ground.",
            tabulate([[number, count, f"{count / size:.0%}"] for number, count, size in counts],
                     headers=["class", "drawn out", "share"], tablefmt="pipe", disable_numparse=True), *mostly]


def _truth(known: dict[str, Any] | None) -> list[str]:
    """The comparison with the simulated truth, where there is one."""
    if known is None:
        return []
    numbers = range(len(next(iter(known["types"].values()))))
    rows = [[kind, *counts] for kind, counts in known["types"].items()]
    share = "There are no patches of waves." if known["wave_share"] is None else \
        f"Of the patches of waves {known['wave_share']:.0%} are in class {known['wave_class']}; of that class " \
        f"{known['wave_precision']:.0%} are waves."
    return ["## Against the simulated truth",
            f"Adjusted Rand index between classes and true types of feature: {known['ari']:.3f}. {share}",
            tabulate(rows, headers=["true type", *(f"class {n}" for n in numbers)], tablefmt="pipe"),
            "With other numbers of classes; of the class with most patches of waves, how many of all waves it holds "
            "(recall), and how many of its patches are waves (precision):",
            tabulate([[str(one["k"]), f"{one['ari']:.3f}", *(
                "none" if one[key] is None else f"{one[key]:.2f}" for key in ("wave_share", "wave_precision"))]
                for one in known["by_number"]], disable_numparse=True,
                     headers=["classes", "adjusted Rand index", "recall of waves", "precision"], tablefmt="pipe")]
