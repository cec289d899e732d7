"""Akatsuki UVI, the ultraviolet imager: sunlight from the cloud tops (Sect. 2.2; Yamazaki et al. 2018)."""

from paper_repro.base.preprocessing import AS_IN_PAPER
from paper_repro.observations.akatsuki import Filter, instruments

INSTRUMENTS = instruments(
    name="uvi",
    title="Akatsuki UVI",
    archive="darts",
    files="Akatsuki UVI files (l2b and l3bx)",
    filters={
        "uvi": Filter("365", "365 nm", AS_IN_PAPER, checkpoints="vco-uvi-365"),
        # SO2 absorbs it; sunlight all the same, and treated alike
        "uvi-283": Filter("283", "283 nm", AS_IN_PAPER),
    },
)
