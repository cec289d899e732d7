"""What the sample's photographs are known by: python -m tests.simulated.sample_pixels [--write]."""

import sys

from paper_repro.base.profile import load
from paper_repro.simulated import mark, sky_photographs


def drawn() -> list[str]:
    """The sample's photographs, drawn again."""
    source = load("sample").photographs
    images, _ = sky_photographs.generate(source.per_class, source.side, source.seed)
    return [mark.pixels(image) for image in images]


if __name__ == "__main__":
    lines = drawn()
    if sys.argv[1:] == ["--write"]:
        mark.PHOTOGRAPHS.write_text("\n".join(lines) + "\n")
    print(f"{sum(line in mark.known() for line in lines)} of {len(lines)} are known")
