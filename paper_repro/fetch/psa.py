"""Venus Express VMC at the Planetary Science Archive: data sets of the mission and its extensions, DATA and GEOMETRY.

Versions differ from extension to extension and may move on, so the data sets are those that the listing names.
"""

import re

from paper_repro.fetch.volumes import Archive, Shape
from paper_repro.observations import vmc

ARCHIVE = Archive(
    shape=Shape(
        roots=("VENUS-EXPRESS/VMC/",),
        volume=re.compile(r"VEX-V-VMC-3-RDR(?:-EXT\d+)?-V\d+\.\d+"),
        down=frozenset({"data", "geometry"}),
        leaf=re.compile(r"\d{4}"),
    ),
    first_bytes=12288,  # a label ends at byte 10,240
    header_of=vmc.header_of,
)
