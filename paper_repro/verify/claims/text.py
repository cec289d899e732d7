"""What the text and Tables 2 and 4 say about the method itself, which needs no data."""

import dataclasses
from collections.abc import Iterator

from paper_repro import paper
from paper_repro.tables.table2 import NAMES, plain
from paper_repro.tables.table4 import PARAMETERS
from paper_repro.verify.claims.claim import Claim

COMMAND = "make verify"


def claims() -> tuple[Claim, ...]:
    """The claims about the method, those about the settings, and what no command here runs."""
    return (*_method(), *_settings(), *_not_run())


def _method() -> Iterator[Claim]:
    def number(name: str, section: str, statement: str, expected: float, tolerance: float, unit: str,
               reason: str) -> Claim:
        return Claim(f"method.{name}", section, statement, plain(expected), expected, tolerance, "equal", unit, reason,
                     ("none",), COMMAND, name.replace("-", "_"))

    yield Claim("method.parameters", "Sect. 3.2.1", "ResNet-18 has over 11 million trainable parameters.",
                "over 11 million", float(paper.PARAMETERS_OVER), None, "at least", "", "a lower bound",
                ("none",), COMMAND, "parameters")
    yield number("features", "Sect. 3.2.1", "The feature vector has length 512.", paper.FEATURES, 0, "", "a count")
    yield number("gray-mean", "Sect. 3.2.3", "The single mean of gray images follows from Eq. 6.", paper.GRAY_MEAN,
                 5e-8, "", "rounding to seven decimals")
    yield number("gray-std", "Sect. 3.2.3", "The single standard deviation of gray images follows from Eq. 6.",
                 paper.GRAY_STD, 5e-8, "", "rounding to seven decimals")
    yield number("blur-km", "Fig. 10", "A blur of 16 px on a patch of 3000 km has a physical size of 375 km.",
                 paper.EXAMPLE_BLUR_KM, 0, "km", "a quotient of whole numbers")
    yield number("blur-kernel", "Fig. 10", "The kernel of the blur is 2 x 3 sigma + 1.",
                 paper.TABLE4.flatten_kernel_px, 0, "px", "whole numbers")


def _settings() -> Iterator[Claim]:
    for table, names, values in (
        (2, NAMES, dataclasses.asdict(paper.TABLE2)),
        (4, {name: one.words for name, one in PARAMETERS.items()}, dataclasses.asdict(paper.TABLE4)),
    ):
        for name, value in values.items():
            text = isinstance(value, str)
            yield Claim(f"table{table}.{name}", f"Table {table}", f"{names[name]}, as this run uses it.",
                        value.capitalize() if text else plain(value), True if text else float(value),
                        None if text else 0.0, "holds" if text else "equal", "", "a setting",
                        ("none",), f"make table{table} PROFILE=paper", "setting")


def _not_run() -> Iterator[Claim]:
    yield Claim("text.scan", "Sect. 5", "SCAN in place of the clustering brings no gain.", "no gain", True, None,
                "holds", "", "a comparison", ("gpu-time",), "none: SCAN is not part of this project", "scan")
