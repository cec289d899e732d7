"""Broken files, many: nothing but observations and ReaderErrors comes out of either reader."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paper_repro.observations.observation import Observation, Pair, ReaderError
from tests.observations import fuzz

EXPECTED = {"read", "refused"}


@pytest.mark.parametrize("instrument", ["uvi", "vmc"])
def test_two_thousand_mutated_files(tmp_path: Path, instrument: str) -> None:
    counts = fuzz.run(instrument, 2000, 20241, tmp_path)
    assert set(counts) == EXPECTED, counts  # both: mutations that are all refused would test the first check only
    assert min(counts.values()) > 200


@st.composite
def edits(draw: st.DrawFn) -> list[tuple[int, int, bytes]]:
    """Splices: at a place (most often in the first header), so many bytes out, these bytes in."""
    places = st.one_of(st.integers(0, 2000), st.integers(2880, 5760), st.integers(0, 40_000))
    texts = st.one_of(st.binary(max_size=30), st.text("0123456789.-+eE=()'\"<>/* END\r\n", max_size=30).map(str.encode))
    return draw(st.lists(st.tuples(places, st.integers(0, 40), texts), min_size=1, max_size=4))


@pytest.mark.parametrize("instrument", ["uvi", "vmc"])
@pytest.mark.parametrize("which", ["image", "geometry"])
def test_any_splices(tmp_path: Path, instrument: str, which: str) -> None:
    pair = fuzz.READERS[instrument][0](tmp_path)
    path = getattr(pair, which)
    original = path.read_bytes()

    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
    @given(edits())
    def check(splices: list[tuple[int, int, bytes]]) -> None:
        data = bytearray(original)
        for place, out, text in splices:
            data[place : place + out] = text
        path.write_bytes(data)
        assert fuzz.verdict(instrument, pair) in EXPECTED

    check()


def test_failures_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    make, read, header = fuzz.READERS["uvi"]

    def faulty(pair: Pair) -> Observation:
        try:
            return read(pair)
        except ReaderError as error:
            raise ValueError("not handled") from error

    monkeypatch.setitem(fuzz.READERS, "uvi", (make, faulty, header))
    counts = fuzz.run("uvi", 20, 0, tmp_path)
    assert counts["read: ValueError"] > 0
    assert list(tmp_path.glob("failure-uvi-*"))
    monkeypatch.delitem(fuzz.READERS, "vmc")
    assert fuzz.main(["20", "0"]) == 1
    assert "failed" in capsys.readouterr().out


def test_a_hang_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, _, header = fuzz.READERS["vmc"]

    def endless(_: Pair) -> Observation:
        while True:
            try:
                sum(range(1000))
            except Exception:
                continue

    monkeypatch.setitem(fuzz.READERS, "vmc", (make, endless, header))
    monkeypatch.setattr(fuzz, "LIMIT_SECONDS", 0.05)
    assert fuzz.run("vmc", 1, 0, tmp_path)["hang"] == 1


def test_mutations_are_seeded() -> None:
    data = bytes(range(256)) * 40
    first = [fuzz.mutate(data, np.random.default_rng(seed)) for seed in range(20)]
    assert first == [fuzz.mutate(data, np.random.default_rng(seed)) for seed in range(20)]
    assert len(set(first)) == 20
