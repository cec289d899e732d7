import socket

import pytest

from paper_repro.base.errors import UserError
from paper_repro.observations.sun import subsolar_longitude

# epoch (UTC), the archive's own value, SPICE with de421 and LT+S; degrees east 0 to 360
KNOWN = [
    ("2015-12-07T05:19:53.988", 141.454, 141.45403),
    ("2007-01-06T01:39:30.006", 177.659, 177.66161),
    ("2008-11-17T21:54:18.008", 119.991, 119.99217),
    ("2014-05-14T21:45:07.008", 179.645, 179.64814),
]


@pytest.mark.parametrize(("time", "archive", "spice"), KNOWN)
def test_known_values(time: str, archive: float, spice: float) -> None:
    found = subsolar_longitude(time)
    assert abs(found - spice) < 0.002
    assert abs(found - archive) < 0.005


@pytest.mark.parametrize("time", [time for time, _, _ in KNOWN])
def test_no_network(time: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    subsolar_longitude.cache_clear()
    assert -180 <= subsolar_longitude(time) < 180


def test_solar_day() -> None:
    """Once round in the solar day of 116.75 days, eastward, since the Sun rises in the west."""
    first, last = subsolar_longitude("2016-01-01T00:00:00"), subsolar_longitude("2016-01-02T00:00:00")
    assert (last - first) % 360 == pytest.approx(360 / 116.75, rel=0.02)


def test_range_and_suffix() -> None:
    times = [f"2016-{month:02d}-{day:02d}T12:00:00.000" for month in range(1, 13) for day in (1, 11, 21)]
    values = [subsolar_longitude(time) for time in times]
    assert min(values) < -150
    assert max(values) > 150
    assert all(-180 <= value < 180 for value in values)
    assert subsolar_longitude(times[0] + "Z") == values[0]


@pytest.mark.parametrize("bad", ["", "yesterday", "2015-13-07T05:19:53"])
def test_no_time(bad: str) -> None:
    with pytest.raises(UserError, match="UTC time"):
        subsolar_longitude(bad)
