"""TIFFs as scanning programs write them: channels that are no alpha, odd bits, wrong counts."""

from __future__ import annotations

import resource
import struct
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile
from drawn_files import HEIGHT, WIDTH, drawn, pixels_of
from PIL import Image, ImageCms

from selcolor_backend.pictures.reading import read_photo
from selcolor_protocol.errors import UnreadablePicture
from selcolor_protocol.notes import Note

EXTRA, BLEMISH = (Note.EXTRA_CHANNELS_LEFT_OUT,), (Note.FILE_IS_BLEMISHED,)


def write(
    path: Path, tags: dict[int, tuple[int, list[int]]], data: bytes, order: str = "<"
) -> Path:
    """A TIFF of one strip, as no library would write it; tag 273 becomes the data's place."""
    kinds = {1: "B", 3: "H", 4: "I", 7: "B"}
    place = 10 + 12 * len(tags) + 4
    extra, entries = b"", b""
    for code, (kind, values) in sorted(tags.items()):
        packed = struct.pack(f"{order}{len(values)}{kinds[kind]}", *values)
        if len(packed) > 4:
            extra, packed = extra + packed, struct.pack(f"{order}I", place + len(extra))
        entries += struct.pack(f"{order}HHI", code, kind, len(values)) + packed.ljust(4, b"\0")
    content = struct.pack(f"{order}2sHIH", b"II" if order == "<" else b"MM", 42, 8, len(tags))
    content += entries + bytes(4) + extra
    at = content.index(struct.pack(f"{order}HHI", 273, 4, 1)) + 8
    content = content[:at] + struct.pack(f"{order}I", len(content)) + content[at + 4 :]
    path.write_bytes(content + data)
    return path


def tags(bits: int = 8, samples: int = 1, photometric: int | None = 1, **more: Any) -> dict:
    count = HEIGHT * (-(-WIDTH * bits * samples // 8))
    usual = {
        256: (4, [WIDTH]),
        257: (4, [HEIGHT]),
        258: (3, [bits] * samples),
        259: (3, [1]),
        273: (4, [0]),
        277: (3, [samples]),
        278: (4, [HEIGHT]),
        279: (4, [count]),
    }
    usual |= {} if photometric is None else {262: (3, [photometric])}
    return usual | {int(code[1:]): value for code, value in more.items()}


# Channels beside colors


@pytest.mark.parametrize("dtype", ["u1", "u2", "f4"])
@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize(("colors", "extra"), [(1, 1), (1, 2), (3, 1), (3, 2)])
def test_channels_that_say_nothing_are_left_out_with_a_note(
    tmp_path: Path, dtype: str, planar: str, colors: int, extra: int
) -> None:
    parts = [drawn(1, dtype, width=WIDTH + n)[:, n:] for n in range(colors + extra)]
    tifffile.imwrite(
        tmp_path / "a.tif",
        np.stack(parts, axis=-1 if planar == "contig" else 0),
        photometric="minisblack" if colors == 1 else "rgb",
        planarconfig=planar,
        extrasamples=["unspecified"] * extra,
    )
    expected = parts[0] if colors == 1 else np.stack(parts[:3], axis=-1)
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), expected)
    assert read_photo(tmp_path / "a.tif").notes == EXTRA


@pytest.mark.parametrize(
    ("kinds", "at"), [([0, 2], 4), ([2, 0], 3), ([1, 0], 3)], ids=["last", "first", "associated"]
)
def test_alpha_is_found_among_other_channels(tmp_path: Path, kinds: list[int], at: int) -> None:
    pixels = np.full((HEIGHT, WIDTH, 5), 51, np.uint8)
    pixels[..., at] = 102
    layout = {"photometric": "rgb", "planarconfig": "contig", "extrasamples": kinds}
    tifffile.imwrite(tmp_path / "a.tif", pixels, **layout)
    color = 51 if 1 not in kinds else 128  # 51 of 102 is half of white
    assert pixels_of(tmp_path / "a.tif")[5, 5].tolist() == [color, 102]
    assert read_photo(tmp_path / "a.tif").notes == EXTRA


def test_a_fourth_sample_of_which_nothing_is_said_is_left_out(tmp_path: Path) -> None:
    pixels = drawn(4)
    write(tmp_path / "a.tif", tags(samples=4, photometric=2), pixels.tobytes())
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), pixels[..., :3])
    assert read_photo(tmp_path / "a.tif").notes == EXTRA


# Bits and number formats


