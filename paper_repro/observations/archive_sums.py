"""Whether files are an archive's: held against the archive's own files of MD5 sums, where the folder has any."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from paper_repro.base import regular
from paper_repro.base.errors import UserError
from paper_repro.download import checksums

NAME = re.compile(r"(?:md5sums?|md5|checksums?)(?:\.(?:txt|tab|md5))?|.+\.md5", re.IGNORECASE)
MOST_BYTES = 1 << 25  # of one file of sums, many times what a volume's takes


def files(others: Iterable[Path]) -> list[Path]:
    """Those of an archive's files whose names are those of files of sums."""
    return [path for path in others if NAME.fullmatch(path.name)]


def read(root: Path, others: Iterable[Path]) -> checksums.Sums:
    """What the files of sums among `others`, files below `root`, say.

    Raises UserError for one that is too large to be one, or that can't be opened as a file.
    """
    digests = {}
    for path in files(others):
        with regular.opened(path) as handle:
            text = handle.read(MOST_BYTES + 1)
        if len(text) > MOST_BYTES:
            raise UserError(f"{path}: expected a file of MD5 sums of at most {MOST_BYTES} bytes, found more; move it "
                            "away.")
        digests[path.relative_to(root).as_posix()] = checksums.parse(text.decode(errors="replace"))
    return checksums.Sums(digests)


def stated(sums: checksums.Sums, name: str) -> str:
    """The sum of a file, by its name below the root; "" where there is none; else why it can't be told."""
    try:
        return sums.of(name) or ""
    except checksums.ContradictionError as error:
        return str(error)


def contradiction(path: Path, wanted: str) -> str:
    """Why a file isn't the archive's; "" where it is, or where the archive has no sum of it. Raises OSError."""
    if not wanted or not re.fullmatch("[0-9a-f]{32}", wanted):
        return wanted
    with regular.opened(path) as handle:
        found = hashlib.file_digest(handle, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    return "" if found == wanted else f"expected MD5 {wanted}, as the archive's own file of sums says, found {found}"
