"""Every checkable statement of the paper as data."""

from paper_repro.verify.claims import benchmark, classes, sets, table1, table3, text
from paper_repro.verify.claims.claim import Claim

CLAIMS: tuple[Claim, ...] = (*text.claims(), *table1.claims(), *benchmark.claims(), *table3.claims(), *sets.claims(),
                             *classes.claims())
