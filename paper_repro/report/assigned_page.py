"""The explorable page of images that were assigned to a catalogue's classes."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from paper_repro import paper
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import FLAT, Run
from paper_repro.catalogues import mapped
from paper_repro.catalogues.assign import ASSIGNED, COUNTS, PAGE
from paper_repro.catalogues.document import Catalogue, open_catalogue
from paper_repro.patches.dataset import PatchSet, open_set
from paper_repro.report import explore_page
from paper_repro.report.explored import Explored, Measures, rows_and_links
from paper_repro.report.explorer import features_of
from paper_repro.report.thumbnails import LARGE, QUALITY, webp


def page(run: Run, name: str, catalogue: Path, features: Path, origin: Origin) -> Made:
    """Write the page of an assigned set, of its features `features` (.npy), into its results' folder."""
    folder, patches, opened = run.results / name, open_set(run.patches(name)), open_catalogue(catalogue)
    assigned, counts = read_csv(folder / ASSIGNED, usecols=["class", "distance", "margin", "unlike"]), \
        read_csv(folder / COUNTS, dtype={"name": str}, keep_default_na=False)
    places, why = read_csv(folder / mapped.MAP), (read_json((folder / mapped.MAP).with_suffix(".json")) or {})["no_map"]
    xy = np.full((len(patches), 2), np.nan)
    xy[np.isin(patches.table["id"].to_numpy(), places["id"].to_numpy())] = places[["x", "y"]].to_numpy()
    venus = not patches.provenance.get("folder")
    root = run.archive(run.venus_sets[0].instrument) if venus else Path(patches.provenance["folder"]).resolve()
    beside = run.patches(name.removesuffix(FLAT)) if venus else root.with_name(root.name.removesuffix(FLAT))
    table, links = rows_and_links(patches, beside, root, run.out, folder)
    names = tuple(f"Class {n}" if each == str(n) else each for n, each in enumerate(opened.classes))
    kind = f"two principal components, as {why}" if why else "t-SNE map"
    measures = Measures(assigned["distance"].to_numpy(), assigned["margin"].to_numpy(),
                        assigned["unlike"].to_numpy(np.bool_), mapped.beyond(assigned, counts))
    encoder = paper.ENCODER_NAMES[opened.about["encoder"]["model"]]
    one = Explored(name, f"{name}: {encoder}", patches.images, table, xy, names,
                   assigned["class"].to_numpy(np.int64), features_of(features, len(patches)), (),
                   f"{len(patches)} images, encoder {encoder}, {kind}. Their classes are those of the catalogue "
                   f"{opened.name}.", origin.simulated, links, measures,
                   f"the {mapped.ODD:,} farthest from their class, by its limit, the others drawn by seed")
    unlike = f"{counts['unlike'].sum()} of them unlike any class" if _has_limit(counts).any() else \
        "of which nothing tells whether they are unlike any class"
    title = f"{name}: {len(patches)} images assigned to {len(names)} classes of {opened.name}, {unlike}"
    return explore_page.write(folder / PAGE, title, [one], origin.notes, "Assigned images",
                              _beside(opened, names, counts, patches))


def _beside(opened: Catalogue, names: tuple[str, ...], counts: pd.DataFrame, patches: PatchSet
            ) -> list[explore_page.Beside]:
    """Each class in the catalogue and among the images assigned: how many, and the catalogue's examples of it."""
    whole, total = max(1, int(counts["in_catalogue"].sum())), len(patches)
    columns = [counts[column].tolist() for column in ("in_catalogue", "assigned", "unlike")]
    return [explore_page.Beside(
        name, f"{there} ({there / whole:.1%})", f"{here} ({here / total:.1%})",
        f"{odd} ({odd / max(1, here):.1%})" if limit else "not told",
        _strip(opened.arrays["examples"][n][: len(opened.about["classes"][n]["examples"])]))
        for n, (name, there, here, odd, limit) in enumerate(zip(names, *columns, _has_limit(counts), strict=True))]


def _has_limit(counts: pd.DataFrame) -> NDArray[np.bool_]:
    """Whether each class has a limit beyond which an image is unlike it: a column that is empty where it has none."""
    return pd.to_numeric(counts["limit"]).notna().to_numpy()


def _strip(images: NDArray[np.uint8]) -> str:
    """The examples of a class [E, S, S] or [E, S, S, 3] in a row, as a data URI."""
    return webp(Image.fromarray(np.concatenate(list(images), axis=1)).convert("RGB").resize(
        (len(images) * LARGE, LARGE), Image.Resampling.BOX), QUALITY)
