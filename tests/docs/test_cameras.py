"""docs/cameras.md says of each instrument what its record says."""

import re
from pathlib import Path

from paper_repro.observations import registry

PAGE = Path(__file__).parents[2] / "docs" / "cameras.md"


def test_the_table_is_that_of_the_records() -> None:
    rows = re.findall(r"^\| `(.+?)` \| `(.+?)` \| (.+?) \| (.+?) \| (.+?) \|$", PAGE.read_text(encoding="utf-8"), re.M)
    records = registry.instruments()
    assert rows == [(name, record.pattern, record.band, record.preprocessing.side, record.preprocessing.darkening)
                    for name, record in sorted(records.items(), key=lambda each: list(records).index(each[0]))]
