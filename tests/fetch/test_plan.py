"""The plan: it has the files that the patch builder would use, and no others; it is kept, and updated by little."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_repro.base.hashes import Hashes
from paper_repro.base.instruments import entry
from paper_repro.base.profile import load
from paper_repro.base.run import Run
from paper_repro.download.http import Client
from paper_repro.fetch import plan as plans
from paper_repro.fetch import registry
from paper_repro.fetch.plan import Plan
from paper_repro.fetch.volumes import Tree
from paper_repro.observations.index import index
from paper_repro.paper import TABLE4
from paper_repro.patches import build
from paper_repro.patches.part import Observed, left_out
from tests.download.server import ArchiveServer, Fault, Request
from tests.fetch import served
from tests.fetch.conftest import QUICK
from tests.instruments import vmc
from tests.observations.products import vmc_image, vmc_label, vmc_paths, write_vmc

INSTRUMENTS: tuple[str, ...] = ("uvi", "vmc")


def planned(base: str, instrument: str, scales: Sequence[float], folder: Path) -> Plan:
    name = entry(instrument).archive
    with Client(QUICK) as client:
        tree = Tree(client, registry.load({name: base})[name], folder / f"{name}-listings.json")
        made = plans.make(tree, instrument, scales, TABLE4.resolution_px, folder)
    plans.write([made], folder)
    return made


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of plans that all examples go on with."""
    return tmp_path_factory.mktemp("plans")


@pytest.fixture(scope="module")
def observed(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Observed]]:
    """The patch builder's own index of the whole archive."""
    out = tmp_path_factory.mktemp("index")
    run = Run(load("paper"), out, folders={"uvi": archive / "darts", "vmc": archive / "psa"})
    for instrument in INSTRUMENTS:
        build.index_folder(run, instrument, Hashes(None))
    return {instrument: build.observe(run, instrument) for instrument in INSTRUMENTS}


@given(scales=st.lists(st.one_of(st.sampled_from([25, 500, 3000]), st.floats(10, 12000)), min_size=1, max_size=3,
                       unique=True), instrument=st.sampled_from(INSTRUMENTS))
def test_in_the_plan_is_what_the_builder_would_use(scales: list[float], instrument: str, archive: Path,
                                                   kept: Path, observed: dict[str, list[Observed]]) -> None:
    made = planned(str(archive / entry(instrument).archive), instrument, scales, kept)
    used = {scale: {one.source: one.geometry for one in observed[instrument]
                    if not left_out(one, scale, TABLE4.resolution_px)} for scale in scales}
    expected = {path: {scale for scale in scales if image in used[scale]}
                for scale in scales for image, geometry in used[scale].items() for path in (image, geometry)}
    assert {one.path: {float(text) for text in one.scales.split()} for one in made.files} == expected
    root = archive / entry(instrument).archive
    assert all(one.bytes == (root / one.path).stat().st_size for one in made.files)
    reasons = {one.path: one.reason for one in made.left_out if one.kind != plans.OLDER}
    skipped = {one.source: left_out(one, max(scales), TABLE4.resolution_px) for one in observed[instrument]
               if one.source not in expected}
    assert reasons.keys() == skipped.keys()
    for image, reason in skipped.items():
        # of an image that is too coarse, nothing is known about its geometry
        assert reasons[image] == reason or reasons[image].startswith("resolution of")
    assert not made.failed


