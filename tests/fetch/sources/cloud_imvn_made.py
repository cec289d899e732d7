"""The benchmark's data set in small images, and the server's tree that it stands in."""

import functools
import hashlib
import json
from pathlib import Path
from typing import Any

from paper_repro.download.http import Client, Policy
from tests.download.archives_made import archive, png

CLASSES = ("A-Clear Sky", "B-Patterned Clouds", "C-Thin White Clouds", "D-Thick White Clouds", "E-Thick Dark Clouds",
           "F-Veil Clouds")
FEW = 12  # images a class, in most tests; 350 in the real one
TOP = "Swimcat-extend"
LISTING = "public-api/datasets/vwdd9grvdp/files"
FILE = "public-files/datasets/vwdd9grvdp/files/0001/file_downloaded"
ZIP = "public-api/zip/vwdd9grvdp/download/2"
FIRST = "public-files/datasets/vwdd9grvdp/files/82823b0b-273f-40fe-89ab-cdac6e069149/file_downloaded"


@functools.cache
def images(per_class: int = FEW) -> dict[str, bytes]:
    """All files, as they are named in the archive; no two are equal."""
    return {f"{TOP}/{name}/{name[0]}_{i}.png": png(350 * number + i)
            for number, name in enumerate(CLASSES) for i in range(per_class)}


@functools.cache
def packed(kind: str = "rar40", per_class: int = FEW) -> bytes:
    """All of them in a RAR archive, with what macOS adds."""
    extra = {f"__MACOSX/{TOP}/._A-Clear Sky": b"x", f"{TOP}/A-Clear Sky/._A_0.png": b"x", f"{TOP}/.DS_Store": b"x"}
    return archive(kind, images(per_class) | extra)


def client() -> Client:
    return Client(Policy(tries=2, timeout_s=10, backoff_s=0.01))


def served(root: Path, data: bytes, **changes: Any) -> None:
    """What the API lists: one file, whose address is that of the real server; `changes` of its description."""
    details = {"download_url": f"https://data.mendeley.com/{FILE}", "size": len(data),
               "sha256_hash": hashlib.sha256(data).hexdigest()} | changes
    put(root, LISTING, json.dumps([{"filename": "read me.txt"}, {"filename": "Cloud-ImVN 1.0.rar", "size": len(data),
                                                                  "content_details": details}]).encode())
    put(root, FILE, data)


def put(root: Path, name: str, data: bytes) -> None:
    (root / name).parent.mkdir(parents=True, exist_ok=True)
    (root / name).write_bytes(data)


def below(folder: Path) -> dict[str, bytes]:
    """Every visible file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*")
            if path.is_file() and not path.name.startswith(".")}
