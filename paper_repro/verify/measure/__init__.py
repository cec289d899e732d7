"""Our value of each claim, read from what a run wrote."""

from collections.abc import Callable

from paper_repro.profiles.run import Run
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.measure import sets, table1, table3, text
from paper_repro.verify.measure.measured import Measured

MEASURES: dict[str, Callable[[Run, Claim], Measured]] = {
    one.__name__: one for one in (
        text.parameters, text.features, text.gray_mean, text.gray_std, text.blur_km, text.blur_kernel, text.setting,
        text.table3_arithmetic, text.scan, table1.table1_row, table1.table1_rank, table1.table1_order,
        table1.table1_negligible, table3.table3_cell, table3.table3_accuracy, table3.table3_total, sets.count,
        sets.latitude, sets.local_time, sets.south, sets.extent, sets.example_k,
    )
}
