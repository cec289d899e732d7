"""Every state of archives, disk and user's wishes that a fetch can meet."""

import dataclasses
import hashlib
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from paper_repro.base import instruments
from paper_repro.base.errors import UserError
from paper_repro.base.run import Run, open_run
from paper_repro.download.ledger import Ledger
from paper_repro.download.source import Source
from paper_repro.encoders import weights_file
from paper_repro.fetch import check, fetch, registry
from tests.download.server import ArchiveServer, Fault, Request
from tests.fetch import served
from tests.fetch.served import mirrors


def test_again_costs_only_the_listings_above_the_orbits(server: ArchiveServer, run: Run) -> None:
    fetch.fetch(run, mirrors(server))
    before = (run.raw / "plan/fetched.csv").read_bytes()
    server.requests.clear()
    fetch.fetch(run, mirrors(server))
    assert not [path for path in server.requests if not path.endswith("/")]
    assert not [path for path in server.requests if path.rstrip("/")[-4:].isdigit() and "vcouvi" not in path[-13:]]
    assert (run.raw / "plan/fetched.csv").read_bytes() == before


def test_a_file_that_changed_here_is_fetched_again(server: ArchiveServer, archive: Path, run: Run) -> None:
    fetch.fetch(run, mirrors(server))
    path = max(run.raw.rglob("*.GEO"))
    body = bytearray(path.read_bytes())
    body[-1] ^= 1
    path.write_bytes(body)
    with pytest.raises(UserError, match="sha256"):
        check.check(run)
    fetch.fetch(run, mirrors(server))
    assert served.products(run.raw).items() < served.products(archive).items()
    check.check(run)


def test_what_a_user_names_is_not_fetched(server: ArchiveServer, archive: Path, run: Run) -> None:
    named = open_run("paper", run.out, run.images, run.weights,
                     folders={"uvi": archive / "darts", "vmc": archive / "psa"})
    fetch.fetch(named, mirrors(server))
    assert not server.requests
    only = open_run("paper", run.out, run.images, run.weights, folders={"uvi": archive / "darts"})
    fetch.fetch(only, mirrors(server))
    assert not [path for path in server.requests if "darts" in path]
    assert not (run.raw / "darts").exists()


def test_the_second_host_where_the_first_fails(server: ArchiveServer, archive: Path, run: Run,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    load = registry.load

    def two(places: dict[str, str]) -> dict[str, Source]:
        sources = load(places)
        for name in ("darts", "psa"):
            sources[name] = dataclasses.replace(sources[name], base=f"{server.base}nowhere/{name}/",
                                    fallbacks=(f"{server.base}{name}/",))
        return sources

    monkeypatch.setattr(registry, "load", two)
    fetch.fetch(run, mirrors(server))
    assert served.products(run.raw).items() < served.products(archive).items()
    # after the first answer the other host is asked first
    assert sum("nowhere" in path for path in server.requests) < 20


def test_images_from_a_copy_of_their_folder_where_no_host_has_them(
        server: ArchiveServer, archive: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    load, images = registry.load, f"{served.IMAGES}/"
    server.fault = lambda one: Fault(status=404) if images in one.path and not one.path.endswith("/") else None
    with ArchiveServer(archive / "darts" / images) as copy:

        def copied(places: dict[str, str]) -> dict[str, Source]:
            sources = load(places)
            return sources | {"darts": dataclasses.replace(sources["darts"], parts=((images, copy.base),))}

        monkeypatch.setattr(registry, "load", copied)
        fetch.fetch(run, mirrors(server))
    found = served.products(run.raw)
    assert found.items() < served.products(archive).items()
    assert any(images in path for path in found)


def test_an_unknown_form_of_listing_is_one_sentence(server: ArchiveServer, run: Run,
                                                    capsys: pytest.CaptureFixture[str]) -> None:
    page = b"<html><head><title>Welcome to the new archive</title></head><body>Please log in</body></html>"
    server.fault = lambda request: Fault(body=page) if request.path == "/darts/vco-v-uvi-3-cdr-v1.0/" else None
    with pytest.raises(UserError, match="darts is empty and its archive could not be asked"):
        fetch.fetch(run, mirrors(server))
    assert "expected a page that lists the files of a folder, found a web page ('Welcome to the new archive')" in (
        capsys.readouterr().out)
    assert served.products(run.raw / "psa")


def test_offline_what_is_there_is_used_and_what_is_missing_is_listed(server: ArchiveServer, run: Run,
                                                                    capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UserError, match="could not be asked"):
        fetch.fetch(run, {})
    fetch.fetch(run, mirrors(server))
    fetch.fetch(run, {})  # nothing is missing
    assert "everything that is needed is there" in capsys.readouterr().out
    gone = max(run.raw.rglob("*.GEO"))
    gone.unlink()
    with pytest.raises(UserError, match="planned files are missing: 1,"):
        fetch.fetch(run, {})
    missing = pd.read_csv(run.raw / "plan/missing.csv")
    assert [run.raw / archive / path for archive, path in zip(missing.archive, missing.path, strict=True)] == [gone]
    fetch.fetch(run, mirrors(server))
    assert gone.is_file()


def test_without_a_plan_what_the_user_put_there_is_used(archive: Path, run: Run, capsys: pytest.CaptureFixture[str]
                                                        ) -> None:
    for name in ("darts", "psa"):
        shutil.copytree(archive / name, run.raw / name)
    fetch.fetch(run, {})
    assert "nothing is planned yet" in capsys.readouterr().out


def test_no_room_is_said_before_anything_is_fetched(server: ArchiveServer, run: Run, monkeypatch: pytest.MonkeyPatch
                                                    ) -> None:
    usage = shutil.disk_usage(".")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(UserError, match=r"only 0\.000 GB are free"):
        fetch.fetch(run, mirrors(server))
    assert not served.products(run.raw)


def test_weights_come_from_the_network_a_mirror_or_torchvision(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                                               ) -> None:
    body = b"weights of a test"
    monkeypatch.setattr(weights_file, "SHA256", hashlib.sha256(body).hexdigest())
    needs = open_run("paper", run.out, run.images, folders=dict.fromkeys(("uvi", "vmc"), tmp_path))
    with pytest.raises(UserError, match=r"weights: .*PAPER_REPRO_OFFLINE"):
        fetch.fetch(needs, {})
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / weights_file.NAME).write_bytes(body[:-1])
    with pytest.raises(UserError, match="sha256"):
        fetch.fetch(needs, {"weights": str(tmp_path / "mirror")})
    (tmp_path / "mirror" / weights_file.NAME).write_bytes(body)
    fetch.fetch(needs, {"weights": str(tmp_path / "mirror")})
    path = run.raw / "weights" / weights_file.NAME
    assert path.read_bytes() == body
    fetch.fetch(needs, {})  # it is there
    path.unlink()
    cached = weights_file.in_cache()
    cached.parent.mkdir(parents=True)
    cached.write_bytes(body)
    fetch.fetch(needs, {})
    assert not path.exists()


def test_other_profiles_fetch_nothing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="PROFILE=paper"):
        fetch.fetch(open_run("sample", tmp_path), {})


