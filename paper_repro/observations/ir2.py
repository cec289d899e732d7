"""Akatsuki IR2, the 2-micrometre camera (Satoh et al. 2016, 2017): cloud tops by day, heat through the clouds by night.

2.02 um is sunlight that carbon dioxide absorbs on its way to the cloud tops and back, so that it shows their height,
and 1.65 um sunlight too; Minnaert's law, with a k of its own for each image. At 1.735, 2.26 and 2.32 um the hot air
below shines through clouds of varying thickness: the Sun's side, thousands of times brighter, is left out, and what
remains darkens towards the limb with the emission angle alone (Longobardo et al. 2011). Light of the day side that the
detector scatters over the night side (Satoh et al. 2017) is in the images of the archive; nothing here removes it.
"""

from paper_repro.base.preprocessing import AS_IN_PAPER, Preprocessing
from paper_repro.observations.akatsuki import Filter, instruments

_NIGHT = Preprocessing(side="night", darkening="emission")

INSTRUMENTS = instruments(
    name="ir2",
    title="Akatsuki IR2",
    archive="darts",
    files="Akatsuki IR2 files (l2b and l3bx)",
    filters={
        "ir2-165": Filter("165", "1.65 um, sunlight", AS_IN_PAPER),
        "ir2-174": Filter("174", "1.735 um, night side", _NIGHT),
        "ir2-202": Filter("202", "2.02 um, day side", AS_IN_PAPER),
        "ir2-226": Filter("226", "2.26 um, night side", _NIGHT),
        "ir2-232": Filter("232", "2.32 um, night side", _NIGHT),
    },
)
