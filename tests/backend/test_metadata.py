"""What belongs to a photo stays with it in every format, and results are marked as a machine's."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from drawn_files import chunk, drawn
from PIL import Image

from selcolor_backend.cli.outputs import Outputs
from selcolor_backend.pictures.arrays import to_raster
from selcolor_backend.pictures.bands import banded
from selcolor_backend.pictures.exif import Entry, read_exif, text_of
from selcolor_backend.pictures.metadata import Metadata, read_resources
from selcolor_backend.pictures.reading import read_photo
from selcolor_backend.pictures.writing import PictureFormat, write_picture
from selcolor_backend.pictures.xmp import Making, is_marked, is_readable, marked
from selcolor_protocol.marks import DIGITAL_SOURCE_TYPE as SOURCE
from selcolor_protocol.marks import STATEMENT
from selcolor_protocol.notes import Note
from selcolor_protocol.options import Background

MAKING = Making(
    "Selective Colorize 1", [("painter", "ab" * 32)], {"gain": 1.5}, "2026-11-26T18:00:00+00:00"
)
DATE = "1943:05:06 00:00:00"
IPTC = b"\x1c\x02\x78\x00\x0bHome \xe9, 1943"[:16]
PACKET = b"""<?xpacket begin='\xef\xbb\xbf' id='W5M0MpCehiHzreSzNTczkc9d'?>
<x:xmpmeta xmlns:x='adobe:ns:meta/'>
<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
<rdf:Description rdf:about='' xmlns:xmp='http://ns.adobe.com/xap/1.0/' xmp:CreatorTool='EPSON Scan'
 xmlns:Iptc4xmpExt='http://iptc.org/std/Iptc4xmpExt/2008-02-29/'
 Iptc4xmpExt:DigitalSourceType='SOURCE'
 xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:my='urn:archive'>
