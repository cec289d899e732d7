"""From a server in the archives' layout to patch sets: the same bytes as from the files directly; few bytes moved."""

from pathlib import Path

import pytest

from paper_repro import cli
from paper_repro.base import cleaning
from paper_repro.base.instruments import entries
from paper_repro.base.run import Run, open_run
from paper_repro.download.ledger import Ledger
from paper_repro.fetch import check, fetch
from paper_repro.fetch import plan as plans
from tests.download.server import ArchiveServer, Fault, Request
from tests.fetch import served
from tests.fetch.served import mirrors, patch_files
from tests.steps_made import make


@pytest.fixture(scope="module")
def direct(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The patch sets made from the archive's files themselves."""
    out = tmp_path_factory.mktemp("direct")
    run = open_run("paper", out, folders={"uvi": archive / "darts", "vmc": archive / "psa"})
    make(run, "venus patches")
    return patch_files(run)


def test_patch_sets_from_the_server_are_those_from_the_files(server: ArchiveServer, direct: dict[str, bytes],
                                                             archive: Path, run: Run, capsys: pytest.CaptureFixture[str]
                                                             ) -> None:
    fetch.fetch(run, mirrors(server))
    make(run, "venus patches")
    assert len(direct) == 12
    assert patch_files(run) == direct
    there = served.products(run.raw)
    assert there.items() < served.products(archive).items()
    planned = [one for instrument in entries() for one in plans.read(instrument, run.raw / "plan").files]
    assert set(there) == {f"{one.archive}/{one.path}" for one in planned}
    assert sum(server.bytes.values()) < 0.9 * served.whole_bytes(archive)
    said = capsys.readouterr().out
    assert "needed: 6 images with their geometry" in said
    assert "left out: 1 image, too coarse for every scale" in said
    assert "of 2.7 TB that these archives have" in said
    assert "everything that is needed is there" in said
    assert [path.name for path in run.raw.rglob(".*") if path.is_file()] == [cleaning.MARK]
    check.check(run)


def test_the_same_through_the_command_line(server: ArchiveServer, direct: dict[str, bytes], run: Run,
                                           capsys: pytest.CaptureFixture[str]) -> None:
    given = [f"{name}={place}" for name, place in mirrors(server).items()]
    words = ["--out", str(run.out), "--weights", str(run.weights), "--images", str(run.images)]
    fetching = ["fetch", *words, "--mirror", given[0], "--mirror", given[1]]
    assert cli.main([*fetching, "--plan"]) == 0
    assert "to be fetched: 12 files" in capsys.readouterr().out
    assert not served.products(run.raw)
    assert cli.main(fetching) == 0
    assert cli.main(["patches", "--profile", "paper", "--only", "venus", "--jobs", "1", *words[:2]]) == 0
    assert patch_files(run) == direct
    assert cli.main(["fetch", "--check", *words]) == 0


def test_a_packed_volume_where_that_is_less(server: ArchiveServer, run: Run) -> None:
    fetch.fetch(run, mirrors(server))
    volume = "/darts/vco-v-uvi-3-cdr-v1.0/vcouvi_1001"
    assert server.bytes[f"{volume}.tar.xz"] > 2e6
    singles = [path for path in server.bytes if path.startswith(f"{volume}/") and path.endswith(".fit")]
    assert singles
    assert max(server.bytes[path] for path in singles) <= 24576 + 131072
    entries = {one.path: one for one in Ledger(run.raw).entries()}
    packed = [one for one in entries.values() if ".tar.xz#vcouvi_1001/data/l2b/" in one.url]
    assert len(packed) == 4
    assert all(one.verified.startswith("md5 ") for one in packed)
    small = [one for one in entries.values() if ".tar.gz#vcouvi_1002/data/l2b/" in one.url]
    assert {one.verified for one in small} == {"size, reader"}
    forms = {one.url.partition("#")[0].rpartition("/")[2] for one in entries.values() if "#" in one.url}
    assert forms == {"vcouvi_1001.tar.xz", "vcouvi_1002.tar.gz", "vcouvi_7001_l3x_fits.zip",
                     "vcouvi_7002_l3x_fits.tar.gz"}
    assert not list(run.raw.rglob("*.tar.*"))
    assert not list(run.raw.rglob("*.zip"))


def test_no_packed_volume_where_one_file_is_missing(server: ArchiveServer, archive: Path, run: Run) -> None:
    fetch.fetch(run, mirrors(server))
    gone = min(run.raw.rglob("*_l3bx_*"))
    gone.unlink()
    server.requests.clear()
    before = sum(server.bytes.values())
    fetch.fetch(run, mirrors(server))
    source = archive / gone.relative_to(run.raw)
    assert gone.read_bytes() == source.read_bytes()
    assert server.requests[f"/{source.relative_to(archive).as_posix()}"] == 1
    assert sum(server.bytes.values()) - before < source.stat().st_size + 50_000


@pytest.mark.parametrize("body", [b"no archive at all", None])
def test_a_packed_volume_that_fails_is_fetched_file_by_file(body: bytes | None, server: ArchiveServer, archive: Path,
                                                            run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    def fault(request: Request) -> Fault | None:
        if not request.path.endswith(".tar.xz") or request.method == "HEAD":
            return None
        return Fault(status=404) if body is None else Fault(body=body)

    server.fault = fault
    fetch.fetch(run, mirrors(server))
    assert "one by one" in capsys.readouterr().err
    assert served.products(run.raw).items() < served.products(archive).items()
    check.check(run)


def test_a_folder_stands_for_an_archive(archive: Path, direct: dict[str, bytes], run: Run) -> None:
    fetch.fetch(run, {name: str(archive / name) for name in ("darts", "psa")})
    make(run, "venus patches")
    assert patch_files(run) == direct
