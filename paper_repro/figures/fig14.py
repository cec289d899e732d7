"""Fig. 14. Classes of the 3000 km patches of Venus' clouds (Akatsuki UVI, 365 nm).

(a) The patches (as stored, before flattening) where they lie, in latitude against longitude and against local time,
thinned so that none hides another; local time runs from evening to morning, since Venus turns backwards. (b) Eight
random examples of each class, flattened. (c) The classes on the axes of (a). (d) Patches and classes on a t-SNE map of
their feature vectors. Classes are numbered by size; the paper's numbers are others.
To notice: whether classes keep to regions of latitude and local time, and that on the map they pass into each
other without gaps (Sect. 4.2.1).
"""

from pathlib import Path

from paper_repro.figures import venus
from paper_repro.profiles.run import Run


def draw(run: Run) -> list[Path]:
    """Draw `fig14a` ... `fig14d`; returns their PNG and PDF files. Raises UserError before classification."""
    return venus.draw(run, "fig14", "uvi-3000km")
