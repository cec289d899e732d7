"""Mutated tiny products through both readers: only observations or ReaderErrors may come out.

First with bytes changed, then with values changed (`value_fuzz`), where it is known what must come out.

    python -m tests.observations.fuzz [COUNT] [SEED]      COUNT files for each reader, 100000 by default

Also refused: a warning, a plane of a wrong shape, and a file that takes more than five seconds of processor time.
Exits with status 1 and keeps the file at the first failure of each kind.
"""

import argparse
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import numpy as np

from paper_repro.base.progress import Progress
from paper_repro.observations.observation import Observation, Pair, ReaderError
from tests.instruments import uvi, vmc
from tests.observations import products, value_fuzz

LIMIT_SECONDS = 5.0
READERS: dict[str, tuple[Callable[[Path], Pair], Callable[[Pair], Observation], Callable[[Pair], object]]] = {
    "uvi": (products.uvi_pair, uvi.read, uvi.header),
    "vmc": (products.vmc_pair, vmc.read, vmc.header),
}
# what stands in headers when they lie
_NUMBERS = (b"0", b"1", b"2", b"-1", b"7", b"99", b"65536", b"2147483648", b"18446744073709551616", b"1E400", b"-0.0",
            b"NAN", b"T", b"'", b'"', b"(", b")", b"9" * 40, b"1e5", b"<m>", b"16#FF#", b"1:2:3", b"2008-13-41T25:00")
_TOKENS = (b"END", b"END\r\n", b"OBJECT = IMAGE\r\n", b"END_OBJECT\r\n", b"/*", b"*/", b"=", b"^IMAGE = 1\r\n",
           b"(" * 12, b"NAXIS", b"PCOUNT  = ", b"GCOUNT  = ", b"BSCALE  = ", b"CONTINUE", b"HIERARCH ", b"XTENSION",
           b"\0" * 80, b"\xff", b"P_BINN  = ", b"\r\n", b"{" * 20, b"COMMENT ", b"'" * 7, b" " * 80)


class Hang(BaseException):
    """A reader that does not come to an end; no `except Exception` may catch it."""


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """One to three changes: bytes flipped, cut, repeated, moved, numbers and words of headers replaced."""
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        size = len(changed)
        if not size:
            break
        # most of what can break is in headers, which stand first
        start = int(rng.integers(size)) if rng.random() < 0.5 else int(rng.integers(min(size, 8640)))
        length = int(rng.integers(1, 200))
        match int(rng.integers(10)):
            case 0:
                changed[start] ^= 1 << int(rng.integers(8))
            case 1:
                changed[start : start + length] = rng.bytes(min(length, size - start))
            case 2:
                del changed[start:]
            case 3:
                del changed[start : start + length]
            case 4:
                changed[start:start] = changed[start : start + length]
            case 5:
                changed += rng.bytes(length)
            case 6 | 7:
                _replace_number(changed, start, rng)
            case 8:
                token = _TOKENS[int(rng.integers(len(_TOKENS)))]
                changed[start : start + len(token)] = token
            case _:
                block = int(rng.choice((80, 512, 2880)))
                at, to = start // block * block, int(rng.integers(size)) // block * block
                changed[to : to + block] = changed[at : at + block]
    return bytes(changed)


def _replace_number(changed: bytearray, start: int, rng: np.random.Generator) -> None:
    """Replace what follows the next equals sign, keeping the length, so that cards stay in their columns."""
    at = changed.find(b"=", start) + 1
    if at > 0:
        number = _NUMBERS[int(rng.integers(len(_NUMBERS)))]
        width = max(21, len(number) + 1)
        padded = number.rjust(width - 1) if rng.random() < 0.7 else number.ljust(width - 1)
        changed[at : at + width] = b" " + padded


