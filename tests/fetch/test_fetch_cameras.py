"""Images of other cameras and filters in the same two trees: planned, fetched, and told apart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from paper_repro import cli
from paper_repro.base.run import Run
from paper_repro.fetch import plan as plans
from paper_repro.observations.observation import HEAD_BYTES
from paper_repro.simulated import venus_archive, venus_cameras
from paper_repro.simulated.venus_fields import Field
from tests.download.server import ArchiveServer
from tests.fetch import served


@pytest.fixture
def cameras(tmp_path: Path) -> Iterator[ArchiveServer]:
    """A server with an image or two of LIR, of two filters of IR2, and of two channels of VMC in one orbit."""
    root = tmp_path / "served"
    for name, count in (("lir", 2), ("ir2-226", 1), ("ir2-202", 2), ("vmc-n2", 1), ("vmc-vis", 1)):
        for shot in list(venus_cameras.shots(name))[:count]:
            venus_archive.take(root, shot, Field(1, clouds=False), 5)
    with ArchiveServer(root) as running:
        yield running


def fetched(server: ArchiveServer, run: Run, *words: str) -> int:
    mirrors = [word for name, place in served.mirrors(server).items() for word in ("--mirror", f"{name}={place}")]
    return cli.main(["fetch", *mirrors, "--out", str(run.out), *words])  # nothing but images is asked for


def test_the_plan_of_one_camera_says_what_it_takes(cameras: ArchiveServer, run: Run,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    assert fetched(cameras, run, "--plan", "--instrument", "lir") == 0
    said = capsys.readouterr().out
    assert "Akatsuki at DARTS (ISAS/JAXA), Akatsuki LIR 8 to 12 um, " in said
    assert "needed: 2 images with their geometry, 4 files, " in said
    assert not {"VMC", "Cloud-ImVN", "ResNet"} & set(said.split())
    files = plans.read("lir", run.raw / "plan").files
    assert {one.scales for one in files} == {"3000"}  # the profile's that the images resolve
    assert sum(one.bytes for one in files) == sum(
        path.stat().st_size for path in cameras.root.rglob("lir_*.fit"))
    # a header longer than what is asked for first is asked for again, and no pixel
    read = {path: count for path, count in cameras.bytes.items() if "/lir_" in path}
    assert HEAD_BYTES > 23 * 2880 + 2880
    assert len(read) == 4
    assert all(count <= 24576 + HEAD_BYTES for count in read.values())
    assert not served.products(run.raw)


def test_filters_of_one_camera_are_fetched_and_planned_apart(cameras: ArchiveServer, run: Run) -> None:
    assert fetched(cameras, run, "--instrument", "ir2-226", "--scale", "3000") == 0
    assert {Path(name).name.split("_")[3] for name in served.products(run.raw)} == {"226"}
    cameras.requests.clear()
    assert fetched(cameras, run, "--plan", "--instrument", "ir2-202", "--scale", "3000") == 0
    assert len(plans.read("ir2-202", run.raw / "plan").files) == 4
    assert len(plans.read("ir2-226", run.raw / "plan").files) == 2
    assert fetched(cameras, run, "--instrument", "ir2-202", "--instrument", "ir2-226", "--scale", "3000") == 0
    assert {Path(name).name.split("_")[3] for name in served.products(run.raw)} == {"202", "226"}
    assert fetched(cameras, run, "--check", "--instrument", "ir2-202") == 0
    assert cli.main(["patches", "--out", str(run.out), "--instrument", "ir2-226", "--scale", "3000",
                     "--jobs", "1"]) == 0


def test_channels_of_one_orbit_are_told_apart(cameras: ArchiveServer, run: Run) -> None:
    assert fetched(cameras, run, "--instrument", "vmc-n2", "--scale", "25") == 0
    assert sorted(Path(name).suffix for name in served.products(run.raw)) == [".GEO", ".IMG"]
    assert all("_N22." in name for name in served.products(run.raw))
    assert fetched(cameras, run, "--instrument", "vmc-vis", "--scale", "25") == 0
    assert len(served.products(run.raw)) == 4
