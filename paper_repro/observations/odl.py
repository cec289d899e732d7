"""Statements of a PDS3 label, warily (PDS Standards Reference 3.8, ch. 12: Object Description Language).

A scanner of our own finds the statements, in one pass and without recursion; pvl's decoder makes the values of the few
that are needed. Given whole labels, pvl's parser spends a quarter of a second on the footprint of each image, recurses
as deep as they nest, and does not come to an end on some broken ones (A = 1 = B).
"""

import functools
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paper_repro.observations.observation import ReaderError

with warnings.catch_warnings():
    # pvl recommends a package that it can do without
    warnings.simplefilter("ignore", ImportWarning)
    warnings.simplefilter("ignore", PendingDeprecationWarning)
    from pvl.decoder import OmniDecoder

_MOST_DEPTH = 8
_BLANK = r"[ \t\r\n\f\v]"
_SPACE = re.compile(rf"(?:{_BLANK}++|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/)*+")
_KEYWORD = re.compile(r"(\^?[A-Za-z]\w*+(?::\^?[A-Za-z]\w*+)?)[ \t]*+(=?)", re.ASCII)
_ENDS = frozenset({"END_OBJECT", "END_GROUP"})
_BRACKET = re.compile(r"""[(){}=]|"[^"]*+"|'[^'\r\n]*+'""")
_UNIT = re.compile(r"[ \t]*+<[^<>\r\n]*+>")
_LINE = re.compile(r"[^\r\n]*+")
# after the quote that ends a text: a unit, a comment, another statement, or nothing more in its line
_AFTER_TEXT = re.compile(r"[ \t]*+(?:<[^<>\r\n]*+>[ \t]*+)?(?:/\*|[\r\n]|\^?[A-Za-z][\w:]*+[ \t]*+=)", re.ASCII)
_STATEMENT = re.compile(r"[\r\n][ \t]*+\^?[A-Z][A-Z0-9_:]*+[ \t]*+=", re.ASCII)
# what the needed values look like, and all that pvl is given: a short word, text, number or time
_PLAIN = re.compile(r"""("[\x20-\x7e]{0,80}?"|'[\x21-\x7e]{0,80}?'|[\w.+:#/*-]{1,40})""", re.ASCII)
_WITH_UNIT = re.compile(rf"{_PLAIN.pattern}\s*(?:<([\x20-\x7e]{{1,40}})>)?", re.ASCII)
_WORD = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
_decode = functools.lru_cache(maxsize=4096)(OmniDecoder().decode_simple_value)  # labels say the same again and again


@dataclass(frozen=True)
class Statement:
    """One statement: names of the objects around it joined by a point, keyword in capitals, value as it stands there.

    byte: where it begins; line: likewise, from 1.
    """

    path: Path
    part: str
    keyword: str
    text: str
    byte: int
    line: int

    def error(self, expected: str) -> ReaderError:
        """A ReaderError that says what was expected as the value, and what was found."""
        return ReaderError(self.path, self.byte, f"line {self.line} of the label: expected {self.keyword} {expected}, "
                                                 f"found {self.text!r:.60}")

    def value(self) -> tuple[Any, str]:
        """The value as pvl has it (int, float, str, datetime), and its unit in small letters without blanks, or "".

        Raises ReaderError for what is no plain value.
        """
        match = _WITH_UNIT.fullmatch(_one_line(self.text))
        if match is None:
            raise self.error("as a plain value")
        return self._decoded(match[1]), "".join((match[2] or "").split()).lower()

    def values(self) -> list[tuple[Any, str]]:
        """The values and units of a list, or the only one. Raises ReaderError for what is no list of plain values."""
        if self.text[:1] not in {"(", "{"}:
            return [self.value()]
        parts = [_WITH_UNIT.fullmatch(part.strip()) for part in _one_line(self.text)[1:-1].split(",")]
        if not all(parts):
            raise self.error("as a list of plain values")
        return [(self._decoded(part[1]), "".join((part[2] or "").split()).lower()) for part in parts if part]

    def _decoded(self, text: str) -> Any:
        try:
            # a plain word stands for itself; pvl would first hold it against some twenty forms of dates
            return text if _WORD.fullmatch(text) else _decode(text)
        except Exception as error:  # pvl promises no kind of error for a broken value
            raise self.error("as a value that can be decoded") from error


def _one_line(text: str) -> str:
    """A value whose lines are joined by blanks, as the standard says."""
    return re.sub(r"\s*[\r\n]\s*", " ", text)


