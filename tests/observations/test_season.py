"""The season of Venus: against the height of the Sun over its equator, its year and a published equinox."""

import numpy as np
import pytest
from astropy.time import Time, TimeDelta

from paper_repro.observations.season import solar_longitude
from paper_repro.simulated.venus_camera import subsolar

TIMES = [f"20{year:02d}-{month:02d}-05T12:00:00.000" for year in range(6, 24) for month in range(1, 13)]


def test_the_sun_is_as_high_over_the_equator_as_the_season_says() -> None:
    """sin(latitude) = sin(tilt) sin(Ls); the sub-solar latitude comes from another ephemeris."""
    season = np.radians(solar_longitude(TIMES))
    latitude = np.radians([subsolar(time)[1] for time in TIMES])
    tilt = np.abs(latitude).max()
    assert np.degrees(tilt) == pytest.approx(2.64, abs=0.01)  # of Venus' axis, 177.36 degrees
    assert np.sin(latitude) == pytest.approx(np.sin(np.radians(2.64)) * np.sin(season), abs=2e-4)


def test_it_goes_round_once_in_a_venusian_year() -> None:
    start = Time("2016-01-01T00:00:00", scale="utc")
    times = [(start + TimeDelta(days, format="jd")).isot for days in (0.0, 1.0, 224.701)]
    zero, day, year = solar_longitude(times)
    assert 1.55 < (day - zero) % 360 < 1.65
    assert year == pytest.approx(zero, abs=0.02)
