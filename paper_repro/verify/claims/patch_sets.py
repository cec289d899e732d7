"""Sect. 4.2, footnote 12 and Fig. 4: how many patches of Venus there are and where; data/<profile>/patches/<set>/."""

from collections.abc import Iterator

import pandas as pd

from paper_repro import paper
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.run import FLAT, Run
from paper_repro.patches import drawn_out
from paper_repro.patches.dataset import TABLE
from paper_repro.verify.claims.claim import Claim, Measure, Need
from paper_repro.verify.claims.measured import Measured, NotRun, basis_of

COMMAND = "make patches PROFILE=paper"
SECTIONS = {"uvi-3000km": "Sect. 4.2.1", "uvi-500km": "Sect. 4.2.2", "vmc-25km": "Sect. 4.2.3"}
COUNTS = 0.02  # share: which files an archive holds, and in which version, changes over years
EXAMPLE = "uvi_20151207_052330_365_l2b_"  # footnote 3, its first character read as an l
SIMILAR_DEG, SIMILAR_H, SIMILAR_RANGES = 10.0, 1.0, 3
OCCASIONALLY = 0.25  # share
ROUND_NUMBERS = "the paper gives round numbers"


def claims() -> Iterator[Claim]:
    """All claims about the sets."""
    yield from _counts()
    yield from _ranges()
    yield from _contents()
    yield Claim("text.noisy-500km", "Footnote 12", "result", "More than 20,000 patches of 500 km could be made of VMC "
                "images.", f"{paper.NOISY_PATCHES_OVER}+", float(paper.NOISY_PATCHES_OVER), None, "at least", "patches",
                "a lower bound", ("vmc",), "python -m paper_repro patches --profile paper --vmc FOLDER --scale 500",
                noisy_patches)


def need(name: str) -> Need:
    """The images that the set `name` is made of."""
    return "uvi" if name.startswith("uvi") else "vmc"


def _counts() -> Iterator[Claim]:
    for name, expected in paper.PATCH_COUNTS.items():
        yield Claim(f"sets.{name}.count", SECTIONS[name], "result", f"The set {name} has {expected} patches.",
                    str(expected), float(expected), COUNTS * expected, "within", "patches", "2 %: the archives' files "
                    "and their versions have changed since", (need(name),), COMMAND, count)


def _ranges() -> Iterator[Claim]:
    kinds: tuple[tuple[str, dict[str, tuple[float, float]], str, float, Measure], ...] = (
        ("latitude", dict(paper.LATITUDES), "deg", 5.0, latitude),
        ("local-time", dict(paper.LOCAL_TIMES), "h", 0.5, local_time),
    )
    for what, ranges, unit, allowed, measure in kinds:
        for name, (low, high) in ranges.items():
            yield Claim(f"sets.{name}.{what}", SECTIONS[name], "result",
                        f"Range of the patches' centres in {what.replace('-', ' ')} ({name}).",
                        f"{low:g} to {high:g}", (low, high), allowed, "range", unit, ROUND_NUMBERS, (need(name),),
                        COMMAND, measure)
    yield Claim("sets.uvi-3000km.longitude", "Sect. 4.2.1", "result", "The 3000 km patches cover all longitudes "
                "(ranges of 10 degrees with a patch, of 36).", "36", 36.0, None, "at least", "", "every range",
                ("uvi",), COMMAND, longitudes)
    yield Claim("sets.uvi-500km.similar", "Sect. 4.2.2", "result", "The 500 km patches cover a similar range in local "
                "time, in longitude and to the North as the 3000 km patches.", "similar", True, None, "holds", "",
                f"taken as ends at most {SIMILAR_DEG:g} deg and {SIMILAR_H:g} h apart, and at most {SIMILAR_RANGES} of "
                "36 ranges of longitude more or fewer", ("uvi",), COMMAND, similar)
    south = paper.SOUTHERNMOST_500KM_DEG
    yield Claim("sets.uvi-500km.south", "Sect. 4.2.2", "result", "The 500 km patches extend South to -70 degrees.",
                f"{south:g}", south, 5.0, "within", "deg", ROUND_NUMBERS, ("uvi",), COMMAND, southernmost)
    yield Claim("sets.vmc-25km.extent", "Sect. 4.2.3", "result", "The 25 km patches have a much smaller extent in "
                "latitude than both sets of UVI (share of the smaller of the two).", "much smaller", 0.5, None,
                "at most", "", "taken as less than half", ("uvi", "vmc"), COMMAND, extent)
    yield Claim("sets.example-k", "Fig. 4", "result", "Limb-darkening coefficient of the UVI image of 7 December 2015, "
                "05:23:30.", f"{paper.EXAMPLE_K}", paper.EXAMPLE_K, 0.0055, "within", "", "the printed value is "
                "approximate (third decimal), and which pixels are left out isn't said exactly", ("uvi",), COMMAND,
                example_k)


