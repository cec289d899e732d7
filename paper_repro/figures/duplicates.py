"""Pairs of photographs on both sides of each threshold for near-identical images.

A row for each measure and threshold: left the pairs that are just within it, right those just beyond, each with
its distance (thumbnails: root mean square difference in gray levels; features: 1 - cosine). To notice: where a line
ceases to tell copies of one photograph from skies that look alike.
"""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.experiments.settings import DUPLICATES_EXAMPLES, DUPLICATES_FILES, duplicates_folder
from paper_repro.figures import style
from paper_repro.patches.dataset import open_set

LEFT_MM, TOP_MM, GAP_MM, TEXT_MM = 24.0, 9.0, 3.0, 3.5


def draw(run: Run, origin: Origin) -> Made:
    """Draw `duplicates`. Raises UserError where the groups weren't looked for."""
    path = duplicates_folder(run) / DUPLICATES_FILES[2]
    if not path.is_file():
        raise UserError(f"{path}: expected pairs of near-identical photographs, found none; run "
                        f"`{hints.command('run', 'duplicates')}`.")
    examples = read_csv(path)
    if examples.empty:
        return Made(notes=("No two photographs are nearly the same.",))
    with style.paper_style():
        figure = chart(examples, open_set(run.patches(run.table1_set)).images)
        return Made(files=tuple(style.save(figure, run, "duplicates", origin)))


def chart(examples: pd.DataFrame, images: NDArray[np.uint8]) -> Figure:
    """The pairs in `examples` (columns measure, threshold, side, i, j, distance), rows in its order."""
    rows = list(examples.groupby(["measure", "threshold"], sort=False))
    wide = (style.FULL_MM - LEFT_MM - GAP_MM) / (2 * DUPLICATES_EXAMPLES)  # of a pair
    high = (wide - GAP_MM / 2) / 2 + TEXT_MM
    height_mm = TOP_MM + len(rows) * high + style.STAMP_MM
    figure = style.new_figure(style.FULL_MM, height_mm)
    for row, ((measure, threshold), pairs) in enumerate(rows):
        top = TOP_MM + row * high
        figure.text(0.01, 1 - (top + (high - TEXT_MM) / 2) / height_mm, f"{measure}\n≤ {threshold:g}", va="center")
        for half, (side, title) in enumerate((("below", "within the threshold"), ("above", "beyond it"))):
            start = LEFT_MM + half * (DUPLICATES_EXAMPLES * wide + GAP_MM)
            if row == 0:
                figure.text(start / style.FULL_MM, 1 - 4 / height_mm, title, weight="bold")
            for place, one in enumerate(pairs[pairs["side"] == side].itertuples()):
                left, side_mm = start + place * wide, (wide - GAP_MM / 2) / 2
                for n, image in enumerate((one.i, one.j)):
                    axes = figure.add_axes(((left + n * side_mm) / style.FULL_MM,
                                            1 - (top + side_mm) / height_mm, side_mm / style.FULL_MM * 0.97,
                                            side_mm / height_mm))
                    axes.imshow(images[int(str(image))], cmap="gray", vmin=0, vmax=255)
                    axes.axis("off")
                figure.text((left + side_mm) / style.FULL_MM, 1 - (top + side_mm + 0.4) / height_mm,
                            f"{float(str(one.distance)):.3g}", ha="center", va="top", fontsize=6)
    return figure
