"""Solar longitude of Venus: the season, 0 to 360 degrees from the northern spring equinox; its year has 224.7 days."""

from collections.abc import Sequence

import numpy as np
from astropy.coordinates import get_body_barycentric, get_body_barycentric_posvel
from astropy.time import Time
from astropy.utils import iers
from numpy.typing import NDArray

from paper_repro.observations.sun import POLE_DEC_DEG, POLE_RA_DEG


def solar_longitude(times_utc: Sequence[str]) -> NDArray[np.float64]:
    """Solar longitude [N] in degrees, [0, 360), at ISO times in UTC.

    Angle of the Sun, as seen from Venus, from the node where it goes north through Venus' equator (z x n, z: the IAU
    north pole, n: the normal of the orbit, r x v), along the orbit. Without light time, which is 0.008 degrees.
    """
    with iers.conf.set_temp("auto_download", False):  # nothing here needs Earth's rotation, so nothing is fetched
        when = Time(list(times_utc), scale="utc", format="isot").tdb
        venus, velocity = get_body_barycentric_posvel("venus", when, ephemeris="builtin")
        sun = get_body_barycentric("sun", when, ephemeris="builtin")
    place = (venus - sun).xyz.to_value("km").T
    normal = np.cross(place, velocity.xyz.to_value("km/s").T)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    ra, dec = np.radians([POLE_RA_DEG, POLE_DEC_DEG])
    node = np.cross([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], normal)
    ahead = np.cross(normal, node)
    angle = np.degrees(np.arctan2((-place * ahead).sum(axis=1), (-place * node).sum(axis=1)))
    found: NDArray[np.float64] = angle % 360
    return found
