"""A source of raw files: its addresses, checksums and licence."""

import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Source:
    """One source. base, fallbacks: addresses that end with `/`; see fetch's `registry.toml` for the other fields.

    parts: (folder of the tree, address of a copy of that folder alone), both ending with `/`; whole_bytes: None where
    it isn't known.
    """

    name: str
    title: str
    base: str
    fallbacks: tuple[str, ...]
    redirects: tuple[str, ...]
    checksums: tuple[str, ...]
    licence: str
    whole_bytes: int | None = None
    parts: tuple[tuple[str, str], ...] = ()

    @property
    def bases(self) -> tuple[str, ...]:
        """All roots of the tree, the first choice first."""
        return (self.base, *self.fallbacks)

    @property
    def folder(self) -> Path | None:
        """The folder that the user names in the source's place; None where it is an address."""
        parts = urllib.parse.urlsplit(self.base)
        return Path(urllib.request.url2pathname(parts.path)) if parts.scheme == "file" else None

    def copies(self, path: str) -> tuple[str, ...]:
        """Addresses of a file or folder where only a part of the tree is."""
        return tuple(base + urllib.parse.quote(path[len(folder):]) for folder, base in self.parts
                     if path.startswith(folder))
