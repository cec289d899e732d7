"""Akatsuki at DARTS: of each camera images (l2b) and geometry (l3bx) in volumes of pairs, vcouvi_1NNN and vcouvi_7NNN.

The geometry is a data set of its own; of its version 1.1 for UVI and of later volumes there are no FITS files. Each
volume also exists as one packed file beside its folder.
"""

import re

from paper_repro.fetch.layout import Archive, Shape

# whose data sets have been seen named; of other cameras the versions are looked up
ROOTS = {"uvi": ("vco-v-uvi-3-cdr-v1.0/", "extras/vco_uvi_l3_v1.0/")}


def archive_of(camera: str) -> Archive:
    """How a camera's files are laid out."""
    roots = ROOTS.get(camera, ())
    looked_up = (("", re.compile(rf"vco-v-{camera}-3-cdr-v\d+\.\d+")),
                 ("extras/", re.compile(rf"vco_{camera}_l3_v\d+\.\d+")))
    volume = f"vco{camera}"
    return Archive(
        shape=Shape(
            roots=roots,
            data_sets=() if roots else looked_up,
            volume=re.compile(rf"{volume}_[17]\d{{3}}"),
            down=frozenset({"data", "l2b", "l3bx", "fits"}),
            leaf=re.compile(r"[cr]\d{4}"),  # cruise, and in orbit
            bundle=re.compile(rf"({volume}_1\d{{3}}|{volume}_7\d{{3}}(?=_l3b?x_fits))(?:_l3b?x_fits)?"
                              r"\.(?:zip|tar\.gz|tar\.xz)"),
        ),
        first_bytes=24576,  # UVI's l2b header ends at byte 23,040; one of LIR's, which is longer, is asked for again
    )
