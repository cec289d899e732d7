"""Akatsuki UVI at DARTS: images (l2b) and geometry (l3bx) in volumes of pairs, vcouvi_1NNN and vcouvi_7NNN.

The geometry is a data set of its own; of its version 1.1 and of later volumes there are no FITS files. Each volume
also exists as one packed file beside its folder.
"""

import re

from paper_repro.fetch.volumes import Archive, Shape
from paper_repro.observations import uvi

ARCHIVE = Archive(
    shape=Shape(
        roots=("vco-v-uvi-3-cdr-v1.0/", "extras/vco_uvi_l3_v1.0/"),
        volume=re.compile(r"vcouvi_[17]\d{3}"),
        down=frozenset({"data", "l2b", "l3bx", "fits"}),
        leaf=re.compile(r"[cr]\d{4}"),  # cruise, and in orbit
        bundle=re.compile(r"(vcouvi_1\d{3}|vcouvi_7\d{3}(?=_l3b?x_fits))(?:_l3b?x_fits)?\.(?:zip|tar\.gz|tar\.xz)"),
    ),
    first_bytes=24576,  # an l2b header ends at byte 23,040
    header_of=uvi.header_of,
)
