"""The page's templates (Jinja2), in which every text is escaped, and the style and scripts that it carries."""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from paper_repro.report.cells import MARKS
from paper_repro.report.overview import VERDICTS, WORDS, kind

FOLDER = Path(__file__).resolve().parent
ENVIRONMENT = Environment(loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=StrictUndefined,
                          trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
ENVIRONMENT.filters |= {"kind": kind, "mark": MARKS.__getitem__, "word": WORDS.__getitem__}
ENVIRONMENT.globals["verdicts"] = VERDICTS
ENVIRONMENT.policies["json.dumps_kwargs"] = {"separators": (",", ":"), "allow_nan": False, "ensure_ascii": False}


def render(template: str, **data: Any) -> str:
    """What a template makes of its data. Raises jinja2.UndefinedError where it names what isn't among them."""
    return ENVIRONMENT.get_template(template).render(data)


def asset(name: str) -> str:
    """The text of a file of the folder assets."""
    return (FOLDER / "assets" / name).read_text(encoding="utf-8")


def policy(styles: Sequence[str], scripts: Sequence[str]) -> str:
    """A page's Content-Security-Policy: just these inline styles and scripts, pictures within it, and nothing else.

    default-src doesn't cover addresses of forms and what relative addresses start from: they are forbidden beside it.
    """
    return "; ".join(("default-src 'none'", "img-src data:", f"style-src {' '.join(map(_source, styles))}",
                      f"script-src {' '.join(map(_source, scripts))}", "base-uri 'none'", "form-action 'none'"))


def _source(text: str) -> str:
    """The source expression that allows just this inline text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
