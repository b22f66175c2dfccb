"""Masks from picture files: coverage in 8 bits, and cut-outs by their alpha."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from drawn_files import HEIGHT, WIDTH, drawn
from PIL import Image

from selcolor_backend.pictures.arrays import to_array
from selcolor_backend.pictures.masks import read_mask
from selcolor_protocol.errors import UnsupportedPicture
from selcolor_protocol.raster import Channels


def test_a_mask_of_equal_channels_is_gray(tmp_path: Path) -> None:
    values = drawn(1)
    Image.fromarray(np.dstack([values] * 3)).save(tmp_path / "m.png")
    mask = read_mask(tmp_path / "m.png", WIDTH, HEIGHT)
    assert mask.raster.format.channels is Channels.GRAY
    np.testing.assert_array_equal(to_array(mask.raster)[..., 0], values)


@pytest.mark.parametrize("dtype", ["u2", "f4"])
def test_a_deep_mask_becomes_8_bits_without_a_curve(tmp_path: Path, dtype: str) -> None:
    values = drawn(1)
    deep = values.astype("u2") * 257 if dtype == "u2" else values.astype("f4") / 255
    tifffile.imwrite(tmp_path / "m.tif", deep)
    read = to_array(read_mask(tmp_path / "m.tif", WIDTH, HEIGHT).raster)
    np.testing.assert_array_equal(read[..., 0], values)


def test_what_is_transparent_is_masked_out(tmp_path: Path) -> None:
    pixels = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    pixels[:5, :, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "m.png")
    read = to_array(read_mask(tmp_path / "m.png", WIDTH, HEIGHT).raster)
    assert read[:5].max() == 0
    assert read[5:].min() == 255


def cut_out(colors: Any) -> Any:
    """A picture with all but its left third made transparent, with a soft edge."""
    alpha = np.zeros((HEIGHT, WIDTH, 1), np.uint8)
    alpha[:, : WIDTH // 3] = 255
    alpha[:, WIDTH // 3] = 128
    return np.concatenate([colors, alpha], axis=2)


@pytest.mark.parametrize(
    "colors",
    [
        drawn(3),
        np.repeat(drawn(1)[..., None] // 2 + 60, 3, axis=2),
        np.zeros((HEIGHT, WIDTH, 3), np.uint8),
    ],
    ids=["colors", "grays of a photo", "black"],
)
def test_a_cut_out_is_a_mask_by_its_alpha(tmp_path: Path, colors: Any) -> None:
    pixels = cut_out(colors)
    Image.fromarray(pixels).save(tmp_path / "m.png")
    mask = read_mask(tmp_path / "m.png", WIDTH, HEIGHT)
    assert mask.is_cutout
    np.testing.assert_array_equal(to_array(mask.raster)[..., 0], pixels[..., 3])


def test_a_mask_with_a_transparent_part_stays_a_mask(tmp_path: Path) -> None:
    black_and_white = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    black_and_white[::2] = 255
    pixels = cut_out(black_and_white)
    Image.fromarray(pixels).save(tmp_path / "m.png")
    mask = read_mask(tmp_path / "m.png", WIDTH, HEIGHT)
    assert not mask.is_cutout
    assert to_array(mask.raster)[1].max() == 0
    assert to_array(mask.raster)[0, 0] == 255


def test_bands_of_a_mask_leave_no_seam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("selcolor_backend.pictures.masks._BAND_PIXELS", 5 * WIDTH)
    values = drawn(1)
    Image.fromarray(values).save(tmp_path / "m.png")
    mask = read_mask(tmp_path / "m.png", WIDTH, HEIGHT)
    np.testing.assert_array_equal(to_array(mask.raster)[..., 0], values)


def test_a_mask_in_color_is_refused(tmp_path: Path) -> None:
    Image.fromarray(drawn(3)).save(tmp_path / "m.png")
    with pytest.raises(UnsupportedPicture, match="shows colors"):
        read_mask(tmp_path / "m.png", WIDTH, HEIGHT)


def test_a_mask_of_another_size_is_refused_naming_both(tmp_path: Path) -> None:
    Image.fromarray(drawn(1)).save(tmp_path / "m.png")
    with pytest.raises(UnsupportedPicture, match=r"36 × 24 pixels.*has 40 × 30"):
        read_mask(tmp_path / "m.png", 40, 30)
