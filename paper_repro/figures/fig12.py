"""Fig. 12. t-SNE embedding of the encoded photographs, (a) full colour and (b) gray.

Left: the photographs themselves. Right: their true classes. t-SNE keeps neighbours together; axes have no meaning of
their own, and distances between islands have little.
To notice: photographs of one class gather in islands. Classes that look alike (thin and thick white clouds; without
colour also clear sky and veil) run into each other.
"""

from pathlib import Path

from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import maps, style


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig12a` (colour) and `fig12b` (gray), those that the run has.

    Raises UserError where no photographs were classified.
    """
    files: list[Path] = []
    for data in maps.open_maps(run, "Fig. 12"):
        with style.paper_style():
            figure, left, right = maps.two_panels(data, ("Photographs", "True classes"), data.title)
            maps.draw_images(left, data.xy, data.photographs.images)
            maps.draw_labels(right, data.xy, list(data.assignment.table["label"]), data.assignment.classes)
            files += style.save(figure, run, f"fig12{data.letter}", origin)
    return Made(files=tuple(files))
