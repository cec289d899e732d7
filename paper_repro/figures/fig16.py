"""Fig. 16. Classes of the 25 km patches of Venus' clouds (Venus Express VMC, UV).

(a) The patches of the set `vmc-25km` as stored, not flattened, where they lie: latitude against longitude and against
local time, thinned so that none hides another; above each panel, how many are shown. Local time runs from evening to
morning, left to right, since Venus turns backwards. (b) Eight random examples of each class, flattened: what the
encoder sees. (c) The classes of all patches on the axes of (a). (d) The t-SNE map of their feature vectors: flattened
patches, thinned as in (a), and the classes of all. Classes are numbered by size; the paper's numbers are others.
To notice: in (a), the narrow range of latitudes; in (b) and (d), whether most patches are almost featureless and those
with trains of waves gather in one class, which blends into the rest, as the paper finds (Sect. 4.2.3).
"""

from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import venus


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig16a` ... `fig16d`. Raises UserError before classification."""
    return venus.draw(run, "fig16", "vmc-25km", origin)