def _contents() -> Iterator[Claim]:
    for name in paper.PATCH_COUNTS:
        yield Claim(f"sets.{name}.holes", "Sect. 3.2.2", "result", "Artifacts such as holes can still occasionally "
                    f"occur, in spite of the density checks ({name}).", "occasionally", True, None, "holds", "",
                    f"taken as in some patches, and in at most a quarter; a hole: more than {drawn_out.SHARE:.0%} of "
                    f"the pixels are farther than {drawn_out.FAR_PX:g} px from every point", (need(name),),
                    "make venus PROFILE=paper", holes)
    yield Claim("sets.uvi-500km.resolution", "Sect. 4.2.1", "result", "At 500 km the resolution of distinctive "
                "features is lower than at 3000 km (median number of points for each pixel, over that of 3000 km).",
                "decreases", 1.0, None, "at most", "", "a comparison", ("uvi",), COMMAND, resolution)
    yield Claim("sets.uvi-contrast", "Sect. 4.2", "result", "The sets of UVI show features with high contrast (smaller "
                "of their median contrasts, over that of the 25 km patches).", "high", 1.0, None, "at least", "",
                "taken as more than at 25 km, where most are close to featureless", ("uvi", "vmc"), COMMAND, contrast)


def count(run: Run, claim: Claim) -> Measured:
    """Number of patches."""
    table, basis = _open(run, _set_of(claim))
    return basis.with_value(float(len(table)), f"{len(table)}")


def latitude(run: Run, claim: Claim) -> Measured:
    """Lowest and highest latitude of the centres, in degrees."""
    return _range(run, claim, "latitude_deg")


def local_time(run: Run, claim: Claim) -> Measured:
    """Lowest and highest local time of the centres, in hours."""
    return _range(run, claim, "local_time_h")


def southernmost(run: Run, claim: Claim) -> Measured:
    """The southernmost centre, in degrees."""
    table, basis = _open(run, _set_of(claim))
    value = float(table["latitude_deg"].min())
    return basis.with_value(value, f"{value:.1f}")


def longitudes(run: Run, claim: Claim) -> Measured:
    """How many of 36 ranges of longitude of 10 degrees hold the centre of a patch."""
    table, basis = _open(run, _set_of(claim))
    ranges = _ranges_of_longitude(table)
    return basis.with_value(float(ranges), f"{ranges}")


def similar(run: Run, _: Claim) -> Measured:
    """Whether the 500 km patches end about where the 3000 km ones do, but for the South."""
    medium, of_medium = _open(run, "uvi-500km")
    large, of_large = _open(run, "uvi-3000km")
    north, first, last = (abs(float(end(medium[column]) - end(large[column]))) for column, end in (
        ("latitude_deg", max), ("local_time_h", min), ("local_time_h", max)))
    ranges = abs(_ranges_of_longitude(medium) - _ranges_of_longitude(large))
    return of_medium.beside(of_large).with_value(
        north <= SIMILAR_DEG and max(first, last) <= SIMILAR_H and ranges <= SIMILAR_RANGES)


def extent(run: Run, _: Claim) -> Measured:
    """Range of latitude of the 25 km patches as a share of the smaller one of the two sets of UVI."""
    small, basis = _open(run, "vmc-25km")
    spans = []
    for name in ("uvi-3000km", "uvi-500km"):
        table, of_set = _open(run, name)
        spans.append(_span(table))
        basis = basis.beside(of_set)
        if not spans[-1]:
            raise NotRun(f"the patches of {name} are all at one latitude", *of_set.files)
    share = _span(small) / min(spans)
    return basis.with_value(share, f"{share:.2f}")


