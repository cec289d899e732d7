"""Files that users name as an archive's are held to the archive's own sums; what has none is said to be unproven."""

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.profile import load
from paper_repro.base.run import Run
from paper_repro.download.ledger import Entry, Ledger
from paper_repro.observations import archive_sums
from paper_repro.patches import build
from tests.observations import products
from tests.steps_made import make, stale

NONE = "Akatsuki UVI files not verified: no MD5 sums of the archive's own are there"


def md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder of two observations, as a user may have it."""
    for number in (1, 2):
        image, geometry = products.uvi_paths(tmp_path / "in", stem=products.UVI_STEM.replace("0523", f"052{number}"))
        products.write_uvi_image(image, products.planes((4, 6), number)["latitude"], products.uvi_cards())
        products.write_uvi_geometry(geometry, products.planes((4, 6), number))
    return tmp_path / "in"


def run_of(root: Path) -> Run:
    return Run(load("paper"), root.parent / "out", folders={"uvi": root}, scales=(3000.0,))


def files(root: Path) -> list[Path]:
    return sorted(root.rglob("*.fit"))


def md5sum(volume: Path, paths: list[Path]) -> Path:
    """The file of sums of a volume, as md5sum writes it."""
    (volume / "md5sum.txt").write_text("".join(f"{md5(path)}  ./{path.relative_to(volume)}\n" for path in paths))
    return volume / "md5sum.txt"


def notes(run: Run) -> tuple[list[str], dict[str, str]]:
    """What is said of the observations together, and of each by its name."""
    make(run, "observations uvi")
    path = build.index_file(run, "uvi")
    table = pd.read_csv(path, keep_default_na=False)
    return (read_json(path.with_suffix(".json")) or {})["notes"], dict(zip(table["source"], table["note"], strict=True))


@pytest.mark.attack("other-archive-files")
def test_files_without_sums_are_said_to_be_unproven(root: Path) -> None:
    assert notes(run_of(root)) == ([NONE], dict.fromkeys(
        (path.relative_to(root).as_posix() for path in files(root) if "l2b" in path.name), ""))


def test_files_with_the_right_sums_need_no_word(root: Path) -> None:
    md5sum(root, files(root))
    said, each = notes(run_of(root))
    assert said == []
    assert set(each.values()) == {""}


@pytest.mark.parametrize("known", [1, 2, 3])
def test_a_sum_for_some_is_none_for_others(root: Path, known: int) -> None:
    """By volume, as the archive has them: images in one, geometry in another."""
    md5sum(root / "vco-v-uvi-3-cdr-v1.0/vcouvi_1001", [path for path in files(root) if "l2b" in path.name])
    geometry = [path for path in files(root) if "l3bx" in path.name]
    md5sum(root / "extras/vco_uvi_l3_v1.0/vcouvi_7001", geometry[:known - 1])
    said, _ = notes(run_of(root))
    assert said == {1: [NONE], 2: [NONE.replace(": no", ": for 1 of 2 observations no")], 3: []}[known]


@pytest.mark.attack("other-archive-files")
@pytest.mark.parametrize(("kind", "part"), [("l2b", ""), ("l3bx", "geometry, ")])
def test_a_file_that_contradicts_its_sum_is_not_used(root: Path, kind: str, part: str) -> None:
    sums = md5sum(root, files(root))
    changed = next(path for path in files(root) if kind in path.name)
    right = md5(changed)
    data = bytearray(changed.read_bytes())
    data[-3000] ^= 1  # a sample: the file can be read as before
    changed.write_bytes(data)
    run = run_of(root)
    said, each = notes(run)
    first, second = each.values()
    assert first == f"{part}expected MD5 {right}, as the archive's own file of sums says, found {md5(changed)}"
    assert (second, said) == ("", [])
    assert [bool(one.note) for one in build.observe(run, "uvi")] == [True, False]
    sums.write_text(sums.read_text().replace(right, md5(changed)))
    assert stale(run, "observations uvi")  # the sums are an input, too
    assert set(notes(run)[1].values()) == {""}


@pytest.mark.attack("checksum-contradiction")
def test_two_sums_that_contradict_each_other_prove_nothing(root: Path) -> None:
    sums = md5sum(root, files(root))
    other = root / "checksum.txt"
    image = next(path for path in files(root) if "l2b" in path.name)
    other.write_text(f"MD5 ({image.relative_to(root)}) = {'0' * 32}\n")
    _, each = notes(run_of(root))
    assert "the archive has 2 that contradict each other" in each[image.relative_to(root).as_posix()]
    assert sums.name in each[image.relative_to(root).as_posix()]


def test_what_was_held_to_its_sum_when_it_was_fetched_is_proven_as_long_as_the_ledger_says_so(root: Path) -> None:
    run = Run(load("paper"), root.parent / "out", scales=())
    run.raw.mkdir(parents=True)
    root.rename(run.archive("uvi"))
    assert notes(run)[0] == [NONE]
    ledger, step = Ledger(run.raw), "observations uvi"

    def enter(verified: Callable[[Path], str], folder: str = "") -> None:
        for path in files(run.raw):
            about, sha256 = path.stat(), hashlib.sha256(path.read_bytes()).hexdigest()
            ledger.add(Entry("https://archive.test/", folder + ledger.name(path), about.st_size, sha256, verified(path),
                             "", about.st_mtime_ns))

    enter(lambda path: "size")
    enter(lambda path: f"md5 {md5(path)}", "of-another-")
    assert stale(run, step) == {}
    enter(lambda path: f"md5 {md5(path)}")
    named = dataclasses.replace(run, folders={"uvi": run.archive("uvi")})  # nobody says where these are from
    assert stale(named, step) == {}
    assert stale(run, step) == {step: "inputs: now MD5 sums in the ledger"}
    assert notes(run)[0] == []
    enter(lambda path: f"md5 {md5(path)}")
    assert stale(run, step) == {}
    enter(lambda path: f"md5 {md5(path)}" if "l2b" in path.name else "size")
    assert stale(run, step) == {step: "MD5 sums in the ledger changed"}
    assert notes(run)[0] == [NONE]
    assert stale(named, step) == {step: "inputs: no longer MD5 sums in the ledger"}
    ledger.file.unlink()
    assert stale(run, step) == {step: "inputs: no longer MD5 sums in the ledger"}
    assert notes(run)[0] == [NONE]


@pytest.mark.parametrize("name", ["md5sum.txt", "MD5SUM.TXT", "checksum.txt", "checksums.md5", "x.fit.md5", "md5sums"])
def test_files_of_sums_by_their_names(name: str, tmp_path: Path) -> None:
    assert archive_sums.files([tmp_path / name, tmp_path / "x.fit", tmp_path / "md5.py"]) == [tmp_path / name]


@pytest.mark.attack("checksum-commas")
def test_a_file_of_sums_without_end_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = md5sum(root, files(root))
    monkeypatch.setattr(archive_sums, "MOST_BYTES", path.stat().st_size)
    archive_sums.read(root, [path])
    with path.open("r+b") as file:
        file.truncate(1 << 40)
    with pytest.raises(UserError, match=r"md5sum\.txt: expected a file of MD5 sums of at most \d+ bytes, found more"):
        archive_sums.read(root, [path])
