"""Trees of archives: what is followed, what is kept, and what is said of a volume or a root that is not as known."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from paper_repro.download.http import Client, FetchError, Policy
from paper_repro.fetch import darts, psa, registry, volumes
from paper_repro.fetch.layout import Shape
from paper_repro.fetch.volumes import Found, Tree, at_once
from tests.download.server import ArchiveServer, Fault

IMAGES, GEOMETRY = "vco-v-uvi-3-cdr-v1.0", "extras/vco_uvi_l3_v1.0"


def wanted(name: str) -> bool:
    return name.endswith((".fit", ".IMG", ".GEO"))
UVI, VMC = darts.archive_of("uvi").shape, psa.archive_of("vmc").shape


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(Policy(tries=2, backoff_s=0.001, timeout_s=5)) as made:
        yield made


def find(client: Client, place: Path | str, shape: Shape, kept: Path) -> Found:
    name = "psa" if shape is VMC else "darts"
    return Tree(client, registry.load({name: str(place)})[name], kept / ".kept.json").find(shape, wanted)


def test_data_sets_of_other_cameras_are_looked_up_in_whatever_version(client: Client, tmp_path: Path) -> None:
    shape = darts.archive_of("ir2").shape
    files = ("vco-v-ir2-3-cdr-v1.0/vcoir2_1001/data/l2b/r0001/a.fit",
             "vco-v-ir2-3-cdr-v2.0/vcoir2_1002/data/l2b/r0002/b.fit",
             "extras/vco_ir2_l3_v1.1/vcoir2_7001/data/l3bx/fits/r0001/a.fit")
    write(tmp_path, *files, "vco-v-uvi-3-cdr-v1.0/vcouvi_1001/data/l2b/r0001/c.fit",
          "vco-v-ir2-2-edr-v1.0/vcoir2_1001/data/l2b/r0001/d.fit")
    assert sorted(find(client, tmp_path, shape, tmp_path).files) == sorted(files)
    (lacking,) = find(client, tmp_path, darts.archive_of("ir1").shape, tmp_path).failed[:1]
    assert "expected a folder whose name is as vco-v-ir1-3-cdr-" in lacking


def test_uvi_volumes_in_the_layouts_that_are_known(client: Client, tmp_path: Path) -> None:
    files = (f"{IMAGES}/vcouvi_1001/data/l2b/c0000/a.fit", f"{IMAGES}/vcouvi_1001/data/l2b/r0123/b.fit",
             f"{GEOMETRY}/vcouvi_7001/data/l3bx/fits/r0123/b.fit", f"{GEOMETRY}/vcouvi_7002/data/l3bx/r0001/c.fit",
             f"{GEOMETRY}/vcouvi_7002/data/l3bx/d.fit")
    others = (f"{IMAGES}/vcouvi_1001/data/l2b/r0123/b.lbl", f"{IMAGES}/vcouvi_1001/browse/r0123/b.fit",
              f"{IMAGES}/vcouvi_2001/data/l2b/r0123/b.fit", f"{GEOMETRY}/vcouvi_7003/data/l3bx/netcdf/r0001/e.fit",
              f"{GEOMETRY}/vcouvi_7001/data/l3b/fits/r0123/b.fit", f"{IMAGES}/document/x.fit", "other/y.fit")
    packed = (f"{IMAGES}/vcouvi_1001.tar.xz", f"{IMAGES}/vcouvi_1001.zip", f"{IMAGES}/vcouvi_1004.tar.gz",
              f"{GEOMETRY}/vcouvi_7001_l3x_fits.zip", f"{GEOMETRY}/vcouvi_7002_l3bx_netcdf.zip",
              f"{GEOMETRY}/vcouvi_7001_l3bx_fits.tar.gz")
    sums = (f"{IMAGES}/md5sum.txt", f"{GEOMETRY}/vcouvi_7001/checksum.txt")
    write(tmp_path, *files, *others, *packed, *sums)
    found = find(client, tmp_path, UVI, tmp_path)
    assert sorted(found.files) == sorted(files)
    assert found.bundles == {f"{IMAGES}/vcouvi_1001/": list(packed[:2]), f"{IMAGES}/vcouvi_1004/": [packed[2]],
                             f"{GEOMETRY}/vcouvi_7001/": sorted((packed[3], packed[5]))}
    assert sorted(found.sums) == sorted(sums)
    assert found.failed == []
    assert found.notes == [f"{GEOMETRY}/vcouvi_7003/: no file that is wanted was found",
                           f"{IMAGES}/vcouvi_1004/: no file that is wanted was found as single files, only as a bundle"]


def test_vmc_data_sets_are_those_that_the_listing_names(client: Client, tmp_path: Path) -> None:
    root = "VENUS-EXPRESS/VMC"
    files = [f"{root}/VEX-V-VMC-3-RDR-{release}/{folder}/0550/V0550_0001_UV2.{suffix}"
             for release in ("V3.0", "EXT1-V3.0", "EXT4-V1.0") for folder, suffix in (("DATA", "IMG"),
                                                                                     ("GEOMETRY", "GEO"))]
    write(tmp_path, *files, f"{root}/VEX-V-VMC-2-EDR-V3.0/DATA/0550/V0550_0001_UV2.IMG",
          f"{root}/VEX-V-VMC-3-RDR-V3.0/BROWSE/0550/V0550_0001_UV2.IMG")
    found = find(client, tmp_path, VMC, tmp_path)
    assert sorted(found.files) == sorted(files)
    assert (found.failed, found.notes, found.bundles) == ([], [], {})


def test_a_root_without_volumes_is_said(client: Client, tmp_path: Path) -> None:
    write(tmp_path, f"{IMAGES}/anew/x.fit", f"{GEOMETRY}/vcouvi_7001/data/l3bx/fits/r0001/a.fit")
    found = find(client, tmp_path, UVI, tmp_path)
    [said] = found.failed
    assert re.search(rf"{IMAGES}/: expected folders whose names are as .*, found anew$", said)
    assert len(found.files) == 1


def test_a_root_that_is_not_there_is_an_error(client: Client, tmp_path: Path) -> None:
    write(tmp_path, f"{IMAGES}/vcouvi_1001/data/l2b/r0001/a.fit")
    with pytest.raises(FetchError, match="vco_uvi_l3"):
        find(client, tmp_path, UVI, tmp_path)


def test_a_folder_that_cannot_be_listed_is_said_and_the_others_go_on(client: Client, tmp_path: Path) -> None:
    write(tmp_path, *(f"VENUS-EXPRESS/VMC/VEX-V-VMC-3-RDR-V3.0/DATA/{orbit}/a.IMG" for orbit in ("0001", "0002")))
    with ArchiveServer(tmp_path) as server:
        server.fault = lambda request: Fault(status=503) if request.path.endswith("/0001/") else None
        found = find(client, server.base, VMC, tmp_path)
    assert [name[-10:] for name in found.files] == ["0002/a.IMG"]
    [said] = found.failed
    assert said.startswith(server.base)
    assert "/0001/" in said
    assert "503" in said


@pytest.mark.attack("endless-tree")
def test_a_tree_that_never_ends_is_left_where_no_volume_goes_deeper(client: Client, tmp_path: Path) -> None:
    volume = "VENUS-EXPRESS/VMC/VEX-V-VMC-3-RDR-V3.0"
    write(tmp_path, f"{volume}/DATA/0001/a.IMG")
    (tmp_path / volume / "DATA/data").symlink_to(".")  # each folder has another one of that name
    with ArchiveServer(tmp_path) as server:
        found = find(client, server.base, VMC, tmp_path)
        assert server.requests.total() < 30
    assert min(found.files) == f"{volume}/DATA/0001/a.IMG"
    [sentence] = found.failed
    assert re.search(r"/DATA/data/data/data/data/data/: lies deeper than the 6 levels of folders", sentence)


@pytest.mark.attack("endless-tree")
@pytest.mark.parametrize("limit", ["MOST_FOLDERS", "MOST_ENTRIES"])
def test_a_tree_of_too_many_folders_is_said_once(client: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                 limit: str) -> None:
    write(tmp_path, *(f"VENUS-EXPRESS/VMC/VEX-V-VMC-3-RDR-V3.0/DATA/{orbit:04d}/a.IMG" for orbit in range(30)))
    monkeypatch.setattr(volumes, limit, 10)
    found = find(client, tmp_path, VMC, tmp_path)
    assert len(found.files) < 20
    [sentence] = found.failed
    assert re.search("lists more than .* folders or .* entries, many times what the known archives have", sentence)


@pytest.mark.attack("nested-json")
@pytest.mark.parametrize("kept", ["[" * 100_000, "[]", '{"folders": 7, "md5": []}', None])
def test_kept_listings_that_are_none_count_as_absent(client: Client, tmp_path: Path, kept: str | None) -> None:
    root = "VENUS-EXPRESS/VMC/VEX-V-VMC-3-RDR-V3.0/DATA"
    write(tmp_path, f"{root}/0001/a.IMG")
    (tmp_path / "md5sum.txt").write_text(f"{'0' * 32}  a.IMG\n")
    source = registry.load({"psa": str(tmp_path)})["psa"]
    rubbish = {"folders": {f"{root}/0001/": [1]}, "md5": {"md5sum.txt": ["1", "x"]}}
    (tmp_path / ".kept.json").write_text(json.dumps(rubbish) if kept is None else kept)
    tree = Tree(client, source, tmp_path / ".kept.json")
    assert list(tree.find(VMC, wanted).files) == [f"{root}/0001/a.IMG"]
    assert tree.sums("md5sum.txt", "1", wanted) == {"a.IMG": ("0" * 32,)}


def test_sums_are_kept_while_their_file_is_the_same(client: Client, tmp_path: Path) -> None:
    write(tmp_path / "a", "md5sum.txt")
    (tmp_path / "a/md5sum.txt").write_text(f"{'0' * 32}  x.fit\n{'1' * 32}  x.lbl\n")
    with ArchiveServer(tmp_path) as server:
        source = registry.load({"darts": server.base})["darts"]
        tree = Tree(client, source, tmp_path / "kept.json")
        assert tree.sums("a/md5sum.txt", "1", wanted) == {"x.fit": ("0" * 32,)}
        tree.save()
        again = Tree(client, source, tmp_path / "kept.json")
        assert again.sums("a/md5sum.txt", "1", wanted) == {"x.fit": ("0" * 32,)}
        assert server.requests["/a/md5sum.txt"] == 1
        again.sums("a/md5sum.txt", "2", wanted)
        again.sums("a/md5sum.txt", "", wanted)
        assert server.requests["/a/md5sum.txt"] == 3


def test_many_at_once_end_with_the_caller(client: Client) -> None:
    assert dict(at_once(client, lambda number: number**2, range(50))) == {one: one**2 for one in range(50)}
    assert not client.stopped.is_set()

    def work(number: int) -> int:
        raise ValueError(number)

    with pytest.raises(ValueError, match="1"):
        list(at_once(client, work, [1]))
    assert client.stopped.is_set()
