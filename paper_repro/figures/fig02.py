"""Fig. 2. Example photographs of each of the categories of Cloud-ImVN 1.0, three of each.

Spread evenly over the category's photographs in the order of the set, not picked by hand.
To notice: the six categories look different at once, but for thin and thick white clouds (how much blue is seen
between them) and, without colour, clear sky and veil clouds.
"""

import numpy as np
from matplotlib.figure import Figure

from paper_repro.base.errors import UserError
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import panels, style
from paper_repro.patches.dataset import PatchSet, open_set

COLUMNS, EXAMPLES = 6, 3


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig02` from the colour photographs, or the gray ones where there is no colour.

    Raises UserError where the photographs have no labels.
    """
    photographs = open_set(run.patches(run.table1_set))
    if photographs.labels is None:
        raise UserError(f"{run.patches(run.table1_set)}: expected photographs with classes, found none; put them in "
                        "one subfolder per class and make the set again.")
    with style.paper_style():
        return Made(files=tuple(style.save(chart(photographs), run, "fig02", origin)))


def chart(photographs: PatchSet) -> Figure:
    """A column for each class, `EXAMPLES` photographs below each other; more than `COLUMNS` classes go below."""
    assert photographs.labels is not None
    columns = min(COLUMNS, len(photographs.classes))
    blocks = -(-len(photographs.classes) // columns)
    width_mm = style.FULL_MM if columns == COLUMNS else min(style.FULL_MM, 32.0 * columns)
    figure, axes = panels.sheet(columns, blocks * EXAMPLES * columns, width_mm=width_mm,
                                above_mm=([panels.TITLE_MM] + [panels.GAP_MM] * (EXAMPLES - 1)) * blocks)
    for each in axes:
        each.set_axis_off()
    for number, name in enumerate(photographs.classes):
        block, column = divmod(number, columns)
        members = np.flatnonzero(photographs.labels == number)
        picked = members[np.linspace(0, len(members) - 1, min(EXAMPLES, len(members))).astype(int)]
        for row, index in enumerate(picked):
            place = axes[(block * EXAMPLES + row) * columns + column]
            place.imshow(photographs.images[index], cmap="gray", vmin=0, vmax=255)
            place.set_title(style.label(name, 18) if row == 0 else "", pad=3, fontsize=7)
    return figure
