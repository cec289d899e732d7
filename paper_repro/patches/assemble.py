"""Patch sets put together from the parts of single observations, in the order of sources and viewpoints."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from paper_repro.base.files import read_csv, write_bytes, write_csv
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Made
from paper_repro.base.run import FLAT, Run
from paper_repro.patches import dataset, drawn_out, part
from paper_repro.patches.dataset import PatchSet
from paper_repro.patches.part import Observed, Task, left_out
from paper_repro.simulated import mark

COLUMNS = ("id", "source", "time_utc", "longitude_deg", "latitude_deg", "local_time_h", "minnaert_k", "density",
           "density_min_bin", "value_min", "value_max")


def save(folder: Path, observed: Sequence[Observed], parts: Mapping[str, Task], scale_km: float,
         resolution_px: int) -> Made | None:
    """Put one set together from the parts, an observation in memory at a time, and say what was left out.

    None, and no set, where there is no patch; `left_out.csv` is written all the same.
    """
    rows: list[NDArray[np.float64]] = []
    used: list[Observed] = []
    missing: list[tuple[str, str]] = []
    progress = Progress(f"{folder.name}: gathering parts", len(observed), "observations", quiet=True)
    for one in observed:
        reason = left_out(one, scale_km, resolution_px)
        if not reason:
            found, reason = part.rows_of(parts[one.source], scale_km)
            if len(found):
                rows.append(found)
                used.append(one)
        if reason:
            missing.append((one.source, reason))
        progress.step()
    write_csv(folder / "left_out.csv", pd.DataFrame(missing, columns=["source", "reason"]))
    if not rows:
        for name in (dataset.IMAGES, dataset.TABLE, dataset.PROVENANCE):  # of an earlier set
            (folder / name).unlink(missing_ok=True)
        return None
    counts = [len(found) for found in rows]
    table = pd.DataFrame(np.concatenate(rows), columns=list(part.COLUMNS)).assign(
        id=range(sum(counts)), source=np.repeat([one.source for one in used], counts),
        time_utc=np.repeat([one.time_utc for one in used], counts))[list(COLUMNS)]
    images = (image for one in used for image in part.images_of(parts[one.source], scale_km))
    about = dataset.save(folder, images, table)
    counted = {"observations": len(observed), "observations_used": len(used), "patches": len(table)}
    if without_fit := sum(bool(np.isnan(found[0, part.COLUMNS.index("minnaert_k")])) for found in rows):
        counted["observations_without_minnaert_fit"] = without_fit
    dropped = any(task.drawn_out == "drop" for task in parts.values())
    return Made({**about, **counted}, notes=(drawn_out.DROPPED,) if dropped else ())


def save_flat(source: Path, folder: Path, parts: Mapping[str, Task], scale_km: float) -> Made:
    """Put the flattened version (Sect. 3.1.5) of the set in `source` together from the same parts."""
    # as text, so that not a digit changes
    table = read_csv(source / dataset.TABLE, dtype=str, keep_default_na=False)
    used = [parts[name] for name in dict.fromkeys(table["source"])]
    images = (image for task in used for image in part.images_of(task, scale_km, flat=True))
    return Made({**dataset.save(folder, images, table), "patches": len(table)})


def save_drawn_out(folder: Path, parts: Mapping[str, Task], scale_km: float) -> Made:
    """Write beside the set in `folder`, put together from the same parts, which share of each patch is drawn out."""
    table = dataset.open_set(folder).table
    shares = [part.drawn_out_of(parts[name], scale_km) for name in dict.fromkeys(table["source"])]
    return drawn_out.save(folder, table["id"], np.concatenate(shares))


def write_all_pngs(run: Run) -> None:
    """Write each patch of the run's sets of Venus as `<set>/png/<id>.png`."""
    for wanted in run.venus_sets:
        for name in (wanted.name, wanted.name + FLAT):
            write_pngs(run.patches(name) / "png", dataset.open_set(run.patches(name)))


def write_pngs(folder: Path, patches: PatchSet) -> None:
    """Write each patch as `<id>.png`, marked where it is simulated, and remove those of patches that are no more."""
    for number, image in enumerate(patches.images):
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "PNG", pnginfo=mark.text() if patches.provenance["simulated"] else None)
        write_bytes(folder / f"{number}.png", buffer.getvalue())
    for path in folder.glob("*.png"):
        if not path.stem.isdecimal() or int(path.stem) >= len(patches):
            path.unlink()
