"""Fig. 14. Classes of the 3000 km patches of Venus' clouds (Akatsuki UVI, 365 nm).

(a) The patches of the set `uvi-3000km` as stored, not flattened, where they lie: latitude against longitude and against
local time, thinned so that none hides another; above each panel, how many are shown. Local time runs from evening to
morning, left to right, since Venus turns backwards. (b) Eight random examples of each class, flattened: what the
encoder sees. (c) The classes of all patches on the axes of (a). (d) The t-SNE map of their feature vectors: flattened
patches, thinned as in (a), and the classes of all. Classes are numbered by size; the paper's numbers are others.
To notice: in (c), whether classes keep to regions of latitude and local time, as the paper finds; in (d), whether they
pass into each other without gaps, unlike the photographs of Fig. 12 (Sect. 4.2.1).
"""

from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import venus


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig14a` ... `fig14d`. Raises UserError before classification."""
    return venus.draw(run, "fig14", "uvi-3000km", origin)
