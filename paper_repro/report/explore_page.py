"""An explorable page of its own: the same maps, views and selections as in the report, in one file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paper_repro.base.errors import UserError
from paper_repro.base.files import write_text
from paper_repro.base.provenance import Made
from paper_repro.report.explored import Explored, explorer
from paper_repro.report.rendering import asset, policy, render

STYLES = ("style.css", "explorer.css")
SCRIPTS = ("marks.js", "points.js", "scatter.js", "brush.js", "views.js", "facts.js", "panel.js", "export.js",
           "explorer.js")
MOST_BYTES = 15_000_000


def carried(*scripts: str) -> dict[str, Any]:
    """What the template of a page with an explorer carries: style, scripts, and the policy that allows just these."""
    style, texts = "\n".join(map(asset, STYLES)), [asset(name) for name in (*scripts, *SCRIPTS)]
    return {"policy": policy([style], texts), "style": style, "scripts": texts}


@dataclass(frozen=True)
class Beside:
    """A class of a catalogue: how many images it has there, here, and here unlike any class; its examples, an image."""

    name: str
    there: str
    here: str
    unlike: str
    examples: str


def write(path: Path, title: str, maps: Sequence[Explored], notes: Sequence[str] = (),
          kicker: str = "Classified images", beside: Sequence[Beside] = ()) -> Made:
    """Write a page of `maps`, of which one at least, to `path` in one step; same inputs, same bytes.

    title: its heading, below `kicker`; notes: what must be said of the input, a sentence each; beside: the classes of
    the catalogue that images were assigned to. Where a map is of simulated images the page says so. Raises UserError
    where the page would be larger than it may be.
    """
    page = render("explore_page.html", **carried(), title=title, notes=notes, explorer=explorer(maps),
                  kicker=kicker, beside=beside, simulated=any(one.simulated for one in maps))
    size = len(page.encode())
    if size > MOST_BYTES:
        raise UserError(f"{path}: expected a page of at most {MOST_BYTES / 1e6:g} MB, found {size / 1e6:.1f} MB; show "
                        "fewer maps on it.")
    write_text(path, page)
    return Made({"bytes": size}, (path,))
