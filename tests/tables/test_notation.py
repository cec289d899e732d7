"""The bracket notation: every row of the paper's Table 1, and the rule against a plain decimal version of it."""

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_repro import paper
from paper_repro.tables.notation import Printed, Spread, printed, printed_error, spread


def literal(mean: Decimal, std: Decimal, runs: int) -> tuple[str, str, str]:
    """The rule word by word, with sixty digits."""
    with localcontext() as context:
        context.prec = 60
        if std == 0:
            return str(mean.quantize(Decimal("0.1"), ROUND_HALF_UP)), "", "0.0"
        error = std / Decimal(runs).sqrt()
        first = error.adjusted()
        unit = Decimal(1).scaleb(first - 1)
        up = error.quantize(unit, ROUND_CEILING)
        if str(up).lstrip("0.")[0] != "1" or up.adjusted() > first:
            unit = Decimal(1).scaleb(first)
            up = error.quantize(unit, ROUND_CEILING)
        places = max(0, -int(unit.as_tuple().exponent))
        digits = f"{up:f}".replace(".", "").lstrip("0")
        shown = [f"{value.quantize(unit, ROUND_HALF_UP):.{places}f}" for value in (mean, std)]
        return shown[0], digits, shown[1]


def of(mean: str, std: str, runs: int = 8) -> Printed:
    return printed(Spread(Fraction(mean), Fraction(std) ** 2, runs))


@pytest.mark.parametrize("row", paper.TABLE1, ids=lambda row: f"{row.printed}-{row.std}")
def test_every_row_of_table_1_comes_out_for_some_standard_deviation(row: paper.Table1Row) -> None:
    std = Decimal(row.std)
    half = Decimal(1).scaleb(int(std.as_tuple().exponent)) / 2
    # 401 values that round to the printed standard deviation, and for it the printed mean
    candidates = [std + half * step / 200 for step in range(-200, 200)] if std else [std]
    found = {of(row.mean, str(candidate)) for candidate in candidates}
    assert Printed(row.mean, row.error, row.std) in found
    assert row.printed in {value.text for value in found}


@pytest.mark.parametrize(
    ("mean", "std", "text", "shown"),
    [
        ("84.86", "5.3", "84.9(19)", "5.3"),  # 1.874: two digits
        ("68.4", "7", "68(3)", "7"),  # 2.47: one digit, up
        ("64.236", "0.24", "64.24(9)", "0.24"),
        ("72.31", "2.6", "72.3(10)", "2.6"),  # 0.919: one digit up is 1.0
        ("72.31", "0.27153", "72.31(10)", "0.27"),  # 0.0960: up to 0.10
        ("50", "5.5", "50(2)", "6"),  # 1.945: 2.0 in two digits starts with 2
        ("50", "0.000001", "50.0000000(4)", "0.0000010"),
        ("84.4761", "0", "84.5", "0.0"),
        ("84.45", "0", "84.5", "0.0"),  # a half is rounded up
        ("100", "0", "100.0", "0.0"),
        ("50", "45", "50(16)", "45"),  # 15.9: two digits, the last of them units
        ("50", "60", "50(30)", "60"),  # 21.2: tens are the last digit printed
        ("150", "700", "200(300)", "700"),  # 247: hundreds
    ],
)
def test_examples(mean: str, std: str, text: str, shown: str) -> None:
    assert (of(mean, std).text, of(mean, std).std) == (text, shown)


@pytest.mark.parametrize(
    ("squared", "digits"),
    [
        (Fraction(9, 100), "3"),  # exactly 0.3: nothing to round up
        (Fraction(9, 100) + Fraction(1, 10**30), "4"),
        (Fraction(9, 100) - Fraction(1, 10**30), "3"),
        (Fraction(1), "10"),  # exactly 1: two digits, 1.0
        (Fraction(121, 100), "11"),
        (Fraction(361, 100), "19"),
        (Fraction(361, 100) + Fraction(1, 10**30), "2"),  # 1.9 and a bit: 2.0, so one digit
        (Fraction(81, 100) + Fraction(1, 10**30), "10"),
    ],
)
def test_rounding_up_is_exact_at_the_borders(squared: Fraction, digits: str) -> None:
    assert printed(Spread(Fraction(50), squared * 8, 8)).error == digits


@pytest.mark.parametrize(("less", "std"), [(Fraction(), "7"), (Fraction(1, 10**30), "6"), (Fraction(-1, 10**30), "7")])
def test_a_standard_deviation_of_a_half_is_rounded_up_and_a_bit_less_is_not(less: Fraction, std: str) -> None:
    assert printed(Spread(Fraction(50), Fraction(13, 2) ** 2 - less, 8)) == Printed("50", "3", std)


@given(
    mean=st.decimals(0, 100, places=6),
    std=st.decimals("0.000001", 50, places=6),
    runs=st.integers(2, 20),
)
def test_the_rule_equals_its_plain_version(mean: Decimal, std: Decimal, runs: int) -> None:
    ours = of(str(mean), str(std), runs)
    assert (ours.mean, ours.error, ours.std) == literal(mean, std, runs)


@given(
    mean=st.decimals(0, 100, places=4),
    std=st.decimals("0.0001", "28.2", places=4),
)
def test_the_bracket_is_never_smaller_than_the_error(mean: Decimal, std: Decimal) -> None:
    ours = of(str(mean), str(std))
    bracket = Fraction(printed_error(ours.mean, ours.error))
    unit = bracket / int(ours.error)
    squared = Fraction(std) ** 2 / 8
    assert bracket**2 >= squared
    assert bracket == unit or (bracket - unit) ** 2 < squared  # and by less than one unit of its last digit
    assert ours.error == "10" or int(ours.error) in {*range(2, 10), *range(11, 20)}
    assert abs(Fraction(ours.mean) - Fraction(mean)) <= unit / 2
    assert abs(Fraction(ours.std) - Fraction(std)) <= unit / 2


@given(st.lists(st.integers(0, 2100), min_size=1, max_size=9))
def test_spread_of_shares_is_exact(correct: list[int]) -> None:
    value = spread([count / 2100 for count in correct])
    mean = Fraction(sum(correct), len(correct))
    assert value.mean == mean / 21
    assert value.variance == sum((Fraction(count) - mean) ** 2 for count in correct) / len(correct) / 21**2
    assert value.runs == len(correct)


def test_equal_runs_have_no_bracket_though_their_floats_have_noise() -> None:
    assert printed(spread([0.1 + 0.2, 0.3, 0.3])) == Printed("30.0", "", "0.0")


def test_no_runs_have_no_mean() -> None:
    with pytest.raises(ValueError, match="no runs"):
        spread([])


@pytest.mark.parametrize(
    ("mean", "error", "value"), [("84.9", "19", "1.9"), ("82", "3", "3"), ("64.24", "9", "0.09"), ("84.5", "", "0")]
)
def test_the_error_behind_a_bracket(mean: str, error: str, value: str) -> None:
    assert printed_error(mean, error) == Decimal(value)
