"""Files with several pages: the photo is found, what goes along with it is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from drawn_files import HEIGHT, WIDTH
from PIL import Image

from selcolor_backend.pictures.arrays import to_array
from selcolor_backend.pictures.reading import read_photo
from selcolor_protocol.errors import UnsupportedPicture
from selcolor_protocol.notes import Note

TOLD = (Note.OTHER_PICTURES_LEFT_OUT,)


def scene(width: int = 4 * WIDTH, height: int = 4 * HEIGHT, phase: float = 0.0) -> Any:
    """A soft picture `[height, width]`, the same at every size."""
    rows, columns = np.mgrid[0:height, 0:width]
    waves = np.sin(9 * columns / width + phase) + np.cos(7 * rows / height + 2 * phase)
    return np.rint(127 + 60 * waves).astype(np.uint8)


def pages(path: Path, *pictures: Any, **options: Any) -> Path:
    with tifffile.TiffWriter(path) as file:
        for picture in pictures:
            photometric = "rgb" if picture.ndim == 3 else "minisblack"
            file.write(picture, photometric=photometric, **options)
    return path


def read(path: Path, wanted: int | None = None) -> tuple[Any, tuple[Note, ...]]:
    photo = read_photo(path, wanted)
    pixels = to_array(photo.raster)
    return pixels[..., 0] if pixels.shape[2] == 1 else pixels, photo.notes


WARM = np.stack([scene(), scene() // 2, scene() // 3], axis=-1)
COMPANIONS = {
    "a thumbnail": scene(WIDTH // 2, HEIGHT // 2),
    "a large thumbnail": scene(2 * WIDTH, 2 * HEIGHT),
    "a double": scene(),
    "an infrared scan of silver": (scene() // 3 + 120).astype(np.uint8),
    "an infrared scan of color film": np.full_like(scene(), 240),
    "a deep double": scene().astype(np.uint16) * 257,
    "a thumbnail of something else": scene(WIDTH // 2, HEIGHT // 2, phase=2),
}


@pytest.mark.parametrize("companion", COMPANIONS.values(), ids=COMPANIONS)
@pytest.mark.parametrize("first", [True, False])
def test_what_goes_along_with_the_photo_is_left_out_with_a_note(
    tmp_path: Path, companion: Any, first: bool
) -> None:
    both = (companion, WARM) if first and companion.size < scene().size else (WARM, companion)
    pixels, notes = read(pages(tmp_path / "a.tif", *both))
    np.testing.assert_array_equal(pixels, WARM)
    assert notes == TOLD


@pytest.mark.parametrize(
    "other",
    [scene(phase=2), scene(5 * WIDTH, 3 * HEIGHT), 255 - scene(), scene(2 * WIDTH, phase=2)],
    ids=["of the same size", "of another shape", "inverted", "smaller"],
)
def test_two_photos_are_refused_until_one_is_chosen(tmp_path: Path, other: Any) -> None:
    path = pages(tmp_path / "a.tif", WARM, other)
    with pytest.raises(UnsupportedPicture, match="several pages") as caught:
        read_photo(path)
    assert "--page" in caught.value.hint
    np.testing.assert_array_equal(read(path, 1)[0], WARM)
    np.testing.assert_array_equal(read(path, 2)[0], other)
    assert read(path, 2)[1] == ()


@pytest.mark.parametrize("wanted", [0, 3, -1])
def test_a_page_that_is_not_there_is_refused_with_their_number(tmp_path: Path, wanted: int) -> None:
    path = pages(tmp_path / "a.tif", scene(), scene(phase=2))
    with pytest.raises(UnsupportedPicture, match="2 pages"):
        read_photo(path, wanted)


@pytest.mark.parametrize("suffix", ["png", "jpg", "pgm", "jp2", "bmp"])
def test_a_file_of_one_picture_has_one_page(tmp_path: Path, suffix: str) -> None:
    Image.fromarray(scene()).save(tmp_path / f"a.{suffix}")
    assert read(tmp_path / f"a.{suffix}", 1)[0].shape == scene().shape
    with pytest.raises(UnsupportedPicture, match="one page"):
        read_photo(tmp_path / f"a.{suffix}", 2)


@pytest.mark.parametrize("suffix", ["gif", "webp"])
def test_a_frame_can_be_chosen(tmp_path: Path, suffix: str) -> None:
    frames = [Image.fromarray(scene()), Image.fromarray(scene(phase=2))]
    options = {"lossless": True} if suffix == "webp" else {}
    path = tmp_path / f"a.{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    second = read(path, 2)[0]
    gray = second if second.ndim == 2 else second[..., 0]  # a moving WebP always has alpha
    np.testing.assert_array_equal(gray, scene(phase=2))
    with pytest.raises(UnsupportedPicture) as caught:
        read_photo(path)
    assert "--page" in caught.value.hint


def with_picture_below(path: Path, photometric: Any = "rgb", **tags: Any) -> Path:
    """A thumbnail with the picture in a SubIFD, as raw files and some scanners have it."""
    with tifffile.TiffWriter(path) as file:
        small = WARM[::5, ::5]
        file.write(small, photometric="rgb", subfiletype=1, subifds=1, **tags)
        file.write(WARM.astype(np.uint16) * 257, photometric=photometric, compression="zlib")
    return path


def test_a_picture_below_its_thumbnail_is_found(tmp_path: Path) -> None:
    pixels, notes = read(with_picture_below(tmp_path / "a.tif"))
    np.testing.assert_array_equal(pixels, WARM.astype(np.uint16) * 257)
    assert notes == TOLD
    assert read(tmp_path / "a.tif", 1)[0].shape == WARM[::5, ::5].shape


def test_a_raw_file_is_called_one(tmp_path: Path) -> None:
    version = [(50706, "B", 4, (1, 4, 0, 0), True)]
    paths = [
        with_picture_below(tmp_path / "linear.tif", extratags=version),
        pages(tmp_path / "scan.dng", scene()),
        pages(tmp_path / "scan.NEF", scene()),
        tmp_path / "a.cr3",
        tmp_path / "a.raf",
    ]
    paths[3].write_bytes(b"\0\0\0\x18ftypcrx \0\0\0\x01" + bytes(100))
    paths[4].write_bytes(b"FUJIFILMCCD-RAW 0201" + bytes(100))
    sensor = tmp_path / "sensor.tif"
    tifffile.imwrite(
        sensor, scene(), photometric="cfa", extratags=[(33422, "B", 4, (0, 1, 1, 2), True)]
    )
    for path in (*paths, sensor):
        with pytest.raises(UnsupportedPicture, match="raw file"):
            read_photo(path)


def test_a_chain_of_pages_that_breaks_ends_there(tmp_path: Path) -> None:
    path = pages(tmp_path / "a.tif", WARM)
    content = bytearray(path.read_bytes())
    at = int.from_bytes(content[4:8], "little")
    end = at + 2 + 12 * int.from_bytes(content[at : at + 2], "little")
    content[end : end + 4] = (len(content) + 5000).to_bytes(4, "little")
    path.write_bytes(content)
    np.testing.assert_array_equal(read(path)[0], WARM)
