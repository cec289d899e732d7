"""Simulated images of the cameras and filters that the paper doesn't use: the same clouds in other light."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from paper_repro import paper
from paper_repro.simulated.venus_archive import (
    UVI_IFOV,
    VMC_IFOV,
    VMC_LEVEL,
    VMC_NOISE,
    Shot,
    north,
    uvi_time,
    uvi_view,
)
from paper_repro.simulated.venus_camera import Light

OBSERVATIONS = 2  # of each instrument
DARTS_IMAGES = "darts/vco-v-{0}-3-cdr-v1.0/vco{0}_1001/data/l2b"
DARTS_GEOMETRY = "darts/extras/vco_{0}_l3_v1.0/vco{0}_7001/data/l3bx/fits"
KS: dict[Light, tuple[float, float]] = {"sun": (0.70, 0.85), "night": (1.2, 1.5), "heat": (1.03, 1.08)}
HOURS: dict[Light, float] = {"sun": 12.6, "night": 0.4, "heat": 6.3}  # local time below the spacecraft


@dataclass(frozen=True)
class Detector:
    """An Akatsuki camera with a filter. kind: in file names; light and level as of a Shot; ifov: radians a pixel.

    shape: rows and columns; distance_km: of the spacecraft from Venus' centre; cloud_km: altitude that the geometry is
    computed for.
    """

    kind: str
    light: Light
    level: float
    ifov: float = UVI_IFOV
    shape: tuple[int, int] = (400, 400)
    distance_km: float = 1.5e5
    cloud_km: float = 70.0


LIR = Detector("pic", "heat", 230.0, 8.7e-4, (248, 328), 3.6e4, 65.0)  # brightness temperature, K
AKATSUKI = {
    "uvi-283": Detector("283", "sun", 2.5e7), "ir1-09d": Detector("09d", "sun", 3e7),
    "ir1-09n": Detector("09n", "night", 2e4), "ir1-097": Detector("097", "night", 3e4),
    "ir1-101": Detector("101", "night", 5e4), "ir2-165": Detector("165", "sun", 1e7),
    "ir2-174": Detector("174", "night", 4e4), "ir2-202": Detector("202", "sun", 2e6),
    "ir2-226": Detector("226", "night", 3e4), "ir2-232": Detector("232", "night", 2e4), "lir": LIR,
}
VMC = {"vmc-vis": ("VI", 7.062e-4), "vmc-n1": ("N1", VMC_IFOV), "vmc-n2": ("N2", 7.037e-4)}  # radians a pixel


def shots(instrument: str) -> Iterator[Shot]:
    """The images of an instrument; none of those that the archive has anyway."""
    for number in range(OBSERVATIONS):
        if instrument in AKATSUKI:
            yield akatsuki(instrument, number)
        elif instrument in VMC:
            yield channel(instrument, number)


def akatsuki(instrument: str, number: int) -> Shot:
    """A disc, or what of it a small detector sees, from above the side that the light comes from."""
    detector = AKATSUKI[instrument]
    time = uvi_time(373 * number + 40 + list(AKATSUKI).index(instrument))
    view = uvi_view(time, HOURS[detector.light] + 0.7 * number, -6.0 + 9 * number, detector.distance_km, 1,
                    detector.shape, None)
    view = replace(view, ifov=detector.ifov, radius_km=paper.VENUS_RADIUS_KM + detector.cloud_km)
    camera, when = instrument.partition("-")[0], datetime.fromisoformat(time)
    name = f"r{1 + number:04d}/{camera}_{when:%Y%m%d_%H%M%S}_{detector.kind}_{{}}_v10.fit"
    return Shot("disc", f"{DARTS_IMAGES.format(camera)}/{name.format('l2b')}",
                f"{DARTS_GEOMETRY.format(camera)}/{name.format('l3bx')}", view, 1 + number, instrument=instrument,
                light=detector.light, level=detector.level, noise=(0.002, 1e-4 * detector.level),
                ks=KS[detector.light])


def channel(instrument: str, number: int) -> Shot:
    """A close-up in the north, as those of the ultraviolet channel, which sees it at the same time."""
    code, ifov = VMC[instrument]
    shot = north(1 + number)
    return replace(shot, image=shot.image.replace("_UV2", f"_{code}2"), instrument=instrument, level=VMC_LEVEL,
                   geometry=shot.geometry.replace("_UV2", f"_{code}2"), view=replace(shot.view, ifov=ifov),
                   noise=VMC_NOISE)