def packed(values: Any, bits: int) -> bytes:
    rows = [
        np.array([int(v) >> (bits - 1 - b) & 1 for v in row for b in range(bits)]) for row in values
    ]
    return b"".join(np.packbits(row).tobytes() for row in rows)


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15])
@pytest.mark.parametrize("photometric", [0, 1])
@pytest.mark.parametrize("order", ["<", ">"])
def test_odd_numbers_of_bits_are_spread_over_the_whole_range(
    tmp_path: Path, bits: int, photometric: int, order: str
) -> None:
    most, white = (1 << bits) - 1, 255 if bits <= 8 else 65535
    values = drawn(1, "u2").astype(int) * most // 65535
    values[0, :2] = 0, most
    write(tmp_path / "a.tif", tags(bits, photometric=photometric), packed(values, bits), order)
    expected = np.rint(values * (white / most))
    np.testing.assert_array_equal(
        pixels_of(tmp_path / "a.tif"), expected if photometric else white - expected
    )


@pytest.mark.parametrize("bits", [4, 12])
def test_colors_of_odd_bits_are_read(tmp_path: Path, bits: int) -> None:
    most, white = (1 << bits) - 1, 255 if bits <= 8 else 65535
    values = drawn(3, "u2").astype(int) * most // 65535
    write(tmp_path / "a.tif", tags(bits, 3, 2), packed(values.reshape(HEIGHT, -1), bits))
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), np.rint(values * (white / most)))


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_an_undefined_number_format_means_whole_numbers(tmp_path: Path, bits: int) -> None:
    values = drawn(1, "u2").astype(int) >> (16 - bits)
    data = values.astype("<u2").tobytes() if bits == 16 else packed(values, bits)
    write(tmp_path / "a.tif", tags(bits, t339=(3, [4])), data)
    white = 255 if bits == 8 else 65535
    expected = np.rint(values * (white / ((1 << bits) - 1)))
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), expected)


def test_doubles_become_floats(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", drawn(1, "f8"), photometric="minisblack")
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), drawn(1, "f4"))


# How samples become colors


@pytest.mark.parametrize(("samples", "bits"), [(1, 8), (1, 12), (3, 8)])
def test_a_file_that_does_not_say_what_black_is_has_it_at_zero(
    tmp_path: Path, samples: int, bits: int
) -> None:
    values = drawn(samples, "u2").astype(int) >> (16 - bits)
    data = packed(values.reshape(HEIGHT, -1), bits)
    write(tmp_path / "a.tif", tags(bits, samples, None), data)
    read = pixels_of(tmp_path / "a.tif")
    white = 255 if bits == 8 else 65535
    np.testing.assert_array_equal(read, np.rint(values * (white / ((1 << bits) - 1))))
    assert read_photo(tmp_path / "a.tif").notes == (Note.BLACK_WAS_ASSUMED,)


def smooth() -> Any:
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([rows * 9, columns * 6, 200 - rows * 4], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("subsampling", [(1, 1), (2, 1), (2, 2)])
def test_jpeg_within_tiff_is_read(tmp_path: Path, subsampling: tuple[int, int]) -> None:
    options = {"compression": "jpeg", "compressionargs": {"level": 95}, "rowsperstrip": 16}
    tifffile.imwrite(
        tmp_path / "a.tif", smooth(), photometric="rgb", subsampling=subsampling, **options
    )
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert file.pages[0].photometric == 6
    assert np.abs(pixels_of(tmp_path / "a.tif").astype(int) - smooth()).mean() < 3


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate"])
def test_luminance_and_chroma_without_jpeg_are_read(tmp_path: Path, compression: str) -> None:
    chroma = Image.fromarray(smooth()).convert("YCbCr")
    chroma.save(tmp_path / "a.tif", compression=compression, tiffinfo={530: (1, 1)})
    assert np.abs(pixels_of(tmp_path / "a.tif").astype(int) - smooth()).mean() < 3


def test_jpeg_of_the_old_style_is_read(tmp_path: Path) -> None:
    jpeg = imagecodecs.jpeg8_encode(smooth(), level=95, subsampling="444")
    told = {"t259": (3, [6]), "t279": (4, [len(jpeg)]), "t512": (3, [1]), "t530": (3, [1, 1])}
    told |= {"t513": (4, [0]), "t514": (4, [len(jpeg)])}
    path = write(tmp_path / "a.tif", tags(samples=3, photometric=6, **told), jpeg)
    content = bytearray(path.read_bytes())
    at = content.index(struct.pack("<HHI", 513, 4, 1)) + 8
    content[at : at + 4] = struct.pack("<I", content.index(jpeg))
    path.write_bytes(content)
    assert np.abs(pixels_of(path).astype(int) - smooth()).mean() < 3


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("scale", [257, 1], ids=["16 bits", "8 bits by mistake"])
def test_a_palette_becomes_its_colors(tmp_path: Path, bits: int, scale: int) -> None:
    count = 1 << bits
    palette = np.random.default_rng(1).integers(0, 256, (3, count))
    palette[:, 0] = 0, 100, 255
    places = drawn(1).astype(int) * (count - 1) // 255
    colors = (palette * scale).ravel().tolist()
    write(tmp_path / "a.tif", tags(bits, photometric=3, t320=(3, colors)), packed(places, bits))
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), palette.T[places])