def test_each_kind_of_observation_is_in_its_place(server: ArchiveServer, tmp_path: Path) -> None:
    uvi = planned(f"{server.base}darts/", "uvi", (3000, 500), tmp_path)
    assert uvi.kinds() == {plans.COARSE: 1, plans.OLDER: 1, "geometry missing": 2, plans.UNUSABLE: 1}
    vmc_plan = planned(f"{server.base}psa/", "vmc", (25,), tmp_path)
    assert vmc_plan.kinds() == {plans.COARSE: 2, plans.OLDER: 1, "geometry missing": 1, plans.UNUSABLE: 1}
    assert sum(one.geometry for one in uvi.files) == uvi.observations == len(uvi.files) / 2
    assert not any("l2b_v10" in one.path for one in uvi.files if "20151221_141618" in one.path)
    assert any("l2b_v20" in one.path for one in uvi.files)
    assert not any("_283_" in path for path in (*(one.path for one in uvi.files), *(one.path for one in uvi.left_out)))
    assert "EXT1-V2.0" in next(one.path for one in vmc_plan.left_out if one.kind == plans.OLDER)
    assert {one.scales for one in uvi.files} == {"3000", "3000 500"}
    assert {Path(one.path).parts[1][-1] for one in uvi.files if one.md5 and not one.geometry} == {"1"}
    assert uvi.sums.of(f"{served.IMAGES}/vcouvi_1002.tar.gz")
    again = plans.read("uvi", tmp_path)
    assert (again.files, again.left_out, again.known) == (uvi.files, uvi.left_out, True)
    assert plans.read("vmc", tmp_path).files == vmc_plan.files


def test_heads_only_are_read(server: ArchiveServer, archive: Path, tmp_path: Path) -> None:
    made = planned(f"{server.base}darts/", "uvi", (3000, 500), tmp_path)
    read = {path: count for path, count in server.bytes.items() if path.endswith(".fit")}
    assert len(read) > 10
    [unusable] = [Path(one.path).name.replace("l2b", "{}") for one in made.left_out if one.kind == plans.UNUSABLE]
    again = {unusable.format("l2b"), unusable.format("l3bx")}  # looked at more closely before it is given up
    assert {Path(path).name for path, count in read.items() if count > 24576} == again
    coarse = "uvi_20170102_000002_365"
    assert sum(coarse in path for path in read) == 1  # its geometry isn't looked at
    assert sum(read.values()) < served.whole_bytes(archive / "darts") / 80


@pytest.fixture
def three(tmp_path: Path) -> Iterator[ArchiveServer]:
    """Three observations of 100, 200 and 400 m a pixel."""
    for number, metres in enumerate((100, 200, 400)):
        served.vmc(tmp_path / "three", f"V0942_000{number}_UV2", metres)
    with ArchiveServer(tmp_path / "three") as running:
        yield running


def looked_at(server: ArchiveServer) -> list[str]:
    """Files that were asked for since the last time, by their last names, and orbits listed."""
    found = sorted(path.rpartition("0942/")[2] or "orbit" for path in server.requests if "/0942/" in path)
    server.requests.clear()
    return found


def touch(path: Path) -> None:
    """Give a file or folder a time that any listing shows as another."""
    stamp = path.stat().st_mtime_ns + 120 * 10**9
    os.utime(path, ns=(stamp, stamp))


