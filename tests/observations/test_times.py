"""Times as archives write them: offsets, leap seconds, days of the year."""

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_repro.observations import sun
from paper_repro.observations.observation import ReaderError
from paper_repro.observations.times import utc


@pytest.mark.parametrize(("text", "time"), [
    ("2015-12-07T05:23:31.499", "2015-12-07T05:23:31.499"),
    ("2008-11-17T21:54:18.008000Z", "2008-11-17T21:54:18.008"),
    ("2008-11-17T21:54:18", "2008-11-17T21:54:18.000"),
    ("2008-11-17T21:54:18.9999", "2008-11-17T21:54:18.999"),
    ("2008-11-17T21:54:18.5", "2008-11-17T21:54:18.500"),
    ("2008-11-17T21:54:18.123456789012", "2008-11-17T21:54:18.123"),
    ("2008-11-17T09:30:15+02", "2008-11-17T07:30:15.000"),
    ("2008-11-17T23:30:15-01:45", "2008-11-18T01:15:15.000"),
    ("2008-11-17T23:30:15.25-0145", "2008-11-18T01:15:15.250"),
    ("2008-01-01T00:30:15+1", "2007-12-31T23:30:15.000"),
    ("2008-322T21:54:18.008Z", "2008-11-17T21:54:18.008"),
    ("2008-366T21:54:18", "2008-12-31T21:54:18.000"),
    ("2008-12-31T23:59:60Z", "2008-12-31T23:59:60.000"),
    ("2009-01-01T01:59:60.75+02", "2008-12-31T23:59:60.750"),
    ("2016-366T23:59:60", "2016-12-31T23:59:60.000"),
])
def test_times(text: str, time: str) -> None:
    assert utc(Path("a"), 0, text) == time


@pytest.mark.parametrize("text", [
    "", "2015-12-07", "2015-13-07T00:00:00", "1015-12-07T05:23:31", "2048-11-17T21:54:18", "2015-12-07T24:00:00",
    "２015-12-07T05:23:31", "2015-12-07T05:23:31+15:00", "2015-12-07T05:23:31+01:60", "2015-12-07T05:23:61",
    "2015-366T05:23:31", "2015-000T05:23:31", "2015-12-31T23:59:60", "2016-12-31T22:59:60", "2016-12-30T23:59:60",
    "2027-12-31T23:30:00-01", "1990-01-01T00:30:00+01", "2015-12-07T05:23:31 UTC", "2015-12-07 05:23:31",
    "2015-12-07T05:23", "07/12/15",
])
def test_no_times(text: str) -> None:
    with pytest.raises(ReaderError, match="expected a time"):
        utc(Path("a"), 0, text)


@given(st.datetimes(datetime.datetime(1990, 1, 2), datetime.datetime(2027, 12, 30)), st.integers(-14 * 60, 14 * 60))
def test_every_offset_and_both_kinds_of_days_say_the_same(time: datetime.datetime, offset_min: int) -> None:
    zone = datetime.timezone(datetime.timedelta(minutes=offset_min))
    there = time.replace(tzinfo=datetime.UTC).astimezone(zone)
    expected = time.isoformat(timespec="milliseconds")
    assert utc(Path("a"), 0, there.isoformat(timespec="microseconds")) == expected
    assert utc(Path("a"), 0, f"{there:%Y-%jT%H:%M:%S.%f%z}") == expected


def test_the_sun_of_a_leap_second_is_between_its_neighbours() -> None:
    longitudes = [sun.subsolar_longitude(utc(Path("a"), 0, text)) for text in
                  ("2016-12-31T23:59:59", "2016-12-31T23:59:60", "2017-01-01T00:00:00")]
    steps = [longitudes[1] - longitudes[0], longitudes[2] - longitudes[1]]
    assert steps[0] == pytest.approx(steps[1], abs=1e-9)
    assert steps[0] > 0
