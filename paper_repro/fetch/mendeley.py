"""Cloud-ImVN 1.0 at Mendeley Data (doi:10.17632/vwdd9grvdp.2): the benchmark's photographs (Sect. 2.3).

Looked for in this order: unpacked; as an archive that somebody put there; in the API's listing, with its hash; in the
zip of the whole data set; as the first version's file. Whatever it came in, its members decide (`cloud_imvn`).
"""

import contextlib
import functools
import re
import urllib.parse
from collections.abc import Callable
from pathlib import Path

from paper_repro.base.errors import UserError
from paper_repro.download.http import Client, FetchError
from paper_repro.download.ledger import Ledger
from paper_repro.download.source import Source
from paper_repro.download.transfer import Item, fetch
from paper_repro.fetch import cloud_imvn
from paper_repro.fetch.cloud_imvn import ARCHIVES, FOLDER

HOST = "data.mendeley.com"
LISTING = "public-api/datasets/vwdd9grvdp/files?folder_id=root&version=2"
ZIP, ZIP_NAME = "public-api/zip/vwdd9grvdp/download/2", "vwdd9grvdp-2.zip"
FIRST = "public-files/datasets/vwdd9grvdp/files/82823b0b-273f-40fe-89ab-cdac6e069149/file_downloaded"
FIRST_NAME = "Swimcat-ext.rar"
SHOWN = 80  # characters of a name or address from the listing that are taken over
FIRST_SHA256 = "c4f8883cd9fc0a163b2853ec5d75d1d06ea76f350a6905dee90359dfc99fe2d4"


def fetch_cloud_imvn(client: Client, source: Source, root: Path, ledger: Ledger) -> Path:
    """See that the photographs are below `root`; returns the folder with the six class folders.

    Each image stands in the ledger. Raises FetchError, with the reason of each way that was tried, if they can't be
    had; UserError for class folders that are there but not what they should be, or no place to write.
    """
    root.mkdir(parents=True, exist_ok=True)
    with cloud_imvn.alone(root):
        present = cloud_imvn.local(root, ledger)
        if present:
            return present
        failures: list[str] = []
        wrong: set[Path] = set()
        for way in _ways(client, source, root):
            try:
                item = way()
                if item.path in wrong:
                    continue
                entry = fetch(client, item, ledger)
                wrong.add(item.path)
                return cloud_imvn.enter(*cloud_imvn.unpacked(item.path, root), entry.url, ledger)
            except UserError as error:
                failures.append(error.what if isinstance(error, FetchError) else str(error))
        if source.folder and (folder := cloud_imvn.class_root(source.folder)):
            return cloud_imvn.enter(*cloud_imvn.copied(folder, root), folder.as_uri(), ledger)
    raise FetchError(f"{source.base}: Cloud-ImVN 1.0 could not be fetched ({'; '.join(dict.fromkeys(failures))}); it "
                     f"can be fetched by hand from https://doi.org/10.17632/vwdd9grvdp.2 and put into {root} as it is")


def _ways(client: Client, source: Source, root: Path) -> list[Callable[[], Item]]:
    """What may be fetched, the best way first. Each raises UserError where it leads nowhere."""
    urls = (source.base + ZIP, *(base + ZIP_NAME for base in source.fallbacks))
    ways: list[Callable[[], Item]] = [
        lambda: _listed(client, source, root),
        # The server packs the whole data set anew each time, so that no hash can be known.
        lambda: Item(urls, root / ZIP_NAME, check=cloud_imvn.holds_photographs),
        # The first version has the same images.
        lambda: Item((source.base + FIRST,), root / FIRST_NAME, digest=("sha256", FIRST_SHA256)),
    ]
    if urllib.parse.urlsplit(source.base).netloc != HOST:  # a place that the user names, with the files as they are
        for name in (f"{FOLDER}.rar", ZIP_NAME, FIRST_NAME):
            url = source.base + urllib.parse.quote(name)
            ways.append(functools.partial(Item, (url,), root / name, check=cloud_imvn.holds_photographs))
    return ways


def _listed(client: Client, source: Source, root: Path) -> Item:
    """The archive in the API's listing: a list of files, or a data set with such a list as `files`.

    Raises FetchError if there is none, or none of a fitting size with an address to be asked.
    """
    url = source.base + LISTING
    answer = client.json(url)
    listing = answer.get("files") if isinstance(answer, dict) else answer
    files = [file for file in listing if isinstance(file, dict)] if isinstance(listing, list) else []
    names = [str(file.get("filename")) for file in files]
    archives = [number for number, name in enumerate(names) if name.lower().endswith(ARCHIVES)]
    if not archives:
        raise FetchError(f"{url}: expected a RAR or zip archive in the list of files, found {len(files)} files "
                         f"{[name[:SHOWN] for name in names[:5]]}")
    listed, name = files[archives[0]], names[archives[0]]
    details = listed["content_details"] if isinstance(listed.get("content_details"), dict) else {}
    size, sha256 = details.get("size", listed.get("size")), str(details.get("sha256_hash"))
    if isinstance(size, int) and size > cloud_imvn.MOST_BYTES:
        raise FetchError(f"{url}: expected an archive of at most {cloud_imvn.MOST_BYTES} bytes, found one of {size}")
    digest = ("sha256", sha256.lower()) if re.fullmatch(r"[0-9a-fA-F]{64}", sha256) else None
    return Item((_address(str(details.get("download_url")), source, url),),
                root / re.sub(r"[^\w .()-]", "_", name).lstrip(".")[-SHOWN:], size if isinstance(size, int) else None,
                digest, cloud_imvn.holds_photographs)


def _address(stated: str, source: Source, url: str) -> str:
    """The address of a listed file, at the mirror where there is one. Raises FetchError for a host that isn't known."""
    base = urllib.parse.urlsplit(source.base)
    with contextlib.suppress(ValueError):  # no address at all
        parts = urllib.parse.urlsplit(stated)
        if parts.netloc == HOST:
            return source.base + parts._replace(scheme="", netloc="").geturl().lstrip("/")
        if parts.netloc in {base.netloc, *source.redirects} and parts.scheme in {base.scheme, "https"}:
            return stated
    raise FetchError(f"{url}: expected an address of {HOST} for the archive, found {stated[:SHOWN]!a}")