<dc:description><rdf:Alt>
<rdf:li xml:lang='x-default'>Grandmother</rdf:li></rdf:Alt></dc:description>
<my:shelf>12/b</my:shelf></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"""
SCANNED = PACKET.replace(b"SOURCE", b"http://cv.iptc.org/newscodes/digitalsourcetype/negativeFilm")


def exif(orientation: int = 1) -> Image.Exif:
    told = Image.Exif()
    told[271], told[274], told[306] = "EPSON", orientation, DATE
    told[282], told[283], told[296] = 600.0, 300.0, 2
    told[34665] = {36867: DATE, 33434: (1, 60), 37510: b"ASCII\0\0\0shelf 12", 40962: 36}
    told[34853] = {1: "N", 2: (52.0, 31.0, 12.5)}
    return told


def with_iptc(path: Path) -> None:
    data = path.read_bytes()
    block = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(IPTC)) + IPTC
    segment = b"\xff\xed" + struct.pack(">H", len(block) + 2) + block
    path.write_bytes(data[:2] + segment + data[2:])


def scan(path: Path, orientation: int = 1) -> Path:
    """A photo of 36 × 24 pixels as a scanner writes it, 600 × 300 dpi."""
    image, told = Image.fromarray(drawn(1)), exif(orientation)
    if path.suffix == ".jpg":
        image.save(path, exif=told, dpi=(600, 300), xmp=SCANNED, quality=95)
        with_iptc(path)
    elif path.suffix == ".png":
        image.save(path, exif=told, dpi=(600, 300))
        data = path.read_bytes()
        text = chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SCANNED)
        path.write_bytes(data[:33] + text + data[33:])
    elif path.suffix == ".tif":
        told.load(told.tobytes())  # Pillow writes no directories that it has not read
        told[700], told[33723] = SCANNED, IPTC
        image.save(path, exif=told)
    else:
        image.save(path, exif=told, xmp=SCANNED, lossless=True)
    return path


KINDS = {"jpg": 1, "png": 0, "tif": 1, "webp": 0}
"""Whether the drawn file has IPTC."""


@pytest.mark.parametrize("kind", KINDS)
def test_everything_is_read_from_every_kind_of_file(tmp_path: Path, kind: str) -> None:
    found = read_photo(scan(tmp_path / f"a.{kind}")).metadata
    assert found.dpi == pytest.approx((600, 300), abs=0.01)
    assert text_of(found.exif.main[271]) == "EPSON"
    assert text_of(found.exif.exif[36867]) == DATE
    assert found.exif.gps[2].count == 3
    assert found.iptc == (IPTC if KINDS[kind] else None)
    assert found.xmp is not None
    assert b"12/b" in found.xmp


def test_what_tells_of_the_file_is_left_behind(tmp_path: Path) -> None:
    found = read_photo(scan(tmp_path / "a.tif", orientation=6)).metadata
    kept = {*found.exif.main, *found.exif.exif}
    assert not kept & {256, 257, 258, 259, 262, 273, 274, 277, 279, 513, 514, 40962}


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_that_is_turned_keeps_its_printed_size(tmp_path: Path, kind: str) -> None:
    photo = read_photo(scan(tmp_path / f"a.{kind}", orientation=6))
    assert (photo.raster.format.width, photo.raster.format.height) == (24, 36)
    assert photo.metadata.dpi == pytest.approx((300, 600), abs=0.01)


def full(tmp_path: Path) -> Metadata:
    return read_photo(scan(tmp_path / "scan.jpg")).metadata


@pytest.mark.parametrize("suffix", ["png", "tiff", "jpg", "webp"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_everything_comes_back_from_every_format(
    tmp_path: Path, suffix: str, channels: int
) -> None:
    told = full(tmp_path)
    pixels = drawn(channels)[..., None] if channels == 1 else drawn(channels)
    write_picture(banded(to_raster(pixels)), tmp_path / f"a.{suffix}", told)
    found = read_photo(tmp_path / f"a.{suffix}").metadata
    assert found.dpi == pytest.approx(told.dpi, abs=0.01)
    assert found.exif == told.exif
    assert found.xmp == told.xmp
    # WebP has no place for IPTC, and a note says so.
    assert found.iptc == (None if suffix == "webp" else told.iptc)


def test_a_tiff_of_floats_keeps_everything(tmp_path: Path) -> None:
    told = full(tmp_path)
    write_picture(banded(to_raster(drawn(3, "f4"))), tmp_path / "a.tiff", told)
    found = read_photo(tmp_path / "a.tiff").metadata
    assert (found.exif, found.iptc, found.xmp) == (told.exif, told.iptc, told.xmp)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "a.tiff"), drawn(3, "f4"))


def test_a_resolution_that_nobody_knew_is_none(tmp_path: Path) -> None:
    Image.fromarray(drawn(1)).save(tmp_path / "a.jpg", dpi=(1, 1))
    tifffile.imwrite(tmp_path / "a.tif", drawn(1))
    for name in ("a.jpg", "a.tif"):
        assert read_photo(tmp_path / name).metadata.dpi is None


def test_centimeters_are_understood(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", drawn(1), resolution=(118.11, 118.11), resolutionunit="centimeter"
    )
    assert read_photo(tmp_path / "a.tif").metadata.dpi == pytest.approx((300, 300), abs=0.1)


def test_exif_that_is_broken_costs_only_what_is_broken() -> None:
    whole = exif().tobytes()[6:]
    assert text_of(read_exif(whole).main[271]) == "EPSON"
    for cut in range(len(whole)):
        read_exif(whole[:cut])
    for at in range(len(whole)):
        read_exif(whole[:at] + b"\xff" + whole[at + 1 :])
        read_resources(b"8BIM" + whole[at:])


def test_both_byte_orders_of_exif_say_the_same() -> None:
    big = Image.Exif()
    big.load(exif().tobytes())
    big.endian = ">"
    assert read_exif(big.tobytes()[6:]) == read_exif(exif().tobytes()[6:])


def test_odd_values_survive(tmp_path: Path) -> None:
    from dataclasses import replace

    told = full(tmp_path)
    odd = {41985: Entry(3, b"\1\0"), 37500: Entry(7, bytes(range(251)))}
    told = replace(told, exif=replace(told.exif, exif=odd))
    for suffix in ("png", "tiff", "jpg"):
        write_picture(banded(to_raster(drawn(3))), tmp_path / f"a.{suffix}", told)
        assert read_photo(tmp_path / f"a.{suffix}").metadata.exif == told.exif


# The mark


def test_a_mark_says_what_was_done_and_keeps_what_was_said() -> None:
    packet = marked(SCANNED, MAKING)
    text = packet.decode()
    assert is_marked(packet)
    assert text.count(SOURCE) == 1
    assert "negativeFilm" not in text
    assert "EPSON Scan" not in text  # the tool that made *this* picture is another
    for said in ("Grandmother", "12/b", "painter sha256:" + "ab" * 32, "2026-11-26", STATEMENT):
        assert said in text


def test_a_mark_without_a_packet_describes_itself() -> None:
    text = marked(None, MAKING).decode()
    assert text.count(STATEMENT) == 2
    assert "Selective Colorize 1" in text


@pytest.mark.parametrize("earlier", ["trainedAlgorithmicMedia", SOURCE.rpartition("/")[2]])
def test_a_mark_of_before_is_kept(earlier: str) -> None:
    before = PACKET.replace(b"SOURCE", SOURCE.rpartition("/")[0].encode() + b"/" + earlier.encode())
    packet = marked(before, MAKING)
    assert packet.count(b"/" + earlier.encode() + b"<") == 1
    assert packet.count(b"digitalsourcetype/") == 1


def test_marking_twice_marks_once() -> None:
    once = marked(SCANNED, MAKING)
    twice = marked(once, MAKING)
    assert twice.count(b"DigitalSourceType>") == once.count(b"DigitalSourceType>")
    assert twice.count(b"<rdf:li>painter") == 1


@pytest.mark.parametrize(
    "packet",
    [
        b"<x:xmpmeta",
        b"\xff\xfe\0",
        b"<a/>",
        b'<!DOCTYPE a [<!ENTITY b "bbb">]><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
    ],
)
def test_a_packet_that_is_broken_is_replaced(packet: bytes) -> None:
    assert not is_readable(packet)
    assert is_marked(marked(packet, MAKING))


# What the files lose


def outputs(kind: str) -> Outputs:
    return Outputs(Path(), "a", PictureFormat(kind), None, Background.KEEP)


def test_a_note_tells_what_a_format_cannot_hold(tmp_path: Path) -> None:
    photo, told = to_raster(drawn(4)).format, full(tmp_path)
    assert outputs("png").notes(photo, told) == ()
    assert outputs("webp").notes(photo, told) == (Note.METADATA_LEFT_OUT,)
    assert outputs("jpeg").notes(photo, told) == (Note.TRANSPARENCY_LEFT_OUT,)
    huge = Metadata(xmp=b"<x>" + bytes(70_000))
    assert outputs("jpeg").notes(to_raster(drawn(3)).format, huge) == (Note.METADATA_LEFT_OUT,)
    write_picture(banded(to_raster(drawn(3))), tmp_path / "a.jpg", huge)
    assert read_photo(tmp_path / "a.jpg").metadata.xmp is None


# As another program sees it


@pytest.fixture
def layers() -> dict[str, Any]:
    pixels = drawn(3)
    return {
        "mask": to_raster(drawn(1)[..., None]),
        "colorized": to_raster(pixels),
        "blended": to_raster(pixels[::-1].copy()),
    }


def exiftool_reads_archives() -> bool:
    """Whether exiftool is here, and the library with which it looks into an .ora file."""
    if shutil.which("exiftool") is None:
        return False
    found = subprocess.run(["perl", "-MArchive::Zip", "-e", "1"], capture_output=True)
    return found.returncode == 0


@pytest.mark.skipif(
    not exiftool_reads_archives(), reason="needs libimage-exiftool-perl and libarchive-zip-perl"
)
@pytest.mark.parametrize("kind", ["png", "tiff", "jpeg", "webp"])
def test_exiftool_finds_date_maker_size_and_mark_in_all_results(
    tmp_path: Path, layers: dict[str, Any], kind: str
) -> None:
    told = full(tmp_path)
    told = Metadata(told.dpi, told.exif, told.iptc, marked(told.xmp, MAKING))
    places = Outputs(tmp_path / "out", "a", PictureFormat(kind), None, Background.KEEP)
    places.check(overwrite=False)
    with places.begun(to_raster(drawn(1)[..., None])) as writing:
        files = writing.finish(layers, overwrite=False, metadata=told)

    command = ["exiftool", "-json", "-n", *map(str, files)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)

    for result in json.loads(found.stdout):
        assert result["Make"] == "EPSON"
        assert result["DateTimeOriginal"] == DATE
        assert result["DigitalSourceType"] == SOURCE
        is_layered = result["FileName"].endswith(".ora")
        assert is_layered or "Warning" not in result
        if not is_layered:
            sizes = [result.get(name) for name in ("XResolution", "PixelsPerUnitX")]
            assert 600 in sizes or 23622 in sizes


def test_the_layered_file_has_its_printed_size_and_the_mark(
    tmp_path: Path, layers: dict[str, Any]
) -> None:
    told = Metadata((600.0, 300.0), xmp=marked(None, MAKING))
    places = Outputs(tmp_path, "a", PictureFormat.ORA, None, Background.KEEP)
    with places.begun(to_raster(drawn(1)[..., None])) as writing:
        writing.finish(layers, overwrite=False, metadata=told)
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        assert b'xres="600" yres="300"' in archive.read("stack.xml")
        assert is_marked(archive.read("META-INF/metadata.xml"))
        with Image.open(io.BytesIO(archive.read("mergedimage.png"))) as merged:
            assert merged.info["dpi"] == pytest.approx((600, 300), abs=0.01)
