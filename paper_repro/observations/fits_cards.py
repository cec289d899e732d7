"""Values of the cards of FITS headers: of plain cards by the standard's own grammar, of all others by astropy.

Loading astropy's FITS takes longer than making the patches of an observation, and nearly all cards are plain.
"""

import functools
import re
from typing import Any

# One text without quotes, one logical value or one number. Texts with a colon and a space, and keywords with a meaning
# of their own, may be those of a convention.
_PLAIN = re.compile(r"(?!COMMENT|HISTORY|CONTINUE|HIERARCH|END )[A-Z0-9_-]{1,8} *= (?!.*: ) *"
                    r"(?:'(?P<text>[^']*)'|(?P<flag>[TF])|(?P<whole>[+-]?\d{1,18})|"
                    r"(?P<real>[+-]?(?:\d+\.\d*|\.\d+)(?:E[+-]?\d+)?)) *(?:/[^']*)?", re.ASCII)


@functools.lru_cache(maxsize=4096)
def value_of(card: str) -> Any:
    """The value that a card of 80 characters gives its keyword. Raises whatever astropy does for a broken one."""
    # kept, since headers say the same again and again: of each plane, of each file
    if plain := _PLAIN.fullmatch(card):
        match plain.lastgroup:
            case "text":
                return plain["text"].rstrip()
            case "flag":
                return plain["flag"] == "T"
            case "whole":
                return int(plain["whole"])
            case _:
                return float(plain["real"])
    from astropy.io.fits import Card

    return Card.fromstring(card).value
