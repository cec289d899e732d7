"""Changed values, many: what comes out of either reader is what the description says, or a refusal where it must be."""

from pathlib import Path

import pytest

from paper_repro.observations import fits, pds3_image
from tests.observations import value_fuzz


@pytest.mark.parametrize("instrument", ["uvi", "vmc"])
def test_two_thousand_products_with_changed_values(tmp_path: Path, instrument: str) -> None:
    counts = value_fuzz.run(instrument, 2000, 20242, tmp_path)
    assert set(counts) == value_fuzz.EXPECTED, counts
    assert min(counts.values()) > 200


@pytest.mark.parametrize(("target", "name", "value", "instrument"), [
    (pds3_image.Image, "degrees", lambda *_: 1.0, "vmc"),
    (pds3_image.Image, "physical", lambda _, stored: stored.astype("f4"), "vmc"),
    (fits.Unit, "degrees", 1.0, "uvi"),
    (fits.Unit, "physical", lambda _, stored: stored, "uvi"),
])
def test_what_is_dropped_in_silence_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: type, name: str,
                                            value: object, instrument: str) -> None:
    monkeypatch.setattr(target, name, value)
    counts = value_fuzz.run(instrument, 150, 1, tmp_path)
    assert any(result.startswith(("wrong", "read what")) for result in counts), counts
    assert list(tmp_path.glob(f"failure-{instrument}-values-*"))
