"""Every checkable statement of the paper as data with its measure, a file for each section, in the paper's order."""

from paper_repro.verify.claims import (
    benchmark,
    conclusions,
    embeddings,
    examples,
    global_scale,
    islands,
    medium_scale,
    method,
    patch_sets,
    patching,
    photographs,
    replication,
    settings,
    small_scale,
    table1,
    table3,
    training,
    views,
)
from paper_repro.verify.claims.claim import Claim

# Where claims stand, as the paper has them one after another.
PLACES = (
    "Sect. 2.3", "Sect. 3.1.1", "Fig. 4", "Sect. 3.1.2", "Sect. 3.1.3", "Sect. 3.1.4", "Fig. 9", "Sect. 3.1.5",
    "Fig. 10", "Sect. 3.2.1", "Sect. 3.2.2", "Table 1", "Sect. 3.2.3", "Sect. 3.3", "Table 2", "Sect. 4.1", "Fig. 12",
    "Table 3 (a)", "Table 3 (b)", "Sect. 4.2", "Table 4", "Sect. 4.2.1", "Sect. 4.2.2", "Footnote 12", "Sect. 4.2.3",
    "Sect. 5",
)
FILES = (
    method, patching, training, views, settings, examples, table1, photographs, benchmark, islands, embeddings,
    table3, patch_sets, global_scale, medium_scale, small_scale, conclusions, replication,
)

CLAIMS: tuple[Claim, ...] = tuple(sorted((claim for file in FILES for claim in file.claims()),
                                         key=lambda claim: PLACES.index(claim.section)))
