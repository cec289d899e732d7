"""Folders of an archive: pages of links as web servers write them, or the folders of a local mirror."""

import os
import re
import urllib.parse
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from paper_repro.download.http import Client, FetchError

# What an empty folder's page says, which has no link to anything in it
_LISTING = re.compile(r"index of|directory listing|parent directory|\[to parent directory\]", re.IGNORECASE)
_MARKUP = re.compile(r"<[!?][^<>]*>|(</?[a-zA-Z][^<>]*>|[^<]+)")  # a declaration; a whole tag, or text
MOST_NAME_BYTES = 255  # what file systems take
MOST_STAMP, MOST_TEXT = 200, 10_000  # characters that are kept
_END_OF_ROW = {"tr", "li", "pre", "table", "ul", "hr", "address", "body"}


@dataclass(frozen=True)
class Entry:
    """A file or folder. stamp: what stands beside its name (date and size as the server writes them), "" if none."""

    name: str
    stamp: str


def listing(client: Client, url: str) -> list[Entry]:
    """What is in the folder at an address that ends with `/`, by name. Raises FetchError."""
    if url.startswith("file:"):
        return _local(url)
    return parse(client.text(url), url)


def parse(page: str, url: str) -> list[Entry]:
    """Links of a page to what lies directly below its own address; other links are ignored.

    Raises FetchError, with what was found, for a page that is no list of files.
    """
    reader = _Links()
    reader.feed(_whole_tags(page))
    reader.close()
    stamps: dict[str, str] = {}
    for href, beside in reader.links:
        name = _child(href, url)
        if name is not None:
            # a row may link twice, by its icon and by its name
            stamps[name] = " ".join(beside.split()) or stamps.get(name, "")
    if not stamps and not _LISTING.search(reader.text):
        kind = "a web page" if "<html" in page[:2000].lower() else "something else"
        what = " ".join((reader.title or reader.text or page).split())[:60]
        raise FetchError(f"{url}: expected a page that lists the files of a folder, found {kind}"
                         f"{f' ({what!r})' if what else ', empty'}")
    return [Entry(name, stamps[name]) for name in sorted(stamps)]


def _whole_tags(page: str) -> str:
    """A page without comments and unfinished tags, in which the parser would search again and again."""
    start, *parts = page.split("<!--")
    shown = start + "".join(part.partition("-->")[2] for part in parts)
    return "".join(_MARKUP.findall(shown))


def _child(href: str, url: str) -> str | None:
    """Name of what a link leads to, if it lies directly below `url`; None for anything else, and for unsafe names."""
    try:
        target = urllib.parse.urlsplit(urllib.parse.urljoin(url, href))
    except ValueError:
        return None
    own = urllib.parse.urlsplit(url)
    if target.netloc != own.netloc or target.query or not target.path.startswith(own.path):
        return None
    rest = target.path[len(own.path) :].removesuffix("/")
    if "/" in rest:
        return None
    name = urllib.parse.unquote(rest, errors="replace")
    safe = name.isprintable() and not name.startswith(".") and not set("/\\:\ufffd") & set(name)
    return name if safe and 0 < len(name.encode()) <= MOST_NAME_BYTES else None


class _Links(HTMLParser):
    """The links of a page, each with the text between it and the next one or the end of its row."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str]] = []
        self.text = self.title = ""
        self._where = ""  # "a": in a link, "beside": behind one

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            href = dict(attrs).get("href")
            self._where = "a" if href is not None else ""
            if href is not None:
                self.links.append((href, ""))
        elif tag == "title" or tag in _END_OF_ROW:
            self._where = tag if tag == "title" else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._where == "a":
            self._where = "beside"
        elif tag == "title" or tag in _END_OF_ROW:
            self._where = ""

    def handle_data(self, data: str) -> None:
        self.text = (self.text + data)[:MOST_TEXT] if len(self.text) < MOST_TEXT else self.text
        if self._where == "title":
            self.title = (self.title + data)[:MOST_STAMP]
        elif self._where == "beside":
            href, beside = self.links[-1]
            self.links[-1] = (href, f"{beside} {data}"[:MOST_STAMP])


def _local(url: str) -> list[Entry]:
    """A folder of a mirror on this machine; stamps are sizes and times of change. Raises FetchError."""
    folder = Path(urllib.request.url2pathname(urllib.parse.urlsplit(url).path))
    try:
        with os.scandir(folder) as entries:
            return sorted((Entry(entry.name, "{0.st_size} {0.st_mtime_ns}".format(entry.stat()))
                           for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except OSError as error:
        raise FetchError(f"{url}: can't be read ({error.strerror})") from error


def quoted(path: str) -> str:
    """A relative path as it stands in an address."""
    return urllib.parse.quote(path)
