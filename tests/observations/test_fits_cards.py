"""Values of FITS cards: those read without astropy are what astropy makes of them; plain headers never load it."""

import subprocess
import sys

import pytest
from astropy.io.fits import Card
from hypothesis import example, given
from hypothesis import strategies as st

from paper_repro.observations import fits_cards
from paper_repro.observations.observation import Pair

KEYWORDS = ("BITPIX", "NAXIS1", "X-Y_Z", "A", "COMMENT", "HISTORY", "CONTINUE", "HIERARCH", "END", "DP1")
BODIES = st.one_of(
    st.sampled_from(["T", "F", "0012", "-007", "-0", "-0.", "+.5", "1.", "1.5E+03", "1D3", "1E400", "'ab  '", "''",
                     "'  '", "'it''s'", "'a: 1'", "(1, 2)", "9" * 30]),
    st.text("T F'12.5E+-/:abcD=\"", max_size=12), st.text("T F'12.5E+-/:abcD=\"", max_size=12).map("'{}'".format))
COMMENTS = st.sampled_from(("", " ", "/", " / x", "/ it's"))


def card(keyword: str, space: int, body: str, comment: str) -> str:
    return f"{keyword:8}= {' ' * space}{body}{comment}"[:80].ljust(80)


@given(st.sampled_from(KEYWORDS), st.sampled_from((0, 1, 19)), BODIES, COMMENTS)
@example("DP1", 0, "''", "/ it's")
@example("DP1", 0, "'AXIS.1: 2'", "")
def test_a_plain_card_has_the_value_that_astropy_gives_it(keyword: str, space: int, body: str, comment: str) -> None:
    text = card(keyword, space, body, comment)
    if fits_cards._PLAIN.fullmatch(text):
        assert repr(fits_cards.value_of(text)) == repr(Card.fromstring(text).value)


@pytest.mark.parametrize(("body", "value"), [("                   T", True), ("-32", -32), ("1.5E+03", 1500.0),
                                             ("'2015-12-07T05:23:30' / UTC", "2015-12-07T05:23:30"), ("''", "")])
def test_what_headers_hold_is_plain(body: str, value: object) -> None:
    text = card("BITPIX", 0, body, "")
    assert fits_cards._PLAIN.fullmatch(text)
    assert fits_cards.value_of(text) == value
    assert type(fits_cards.value_of(text)) is type(value)


def test_others_are_left_to_astropy() -> None:
    assert fits_cards.value_of(card("OBJECT", 0, "'it''s'", "")) == "it's"
    assert fits_cards.value_of(card("SCALE", 0, "1.5D3", "")) == 1500.0


def test_reading_an_observation_loads_no_astropy(uvi_pair: Pair) -> None:
    code = ("import sys; from pathlib import Path; from paper_repro.observations import uvi; "
            "from paper_repro.observations.observation import Pair; "
            f"uvi.INSTRUMENTS['uvi'].read(Pair(Path({str(uvi_pair.image)!r}), Path({str(uvi_pair.geometry)!r}), 'a')); "
            "print(sorted(sys.modules))")
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "'paper_repro.observations.fits_cards'" in loaded
    assert "'astropy'" not in loaded
