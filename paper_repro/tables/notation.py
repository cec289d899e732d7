"""The notation of Table 1: `84.9(19)` is 84.9 with an error of 1.9, in the last digits printed.

The error of a mean over n runs is std / sqrt(n), rounded up: two digits if the first is then 1, else one. Mean and
standard deviation share its decimals; where the standard deviation is 0 there is no bracket, and one decimal.
All in fractions of integers: whether 0.3 is rounded up to 0.4 must not hang on the last bit of a float.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

# A share of correct answers is a quotient of two counts below this; the nearest such quotient undoes float rounding.
LARGEST_COUNT = 1_000_000


@dataclass(frozen=True)
class Spread:
    """Mean and variance (ddof 0, as the paper's) of n runs; exact, in percent and percent squared."""

    mean: Fraction
    variance: Fraction
    runs: int

    @property
    def squared_error(self) -> Fraction:
        """Square of the error of the mean: variance / n."""
        return self.variance / self.runs


@dataclass(frozen=True)
class Printed:
    """A mean as Table 1 prints it; `error` holds the bracket's digits, "" where there is no bracket."""

    mean: str
    error: str
    std: str

    @property
    def text(self) -> str:
        """`84.9(19)`, or `84.5` without a bracket."""
        return f"{self.mean}({self.error})" if self.error else self.mean


def spread(shares: Iterable[float]) -> Spread:
    """Mean and variance in percent of shares in [0, 1]. Raises ValueError where there are none."""
    percent = [100 * Fraction(share).limit_denominator(LARGEST_COUNT) for share in shares]
    if not percent:
        raise ValueError("no runs to take the mean of")
    mean = sum(percent, Fraction()) / len(percent)
    variance = sum(((value - mean) ** 2 for value in percent), Fraction()) / len(percent)
    return Spread(mean, variance, len(percent))


def printed(value: Spread) -> Printed:
    """Mean, bracket and standard deviation as text, by the rule of the module's first lines."""
    if value.variance == 0:
        return Printed(_decimal(_nearest(value.mean, -1), -1), "", "0.0")
    square = value.squared_error
    first = _first_digit(square)
    two_digits = _root_up(square / Fraction(10) ** (2 * first - 2))
    # 0.919 has a first digit of 9, but rounded up to one digit it is 1.0: it is then printed as (10) all the same.
    one_digit = _root_up(square / Fraction(10) ** (2 * first))
    last, digits = (first - 1, two_digits) if two_digits < 20 else (first, one_digit)
    return Printed(
        mean=_decimal(_nearest(value.mean, last), last),
        error=str(digits) if last <= 0 else _decimal(digits, last),
        std=_decimal(_root_nearest(value.variance / Fraction(10) ** (2 * last)), last),
    )


def printed_error(mean: str, error: str) -> Decimal:
    """The error that a printed bracket stands for: ("84.9", "19") is 1.9; 0 where there is no bracket."""
    exponent = Decimal(mean).as_tuple().exponent
    assert isinstance(exponent, int)
    return Decimal(error).scaleb(exponent) if error else Decimal(0)


def _first_digit(square: Fraction) -> int:
    """Place p of the first digit of a root: 10**p <= sqrt(square) < 10**(p + 1)."""
    place = 0
    while Fraction(10) ** (2 * place) > square:
        place -= 1
    while Fraction(10) ** (2 * place + 2) <= square:
        place += 1
    return place


def _root_up(square: Fraction) -> int:
    """The smallest whole number that is at least sqrt(square), for square > 0."""
    return math.isqrt(math.ceil(square) - 1) + 1


def _root_nearest(square: Fraction) -> int:
    """The whole number nearest to sqrt(square); a half is rounded up."""
    return (math.isqrt(math.floor(4 * square)) + 1) // 2


def _nearest(value: Fraction, last: int) -> int:
    """`value` in units of 10**last, to the nearest whole number; a half is rounded up."""
    return math.floor(value / Fraction(10) ** last + Fraction(1, 2))


def _decimal(count: int, last: int) -> str:
    """`count` units of 10**last as plain digits: (849, -1) is 84.9 and (3, 1) is 30."""
    return f"{Decimal(count).scaleb(last):f}"
