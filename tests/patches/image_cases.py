"""Image files of every kind that turns up in folders, with what is read of each or why it is refused.

The table of docs/inputs.md is made of them.
"""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image

from tests.patches.photographs_made import Pixels, pixels

REFUSED = "refused, with the reason"
COLOUR, GRAY = pixels(1), pixels(1, colour=False)
Files = dict[str, tuple[bytes, Pixels]]


@dataclass(frozen=True)
class Case:
    """A kind of file. input, read, refused: the words of the table; files: of this kind, by name, with the pixels that
    are to be read of each; said: what the sentence of a refusal has.
    """

    input: str
    files: Callable[[], Files]
    read: str = ""
    refused: str = ""
    said: str = ""


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def colour(kind: str, **options: Any) -> bytes:
    return encoded(Image.fromarray(COLOUR), kind, **options)


def png16(colours: bool) -> bytes:
    """A 2 x 2 PNG of 16 bits a channel."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = b"\0" + bytes(2 * 2 * (3 if colours else 1))
    header = struct.pack(">IIBBBBB", 2, 2, 16, 2 if colours else 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(2 * row)) + chunk(b"IEND", b"")


def tiff(samples: Pixels, photometric: int, *, bits: int = 8, extra: int | None = None, signs: int = 1) -> bytes:
    """A TIFF, written by hand: samples [H, W, channels] of `bits` bits, whatever they mean."""
    height, width, channels = samples.shape
    at = 8 + 2 + 12 * (9 + (extra is not None)) + 4
    each = struct.pack(f"<{channels}H", *[bits] * channels)
    data = samples.tobytes()
    entries = [(256, 4, 1, width), (257, 4, 1, height),
               (258, 3, channels, at if channels > 2 else bits), (259, 3, 1, 1), (262, 3, 1, photometric),
               (273, 4, 1, at + len(each)), (277, 3, 1, channels), (279, 4, 1, len(data)),
               *([] if extra is None else [(338, 3, 1, extra)]), (339, 3, 1, signs)]
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + body + bytes(4) + each + data


def several(kind: str) -> bytes:
    images = [Image.fromarray(pixels(seed)) for seed in range(3)]
    return encoded(images[0], kind, save_all=True, append_images=images[1:])


def half_clear(mode: str = "RGBA") -> Image.Image:
    image = Image.fromarray(COLOUR).convert(mode)
    image.putalpha(Image.fromarray(np.where(GRAY.max() == GRAY, 254, 255).astype(np.uint8)))
    return image


def turned() -> Files:
    """What is seen of a picture, by the number in EXIF that says how it is turned."""
    oblong = np.random.default_rng(2).integers(0, 256, (5, 3, 3), dtype=np.uint8)
    seen = {1: oblong, 2: oblong[:, ::-1], 3: oblong[::-1, ::-1], 4: oblong[::-1], 5: oblong.transpose(1, 0, 2),
            6: np.rot90(oblong, -1), 7: np.rot90(oblong[:, ::-1], -1), 8: np.rot90(oblong), 9: oblong}
    files: Files = {}
    for number, picture in seen.items():
        exif = Image.Exif()
        exif[0x0112] = number
        for kind, name in (("PNG", "png"), ("WEBP", "webp"), ("TIFF", "tif")):
            more = {"lossless": True} if kind == "WEBP" else {}
            files[f"{number}.{name}"] = encoded(Image.fromarray(oblong), kind, exif=exif, **more), picture
        flat = np.kron(np.arange(0, 120, 20, dtype=np.uint8).reshape(3, 2), np.ones((8, 8), np.uint8))
        gray = encoded(Image.fromarray(flat), "JPEG", quality=100, exif=exif)
        files[f"{number}.jpg"] = gray, {1: flat, 2: flat[:, ::-1], 3: flat[::-1, ::-1], 4: flat[::-1], 5: flat.T,
                                        6: np.rot90(flat, -1), 7: np.rot90(flat[:, ::-1], -1), 8: np.rot90(flat),
                                        9: flat}[number]
    return files


def flat_jpeg() -> tuple[bytes, Pixels]:
    flat = np.full((8, 8, 3), 120, np.uint8)
    return encoded(Image.fromarray(flat), "JPEG"), flat


def preview() -> Files:
    _, flat = flat_jpeg()
    small = Image.fromarray(np.zeros((4, 4, 3), np.uint8))
    return {"phone.jpg": (encoded(Image.fromarray(flat), "MPO", save_all=True, append_images=[small]), flat)}


def none(**data: bytes) -> Callable[[], Files]:
    """Files that are refused; their names end in what stands after `_`."""
    return lambda: {name.replace("_", "."): (content, COLOUR) for name, content in data.items()}


def photographs() -> Files:
    palette = Image.fromarray(COLOUR).quantize(16)
    seen = np.asarray(palette.convert("RGB"))
    return {"a.PNG": (colour("PNG"), COLOUR), "b.jpg": flat_jpeg(), "c.JPEG": flat_jpeg(), "d.jfif": flat_jpeg(),
            "e.jpe": flat_jpeg(), "f.webp": (colour("WEBP", lossless=True), COLOUR), "g.tif": (colour("TIFF"), COLOUR),
            "h.tiff": (colour("TIFF", compression="tiff_lzw"), COLOUR), "i.bmp": (colour("BMP"), COLOUR),
            "j.gif": (encoded(palette, "GIF"), seen), "k.png": (encoded(Image.fromarray(GRAY)), GRAY)}


GOOD = encoded(Image.fromarray(pixels(1, side=40)))
BLACK_WHITE = Image.fromarray(GRAY).convert("1")
PALETTE = Image.fromarray(COLOUR).quantize(16)
SIXTEEN = Image.fromarray(np.arange(16, dtype=np.uint16).reshape(4, 4) * 4000)
FLOATS = Image.fromarray(np.linspace(0, 1, 16, dtype=np.float32).reshape(4, 4))
CASES = [
    Case("`.png`, `.jpg`, `.jpeg`, `.jpe`, `.jfif`, `.webp`, `.tif`, `.tiff`, `.bmp`, `.gif`, in small letters or "
         "capitals", photographs, "8 bits, gray or RGB"),
    Case("a file with another format's ending (a WebP called `.jpg`)",
         lambda: {"a.jpg": (colour("WEBP", lossless=True), COLOUR), "b.png": (colour("BMP"), COLOUR),
                  "c.tif": (colour("PNG"), COLOUR)}, "by its content"),
    Case("EXIF that says how the picture is turned", turned, "rotated accordingly; a meaningless number is ignored"),
    Case("palettes, and every GIF",
         lambda: {"a.png": (encoded(PALETTE), np.asarray(PALETTE.convert("RGB"))),
                  "b.bmp": (encoded(PALETTE, "BMP"), np.asarray(PALETTE.convert("RGB"))),
                  "c.gif": (encoded(Image.fromarray(GRAY), "GIF"), np.repeat(GRAY[..., None], 3, axis=2))},
         "as colours"),
    Case("black and white (1 bit)",
         lambda: {f"a.{kind}": (encoded(BLACK_WHITE, kind), np.asarray(BLACK_WHITE.convert("L")))
                  for kind in ("PNG", "TIFF", "BMP")}, "as gray, 0 and 255"),
    Case("TIFF in which 0 is white", lambda: {"a.tif": (tiff(GRAY[..., None], 0), 255 - GRAY)}, "as it looks"),
    Case("an alpha channel that is opaque everywhere",
         lambda: {"a.png": (encoded(Image.fromarray(COLOUR).convert("RGBA")), COLOUR),
                  "b.png": (encoded(Image.fromarray(GRAY).convert("LA")), GRAY),
                  "c.tif": (encoded(Image.fromarray(GRAY).convert("LA"), "TIFF"), GRAY),
                  "d.webp": (encoded(Image.fromarray(COLOUR).convert("RGBA"), "WEBP", lossless=True), COLOUR)},
         "without it"),
    Case("transparent pixels",
         none(a_png=encoded(half_clear()), b_png=encoded(half_clear("L")),
              c_png=encoded(Image.fromarray(COLOUR), transparency=tuple(COLOUR[0, 0].tolist())),
              d_png=encoded(PALETTE, transparency=PALETTE.getpixel((0, 0))),
              e_webp=encoded(half_clear(), "WEBP", lossless=True, exact=True),
              f_gif=encoded(PALETTE, "GIF", transparency=PALETTE.getpixel((0, 0))),
              g_tif=encoded(half_clear(), "TIFF")),
         refused="refused: flatten them", said="found transparent pixels"),
    Case("a photograph with a preview or a second view in the same file (MPO)", preview, "the photograph"),
    Case("animations, several pages",
         none(a_gif=several("GIF"), b_webp=several("WEBP"), c_png=several("PNG"), d_tif=several("TIFF"),
              e_jpg=several("WEBP")), refused=REFUSED, said="found several pictures in the file"),
    Case("16 bits a channel",
         none(a_png=png16(colours=False), b_png=png16(colours=True), c_tif=encoded(SIXTEEN, "TIFF"),
              d_tif=tiff(np.zeros((4, 8, 3), np.uint8)[:, :4].repeat(2, axis=2)[..., :3], 2, bits=16)),
         refused=REFUSED, said="found 16 bits a channel"),
    Case("integers of 32 bits", none(a_tif=encoded(FLOATS.convert("I"), "TIFF")), refused=REFUSED,
         said="found integers of 32 bits"),
    Case("floating-point numbers", none(a_tif=encoded(FLOATS, "TIFF")), refused=REFUSED, said="floating-point numbers"),
    Case("signed numbers", none(a_tif=tiff(GRAY[..., None], 1, signs=2)), refused=REFUSED, said="found signed numbers"),
    Case("a fourth channel that isn't declared as transparency (near infrared)",
         none(a_tif=tiff(np.dstack([COLOUR, GRAY]), 2, extra=0)), refused=REFUSED, said="a channel beside the colours"),
    Case("CMYK, YCbCr, CIELAB",
         none(a_jpg=encoded(Image.fromarray(COLOUR).convert("CMYK"), "JPEG"),
              b_tif=encoded(Image.fromarray(COLOUR).convert("CMYK"), "TIFF"),
              c_tif=encoded(Image.fromarray(COLOUR).convert("YCbCr"), "TIFF"),
              d_tif=encoded(Image.new("LAB", (4, 4)), "TIFF")),
         refused=REFUSED, said="expected one picture in 8-bit gray or RGB, found"),
    Case("files that are cut short", none(a_png=GOOD[:len(GOOD) // 2], b_png=GOOD[:40], c_jpg=flat_jpeg()[0][:300],
                                          d_webp=colour("WEBP")[:40], e_tif=colour("TIFF")[:40],
                                          f_bmp=colour("BMP")[:80], g_gif=encoded(PALETTE, "GIF")[:-8]),
         refused=REFUSED, said="can't be read"),
    Case("empty files", none(a_png=b""), refused=REFUSED, said="found an empty file"),
    Case("other files under an image's name: HEIC, AVIF, JPEG 2000, PDF, web pages, pointers of Git LFS",
         none(a_jpg=b"\0\0\0\x18ftypheic\0\0\0\0", b_png=b"\0\0\0\x18ftypavif\0\0\0\0", c_jpg=b"\0\0\0\x0cjP  \r\n",
              d_png=b"%PDF-1.7", e_jpg=b"\n<!DOCTYPE html>", f_png=b"version https://git-lfs.github.com/spec/v1\n",
              g_png=b"\x7fELF\2\1\1"), refused="refused, saying which of these it is", said="found a"),
]