def statements(path: Path, text: str) -> Iterator[Statement]:
    """The statements of a label that starts with `text`, up to END, which comes last.

    An empty value is "". Raises ReaderError with the line where the text is no label, nested too deeply, or has no END.
    """
    scanner = _Scanner(path, text)
    around: list[str] = []
    at = 0
    while True:
        at = scanner.space(at)
        match = _KEYWORD.match(text, at)
        if match is None:
            raise scanner.broken(at, "expected KEYWORD = VALUE, or END within 64 KiB")
        keyword, start, at = match[1].upper(), at, match.end()
        if keyword == "END":
            if match[2]:
                raise scanner.broken(start, "END has a value")
            if around:
                raise scanner.broken(start, f"{around[-1]!r:.40} has no END_OBJECT")
            yield scanner.statement("", keyword, "", start)
            return
        if not match[2] and keyword not in _ENDS:
            raise scanner.broken(start, f"{keyword!r:.40} has no value")
        value, at = scanner.value(at) if match[2] else ("", at)
        if keyword in _ENDS:
            if not around or value.upper() not in {"", around[-1]}:
                raise scanner.broken(start, f"{keyword} without its beginning")
            around.pop()
        elif keyword in {"OBJECT", "GROUP"}:
            if len(around) == _MOST_DEPTH:
                raise scanner.broken(start, f"objects are nested more than {_MOST_DEPTH} deep")
            around.append(value.upper())
        else:
            yield scanner.statement(".".join(around), keyword, value, start)


@dataclass(frozen=True)
class _Scanner:
    path: Path
    text: str

    def broken(self, at: int, reason: str) -> ReaderError:
        return ReaderError(self.path, at, f"broken label, line {self._line(at)}: {reason}")

    def statement(self, part: str, keyword: str, value: str, start: int) -> Statement:
        return Statement(self.path, part, keyword, value, start, self._line(start))

    def _line(self, at: int) -> int:
        return self.text.count("\n", 0, at) + 1

    def space(self, at: int) -> int:
        """Where blanks and comments end."""
        return _SPACE.match(self.text, at).end()  # type: ignore[union-attr]  # it matches the empty text, too

    def value(self, at: int) -> tuple[str, int]:
        """The value after an equals sign, units included, and where it ends: quoted, a list, or the rest of the line.

        It may stand in a later line, unless a statement stands there: then it is empty.
        """
        text, start = self.text, self.space(at)
        if any(character in text[at:start] for character in "\r\n"):
            match = _KEYWORD.match(text, start)
            if match and (match[2] or match[1].upper() in {"END", *_ENDS}):
                return "", start
        first = text[start : start + 1]
        if first == '"':
            end = self._text_end(start)
        elif first == "'":
            end = text.find("'", start + 1, _LINE.match(text, start).end()) + 1  # type: ignore[union-attr]
        elif first and first in "({":
            end = self._list_end(start)
        else:
            line_end = _LINE.match(text, start).end()  # type: ignore[union-attr]
            comment = text.find("/*", start, line_end)
            end = comment if comment >= 0 else line_end
            value = text[start:end].strip()
            if not value or line_end == len(text):
                raise self.broken(start, "a value is missing or has no end")
            if "=" in value:
                raise self.broken(start, f"{value!r:.60} is no plain value: there is more than one statement in it")
            return value, end
        if end <= 0:
            raise self.broken(start, "a text or list has no end")
        unit = _UNIT.match(text, end)
        end = unit.end() if unit else end
        return text[start:end], end

    def _text_end(self, start: int) -> int:
        """Where a text ends: at the first quote after which it can; those before it are quotes in the text."""
        end = start
        while (end := self.text.find('"', end + 1)) >= 0:
            if _AFTER_TEXT.match(self.text, end + 1):
                # a quote that was forgotten would hide statements in a text that ends at a later one's quote
                if '"' in self.text[start + 1 : end] and _STATEMENT.search(self.text, start, end):
                    return 0
                return end + 1
        return 0

    def _list_end(self, start: int) -> int:
        depth = 0
        for match in _BRACKET.finditer(self.text, start):
            if match[0] == "=":
                return 0
            depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(match[0], 0)
            if depth > _MOST_DEPTH:
                raise self.broken(match.start(), f"lists are nested more than {_MOST_DEPTH} deep")
            if depth == 0:
                return match.end()
        return 0
