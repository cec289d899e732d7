"""Sect. 2.3: the photographs of the benchmark, counted in data/<profile>/patches/photos-colour/."""

import dataclasses
from collections.abc import Collection, Iterator

import pandas as pd

from paper_repro import paper
from paper_repro.base.files import read_json
from paper_repro.base.run import COLOUR, Run
from paper_repro.patches.dataset import IMAGES, TABLE, open_set
from paper_repro.tables.comparable import SWIMCAT
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import COMPARABLE, Measured, NotRun, basis_of

COMMAND = "make patches PROFILE=paper"
LACKING = 0.1  # share of the images by which a copy of a published set may differ from it, and still is meant to be it


def claims() -> Iterator[Claim]:
    """All claims of Sect. 2.3."""
    for what, statement, expected, unit in (
        ("images", "Cloud-ImVN 1.0 has 2100 images.", paper.IMAGES_PER_CLASS * len(paper.CLASS_NAMES), "images"),
        ("smallest", "They are equally distributed among the six classes (the smallest).", paper.IMAGES_PER_CLASS,
         "images"),
        ("largest", "They are equally distributed among the six classes (the largest).", paper.IMAGES_PER_CLASS,
         "images"),
        ("side", "They are 150 x 150 px.", paper.IMAGE_SIDE_PX, "px"),
    ):
        yield Claim(f"photos.{what}", "Sect. 2.3", "result", statement, str(expected), float(expected), 0.0, "equal",
                    unit, "a count", ("cloud-imvn",), COMMAND, cloud_imvn)
    count = paper.SWIMCAT_IMAGES
    yield Claim("photos.swimcat", "Sect. 2.3", "result", f"SWIMCAT has {count} images.", str(count), float(count), 0.0,
                "equal", "images", "a count", ("swimcat",), "make patches PROFILE=swimcat IMAGES=folder", swimcat)


def cloud_imvn(run: Run, claim: Claim) -> Measured:
    """Number of photographs, of those in the smallest or largest class, or their side in px."""
    sizes, side, basis = _photographs(run, COMPARABLE, paper.CLASS_NAMES,
                                       paper.IMAGES_PER_CLASS * len(paper.CLASS_NAMES))
    value = {"images": sizes.sum(), "smallest": sizes.min(), "largest": sizes.max(),
             "side": side}[claim.id.split(".")[1]]
    return basis.with_value(float(value), f"{value}")


def swimcat(run: Run, _: Claim) -> Measured:
    """Number of photographs of SWIMCAT."""
    sizes, _side, basis = _photographs(run, "SWIMCAT", SWIMCAT, paper.SWIMCAT_IMAGES)
    return basis.with_value(float(sizes.sum()), f"{sizes.sum()}")


def _photographs(run: Run, called: str, classes: Collection[str], expected: int) -> tuple[pd.Series, int, Measured]:
    """Images in each class, their side, and their basis. Raises NotRun where the set has other classes.

    Held against the set `called` only where there are about as many as the `expected` ones: see LACKING.
    """
    path = run.patches(COLOUR) / TABLE
    record = read_json(path.with_name("provenance.json"))
    if COLOUR not in run.photo_sets or record is None or not path.is_file():
        raise NotRun("this run has no colour photographs")
    if set(record["classes"]) != set(classes):
        raise NotRun("the photographs of this run are others", path)
    patches = open_set(path.parent)
    sizes, basis = patches.table["label"].value_counts(), basis_of(record, path.with_name(IMAGES), path)
    if not basis.why and abs(sizes.sum() - expected) > LACKING * expected:  # a few are missing from a copy, not most
        basis = dataclasses.replace(basis, why=f"these photographs are not {called}", comparable=False)
    return sizes, patches.side, basis
