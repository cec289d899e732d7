"""The authors' checkpoints: names read by their pattern, hashes held to, a repository that lists what it likes."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from paper_repro.base.errors import UserError
from paper_repro.base.run import COLOUR, GRAY, open_run
from paper_repro.download.http import FetchError
from paper_repro.download.ledger import Ledger
from paper_repro.download.source import Source
from paper_repro.encoders import authors
from paper_repro.encoders.authors import Key, choose, key_of
from paper_repro.fetch import checkpoints, registry
from paper_repro.fetch.checkpoints import fetch_authors
from tests.download.server import ArchiveServer, Fault
from tests.fetch.sources.cloud_imvn_made import client, put

SIMCLR = "simclr/simclr_resnet18_cloud-imvn-1.0_default.pt"
AUTOENCODER = "autoencoder/autoencoder_resnet18_cloud-imvn-1.0_default.pt"
FLAT_UVI = "simclr/simclr_resnet18_vco-uvi-365_s3000-r128_flat-s16-c0.33.pt"
OTHERS = ("README.md", ".gitattributes", SIMCLR.replace(".pt", "_info.json"), SIMCLR.replace(".pt", "_losses.pkl"))


@pytest.fixture
def source(server: ArchiveServer) -> Source:
    return registry.load({"checkpoints": server.base})["checkpoints"]


def serve(root: Path, *paths: str, hashed: bool = True, word: str = "sha256") -> None:
    """A repository with these files, each of other bytes."""
    siblings: list[dict[str, Any]] = []
    for path in (*paths, *OTHERS):
        data = f"content of {path}".encode()
        put(root, checkpoints.FILES + path, data)
        lfs = {"lfs": {word: hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}}
        siblings.append({"rfilename": path, **(lfs if hashed and path.endswith(".pt") else {})})
    put(root, checkpoints.LISTING.partition("?")[0], json.dumps({"id": "x", "siblings": siblings}).encode())


def fetch(source: Source, tmp_path: Path, wanted: set[Key] | None = None, **options: Any) -> dict[Key, Path]:
    raw = tmp_path / "data/paper/raw"
    with client() as one:
        return fetch_authors(one, source, raw / "checkpoints", Ledger(raw), wanted, **options)


@pytest.mark.parametrize(("path", "key"), [
    (SIMCLR, ("simclr", COLOUR)),
    (AUTOENCODER, ("autoencoder", COLOUR)),
    ("simclr_resnet18_cloud-imvn-1.0_default_grayscale.pt", ("simclr", GRAY)),
    ("simclr_resnet18_cloud-imvn-1.0_grayscale.pt", ("simclr", GRAY)),
    ("a/b/simclr_resnet18_cloud-imvn-1.0.pt", ("simclr", COLOUR)),
    (FLAT_UVI, ("simclr", "uvi-3000km-flat")),
    ("simclr_resnet18_vco-uvi-365_s500-r128_flat-s16-c0.33.pt", ("simclr", "uvi-500km-flat")),
    ("autoencoder_resnet18_vex-vmc-uv_s25-r128_flat-s16.0-c0.330.pt", ("autoencoder", "vmc-25km-flat")),
    ("simclr_resnet18_vex-vmc-uv_s12.5-r128_norm-local.pt", ("simclr", "vmc-12.5km")),
])
def test_names_that_fit(path: str, key: Key) -> None:
    assert key_of(path) == key


@pytest.mark.parametrize(("path", "why"), [
    ("model.pt", "has no known form"), ("simclr_resnet18_cloud-imvn-1.0_default.pth", "has no known form"),
    ("simclr_resnet50_cloud-imvn-1.0_default.pt", r"has no results .simclr, resnet50.$"),
    ("vae_resnet18_cloud-imvn-1.0_default.pt", r"has no results .vae, resnet18.$"),
    ("simple_resnet18_cloud-imvn-1.0_default.pt", r"has no results .simple, resnet18.$"),
    ("simclr_resnet18_vco-ir1_s3000-r128_flat-s16-c0.33.pt", "of images that aren't used"),
    ("simclr_resnet18_vco-uvi-365_s3000-r64_flat-s16-c0.33.pt", "of images that aren't used"),
    ("simclr_resnet18_vco-uvi-365_flat-s16-c0.33.pt", "of images that aren't used"),
    ("simclr_resnet18_vco-uvi-365_s3000-r128_flat-s8-c0.33.pt", "of a version that isn't used"),
    ("simclr_resnet18_vco-uvi-365_s3000-r128_norm-global.pt", "of a version that isn't used"),
    ("simclr_resnet18_cloud-imvn-1.0_norm-local.pt", "of images that aren't used"),
])
def test_names_that_do_not_fit(path: str, why: str) -> None:
    assert re.search(why, str(key_of(path)))
    assert choose([path]) == ({}, {path: key_of(path)})


def test_two_for_the_same_are_one_and_a_sentence() -> None:
    chosen, left_out = choose(["b/" + SIMCLR, SIMCLR, *OTHERS])
    assert chosen == {("simclr", COLOUR): "b/" + SIMCLR}
    assert left_out == {SIMCLR: f"is for the same as b/{SIMCLR}"}


@pytest.mark.parametrize("word", ["sha256", "oid"])
def test_what_fits_is_fetched_and_the_rest_is_said(server: ArchiveServer, source: Source, tmp_path: Path, word: str,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    serve(server.root, SIMCLR, AUTOENCODER, "simclr/what_is_this.pt", word=word)
    found = fetch(source, tmp_path)
    root = tmp_path / "data/paper/raw/checkpoints"
    assert found == {("simclr", COLOUR): root / SIMCLR, ("autoencoder", COLOUR): root / AUTOENCODER}
    assert found["simclr", COLOUR].read_text() == f"content of {SIMCLR}"
    assert capsys.readouterr().out == "checkpoints: left out simclr/what_is_this.pt: the name has no known form\n"
    assert [(entry.path, entry.verified) for entry in Ledger(root.parent).entries()] == [
        (f"checkpoints/{AUTOENCODER}", "sha256"), (f"checkpoints/{SIMCLR}", "sha256")]
    assert authors.find(root) == found


def test_only_what_is_wanted(server: ArchiveServer, source: Source, tmp_path: Path,
                             capsys: pytest.CaptureFixture[str]) -> None:
    serve(server.root, SIMCLR, AUTOENCODER, FLAT_UVI)
    found = fetch(source, tmp_path, {("simclr", "uvi-3000km-flat"), ("simclr", GRAY)})
    assert list(found) == [("simclr", "uvi-3000km-flat")]
    assert "checkpoints: the authors have none of simclr for photos-gray\n" in capsys.readouterr().out


def test_without_hashes_the_first_sight_counts(server: ArchiveServer, source: Source, tmp_path: Path) -> None:
    serve(server.root, SIMCLR, hashed=False)
    path = fetch(source, tmp_path)["simclr", COLOUR]
    put(server.root, checkpoints.FILES + SIMCLR, f"kontent of {SIMCLR}".encode())
    assert fetch(source, tmp_path)["simclr", COLOUR].read_text() == f"content of {SIMCLR}"
    path.unlink()
    with pytest.raises(FetchError, match="expected sha256"):
        fetch(source, tmp_path)
    assert not path.exists()


def test_a_listing_with_another_hash_than_before_is_an_error(server: ArchiveServer, source: Source,
                                                             tmp_path: Path) -> None:
    serve(server.root, SIMCLR)
    path = fetch(source, tmp_path)["simclr", COLOUR]
    listing = server.root / checkpoints.LISTING.partition("?")[0]
    listing.write_text(listing.read_text().replace(hashlib.sha256(path.read_bytes()).hexdigest(), "e" * 64))
    with pytest.raises(UserError, match=f"when it was first seen, but the list says {'e' * 64}: the authors have"):
        fetch(source, tmp_path)


def test_a_readers_check_is_asked(server: ArchiveServer, source: Source, tmp_path: Path) -> None:
    def check(path: Path) -> None:
        raise UserError(f"no state dict, {path.stat().st_size} bytes")

    serve(server.root, SIMCLR, hashed=False)
    with pytest.raises(FetchError, match="no state dict, "):
        fetch(source, tmp_path, check=check)
    assert authors.find(tmp_path / "data/paper/raw/checkpoints") == {}


@pytest.mark.attack("nested-json")
@pytest.mark.parametrize(("answer", "said"), [
    (b"<html>", "something else"), (b"[" * 100_000, "something else"),
    (json.dumps({"siblings": [{"rfilename": "a/" * 600 + "a.pt"}]}).encode(), "names of files, found 'a/a/"),
    (json.dumps({"siblings": [{"rfilename": "a.pt"}] * 10_001}).encode(), "at most 10000 files, found 10001"),
    (json.dumps({"siblings": [{"rfilename": SIMCLR, "size": 1 << 40}]}).encode(), "at most .* bytes, found simclr/"),
    (b"[]", "found a list"), (b'{"error": "gone"}', "found the keys"),
    (b'{"siblings": ["a"]}', "found the keys"), (b'{"siblings": [{"rfilename": "../../a.pt"}]}', "names of files"),
    (b'{"siblings": [{"rfilename": "/a.pt"}]}', "names of files"), (b'{"siblings": [{}]}', None),
])
def test_other_answers(server: ArchiveServer, source: Source, tmp_path: Path, answer: bytes, said: str | None) -> None:
    put(server.root, checkpoints.LISTING.partition("?")[0], answer)
    if said is None:
        assert fetch(source, tmp_path) == {}
        return
    with pytest.raises(FetchError, match=said) as caught:
        fetch(source, tmp_path)
    assert server.base in str(caught.value)


def test_a_repository_that_can_not_be_asked(server: ArchiveServer, source: Source, tmp_path: Path) -> None:
    server.fault = lambda request: Fault(status=503)
    with pytest.raises(FetchError, match="503"):
        fetch(source, tmp_path)


def test_a_folder_in_place_of_the_repository(tmp_path: Path) -> None:
    put(tmp_path / "mirror", "x y/" + SIMCLR, b"by hand")
    found = fetch(registry.load({"checkpoints": str(tmp_path / "mirror")})["checkpoints"], tmp_path)
    assert {key: path.read_bytes() for key, path in found.items()} == {("simclr", COLOUR): b"by hand"}


def test_of_a_run(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path, checkpoints="authors")
    with pytest.raises(UserError, match=r"authors' checkpoint of simclr for photos-colour, found none; fetch it with"):
        authors.of_run(run, "simclr", COLOUR)
    put(run.raw / "checkpoints", SIMCLR, b"first")
    path, sha256 = authors.of_run(run, "simclr", COLOUR)
    assert (path, sha256) == (run.raw / "checkpoints" / SIMCLR, hashlib.sha256(b"first").hexdigest())
    with pytest.raises(UserError, match=r"of autoencoder for photos-colour, found simclr for photos-colour; fetch it"):
        authors.of_run(run, "autoencoder", COLOUR)
    path.write_bytes(b"second")
    with pytest.raises(UserError, match=f"expected sha256 {sha256}, as when it was first seen, found"):
        authors.of_run(run, "simclr", COLOUR)
