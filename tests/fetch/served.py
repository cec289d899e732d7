"""A simulated archive of Venus in the archives' layout: coarse images, older ones, sums, packed volumes."""

import hashlib
import shutil
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np

from paper_repro.base.run import Run
from paper_repro.simulated import venus_archive
from tests.download.server import ArchiveServer
from tests.observations.products import (
    planes,
    uvi_cards,
    uvi_paths,
    vmc_cube,
    vmc_image,
    vmc_label,
    vmc_paths,
    write_uvi_geometry,
    write_uvi_image,
    write_vmc,
)

IMAGES, GEOMETRY = "vco-v-uvi-3-cdr-v1.0", "extras/vco_uvi_l3_v1.0"
SMALL = (40, 50)


def make(root: Path) -> Path:
    """Write `darts` and `psa` below `root`: the simulated archive of seed 3, and what no reproduction needs."""
    venus_archive.make(root, seed=3, size=0.12)
    shutil.rmtree(root / "truth")
    for number, distance in enumerate((100_000.0, 177_800.0, 300_000.0)):
        uvi(root / "darts", f"20170102_00000{number}", distance)
    uvi(root / "darts", "20170103_000000", 90_000.0, geometry=False)
    image, _ = uvi_paths(root / "darts", volume="002", stem="uvi_20170102_000000_283_{}_v10.fit")
    image.write_bytes(b"of another filter")
    for number, metres in enumerate((200, 290, 294, 2000)):
        vmc(root / "psa", f"V0942_010{number}_UV2", metres)
    vmc(root / "psa", "V0942_0101_UV2", 290, data_set="VEX-V-VMC-3-RDR-EXT1-V2.0")
    for folder in (IMAGES, GEOMETRY):
        pack(root / "darts" / folder)
        sums(root / "darts" / folder)
    return root


def uvi(root: Path, time: str, distance_km: float, *, geometry: bool = True, version: int = 10) -> None:
    """One small UVI observation of volume 2; S_IFOV 0.000204619 makes 35.14 km/px of 177,800 km."""
    image, other = uvi_paths(root, volume="002", stem=f"uvi_{time}_365_{{}}_v{version}.fit")
    pixels = np.arange(1, 1 + SMALL[0] * SMALL[1], dtype=np.float32).reshape(SMALL)
    write_uvi_image(image, pixels, uvi_cards(S_DISTAV=distance_km))
    if geometry:
        write_uvi_geometry(other, planes(SMALL))


def vmc(root: Path, stem: str, metres: float, data_set: str = "VEX-V-VMC-3-RDR-EXT1-V3.0") -> None:
    """One small VMC observation of that many metres a pixel."""
    image, geometry = vmc_paths(root, data_set=data_set, stem=stem)
    label = vmc_label((1, *SMALL), "MSB_INTEGER", 16, MAXIMUM_RESOLUTION=f"{metres} <m/pixel>")
    write_vmc(image, vmc_image(SMALL), label)
    write_vmc(geometry, vmc_cube(SMALL))


def pack(folder: Path) -> None:
    """Pack each volume of a data set, in a form of its own, as `<volume>[_l3x_fits].<form>` beside it."""
    for volume in sorted(one for one in folder.iterdir() if one.is_dir()):
        name = f"{volume.name}{'' if volume.name.startswith('vcouvi_1') else '_l3x_fits'}"
        files = sorted(path for path in volume.rglob("*") if path.is_file())
        if volume.name == "vcouvi_7001":
            with zipfile.ZipFile(folder / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as packed:
                for path in files:
                    packed.write(path, path.relative_to(folder))
            continue
        form: Literal["w:xz", "w:gz"] = "w:xz" if volume.name == "vcouvi_1001" else "w:gz"
        with tarfile.open(folder / f"{name}.tar.{form[2:]}", form) as tar:
            for path in files:
                tar.add(path, path.relative_to(folder))


def sums(folder: Path) -> None:
    """`md5sum.txt` of the packed volumes of a data set, and `checksum.txt` of the files of its first volume."""
    packed = [path for path in folder.iterdir() if path.is_file()]
    (folder / "md5sum.txt").write_text(md5_lines(packed, folder))
    first = min(one for one in folder.iterdir() if one.is_dir())
    (first / "checksum.txt").write_text(md5_lines(first.rglob("*.fit"), first))


def md5_lines(paths: Iterable[Path], folder: Path) -> str:
    return "".join(f"{hashlib.md5(path.read_bytes()).hexdigest()}  ./{path.relative_to(folder).as_posix()}\n"
                   for path in sorted(paths))


def products(root: Path) -> dict[str, bytes]:
    """All images and geometry files below a folder, by path."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*"))
            if path.suffix in {".fit", ".IMG", ".GEO"}}


def mirrors(server: ArchiveServer) -> dict[str, str]:
    """Where a server has both trees."""
    return {name: f"{server.base}{name}/" for name in ("darts", "psa")}


def patch_files(run: Run) -> dict[str, bytes]:
    """What must be the same in patch sets that are, by path."""
    folder = run.patches("")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.name in {"images.npy", "patches.csv"}}


def whole_bytes(root: Path) -> int:
    """Of everything below a folder."""
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
