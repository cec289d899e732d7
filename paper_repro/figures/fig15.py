"""Fig. 15. Classes of the 500 km patches of Venus' clouds (Akatsuki UVI, 365 nm).

(a) The patches of the set `uvi-500km` as stored, not flattened, where they lie: latitude against longitude and against
local time, thinned so that none hides another; above each panel, how many are shown. Local time runs from evening to
morning, left to right, since Venus turns backwards. (b) Eight random examples of each class, flattened: what the
encoder sees. (c) The classes of all patches on the axes of (a). (d) The t-SNE map of their feature vectors: flattened
patches, thinned as in (a), and the classes of all. Classes are numbered by size; the paper's numbers are others.
To notice: in (b), whether classes differ in contrast more than in pattern, as the paper finds; in (c), whether those of
high contrast lie in the afternoon; in (d), whether any class stands alone (Sect. 4.2.2).
"""

from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import venus


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig15a` ... `fig15d`. Raises UserError before classification."""
    return venus.draw(run, "fig15", "uvi-500km", origin)
