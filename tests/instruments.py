"""The records of the paper's two instruments."""

from paper_repro.observations import registry

uvi, vmc = registry.get("uvi"), registry.get("vmc")