def test_a_palette_of_grays_is_gray(tmp_path: Path) -> None:
    grays = np.arange(255, -1, -1)
    palette = np.stack([grays * 257] * 3).ravel().tolist()
    write(tmp_path / "a.tif", tags(photometric=3, t320=(3, palette)), drawn(1).tobytes())
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), 255 - drawn(1))


# Counts that are wrong


@pytest.mark.parametrize("count", [[0], [1], [10**9], None], ids=["0", "1", "too many", "none"])
def test_a_strip_with_a_wrong_count_is_read(tmp_path: Path, count: list[int] | None) -> None:
    told = tags(t279=(4, count or [0]))
    told = told if count else {code: tag for code, tag in told.items() if code != 279}
    write(tmp_path / "a.tif", told, drawn(1).tobytes())
    np.testing.assert_array_equal(pixels_of(tmp_path / "a.tif"), drawn(1))


@pytest.mark.parametrize("count", [0, 10**9])
@pytest.mark.parametrize("compression", ["lzw", "zlib", "packbits"])
def test_a_compressed_strip_with_a_wrong_count_is_read_if_all_of_it_is_there(
    tmp_path: Path, count: int, compression: str
) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, drawn(1), compression=compression, photometric="minisblack")
    with tifffile.TiffFile(path, mode="r+") as file:
        page = file.pages[0]
        ends = page.dataoffsets[0] + page.databytecounts[0]
        page.tags[279].overwrite(count)
    np.testing.assert_array_equal(pixels_of(path), drawn(1))
    assert read_photo(path).notes == BLEMISH
    path.write_bytes(path.read_bytes()[: ends - 40])
    with pytest.raises(UnreadablePicture, match="damaged"):
        read_photo(path)


def test_strips_that_claim_to_lie_far_behind_the_file_take_no_memory(tmp_path: Path) -> None:
    """Found by `make fuzz`: as much was read as lay between two such places."""
    options = {"compression": "lzw", "photometric": "minisblack", "rowsperstrip": 12}
    tifffile.imwrite(tmp_path / "a.tif", drawn(1), **options)
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as file:
        file.pages[0].tags[273].overwrite([2**31, 2**32 - 9])
    before = resource.getrlimit(resource.RLIMIT_AS)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + (1 << 30), before[1]))
    try:
        with pytest.raises(UnreadablePicture, match="missing"):
            read_photo(tmp_path / "a.tif")
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize("photometric", [8, 9], ids=["CIE", "ICC"])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("extra", [0, 1])
def test_lab_becomes_srgb(tmp_path: Path, photometric: int, bits: int, extra: int) -> None:
    colors = Image.fromarray(smooth() // 2 + 64)
    profiles = [ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")]
    lab = np.asarray(ImageCms.profileToProfile(colors, *profiles, outputMode="LAB")).astype("u2")
    if photometric == 9:
        lab[..., 1:] = (lab[..., 1:] + 128) % 256
    if bits == 16:
        lab = np.concatenate([lab[..., :1] * 257, lab[..., 1:] * 256], axis=2)
    lab = np.concatenate([lab, *[lab[..., :1]] * extra], axis=2)
    data = lab.astype("u1" if bits == 8 else "<u2").tobytes()
    write(tmp_path / "a.tif", tags(bits, 3 + extra, photometric), data)
    read = pixels_of(tmp_path / "a.tif")
    assert read.shape == smooth().shape
    assert np.abs(read / 257 - np.asarray(colors)).max() < 5
    assert np.abs(read / 257 - np.asarray(colors)).mean() < 1
