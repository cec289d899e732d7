"""The pages that people read: no link leads nowhere, each page can be reached from the README, which is short."""

import re
from pathlib import Path

import pytest

from paper_repro.commands import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *ROOT.glob("*/README.md")])
LINK = re.compile(r"\]\((?!https?://)([^)\s]+)\)")


def anchors(page: Path) -> set[str]:
    """The headings of a page as a link's end names them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> list[tuple[Path, str]]:
    """Where the links of a page lead: file or folder, and heading."""
    found = [link.partition("#") for link in LINK.findall(page.read_text(encoding="utf-8"))]
    return [((page.parent / where).resolve() if where else page, heading) for where, _, heading in found]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    for where, heading in links(page):
        assert where.exists(), where
        assert not heading or heading in anchors(where), (where, heading)


def test_every_page_of_the_documentation_can_be_reached_from_the_readme() -> None:
    reached, todo = set[Path](), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page not in reached:
            reached.add(page)
            todo += [where for where, _ in links(page) if where.suffix == ".md" and where.is_file()]
    assert {page for page in PAGES if page.parent in (ROOT, ROOT / "docs")} <= reached


def test_the_readme_is_short_and_begins_with_what_one_can_do() -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 100
    first = lines[:40]
    assert {"make all", "make test", "make verify"} <= set(first)
    for command in ("classify ", "patches --uvi "):
        assert sum(f"python -m paper_repro {command}" in line for line in first) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_target_of_make_that_a_page_names_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    known = set(re.findall(r"[\w-]+", " ".join(re.findall(r"^(?:\.PHONY:|TARGETS :=|FIGURES :=)((?:.*\\\n)*.*)$",
                                                          makefile, re.MULTILINE))))
    text = page.read_text(encoding="utf-8")
    commands = re.findall(r"`make ([^`]+)`", text) + re.findall(r"^make (.+?)(?:  #.*)?$", text, re.MULTILINE)
    named = {word for command in commands for word in re.sub(r'\w+=(?:"[^"]*"|\S+)', "", command).split("#")[0].split()}
    assert {name for name in named if re.fullmatch(r"[a-z][\w-]*", name)} <= known


def test_every_command_that_a_page_names_is_one() -> None:
    for page in PAGES:
        named = re.findall(r"python -m paper_repro (\w[\w-]*)", page.read_text(encoding="utf-8"))
        assert set(named) <= set(COMMANDS), page



def test_the_readme_says_what_the_page_of_evidence_says() -> None:
    page, readme = (" ".join((ROOT / name).read_text(encoding="utf-8").split())
                    for name in ("docs/evidence.md", "README.md"))
    claims, replicated = re.findall(r"of (\d+) claims about the method, (\d+) replicated", page)[0]
    assert f"of {claims} claims about the method, {replicated} are replicated" in readme
    scores = re.findall(r"Simple (\S+ %), SimCLR (\S+ %), Autoencoder (\S+ %) \(the paper", page)
    simple, simclr, autoencoder = scores[0]
    authors = re.findall(r"With recipe `authors`\*\*, .*? SimCLR reaches (\S+ %)", page)[0]
    assert (f"(no reduction, HAC): SimCLR {simclr} (two trainings), Simple {simple}, autoencoder {autoencoder}; with "
            f"the recipe of the authors' code SimCLR {authors} (one training each)") in readme
