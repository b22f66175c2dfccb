"""A real file of every kind that is read, small, with everything in it that is looked at."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageCms, features

SIDE = 40
POINTS = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
XMP = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/></x:xmpmeta>"


def picture(channels: int, dtype: str = "u1") -> Any:
    rows, columns = np.mgrid[0:SIDE, 0 : SIDE + 8]
    waves = np.stack([np.sin(rows / (3 + n)) + np.cos(columns / 5) for n in range(channels)], -1)
    unit = np.clip(waves / 4 + 0.5, 0, 1)
    white = 1 if np.dtype(dtype).kind == "f" else np.iinfo(dtype).max
    pixels = (unit * white).astype(dtype)
    return pixels[..., 0] if channels == 1 else pixels


def exif() -> Image.Exif:
    told = Image.Exif()
    told[271], told[274], told[282], told[283] = "EPSON", 6, 600.0, 600.0
    told[34665] = {36867: "1943:05:06 00:00:00", 37500: bytes(40)}
    told[34853] = {1: "N", 2: (52.0, 31.0, 12.5)}
    told.load(told.tobytes())  # Pillow writes into a TIFF only what it has read
    return told


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def by_pillow(pixels: Any, kind: str, mode: str | None = None, **options: Any) -> bytes:
    file = io.BytesIO()
    image = Image.fromarray(pixels)
    (image if mode is None else image.convert(mode)).save(file, kind, **options)
    return file.getvalue()


def png(channels: int, dtype: str) -> bytes:
    data = imagecodecs.png_encode(picture(channels, dtype))
    told = chunk(b"pHYs", struct.pack(">IIB", 23622, 23622, 1))
    told += chunk(b"gAMA", struct.pack(">I", 55555)) + chunk(b"eXIf", exif().tobytes()[6:])
    told += chunk(
        b"cHRM", struct.pack(">8I", *(31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000))
    )
    told += chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)
    told += chunk(b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(b"\niptc\n 4\n38424901\n"))
    return data[:33] + told + data[33:]


def tiff(pixels: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **options)
    return file.getvalue()


def pages() -> bytes:
    file = io.BytesIO()
    with tifffile.TiffWriter(file) as writer:
        writer.write(picture(3), photometric="rgb", compression="zlib", iccprofile=profile())
        writer.write(picture(1)[::2, ::2], photometric="minisblack", subifds=1)
        writer.write(picture(1), photometric="minisblack")
    return file.getvalue()


def tiffs() -> Iterator[tuple[str, bytes]]:
    yield "tiff", tiff(picture(3), photometric="rgb", resolution=(600, 600))
    yield "tiff-16-big", tiff(picture(1, "u2"), byteorder=">", photometric="miniswhite")
    yield (
        "tiff-float",
        tiff(picture(3, "f4"), photometric="rgb", compression="zlib", predictor=True),
    )
    yield "tiff-half", tiff(picture(1, "f2"), photometric="minisblack")
    yield "tiff-bits", tiff(picture(1) > 127, photometric="minisblack", compression="packbits")
    yield "tiff-big", tiff(picture(1), bigtiff=True, photometric="minisblack")
    tile = {"tile": (16, 16), "compression": "lzw"}
    yield "tiff-tiles", tiff(picture(4), photometric="rgb", extrasamples=["unassalpha"], **tile)
    planes = np.moveaxis(picture(4), -1, 0)
    yield "tiff-planes", tiff(planes, photometric="rgb", planarconfig="separate")
    yield "tiff-jpeg", tiff(picture(3), photometric="rgb", compression="jpeg")
    yield "tiff-lab", tiff(picture(3), photometric="cielab")
    yield "tiff-pages", pages()
    yield "tiff-exif", by_pillow(picture(3), "TIFF", exif=exif(), icc_profile=profile())
    yield "tiff-palette", by_pillow(picture(3), "TIFF", "P")
    yield "tiff-chroma", by_pillow(picture(3), "TIFF", "YCbCr", compression="tiff_lzw")
    yield "tiff-fax", by_pillow(picture(1), "TIFF", "1", compression="group4")


def jpegs() -> Iterator[tuple[str, bytes]]:
    options = {"exif": exif(), "icc_profile": profile(), "xmp": XMP, "dpi": (600, 600)}
    yield "jpeg", by_pillow(picture(3), "JPEG", **options)
    yield "jpeg-gray", by_pillow(picture(1), "JPEG", quality=90)
    yield "jpeg-progressive", by_pillow(picture(3), "JPEG", progressive=True)
    yield "jpeg-12", imagecodecs.jpeg8_encode(picture(1, "u2") >> 4, bitspersample=12)
    yield "jpeg-lossless", imagecodecs.jpeg8_encode(picture(1), lossless=True)


def others() -> Iterator[tuple[str, bytes]]:
    yield "webp", by_pillow(picture(3), "WEBP", exif=exif(), icc_profile=profile(), xmp=XMP)
    yield "webp-lossless", by_pillow(picture(4), "WEBP", lossless=True)
    yield "bmp", by_pillow(picture(3), "BMP")
    yield "bmp-palette", by_pillow(picture(3), "BMP", "P")
    yield "gif", by_pillow(picture(3), "GIF", "P")
    yield "pgm", by_pillow(picture(1), "PPM")
    header = f"P6 {SIDE + 8} {SIDE} 65535\n".encode()
    yield "ppm-16", header + picture(3, "u2").astype(">u2").tobytes()
    yield "pbm-words", f"P2 {SIDE} 2 255\n{' '.join(['9'] * 2 * SIDE)}\n".encode()
    yield "jp2", by_pillow(picture(3), "JPEG2000")
    yield "j2k-16", imagecodecs.jpeg2k_encode(picture(1, "u2"), codecformat="j2k")
    if features.check("avif"):
        yield "avif", by_pillow(picture(3), "AVIF")


def all_seeds() -> dict[str, bytes]:
    """Each kind by its name."""
    pngs = {f"png-{n}-{dtype}": png(n, dtype) for n in (1, 3, 4) for dtype in ("u1", "u2")}
    palette = {"png-palette": by_pillow(picture(3), "PNG", "P", icc_profile=profile())}
    return pngs | palette | dict(jpegs()) | dict(tiffs()) | dict(others())