def verdict(instrument: str, pair: Pair) -> str:
    """Read a pair: "read", "refused", or what must not happen."""
    _, read, header = READERS[instrument]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            header(pair)
        except ReaderError:
            pass
        except Exception as error:  # that it is none of these is what is tested
            return f"header: {type(error).__name__}"
        try:
            observation = read(pair)
        except ReaderError:
            return f"warning: {caught[0].message}" if caught else "refused"
        except Exception as error:
            return f"read: {type(error).__name__}"
    if caught:
        return f"warning: {caught[0].message}"
    shapes = {getattr(observation, name).shape for name in ("image", "incidence", "emission", "latitude", "longitude",
                                                            "invalid")}
    lon = observation.longitude[~observation.invalid]
    if len(shapes) != 1 or not ((lon >= -180) & (lon <= 180)).all() or not np.isfinite(observation.subsolar_longitude):
        return "read: planes that do not fit together"
    return "read"


def run(instrument: str, count: int, seed: int, folder: Path, progress: Progress | None = None) -> Counter[str]:
    """`count` mutated products through one reader; failures are kept in `folder` as failure-N.bin. Verdicts counted."""
    pair = READERS[instrument][0](folder / instrument)
    assert pair.geometry is not None
    originals = {path: path.read_bytes() for path in (pair.image, pair.geometry)}
    rng = np.random.default_rng(seed)
    counts: Counter[str] = Counter()
    path = pair.image
    previous = signal.signal(signal.SIGVTALRM, _hang)
    try:
        for _ in range(count):
            last, path = path, (pair.image, pair.geometry)[int(rng.integers(2))]
            if last != path:
                last.write_bytes(originals[last])
            path.write_bytes(mutate(originals[path], rng))
            signal.setitimer(signal.ITIMER_VIRTUAL, LIMIT_SECONDS)
            try:
                result = verdict(instrument, pair)
            except Hang:
                result = "hang"
            finally:
                signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            if result not in counts and result not in {"read", "refused"}:
                shutil.copy(path, folder / f"failure-{instrument}-{len(counts)}{path.suffix}")
            counts[result] += 1
            if progress:
                progress.step()
    finally:
        signal.signal(signal.SIGVTALRM, previous)
    return counts


def _hang(number: int, frame: FrameType | None) -> None:
    raise Hang


def main(arguments: list[str]) -> int:
    """Run both readers; 0 if nothing but observations and ReaderErrors came out."""
    parser = argparse.ArgumentParser(prog="python -m tests.observations.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("count", type=int, nargs="?", default=100_000, help="files for each reader")
    parser.add_argument("seed", type=int, nargs="?", default=0, help="of the mutations")
    chosen = parser.parse_args(arguments)
    count, seed = chosen.count, chosen.seed
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    failed = False
    for instrument in READERS:
        start = time.monotonic()
        counts = run(instrument, count, seed, folder, Progress(f"fuzz {instrument}", count, "files"))
        rate = count / (time.monotonic() - start)
        bad = {result: number for result, number in counts.items() if result not in {"read", "refused"}}
        print(f"{instrument}: {count} mutated files, seed {seed}: {counts['read']} read, {counts['refused']} refused, "
              f"{sum(bad.values())} failed; {rate:.0f} files/s")
        for result, number in bad.items():
            print(f"  {number} x {result}; see {folder}/failure-{instrument}-*")
        failed |= bool(bad)
    for instrument in READERS:
        progress = Progress(f"fuzz values of {instrument}", count, "products")
        values = value_fuzz.run(instrument, count, seed, folder, progress)
        bad = {result: number for result, number in values.items() if result not in value_fuzz.EXPECTED}
        print(f"{instrument}: {count} products with changed values, seed {seed}: {values['right']} right, "
              f"{values['refused']} rightly refused, {sum(bad.values())} failed")
        for result, number in bad.items():
            print(f"  {number} x {result}; see {folder}/failure-{instrument}-values-*")
        failed |= bool(bad)
    if not failed:
        shutil.rmtree(folder)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
