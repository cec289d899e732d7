"""Files of weights in torch's own format, looked through before torch loads them.

Loaded as weights only, such a file can't run code, but a few bytes of it can fill the memory: it may call what makes
an array of any size, and its zip may be compressed. What torch itself writes does neither.
"""

import pickletools
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import torch

from paper_repro.base import regular

MOST_BYTES, MOST_PICKLE = 1 << 32, 1 << 20  # of a file, and of the list of its tensors; ResNet-18's have 4.5e7, 1e4
# what torch calls to put a state dict together; anything else is only named in it
CALLED = {f"torch._utils {name}" for name in ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter")}
CALLED |= {"collections OrderedDict"}
LEGACY = 5  # pickles that a file from before torch 1.6 begins with: magic, version, system, content, keys
GET, PUT = {"BINGET", "LONG_BINGET"}, {"BINPUT", "LONG_BINPUT"}
TUPLES = {"TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"}
OTHERS = {"PROTO", "STOP", "GLOBAL", "REDUCE", "BUILD", "MARK", "APPEND", "APPENDS", "SETITEM", "SETITEMS", "NONE",
          "NEWFALSE", "NEWTRUE", "EMPTY_TUPLE", "EMPTY_LIST", "EMPTY_DICT", "BININT", "BININT1", "BININT2", "LONG1",
          "BINFLOAT", "BINUNICODE", "SHORT_BINSTRING", "BINPERSID"}


def load(path: Path) -> Any:
    """What a file holds, its tensors in CPU memory. Raises what torch raises, ValueError for what it never writes."""
    with regular.opened(path) as file:
        size = file.seek(0, 2)
        if size > MOST_BYTES:
            raise ValueError(f"expected at most {MOST_BYTES} bytes, found more")
        file.seek(0)
        try:
            if file.read(4) == b"PK\x03\x04":
                _check_zip(file, size)
            else:
                file.seek(0)
                for _ in range(LEGACY):
                    _check_pickle(file)
        except IndexError as error:
            raise ValueError("it is broken") from error
    return torch.load(path, map_location="cpu", weights_only=True)


def _check_zip(file: BinaryIO, size: int) -> None:
    """Raise ValueError for members that unpack to more than there is, or that call what no state dict needs."""
    with zipfile.ZipFile(file) as opened:
        if sum(info.file_size for info in opened.infolist()) > size:
            raise ValueError("it is compressed, and torch compresses nothing")
        for info in opened.infolist():
            if info.filename.endswith(".pkl"):
                with opened.open(info) as member:
                    _check_pickle(member)


def _check_pickle(file: Any) -> None:
    """Go through one pickle, nothing of it made, with a stack of the names that stand in it. Raises ValueError."""
    stack: list[str] = []
    memo: dict[object, str] = {}
    for opcode, argument, place in pickletools.genops(file):
        kind = opcode.name
        if (place or 0) > MOST_PICKLE:
            raise ValueError(f"the list of its tensors has more than {MOST_PICKLE} bytes")
        if kind in PUT:
            memo[argument] = stack[-1]
        elif kind in GET:
            # tuples of tuples of the same tuple: a few bytes that take forever to compare
            if memo.get(argument) == "tuple":
                raise ValueError("it uses a list of numbers twice, as no state dict does")
            stack.append(memo.get(argument, ""))
        elif kind in TUPLES | OTHERS:
            if kind == "REDUCE" and stack[-2] not in CALLED:
                raise ValueError(f"it calls {stack[-2].replace(' ', '.')[:80] or 'something'!r}, which no state dict "
                                 "needs")
            before = [kept.name for kept in opcode.stack_before]
            if "mark" in before:
                while stack.pop() != "mark":
                    pass
                before = before[: before.index("mark")]
            del stack[len(stack) - len(before):]
            made = {"GLOBAL": str(argument), "MARK": "mark", **dict.fromkeys(TUPLES, "tuple")}.get(kind, "")
            stack += [made] * len(opcode.stack_after)
        else:
            raise ValueError(f"{kind} stands in it, which no state dict needs")
