"""Fig. 16. Classes of the 25 km patches of Venus' clouds (Venus Express VMC, UV).

(a) The patches (as stored, before flattening) where they lie, in latitude against longitude and against local time,
thinned so that none hides another; local time runs from evening to morning, since Venus turns backwards. (b) Eight
random examples of each class, flattened. (c) The classes on the axes of (a). (d) Patches and classes on a t-SNE map of
their feature vectors. Classes are numbered by size; the paper's numbers are others.
To notice: a narrow range of latitudes; whether patches with wave trains gather in one class (Sect. 4.2.3).
"""

from pathlib import Path

from paper_repro.figures import venus
from paper_repro.profiles.run import Run


def draw(run: Run) -> list[Path]:
    """Draw `fig16a` ... `fig16d`; returns their PNG and PDF files. Raises UserError before classification."""
    return venus.draw(run, "fig16", "vmc-25km")