def test_an_instrument_that_cannot_be_fetched(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {name: dataclasses.replace(each, archive="nowhere") if name == "vmc" else each
             for name, each in instruments.entries().items()}
    monkeypatch.setattr(instruments, "_entries", lambda _: known)
    with pytest.raises(UserError, match=r"VMC files .*: they can't be fetched; name their folder with VMC=folder"):
        fetch.fetch(run, {})


def test_a_server_that_says_no_size_at_all(server: ArchiveServer, archive: Path, run: Run) -> None:
    def fault(request: Request) -> Fault | None:
        if request.method == "HEAD":
            return Fault(status=405)
        return None if request.path.endswith("/") else Fault(chunked=True, ignore_range=True)

    server.fault = fault
    fetch.fetch(run, mirrors(server))
    assert served.products(run.raw)
    assert served.products(run.raw).items() < served.products(archive).items()
    check.check(run)


def test_sums_that_contradict_each_other_are_an_error(server: ArchiveServer, archive: Path, run: Run,
                                                      capsys: pytest.CaptureFixture[str]) -> None:
    folder = f"darts/{served.IMAGES}"
    first = (archive / folder / "vcouvi_1001/checksum.txt").read_text().splitlines()
    disputed = first[0].partition("  ./")[2]
    packed = (archive / folder / "md5sum.txt").read_text()
    body = f"{packed}{'0' * 32}  vcouvi_1001/{disputed}\n{'1' * 32}  vcouvi_1001.tar.xz\n".encode()
    server.fault = lambda request: Fault(body=body) if request.path == f"/{folder}/md5sum.txt" else None
    with pytest.raises(UserError, match=rf"vcouvi_1001/{disputed}: expected one MD5 sum, the archive has 2") as caught:
        fetch.fetch(run, mirrors(server))
    assert re.search(rf"{'0' * 32} in {served.IMAGES}/md5sum.txt", str(caught.value))
    notes = capsys.readouterr().err
    assert re.search(r"vcouvi_1001\.tar\.xz: expected one MD5 sum, .* The files of .*vcouvi_1001/ are fetched", notes)
    assert served.products(run.raw).items() < served.products(archive).items()
    verified = {entry.path: entry.verified for entry in Ledger(run.raw).entries()}
    assert verified[f"{folder}/vcouvi_1001/{disputed}"] == "size, reader"
