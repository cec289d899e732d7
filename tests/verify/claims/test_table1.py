"""What is measured on Table 1: by hand, each statement once as it holds and once as it doesn't."""

import numpy as np
import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base.files import write_csv
from paper_repro.base.run import Run
from tests.verify import runs_made as made
from tests.verify.runs_made import measure


def key(row: paper.Table1Row) -> str:
    return ".".join([row.encoder, f"{row.reduction}{row.dims or ''}", row.clustering])


def table1(run: Run, changed: dict[str, float] | None = None, std: dict[str, float] | None = None,
           missing: str = "", comparison: str = "Cloud-ImVN") -> None:
    """The paper's own means and deviations, but for those changed."""
    rows = []
    for row in paper.TABLE1:
        name = key(row)
        mean, deviation = (changed or {}).get(name, float(row.mean)), (std or {}).get(name, float(row.std))
        ran = name != missing
        rows.append({"status": "run" if ran else "not run", "reason": "" if ran else "no encoder",
                     "printed": row.printed, "printed_std": row.std, "accuracy_percent": mean if ran else None,
                     "std_percent": deviation if ran else None, "comparison": comparison})
    write_csv(run.tables / "table1.csv", pd.DataFrame(rows))
    made.record(run.tables / "table1.json", run, "table", "simulated" in comparison)


def test_each_row_of_table_1_is_read_by_its_name(real: Run) -> None:
    table1(real)
    for row in paper.TABLE1:
        mean, deviation = (measure(real, f"table1.{key(row)}.{what}") for what in ("mean", "std"))
        assert (mean.value, mean.shown) == (float(row.mean), row.printed)
        assert (deviation.value, deviation.shown) == (float(row.std), row.std)
        assert mean.comparable


def ranks(values: list[float]) -> list[float]:
    """Rank of each value; equal ones share the mean of theirs."""
    return [sum(other < value for other in values) + (values.count(value) + 1) / 2 for value in values]


def test_rank_correlation(real: Run) -> None:
    table1(real)
    assert measure(real, "table1.order.rank").value == pytest.approx(1)
    theirs = [float(row.mean) for row in paper.TABLE1]
    ours = np.random.default_rng(0).permutation(theirs).tolist()
    table1(real, {key(row): value for row, value in zip(paper.TABLE1, ours, strict=True)})
    a, b = (np.array(ranks(values)) - (len(theirs) + 1) / 2 for values in (theirs, ours))
    expected = float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))
    found = measure(real, "table1.order.rank")
    assert found.value == pytest.approx(expected, abs=1e-12)
    assert found.shown == f"{expected:.3f}"


@pytest.mark.parametrize(("name", "spoil"), [
    ("best", {"simple.tsne3.kmeans": 85.0}), ("best", {"autoencoder.none.hac": 85.0}),
    ("simple-beats-autoencoder", {"autoencoder.pca16.hac": 64.5}),
    ("simple-beats-autoencoder", {"simple.none.kmeans": 57.2}),
    ("kmeans-after-tsne", {"simclr.tsne3.kmeans": 74.7}), ("kmeans-after-tsne", {"simple.none.kmeans": 82.1}),
    ("kmeans-after-tsne", {"autoencoder.tsne3.kmeans": 57.1}),
    ("tsne-kmeans.simple", {"simple.none.hac": 82.1}), ("tsne-kmeans.simclr", {"simclr.none.hac": 85.0}),
])
def test_order_of_the_means(real: Run, name: str, spoil: dict[str, float]) -> None:
    table1(real)
    assert measure(real, f"table1.order.{name}").value is True
    table1(real, spoil)
    assert measure(real, f"table1.order.{name}").value is False


def test_any_combination_of_simclr_may_be_the_best(real: Run) -> None:
    table1(real, {"simclr.none.hac": 85.0})
    assert measure(real, "table1.order.best").value is True
    assert measure(real, "table1.order.tsne-kmeans.simclr").value is False


@pytest.mark.parametrize("encoder", ["simple", "simclr", "autoencoder"])
@pytest.mark.parametrize(("deviation", "shown", "fits"), [(0.0, "0.00", True), (0.05, "0.05", True),
                                                          (0.06, "0.06", False)])
def test_hac_alone_never_varies_to_rounding(real: Run, encoder: str, deviation: float, shown: str, fits: bool) -> None:
    table1(real, std={f"{encoder}.pca64.hac": 0.3, f"{encoder}.none.hac": deviation})
    found = measure(real, "table1.order.hac-stable")
    assert (found.value, found.shown) == (deviation, shown)
    assert made.BY_ID["table1.order.hac-stable"].fits(deviation) is fits


@pytest.mark.parametrize(("std", "holds"), [
    ({}, True), ({"simclr.none.hac": 0.9, "simple.none.kmeans": 5.9, "autoencoder.tsne3.hac": 0.0}, True),
    ({"simclr.none.hac": 1.0}, False), ({"simclr.tsne3.kmeans": 0.5}, False), ({"simple.tsne3.hac": 0.0}, False),
    ({"simple.none.kmeans": 6.1}, False),
])
def test_what_varies_more_after_tsne(real: Run, std: dict[str, float], holds: bool) -> None:
    table1(real, std=std)
    assert measure(real, "table1.order.tsne-varies").value is holds


@pytest.mark.parametrize(("percent", "shown", "fits"), [(73.0, "4.38", True), (33.4, "2.00", True),
                                                        (33.2, "1.99", False)])
def test_simple_against_random_labels(real: Run, percent: float, shown: str, fits: bool) -> None:
    table1(real, {"simple.none.hac": percent}, missing="simclr.none.hac")  # which doesn't matter
    found = measure(real, "table1.order.simple-sufficient")
    assert found.value == pytest.approx(percent * 6 / 100)
    assert found.shown == shown
    assert made.BY_ID["table1.order.simple-sufficient"].fits(percent * 6 / 100) is fits


def test_how_far_the_choice_is_below_the_best(real: Run) -> None:
    table1(real, {"simple.tsne3.kmeans": 99.0})  # of another encoder
    found = measure(real, "table1.order.negligible")
    assert found.value == pytest.approx(84.9 - 84.5)
    assert found.shown == "0.4"
    table1(real, {"simclr.none.hac": 90.0})
    assert measure(real, "table1.order.negligible").value == 0.0


def test_table_1_that_is_not_there_not_whole_or_not_comparable(real: Run) -> None:
    orders = [name for name in made.BY_ID if name.startswith("table1.order.")]
    for name in (*orders, "table1.simple.none.hac.mean"):
        assert (measure(real, name).value, measure(real, name).why) == (None, "no table1.csv")
    table1(real, missing="simple.none.hac")
    of_the_row = "table1.order.simple-sufficient"
    for name in {*orders} - {of_the_row}:
        assert (measure(real, name).value, measure(real, name).why) == (None, "not every row was run")
    for name in (of_the_row, "table1.simple.none.hac.std"):
        assert (measure(real, name).value, measure(real, name).why) == (None, "no encoder")
    assert measure(real, "table1.simple.none.kmeans.std").value == 2.0
    for comparison, why in (("not comparable: simulated", "simulated input"),
                            ("not comparable: stand-in weights", "stand-in weights")):
        table1(real, comparison=comparison)
        found = measure(real, "table1.order.best")
        assert (found.value, found.why, found.comparable) == (True, why, False)
        assert found.simulated is ("simulated" in comparison)
