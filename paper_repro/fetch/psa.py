"""Venus Express VMC at the Planetary Science Archive: data sets of the mission and its extensions, DATA and GEOMETRY.

Versions differ from extension to extension and may move on, so the data sets are those that the listing names. The
four channels lie side by side in each orbit.
"""

import re

from paper_repro.fetch.layout import Archive, Shape


def archive_of(camera: str) -> Archive:
    """How a camera's files are laid out."""
    name = camera.upper()
    return Archive(
        shape=Shape(
            roots=(f"VENUS-EXPRESS/{name}/",),
            volume=re.compile(rf"VEX-V-{name}-3-RDR(?:-EXT\d+)?-V\d+\.\d+"),
            down=frozenset({"data", "geometry"}),
            leaf=re.compile(r"\d{4}"),
        ),
        first_bytes=12288,  # a label ends at byte 10,240
    )