def test_a_kept_plan_is_updated_and_not_made_anew(three: ArchiveServer, tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    first = planned(three.base, "vmc", (25,), folder)
    assert len(first.files) == 4
    assert looked_at(three) == ["V0942_0000_UV2.GEO", "V0942_0000_UV2.IMG", "V0942_0001_UV2.GEO", "V0942_0001_UV2.IMG",
                                "V0942_0002_UV2.IMG", "orbit", "orbit"]
    assert planned(three.base, "vmc", (25,), folder).files == first.files
    assert looked_at(three) == []


def test_another_scale_costs_what_counts_now(three: ArchiveServer, tmp_path: Path) -> None:
    planned(three.base, "vmc", (25,), tmp_path / "plan")
    looked_at(three)
    both = planned(three.base, "vmc", (50, 25), tmp_path / "plan")
    assert looked_at(three) == ["V0942_0002_UV2.GEO", "V0942_0002_UV2.IMG"]
    assert len(both.files) == 6


def test_files_that_change_and_come_cost_themselves(three: ArchiveServer, tmp_path: Path) -> None:
    planned(three.base, "vmc", (25,), tmp_path / "plan")
    looked_at(three)
    served.vmc(three.root, "V0942_0001_UV2", 300)
    served.vmc(three.root, "V0942_0003_UV2", 180)
    for path in vmc_paths(three.root, stem="V0942_0001_UV2"):
        touch(path)
        touch(path.parent)
    after = planned(three.base, "vmc", (25,), tmp_path / "plan")
    assert looked_at(three) == ["V0942_0001_UV2.IMG", "V0942_0003_UV2.GEO", "V0942_0003_UV2.IMG", "orbit", "orbit"]
    assert sorted({one.path[-18:-4] for one in after.files}) == ["V0942_0000_UV2", "V0942_0003_UV2"]


def test_an_orbit_that_cannot_be_listed_counts_as_it_was(three: ArchiveServer, tmp_path: Path) -> None:
    whole = planned(three.base, "vmc", (25,), tmp_path / "plan")
    touch(vmc_paths(three.root)[0].parent)
    three.fault = lambda request: Fault(status=403) if request.path.endswith("/DATA/0942/") else None
    made = planned(three.base, "vmc", (25,), tmp_path / "plan")
    assert made.files == whole.files
    assert len(made.failed) == 1


def test_a_label_longer_than_is_read_at_first(tmp_path: Path) -> None:
    served.vmc(tmp_path / "psa", "V0942_0001_UV2", 100)
    image, _ = vmc_paths(tmp_path / "psa", stem="V0942_0001_UV2")
    comment = f"/* {'x' * 14000} */\r\n"
    label = vmc_label((1, *served.SMALL), "MSB_INTEGER", 16, 4096, comment, MAXIMUM_RESOLUTION="100 <m/pixel>")
    write_vmc(image, vmc_image(served.SMALL), label, 4096)
    [[source, geometry]] = vmc.choose(path.relative_to(tmp_path / "psa").as_posix()
                                      for path in (tmp_path / "psa").rglob("V*"))
    made = planned(str(tmp_path / "psa"), "vmc", (25,), tmp_path / "plan")
    assert [one.path for one in made.files] == sorted([source, str(geometry)])
    assert index(tmp_path / "psa", "vmc", tmp_path / "index.csv").note.tolist() == [""]


def test_a_file_that_cannot_be_looked_at_is_said(server: ArchiveServer, tmp_path: Path) -> None:
    def fault(request: Request) -> Fault | None:
        return Fault(status=404) if request.path.endswith("V2496_0041_UV2.IMG") else None

    server.fault = fault
    made = planned(f"{server.base}psa/", "vmc", (25,), tmp_path)
    [said] = made.failed
    assert "V2496_0041_UV2.IMG" in said
    assert "404" in said
    server.fault = lambda request: None
    whole = planned(f"{server.base}psa/", "vmc", (25,), tmp_path)
    assert len(whole.files) == len(made.files) + 2
    assert not whole.failed


def test_an_archive_that_cannot_be_reached_leaves_the_plan_of_before(archive: Path, tmp_path: Path) -> None:
    with ArchiveServer(archive) as server:
        base = f"{server.base}psa/"
        nothing = planned(base.replace("psa", "none"), "vmc", (25,), tmp_path)
        assert not nothing.known
        whole = planned(base, "vmc", (25,), tmp_path)
    made = planned(base, "vmc", (25,), tmp_path)
    assert not made.reached
    assert made.known
    assert (made.files, made.left_out) == (whole.files, whole.left_out)
    assert any(base in note for note in made.notes)
    assert plans.read("vmc", tmp_path).files == whole.files


@pytest.mark.parametrize("damage", ["", "not,a,plan\n1,2,3\n", "archive,path\n"])
def test_a_damaged_plan_is_none(damage: str, tmp_path: Path) -> None:
    for name in ("plan.csv", "left_out.csv", "headers.csv", "psa-listings.json"):
        (tmp_path / name).write_text(damage)
    assert not plans.read("vmc", tmp_path).known
    served.vmc(tmp_path / "psa", "V0942_0001_UV2", 100)
    assert len(planned(str(tmp_path / "psa"), "vmc", (25,), tmp_path).files) == 2
