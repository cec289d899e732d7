"""Cloud-ImVN 1.0 from a server: by the API's list, else the zip, else the first version, else a clear sentence."""

import hashlib
import threading
from pathlib import Path

import pytest

from paper_repro.download.http import FetchError
from paper_repro.download.ledger import Ledger
from paper_repro.download.source import Source
from paper_repro.fetch import cloud_imvn, mendeley, registry
from tests.download.archives_made import archive, png
from tests.download.server import ArchiveServer, Fault
from tests.fetch.sources.cloud_imvn_made import (
    CLASSES,
    FEW,
    FILE,
    FIRST,
    LISTING,
    TOP,
    ZIP,
    below,
    client,
    images,
    packed,
    put,
    served,
)


@pytest.fixture
def source(server: ArchiveServer) -> Source:
    return registry.load({"mendeley": server.base})["mendeley"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "raw/mendeley"


def fetch(source: Source, root: Path) -> Path:
    with client() as one:
        return mendeley.fetch_cloud_imvn(one, source, root, Ledger(root.parent))


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_imvn, "PER_CLASS", FEW)


@pytest.mark.parametrize(("kind", "per_class"), [("rar40", FEW), ("rar40-solid", FEW), ("rar50", FEW),
                                                 ("rar50-solid", FEW), ("rar40", 350)])
def test_by_the_list_with_its_hash(server: ArchiveServer, source: Source, root: Path, kind: str, per_class: int,
                                   monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_imvn, "PER_CLASS", per_class)
    served(server.root, packed(kind, per_class))
    folder = fetch(source, root)
    assert folder == root / TOP
    assert {f"{TOP}/{name}": data for name, data in below(folder).items()} == images(per_class)
    ledger = {entry.path: entry for entry in Ledger(root.parent).entries()}
    assert ledger["mendeley/Cloud-ImVN 1.0.rar"].verified == "sha256"
    assert {path.removeprefix("mendeley/"): entry.sha256 for path, entry in ledger.items() if path.endswith("png")} == {
        name: hashlib.sha256(data).hexdigest() for name, data in images(per_class).items()}
    assert [path.name for path in root.iterdir() if path.is_dir()] == [TOP]


def test_a_second_time_nothing_is_asked(server: ArchiveServer, source: Source, root: Path) -> None:
    served(server.root, packed())
    first = fetch(source, root)
    asked, entries = server.requests.total(), Ledger(root.parent).entries()
    assert fetch(source, root) == first
    assert (server.requests.total(), Ledger(root.parent).entries()) == (asked, entries)


@pytest.mark.attack("nested-json")
@pytest.mark.parametrize("listing", [None, b"<html>Access denied</html>", b"[]", b"{}", b'[{"filename": "a.txt"}]',
                                     b'[{"filename": "a.rar"}]', b'[{"filename": "a.rar", "content_details": []}]',
                                     b'[1, "a"]', b"[" * 100_000,
                                     b'{"files": 7}',
                                     b'[{"filename": "a.rar", "content_details": {"download_url": "http://[x/a.rar"}}]',
                                     b'[{"filename": "a.rar", "size": 99999999999}]'])
def test_else_the_zip_with_the_rar_in_it(server: ArchiveServer, source: Source, root: Path,
                                         listing: bytes | None) -> None:
    if listing is not None:
        put(server.root, LISTING, listing)
    put(server.root, ZIP, archive("zip", {"vwdd9grvdp-2/Cloud-ImVN 1.0.rar": packed(), "vwdd9grvdp-2/a.txt": b"x"}))
    assert below(fetch(source, root)).keys() == {name.removeprefix(f"{TOP}/") for name in images()}
    assert Ledger(root.parent).get(root / "vwdd9grvdp-2.zip") is not None


@pytest.mark.parametrize("refused", [LISTING, FILE])
def test_where_the_api_is_forbidden_the_zip_is_fetched(server: ArchiveServer, source: Source, root: Path,
                                                       refused: str) -> None:
    served(server.root, packed())
    put(server.root, ZIP, archive("zip", {"Cloud-ImVN 1.0.rar": packed()}))
    server.fault = lambda request: Fault(status=403) if request.path == f"/{refused}" else None
    assert len(below(fetch(source, root))) == 6 * FEW
    assert [request.path for request in server.log][-2:] == [f"/{refused}", f"/{ZIP}"]


def test_where_all_is_forbidden_it_is_said_how_to_fetch_by_hand(server: ArchiveServer, source: Source,
                                                                root: Path) -> None:
    server.fault = lambda request: Fault(status=403)
    with pytest.raises(FetchError, match=f"the server answered 403.*by hand from https://doi.org/10.17632/vwdd9grvdp.2 "
                                         f"and put into {root}"):
        fetch(source, root)
    assert [request.path for request in server.log][:3] == [f"/{LISTING}", f"/{ZIP}", f"/{FIRST}"]


def test_the_listing_may_be_a_data_set_with_its_files(server: ArchiveServer, source: Source, root: Path) -> None:
    served(server.root, packed())
    place = server.root / LISTING
    place.write_text(f'{{"id": "vwdd9grvdp", "version": 2, "files": {place.read_text()}}}')
    assert len(below(fetch(source, root))) == 6 * FEW
    assert Ledger(root.parent).entries()[0].verified == "sha256"


