"""Fig. 13. Unsupervised classification of the photographs, (a) full colour and (b) gray, on the map of Fig. 12.

Left: true classes. Right: clusters (hierarchical agglomerative, Ward) of the 512 features, each matched to the class
that gives the highest total accuracy. Table 3 has the counts.
To notice: clusters follow the islands; most mistakes lie where two classes run into each other.
"""

from pathlib import Path

from paper_repro.base.errors import UserError
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import maps, style


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig13a` (colour) and `fig13b` (gray), those that the run has.

    Raises UserError where no photographs were classified, or where they have no true labels.
    """
    files: list[Path] = []
    for data in maps.open_maps(run, "Fig. 13"):
        score, table, classes = data.assignment.score, data.assignment.table, data.assignment.classes
        if score is None:
            raise UserError(f"{run.results / data.name}: expected true labels, found none; Fig. 13 needs photographs "
                            "sorted into one folder for each class.")
        title = f"{data.title} (total accuracy: {100 * score.accuracy:.1f} %)"
        with style.paper_style():
            figure, left, right = maps.two_panels(data, ("True classes", "Predicted classes"), title)
            maps.draw_labels(left, data.xy, list(table["label"]), classes)
            maps.draw_labels(right, data.xy, list(table["matched"]), classes)
            files += style.save(figure, run, f"fig13{data.letter}", origin)
    return Made(files=tuple(files))
