"""Akatsuki IR1, the 1-micrometre camera (Iwagami et al. 2018): sunlight by day, heat of surface and clouds by night.

By day the clouds scatter sunlight at 0.90 um as they do in the ultraviolet, with little contrast: Minnaert's law, as
in Sect. 3.1.1. By night the light at 0.90, 0.97 and 1.01 um comes from the surface and the lowest atmosphere through
all clouds; the Sun's side of an image is left out, and what remains darkens towards the limb with the emission angle
alone, as Longobardo et al. (2011) measure in the windows of the night side from 1.03 um on.
"""

from paper_repro.base.preprocessing import AS_IN_PAPER, Preprocessing
from paper_repro.observations.akatsuki import Filter, instruments

_NIGHT = Preprocessing(side="night", darkening="emission")

INSTRUMENTS = instruments(
    name="ir1",
    title="Akatsuki IR1",
    archive="darts",
    files="Akatsuki IR1 files (l2b and l3bx)",
    filters={
        "ir1-09d": Filter("09d", "0.90 um, day side", AS_IN_PAPER),
        "ir1-09n": Filter("09n", "0.90 um, night side", _NIGHT),
        "ir1-097": Filter("097", "0.97 um, night side", _NIGHT),
        "ir1-101": Filter("101", "1.01 um, night side", _NIGHT),
    },
)
