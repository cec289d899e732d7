"""Fig. 15. Classes of the 500 km patches of Venus' clouds (Akatsuki UVI, 365 nm).

(a) The patches (as stored, before flattening) where they lie, in latitude against longitude and against local time,
thinned so that none hides another; local time runs from evening to morning, since Venus turns backwards. (b) Eight
random examples of each class, flattened. (c) The classes on the axes of (a). (d) Patches and classes on a t-SNE map of
their feature vectors. Classes are numbered by size; the paper's numbers are others.
To notice: classes are told apart mostly by contrast, less by place, and are not separate on the map
(Sect. 4.2.2).
"""

from pathlib import Path

from paper_repro.figures import venus
from paper_repro.profiles.run import Run


def draw(run: Run) -> list[Path]:
    """Draw `fig15a` ... `fig15d`; returns their PNG and PDF files. Raises UserError before classification."""
    return venus.draw(run, "fig15", "uvi-500km")
