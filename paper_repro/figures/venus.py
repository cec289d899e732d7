"""The four parts of Figs 14-16: patches and classes by place and local time, examples, and the t-SNE map."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import FLAT, Run
from paper_repro.figures import class_panels, style
from paper_repro.patches.dataset import PatchSet, open_set

CAPTION = """Classes of the patches of Venus of the set {name}.

(a) The patches as stored, not flattened, where they lie: latitude against longitude and against local time, thinned so
that none hides another. (b) Random examples of each class, flattened: what the encoder sees. (c) The classes of all
patches on the axes of (a). (d) The t-SNE map of their feature vectors. Classes are numbered by size.
"""
Places = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True)
class Classified:
    """A classified set: its patches as stored and flattened, class of each [N], its map [N, 2], the encoder.

    labels: index into `classes`.
    """

    name: str
    patches: PatchSet
    flat: PatchSet
    labels: NDArray[np.int64]
    xy: NDArray[np.float64]
    encoder: str
    classes: tuple[str, ...]

    @property
    def title(self) -> str:
        """`uvi-3000km: 168 patches, encoder SimCLR`."""
        return f"{self.name}: {len(self.labels)} patches, encoder {paper.ENCODER_NAMES[self.encoder]}"

    @property
    def places(self) -> Places:
        """(longitude, latitude) and (local time, latitude) of each patch, [N, 2] each, in degrees and hours."""
        table = self.patches.table
        latitude = table["latitude_deg"].to_numpy(np.float64)
        east, hour = (table[column].to_numpy(np.float64) for column in ("longitude_deg", "local_time_h"))
        return np.column_stack([east, latitude]), np.column_stack([hour, latitude])


def draw(run: Run, figure: str, name: str, origin: Origin) -> Made:
    """Draw parts (a) to (d) of `figure` (`fig14`), its name and a letter each, from the classes of the set `name`.

    No files where the run has no such set. Raises UserError where the set was not classified.
    """
    if name + FLAT not in run.flat_sets:
        print(f"{figure}: this run has no set {name}.", file=sys.stderr)
        return Made()
    data = open_classified(run, name)
    files: list[Path] = []
    for letter, part in zip("abcd", (thumbnails, examples, classes, maps), strict=True):
        with style.paper_style():
            files += style.save(part(data, f"({letter}) {data.title}"), run, figure + letter, origin)
    return Made(files=tuple(files))


def draw_set(run: Run, name: str, origin: Origin) -> Made:
    """Draw parts (a) to (d) of a set that no figure of the paper shows: `<name>-a` ... `<name>-d` and `<name>.txt`."""
    made = draw(run, f"{name}-", name, origin)
    caption = style.write_caption(run, name, CAPTION.format(name=name), made.files, origin)
    return Made(files=(*made.files, caption))


def open_classified(run: Run, name: str) -> Classified:
    """Open the results of a set. Raises UserError where they are missing or of another set."""
    folder, again = run.results / (name + FLAT), f"run `{hints.command('run', 'venus')}`"
    place, files = folder / "provenance.json", [folder / "classes.csv", folder / "tsne2.csv"]
    record = read_json(place)
    missing = [path for path in files if not path.is_file()]
    if missing or record is None:
        raise UserError(f"{[*missing, place][0]}: expected a finished classification, found no such file or one cut "
                        f"short; {again}.")
    patches, flat = open_set(run.patches(name)), open_set(run.patches(name + FLAT))
    table, places = (read_csv(path) for path in files)
    for path, ids in ((files[0], table["id"]), (files[1], places["id"]), (run.patches(name + FLAT), flat.table["id"])):
        if not ids.equals(patches.table["id"]):
            raise UserError(f"{path}: expected the ids of {run.patches(name)} in their order, found others; {again}.")
    labels, classes = style.named(table["class"].to_numpy(np.int64))
    return Classified(name, patches, flat, labels, places[["x", "y"]].to_numpy(np.float64),
                      str(record["settings"]["encoder"]), classes)


def _axes(data: Classified, titles: tuple[str, str], title: str, names: tuple[str, ...]) -> tuple[Figure, Axes, Axes]:
    """Latitude against longitude, and against local time from evening to morning: Venus turns backwards."""
    figure, left, right = class_panels.pair(titles, title, names, axes_mm=class_panels.AXES_MM, aspect=0.8)
    hours, latitude = data.places[1].T
    left.set(xlim=(-195, 195), xticks=range(-180, 181, 60), xlabel="Longitude [deg]")
    right.set(xlim=_margins(hours, 0.3)[::-1], xlabel="Local time [h]")
    for axes in (left, right):
        axes.set(ylim=_margins(latitude, 3.0))
        axes.set_ylabel("Latitude [deg]", labelpad=1)
        axes.yaxis.set_major_locator(MaxNLocator(8, integer=True, steps=[1, 2, 3, 5, 10]))
    return figure, left, right


def _margins(values: NDArray[np.float64], least: float) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    room = max(0.06 * (high - low), least)
    return low - room, high + room


def thumbnails(data: Classified, title: str) -> Figure:
    """(a) The patches themselves, as they are stored."""
    figure, left, right = _axes(data, ("", ""), title, ())
    for axes, xy in zip((left, right), data.places, strict=True):
        count = class_panels.thumbnails(axes, xy, data.patches.images)
        axes.set_title(f"{count} of {len(xy)} patches, none over another", pad=3)
    return figure


def examples(data: Classified, title: str) -> Figure:
    """(b) Random examples of each class, flattened: as the encoder sees them."""
    return class_panels.examples(data.flat.images, data.labels, data.classes, title)


def classes(data: Classified, title: str) -> Figure:
    """(c) The classes on the axes of (a)."""
    titles = "Classes by longitude", "Classes by local time, evening to morning"
    figure, left, right = _axes(data, titles, title, data.classes)
    for axes, xy in zip((left, right), data.places, strict=True):
        class_panels.mark(axes, xy, data.labels, data.classes)
    return figure


def maps(data: Classified, title: str) -> Figure:
    """(d) Patches and classes on the t-SNE map."""
    return class_panels.tsne(data.flat.images, data.xy, data.labels, data.classes, title)