def holes(run: Run, claim: Claim) -> Measured:
    """Whether some patches, and at most a quarter of them, are drawn out over ground where nothing was seen."""
    name = _set_of(claim)
    table, basis = _open(run, name)
    path, record = run.patches(name) / drawn_out.FILE, read_json(run.patches(name) / "drawn_out.json")
    table = drawn_out.joined(table, path.parent)
    if record is None or drawn_out.COLUMN not in table:
        raise NotRun("how much of each patch is drawn out wasn't measured", *basis.files)
    share = float((table[drawn_out.COLUMN] > drawn_out.SHARE).mean())
    return basis.beside(basis_of(record, path)).with_value(0 < share <= OCCASIONALLY, f"{share:.1%}")


def resolution(run: Run, _: Claim) -> Measured:
    """Median number of points for each pixel of the 500 km patches, over that of the 3000 km ones."""
    medium, of_medium = _open(run, "uvi-500km")
    large, of_large = _open(run, "uvi-3000km")
    value = float(medium["density"].median() / large["density"].median())
    return of_medium.beside(of_large).with_value(value, f"{value:.2f}")


def contrast(run: Run, _: Claim) -> Measured:
    """Smaller of the median contrasts of the two sets of UVI, over that of the 25 km patches."""
    found, basis = {}, None
    for name in paper.PATCH_COUNTS:
        table, of_set = _open(run, name)
        low, high = table["value_min"], table["value_max"]
        found[name] = float(((high - low) / (high + low)).median())
        basis = of_set if basis is None else basis.beside(of_set)
    assert basis is not None
    small = found.pop("vmc-25km")
    if not small:
        raise NotRun("the 25 km patches have no contrast", *basis.files)
    return basis.with_value(min(found.values()) / small, f"{min(found.values()) / small:.2f}")


def example_k(run: Run, _: Claim) -> Measured:
    """Limb-darkening coefficient of the paper's example image."""
    table, basis = _open(run, "uvi-3000km")
    rows = table[table["source"].str.contains(EXAMPLE, regex=False)]
    if rows.empty:
        raise NotRun("no patch of that image", *basis.files)
    value = float(rows["minnaert_k"].iloc[0])
    return basis.with_value(value, f"{value:.3f}")


def noisy_patches(run: Run, _: Claim) -> Measured:
    """Number of patches of 500 km made of VMC images, which no target of make makes."""
    if not (run.patches(paper.NOISY_SET) / TABLE).is_file():
        raise NotRun("no such patches were made; the paper uses none of them, for they are noisy")
    table, basis = _open(run, paper.NOISY_SET)
    return basis.with_value(float(len(table)), f"{len(table)}")


def _range(run: Run, claim: Claim, column: str) -> Measured:
    table, basis = _open(run, _set_of(claim))
    low, high = float(table[column].min()), float(table[column].max())
    return basis.with_value((low, high), f"{low:.1f} to {high:.1f}")


def _ranges_of_longitude(table: pd.DataFrame) -> int:
    """How many of 36 ranges of 10 degrees hold the centre of a patch; just below 0, % 360 rounds to 360."""
    return len(set((table["longitude_deg"] % 360 // 10 % 36).astype(int)))


def _span(table: pd.DataFrame) -> float:
    """Extent in latitude, in degrees."""
    return float(table["latitude_deg"].max() - table["latitude_deg"].min())


def _set_of(claim: Claim) -> str:
    return claim.id.split(".")[1]


def _open(run: Run, name: str) -> tuple[pd.DataFrame, Measured]:
    """The set's list, and its basis."""
    path = run.patches(name) / TABLE
    record = read_json(path.with_name("provenance.json"))
    of_run = (*(wanted.name for wanted in run.venus_sets), paper.NOISY_SET)
    if name.removesuffix(FLAT) not in of_run or record is None or not path.is_file():
        raise NotRun("this run has no such patches")
    table = read_csv(path)
    if table.empty:
        raise NotRun("the set is empty", path)
    return table, basis_of(record, path)
