"""Akatsuki LIR, the long-wave infrared camera (Fukuhara et al. 2011): heat of the cloud tops, 8 to 12 um.

Day and night look alike and both are kept: what comes from the clouds outshines the Sun's light that they scatter.
Towards the limb higher and colder layers are seen, so that it darkens with the emission angle (Taylor et al. 1980;
Akiba et al. 2021).
"""

from paper_repro.base.preprocessing import Preprocessing
from paper_repro.observations.akatsuki import Filter, instruments

INSTRUMENTS = instruments(
    name="lir",
    title="Akatsuki LIR",
    archive="darts",
    files="Akatsuki LIR files (l2b and l3bx)",
    filters={"lir": Filter("pic", "8 to 12 um", Preprocessing(side="both", darkening="emission"))},
)
