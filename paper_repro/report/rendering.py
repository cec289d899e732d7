"""The page's templates (Jinja2), in which every text is escaped, and the style and scripts that it carries."""

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
