"""OpenRaster: the container, the layers, and that they look like the blended picture."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from selcolor_backend.pictures.arrays import to_array, to_raster
from selcolor_backend.pictures.openraster import (
    EncodedPicture,
    result_layers,
    with_mask,
    write_ora,
)
from selcolor_protocol.errors import CannotWrite
from selcolor_protocol.raster import Channels, TransferCurve

HEIGHT, WIDTH = 300, 400
NAMES = ["Blended", "Mask", "Colorized", "Colorized (masked)", "Original"]


def drawn(channels: int, dtype: str = "u1", seed: int = 0) -> Any:
    noise = np.random.default_rng(seed).random((HEIGHT, WIDTH, channels))
    return (noise * np.iinfo(dtype).max).astype(dtype)


@pytest.fixture(scope="module")
def ora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    gray, color, coverage = drawn(1), drawn(3, seed=1), drawn(1, seed=2)
    weight = coverage / 255
    blended = np.rint(color * weight + gray * (1 - weight)).astype(np.uint8)
    original, colorized, mask, merged = (
        EncodedPicture.of(to_raster(pixels)) for pixels in (gray, color, coverage, blended)
    )
    masked = EncodedPicture.of(with_mask(colorized.raster, mask.raster))
    path = tmp_path_factory.mktemp("ora") / "a.ora"
    write_ora(path, result_layers(original, colorized, mask, masked, merged), WIDTH, HEIGHT, merged)
    return path


def layers_of(path: Path) -> list[tuple[dict[str, str], Image.Image]]:
    with zipfile.ZipFile(path) as archive:
        stack = ElementTree.fromstring(archive.read("stack.xml")).find("stack")
        assert stack is not None
        return [
            (layer.attrib, Image.open(io.BytesIO(archive.read(layer.attrib["src"]))))
            for layer in stack
        ]


def test_the_mimetype_comes_first_and_stored(ora: Path) -> None:
    assert ora.read_bytes()[30:54] == b"mimetypeimage/openraster"
    with zipfile.ZipFile(ora) as archive:
        assert archive.testzip() is None
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_STORED}


def test_the_stack_states_version_and_size(ora: Path) -> None:
    with zipfile.ZipFile(ora) as archive:
        image = ElementTree.fromstring(archive.read("stack.xml"))
    assert image.attrib == {"version": "0.0.6", "w": str(WIDTH), "h": str(HEIGHT)}


def test_layers_lie_in_order_and_cover_the_canvas(ora: Path) -> None:
    layers = layers_of(ora)
    assert [attributes["name"] for attributes, _ in layers] == NAMES
    assert [attributes["visibility"] for attributes, _ in layers] == ["hidden"] * 3 + [
        "visible"
    ] * 2
    assert {image.size for _, image in layers} == {(WIDTH, HEIGHT)}


def test_what_is_visible_looks_like_the_merged_image(ora: Path) -> None:
    canvas = Image.new("RGBA", (WIDTH, HEIGHT))
    for attributes, image in reversed(layers_of(ora)):
        if attributes["visibility"] == "visible":
            canvas.alpha_composite(image.convert("RGBA"))
    with zipfile.ZipFile(ora) as archive:
        merged = np.asarray(Image.open(io.BytesIO(archive.read("mergedimage.png")))).astype(int)
    assert np.abs(np.asarray(canvas)[..., :3] - merged).max() <= 1


def test_the_thumbnail_is_small_and_8_bits(ora: Path) -> None:
    with zipfile.ZipFile(ora) as archive:
        thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
    assert thumbnail.size == (256, 192)
    assert thumbnail.mode == "RGB"


def test_encoded_pictures_are_stored_as_they_are(tmp_path: Path) -> None:
    picture = EncodedPicture(to_raster(drawn(3)), b"these very bytes")
    layers = result_layers(picture, picture, picture, picture, picture)
    write_ora(tmp_path / "a.ora", layers, WIDTH, HEIGHT, picture)
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        assert archive.read("data/layer0.png") == archive.read("mergedimage.png") == picture.png


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("channels", list(Channels))
def test_a_mask_is_multiplied_into_alpha(channels: Channels, dtype: str) -> None:
    pixels, mask = drawn(channels.samples, dtype), drawn(1, seed=2)
    masked = to_array(with_mask(to_raster(pixels, channels=channels), to_raster(mask)))
    white = np.iinfo(dtype).max
    alpha = pixels[..., -1] if channels.has_alpha else np.full((HEIGHT, WIDTH), white)
    np.testing.assert_array_equal(masked[..., -1], np.rint(alpha * (mask[..., 0] / 255)))
    colors = pixels[..., [2, 1, 0]] if "BGR" in channels.value else pixels
    np.testing.assert_array_equal(masked[..., :-1], colors[..., : masked.shape[2] - 1])


def test_a_linear_float_picture_gets_an_srgb_thumbnail(tmp_path: Path) -> None:
    flat = np.full((64, 64, 3), 0.2159, np.float32)  # 50 % on the sRGB curve
    picture = EncodedPicture.of(to_raster(flat, TransferCurve.LINEAR))
    write_ora(tmp_path / "a.ora", (), 64, 64, picture)
    with zipfile.ZipFile(tmp_path / "a.ora") as archive:
        thumbnail = Image.open(io.BytesIO(archive.read("Thumbnails/thumbnail.png")))
    assert np.abs(np.asarray(thumbnail).astype(int) - 128).max() <= 1


def test_equal_pictures_give_equal_files(tmp_path: Path) -> None:
    picture = EncodedPicture.of(to_raster(drawn(3)))
    for name in ("a.ora", "b.ora"):
        write_ora(tmp_path / name, (), WIDTH, HEIGHT, picture)
    assert (tmp_path / "a.ora").read_bytes() == (tmp_path / "b.ora").read_bytes()


def test_nothing_is_left_where_it_cannot_be_written(tmp_path: Path) -> None:
    picture = EncodedPicture.of(to_raster(drawn(3)))
    for path in (tmp_path / "none" / "a.ora", tmp_path / "a.zip"):
        with pytest.raises(CannotWrite):
            write_ora(path, (), WIDTH, HEIGHT, picture)
    assert os.listdir(tmp_path) == []
