"""What `make all` must have left, looked at file by file: python -m tests.e2e.sample [OUT]."""

import re
import sys
from pathlib import Path

import pandas as pd

from paper_repro import paper
from paper_repro.base.files import read_json
from paper_repro.steps.results import IN_TIME

PATCHES, ARCHIVE_MB, FIGURE_MB, REPORT_MB = 150, 300, 20, 15
FIGURES = {1: "", 2: "", 3: "", 4: "", 5: "", 6: "", 7: "", 8: "", 9: "", 10: "", 11: "", 12: "ab", 13: "ab",
           14: "abcd", 15: "abcd", 16: "abcd"}
TABLES = ("table1", "table2", "table3", "table4", "stability", "shares", "lives", "seeds")
UNMARKED = "fig11"  # of the method, not of images
README = Path(__file__).parents[2] / "README.md"
# what README states, and how far it may be off: another processor's last bits may decide on a patch at the threshold
STATED = re.compile(r"simulated, (\d+) MB|(\d+) patches of 3000 km, (\d+) of 500 km \(both UVI\) and (\d+) of 25 km")
SLACK = 2


def complaints(out: Path) -> list[str]:
    """What is missing or wrong below `out`, a sentence each."""
    data, figures, tables = (out / folder / "sample" for folder in ("data", "figures", "tables"))
    counts = pd.read_csv(data / "patches" / "statistics.csv").set_index("set")["count"]
    sets = [f"{name}{end}" for name in paper.PATCH_COUNTS for end in ("", "-flat")]
    found = [f"{name}: expected at least {PATCHES} patches, found {counts.get(name, 0)}"
             for name in sets if counts.get(name, 0) < PATCHES]
    size = sum(path.stat().st_size for path in (data / "raw").rglob("*") if path.is_file()) / 1e6
    if size > ARCHIVE_MB:
        found.append(f"{data / 'raw'}: expected at most {ARCHIVE_MB} MB, found {size:.0f}")
    real = [size, *(counts.get(name, 0) for name in paper.PATCH_COUNTS)]
    stated = [int(text) for match in STATED.findall(" ".join(README.read_text().split())) for text in match if text]
    if len(stated) != len(real) or any(abs(a - b) > SLACK for a, b in zip(stated, real, strict=True)):
        found.append(f"{README}: expected the archive's size in MB and the sets' counts as {real}, found {stated}")
    panels = [f"fig{number:02d}{letter}" for number, letters in FIGURES.items() for letter in letters or ("",)]
    wanted = [figures / f"{name}{suffix}" for name in panels for suffix in (".png", ".pdf")]
    wanted += [figures / f"fig{number:02d}{suffix}" for number in FIGURES for suffix in (".json", ".txt")]
    wanted += [figures / f"{name}{end}" for name in IN_TIME for end in ("-a.png", "-a.pdf", ".json", ".txt")]
    wanted += [tables / f"{name}{suffix}" for name in TABLES for suffix in (".csv", ".md", ".tex", ".json")]
    found += [f"{path}: expected a file, found none" for path in wanted if not path.is_file()]
    found += [f"{path}: expected at most {FIGURE_MB} MB, found {path.stat().st_size / 1e6:.0f}"
              for path in wanted if path.is_file() and path.stat().st_size > FIGURE_MB * 1e6]
    page = out / "report" / "sample" / "index.html"
    size = page.stat().st_size / 1e6 if page.is_file() else 0.0
    if not 0 < size <= REPORT_MB:
        found.append(f"{page}: expected a page of at most {REPORT_MB} MB, found {size:.1f} MB")
    records = [path for path in [*figures.glob("*.json"), *tables.glob("*.json")]
               if not path.stem.startswith(UNMARKED)]
    found += [f"{path}: expected to be marked simulated, is not" for path in records
              if not (read_json(path) or {}).get("simulated")]
    return found


def main(out: Path) -> int:
    """Print what is wrong, or that nothing is; returns the exit status."""
    found = complaints(out)
    print("\n".join(found) or "everything of the sample is there: patches, figures, tables, each marked simulated")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:2])))
