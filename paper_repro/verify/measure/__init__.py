"""Our value of each claim, read from what a run wrote."""

from collections.abc import Callable

from paper_repro.base.run import Run
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.measure import benchmark, classes, examples, method, sets, table1, table3, text
from paper_repro.verify.measure.measured import Measured

MEASURES: dict[str, Callable[[Run, Claim], Measured]] = {
    one.__name__: one for one in (
        text.parameters, text.features, text.gray_mean, text.gray_std, text.blur_km, text.blur_kernel, text.setting,
        text.table3_arithmetic, text.scan, method.head_hidden, method.head_out, method.train_images, method.window,
        method.spacing_km, method.central_viewpoint, method.library_defaults, method.drawn, method.blurred,
        method.view_kernel, method.no_empty_area, method.profile_setting, method.lowest_loss, examples.interpolated,
        examples.nearest_faster, examples.minnaert_85, examples.vmc_500km, table1.table1_row, table1.table1_rank,
        table1.table1_order, table1.table1_negligible, benchmark.photographs, benchmark.swimcat, benchmark.blended,
        benchmark.transition, benchmark.gradients, benchmark.turned, table3.table3_cell, table3.table3_accuracy,
        table3.table3_total, table3.confusion_largest, table3.confusion_row, table3.confusion_pair, table3.gray_lower,
        sets.count, sets.latitude, sets.local_time, sets.longitudes, sets.similar, sets.south, sets.extent,
        sets.example_k, classes.classes_count, classes.region, classes.three_regions, classes.morning_contrast,
        classes.morning_edge, classes.afternoon_contrast, classes.flattest, classes.less_distinct, classes.few_waves,
        classes.waves_gathered, classes.waves_elsewhere, classes.waves_mixed, classes.separation,
    )
}
