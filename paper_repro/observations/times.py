"""Times as archives write them, in UTC."""

import datetime
import re
from pathlib import Path

from paper_repro.observations.observation import ReaderError

# ISO 8601 as FITS and PDS3 use it: by month and day or by day of the year, with or without an offset from UTC
_TIME = re.compile(
    r"(?P<year>\d{4})-(?:(?P<month>\d\d)-(?P<day>\d\d)|(?P<yearday>\d{3}))"
    r"T(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<fraction>\.\d+)?"
    r"(?:Z|(?P<sign>[+-])(?P<hours>\d\d?)(?::?(?P<minutes>\d\d))?)?",
    re.ASCII,
)


def utc(path: Path, offset: int, text: str) -> str:
    """An archive's time as YYYY-MM-DDTHH:MM:SS.sss in UTC, cut to milliseconds; in a leap second, SS is 60.

    Raises ReaderError if it is no such time, or one before 1990 or after 2027: both missions ended before, and of later
    times the leap seconds aren't known yet.
    """
    try:
        if match := _TIME.fullmatch(text):
            return _normal(match)
    except (ValueError, OverflowError):
        pass  # no such day, hour or leap second
    raise ReaderError(path, offset, f"expected a time as 2015-12-07T05:23:31.499 between 1990 and 2027, found {text!r}")


def _normal(match: re.Match[str]) -> str:
    """Raise ValueError for what is no time."""
    if match["yearday"]:
        if match["yearday"] == "000":
            raise ValueError("days are counted from 1")
        day = datetime.date(int(match["year"]), 1, 1) + datetime.timedelta(days=int(match["yearday"]) - 1)
        if day.year != int(match["year"]):
            raise ValueError("no such day in this year")
    else:
        day = datetime.date(int(match["year"]), int(match["month"]), int(match["day"]))
    leap = match["second"] == "60"
    clock = datetime.time(int(match["hour"]), int(match["minute"]), 59 if leap else int(match["second"]))
    time = datetime.datetime.combine(day, clock)
    if match["sign"]:
        hours, minutes = int(match["hours"]), int(match["minutes"] or 0)
        if hours > 14 or minutes > 59:
            raise ValueError("no such offset")
        shift = datetime.timedelta(hours=hours, minutes=minutes)
        time += -shift if match["sign"] == "+" else shift
    if not 1990 <= time.year < 2028:
        raise ValueError("not a year of the missions")
    if leap and not _has_leap_second(time):
        raise ValueError("no leap second then")
    second = 60 if leap else time.second
    return f"{time:%Y-%m-%dT%H:%M}:{second:02d}{(match['fraction'] or '.')[:4]:0<4}"


def _has_leap_second(last: datetime.datetime) -> bool:
    """Whether a leap second followed this second."""
    import erfa

    after = last + datetime.timedelta(seconds=1)
    begins = {(int(row["year"]), int(row["month"])) for row in erfa.leap_seconds.get()}
    return (after.day, after.time()) == (1, datetime.time()) and (after.year, after.month) in begins
