"""OpenRaster: the container, the layers, and that they look like the blended picture."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from selcolor_backend.pictures.arrays import to_raster
from selcolor_backend.pictures.bands import Banded, banded, masked
from selcolor_backend.pictures.hints import no_hints
from selcolor_backend.pictures.openraster import (
    MergedImage,
    make_thumbnail,
    result_layers,
    write_ora,
)
from selcolor_backend.pictures.png import write_png
from selcolor_protocol.raster import Channels, TransferCurve

HEIGHT, WIDTH = 300, 400
NAMES = ["Blended", "Color Hints", "Mask", "Colorized", "Colorized (masked)", "Original"]


def drawn(channels: int, dtype: str = "u1", seed: int = 0) -> Any:
    noise = np.random.default_rng(seed).random((HEIGHT, WIDTH, channels))
    return (noise * np.iinfo(dtype).max).astype(dtype)


def pixels_of(picture: Banded) -> Any:
    return picture.rows(0, picture.height)


def stored(folder: Path, **pictures: Banded) -> dict[str, Path]:
    files = {name: folder / f"{name}.png" for name in pictures}
    for name, picture in pictures.items():
        with files[name].open("wb") as file:
            write_png(picture, file)
    return files


@pytest.fixture(scope="module")
def ora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    gray, color, coverage = drawn(1), drawn(3, seed=1), drawn(1, seed=2)
    weight = coverage / 255
    blended = np.rint(color * weight + gray * (1 - weight)).astype(np.uint8)
    files = stored(
        tmp_path_factory.mktemp("layers"),
        original=banded(to_raster(gray)),
        colorized=banded(to_raster(color)),
        mask=banded(to_raster(coverage)),
        masked=masked(banded(to_raster(color)), to_raster(coverage)),
        hints=no_hints(WIDTH, HEIGHT),
        blended=banded(to_raster(blended)),
    )
    path = tmp_path_factory.mktemp("ora") / "a.ora"
    thumbnail = make_thumbnail(banded(to_raster(blended)))
    merged = MergedImage(WIDTH, HEIGHT, files["blended"], thumbnail)
    with path.open("wb") as file:
        write_ora(result_layers(files, only_blended=False), merged, file)
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
    assert [attributes["visibility"] for attributes, _ in layers] == ["hidden"] * 4 + [
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


def written(picture: MergedImage, **files: Path) -> bytes:
    file = io.BytesIO()
    write_ora(result_layers(files, only_blended=True) if files else (), picture, file)
    return file.getvalue()


def test_png_files_are_stored_as_they_are(tmp_path: Path) -> None:
    names = ("original", "colorized", "mask", "masked", "hints", "blended")
    files = {name: tmp_path / name for name in names}
    for name, path in files.items():
        path.write_bytes(f"the bytes of {name}".encode())
    content = written(MergedImage(WIDTH, HEIGHT, files["blended"], b"small"), **files)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.read("data/layer0.png") == archive.read("mergedimage.png")
        assert archive.read("data/layer3.png") == b"the bytes of colorized"
        assert archive.read("data/layer5.png") == b"the bytes of original"
        assert archive.read("Thumbnails/thumbnail.png") == b"small"


def test_a_composite_that_layers_cannot_show_is_shown_itself(tmp_path: Path) -> None:
    layers = result_layers(
        dict.fromkeys(("original", "colorized", "mask", "masked", "hints", "blended"), tmp_path),
        only_blended=True,
    )
    assert [layer.name for layer in layers if layer.visible] == ["Blended"]


@pytest.mark.parametrize("dtype", ["u1", "u2"])
@pytest.mark.parametrize("channels", list(Channels))
def test_a_mask_is_multiplied_into_alpha(channels: Channels, dtype: str) -> None:
    pixels, mask = drawn(channels.samples, dtype), drawn(1, seed=2)
    both = masked(banded(to_raster(pixels, channels=channels)), to_raster(mask))
    got = pixels_of(both)
    white = np.iinfo(dtype).max
    alpha = pixels[..., -1] if channels.has_alpha else np.full((HEIGHT, WIDTH), white)
    np.testing.assert_array_equal(got[..., -1], np.rint(alpha * (mask[..., 0] / 255)))
    colors = pixels[..., [2, 1, 0]] if "BGR" in channels.value else pixels
    seen = got[..., -1] > 0
    np.testing.assert_array_equal(got[seen][:, :-1], colors[seen][:, : got.shape[2] - 1])
    assert both.channels.has_alpha
    assert both.channels.samples == got.shape[2]


def test_what_the_mask_hides_keeps_no_color() -> None:
    mask = np.zeros((HEIGHT, WIDTH, 1), np.uint8)
    mask[:, :9] = 255
    got = pixels_of(masked(banded(to_raster(drawn(3))), to_raster(mask)))
    assert got[:, :9, :3].any()
    assert not got[:, 9:].any()


def test_a_mask_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="differ in size"):
        masked(banded(to_raster(drawn(3))), to_raster(drawn(1)[:-1]))


def test_a_linear_float_picture_gets_an_srgb_thumbnail() -> None:
    flat = np.full((64, 64, 3), 0.2159, np.float32)  # 50 % on the sRGB curve
    thumbnail = make_thumbnail(banded(to_raster(flat, TransferCurve.LINEAR), 16))
    shown = np.asarray(Image.open(io.BytesIO(thumbnail))).astype(int)
    assert np.abs(shown - 128).max() <= 1


def test_equal_pictures_give_equal_files(tmp_path: Path) -> None:
    first, second = (
        stored(folder, blended=banded(to_raster(drawn(3))))["blended"]
        for folder in (tmp_path, tmp_path)
    )
    assert written(MergedImage(WIDTH, HEIGHT, first, b"")) == written(
        MergedImage(WIDTH, HEIGHT, second, b"")
    )
