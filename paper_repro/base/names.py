"""Names that users gave to folders and files, as they can be shown."""

import unicodedata


def one_line(name: str) -> str:
    """A name in one line: line ends, tabs and other control characters are blanks, marks of direction are left out."""
    return "".join(_shown(character) for character in unicodedata.normalize("NFC", name))


def _shown(character: str) -> str:
    kind = unicodedata.category(character)
    if kind in ("Cc", "Zl", "Zp"):
        return " "
    return "" if kind == "Cf" else character