def test_else_the_first_version(server: ArchiveServer, source: Source, root: Path,
                                monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mendeley, "FIRST_SHA256", hashlib.sha256(packed()).hexdigest())
    put(server.root, FIRST, packed())
    assert len(below(fetch(source, root))) == 6 * FEW
    put(server.root, FIRST, packed("rar50"))


def test_the_first_version_must_have_its_hash(server: ArchiveServer, source: Source, root: Path) -> None:
    put(server.root, FIRST, packed())
    with pytest.raises(FetchError, match="expected sha256 c4f8883c"):
        fetch(source, root)
    assert below(root.parent) == {}


def test_a_wrong_hash_in_the_list_is_not_taken(server: ArchiveServer, source: Source, root: Path) -> None:
    served(server.root, packed(), sha256_hash="0" * 64)
    with pytest.raises(FetchError, match=f"expected sha256 {'0' * 64}, found") as caught:
        fetch(source, root)
    assert below(root) == {}
    assert "doi.org/10.17632/vwdd9grvdp.2" in str(caught.value)
    assert str(caught.value).count("\n") == 0


def test_another_host_in_the_list_is_not_asked(server: ArchiveServer, source: Source, root: Path) -> None:
    served(server.root, packed(), download_url="http://example.org/a.rar")
    with pytest.raises(FetchError, match=r"expected an address of data.mendeley.com .*found 'http://example.org/a.rar'"):
        fetch(source, root)


def test_a_listed_name_leads_nowhere_else(server: ArchiveServer, source: Source, root: Path) -> None:
    served(server.root, packed())
    place = server.root / LISTING
    place.write_text(place.read_text().replace("Cloud-ImVN 1.0.rar", "../../out/.x.rar"))
    fetch(source, root)
    assert [path.name for path in root.glob("*.rar")] == ["_.._out_.x.rar"]


@pytest.mark.parametrize(("change", "said"), [
    (lambda files: files.pop(f"{TOP}/A-Clear Sky/A_7.png"), "A-Clear Sky: 11"),
    (lambda files: files.update({f"{TOP}/A-Clear Sky/more.png": b"x"}), "A-Clear Sky: 13"),
    (lambda files: [files.pop(name) for name in list(files) if "/F-" in name], "expected the 6 class folders"),
    (lambda files: files.update({f"{TOP}/B-Patterned Clouds/B_3.png": b"no image"}), "B_3.png: expected an image"),
    (lambda files: files.clear() or files.update({"a.txt": b"x"}), "found none"),
])
def test_members_decide(server: ArchiveServer, source: Source, root: Path, change: object, said: str) -> None:
    files = dict(images())
    change(files)  # type: ignore[operator]
    served(server.root, archive("zip", files))
    with pytest.raises(FetchError, match=said):
        fetch(source, root)
    assert not any(path.is_dir() for path in root.iterdir())


def test_images_of_another_size_are_refused(server: ArchiveServer, source: Source, root: Path) -> None:
    served(server.root, archive("zip", images() | {f"{TOP}/C-Thin White Clouds/C_3.png": png(3, 125)}))
    with pytest.raises(FetchError, match=r"150 x 150 px, as Cloud-ImVN 1\.0 has, found 125 x 125"):
        fetch(source, root)


def test_the_set_may_have_no_folder_of_its_own(server: ArchiveServer, source: Source, root: Path) -> None:
    served(server.root, archive("zip", {name.removeprefix(f"{TOP}/"): data for name, data in images().items()}))
    assert fetch(source, root) == root / "Cloud-ImVN 1.0"


def test_a_fault_on_the_way_is_mended(server: ArchiveServer, source: Source, root: Path) -> None:
    served(server.root, packed())
    server.fault = lambda request: Fault(cut=1000) if request.path.endswith("/file_downloaded") \
        and request.number == 1 else None
    assert len(below(fetch(source, root))) == 6 * FEW


def test_two_at_once(server: ArchiveServer, source: Source, root: Path) -> None:
    served(server.root, packed())
    found: list[Path] = []
    threads = [threading.Thread(target=lambda: found.append(fetch(source, root))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [root / TOP] * 2
    assert sorted(path.name for path in (root / TOP).iterdir()) == sorted(CLASSES)
    assert len(Ledger(root.parent).entries()) == 6 * FEW + 1


@pytest.mark.parametrize("name", ["Cloud-ImVN 1.0.rar", "vwdd9grvdp-2.zip", "Swimcat-ext.rar"])
def test_a_folder_with_the_archive_in_place_of_the_server(tmp_path: Path, root: Path, name: str) -> None:
    put(tmp_path / "mirror", name, packed())
    assert len(below(fetch(registry.load({"mendeley": str(tmp_path / "mirror")})["mendeley"], root))) == 6 * FEW


def test_a_folder_with_the_images_in_place_of_the_server(tmp_path: Path, root: Path) -> None:
    for file, data in images().items():
        put(tmp_path / "mirror", file, data)
    folder = fetch(registry.load({"mendeley": str(tmp_path / "mirror")})["mendeley"], root)
    assert {f"{TOP}/{name}": data for name, data in below(folder).items()} == images()
    assert folder == root / "Cloud-ImVN 1.0"
