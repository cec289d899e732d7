"""Archives that are cut off, damaged, or say of themselves what isn't so."""

import struct
from pathlib import Path

import numpy as np
import pytest

from paper_repro.base.errors import UserError
from paper_repro.download import unpack
from tests.download.archives_made import FORMATS, archive, check_refused, member, patched, png, tar, written


@pytest.mark.parametrize("kind", [kind for kind in FORMATS if not kind.startswith("rar40")])
def test_archives_cut_off_anywhere(tmp_path: Path, kind: str) -> None:
    data = archive(kind, {f"{i}.png": png(i) for i in range(3)})
    cuts = np.random.default_rng(5).choice(np.arange(8, len(data) - 1), 25, replace=False)
    for number, cut in enumerate([*cuts.tolist(), len(data) // 2]):
        if kind == "tar" and cut >= len(data) - 10240 and not data[cut:].strip(b"\0"):
            continue  # of a plain tar only padding is gone
        check_refused(tmp_path / str(number), data[:cut], "set: (broken|expected an archive)")


@pytest.mark.parametrize("kind", ["rar40", "rar40-solid"])
def test_a_rar_4_cut_off_gives_nothing_or_whole_files(tmp_path: Path, kind: str) -> None:
    files = {f"{i}.png": png(i) for i in range(3)}
    data = archive(kind, files)
    refused = 0
    for cut in range(8, len(data) - 1, 5):
        source, out = written(tmp_path / str(cut), "set", data[:cut]), tmp_path / f"{cut}/out"
        try:
            paths = unpack.extract(source, out)
            assert len(paths) < 3
        except UserError:
            refused, paths = refused + 1, []
        assert {path: files[path.name] for path in paths} == {path: path.read_bytes() for path in out.rglob("*.*")}
    assert refused > 0.8 * len(data) / 5


@pytest.mark.parametrize("kind", FORMATS)
def test_a_flipped_bit_never_gives_a_wrong_file(tmp_path: Path, kind: str) -> None:
    files = {f"{i}.png": png(i) for i in range(3)}
    data = archive(kind, files)
    random = np.random.default_rng(6)
    for number, place in enumerate(random.integers(0, len(data), 40).tolist()):
        broken = bytearray(data)
        broken[place] ^= 1 << int(random.integers(8))
        source, out = written(tmp_path / str(number), "set", bytes(broken)), tmp_path / f"{number}/out"
        try:
            paths = unpack.extract(source, out)
        except UserError:
            paths = []
        assert sorted(paths) == sorted(path for path in out.rglob("*") if path.is_file())
        if kind != "tar":  # which has no checksums of what it holds
            assert all(path.read_bytes() in files.values() for path in paths)


def test_a_zip_that_understates_its_size(tmp_path: Path) -> None:
    data = bytearray(archive("zip", {"b": bytes(1 << 20)}))
    for place in (data.index(b"PK\1\2") + 24, 22):
        assert struct.unpack_from("<I", data, place)[0] == 1 << 20
        struct.pack_into("<I", data, place, 100)
    check_refused(tmp_path, bytes(data), "broken")


@pytest.mark.parametrize("kind", ["rar40", "rar50"])
def test_a_rar_that_understates_its_size(tmp_path: Path, kind: str) -> None:
    size = 0x123456
    data = archive(kind, {"b": bytes(size)})
    stated = struct.pack("<I", size) if kind == "rar40" else b"\xd6\xe8\x48"  # 1193046, seven bits a byte
    less = struct.pack("<I", 100) if kind == "rar40" else b"\xe4\x80\x00"
    check_refused(tmp_path, patched(data, stated, less), "broken|refused")


def test_a_tar_with_rubbish_between_its_members(tmp_path: Path) -> None:
    data = bytearray(tar("tar", [(member("b", 1), b"x"), (member("c", 1), b"y")]))
    data[1024:1536] = b"\7" * 512
    check_refused(tmp_path, bytes(data), "broken, cut off or damaged")
