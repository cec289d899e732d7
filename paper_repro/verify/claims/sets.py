"""The patch sets of Venus as claims: counts, ranges, and the limb darkening of the named image."""

from collections.abc import Iterator

from paper_repro import paper
from paper_repro.verify.claims.claim import Claim, Need

COMMAND = "make patches PROFILE=paper"
SECTIONS = {"uvi-3000km": "Sect. 4.2.1", "uvi-500km": "Sect. 4.2.2", "vmc-25km": "Sect. 4.2.3"}
COUNTS = 0.02  # share: which files an archive holds, and in which version, changes over years


def claims() -> tuple[Claim, ...]:
    """All claims about the sets."""
    return (*_counts(), *_ranges())


def _need(name: str) -> tuple[Need, ...]:
    return ("uvi",) if name.startswith("uvi") else ("vmc",)


def _counts() -> Iterator[Claim]:
    for name, count in paper.PATCH_COUNTS.items():
        yield Claim(f"sets.{name}.count", SECTIONS[name], f"The set {name} has {count} patches.", str(count),
                    float(count), COUNTS * count, "within", "patches",
                    "2 %: the archives' files and their versions have changed since", _need(name), COMMAND, "count")


def _ranges() -> Iterator[Claim]:
    for what, ranges, unit, allowed in (("latitude", paper.LATITUDES, "deg", 5.0),
                                        ("local-time", paper.LOCAL_TIMES, "h", 0.5)):
        for name, (low, high) in ranges.items():
            words = what.replace("-", " ")
            yield Claim(f"sets.{name}.{what}", SECTIONS[name], f"Range of the patches' centres in {words} ({name}).",
                        f"{low:g} to {high:g}", (low, high), allowed, "range", unit,
                        "the paper gives round numbers", _need(name), COMMAND, what.replace("-", "_"))
    yield Claim("sets.uvi-3000km.longitude", "Sect. 4.2.1", "The 3000 km patches cover all longitudes (ranges of 10 "
                "degrees with a patch, of 36).", "36", 36.0, None, "at least", "", "every range", ("uvi",), COMMAND,
                "longitudes")
    yield Claim("sets.uvi-500km.similar", "Sect. 4.2.2", "The 500 km patches cover a similar range in local time and "
                "to the North as the 3000 km patches.", "similar", True, None, "holds", "",
                "taken as ends at most 10 deg and 1 h apart", ("uvi",), COMMAND, "similar")
    south = paper.SOUTHERNMOST_500KM_DEG
    yield Claim("sets.uvi-500km.south", "Sect. 4.2.2", "The 500 km patches extend South to -70 degrees.", f"{south:g}",
                south, 5.0, "within", "deg", "the paper gives round numbers", ("uvi",), COMMAND, "south")
    yield Claim("sets.vmc-25km.extent", "Sect. 4.2.3", "The 25 km patches have a much smaller extent in latitude than "
                "those of UVI (share of that of the 3000 km patches).", "much smaller", 0.5, None, "at most", "",
                "taken as less than half", ("uvi", "vmc"), COMMAND, "extent")
    yield Claim("sets.example-k", "Fig. 4", "Limb-darkening coefficient of the UVI image of 7 December 2015, 05:23:30.",
                f"{paper.EXAMPLE_K}", paper.EXAMPLE_K, 0.0055, "within", "",
                "the printed value is approximate (third decimal), and which pixels are left out isn't said exactly",
                ("uvi",), COMMAND, "example_k")
