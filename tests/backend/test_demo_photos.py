"""What must hold on real photographs with the embedded networks: scikit-image's, made gray."""

from __future__ import annotations

import numpy as np
import pytest
from skimage import color, data
from standins import run

from selcolor_backend.models.loading import open_model
from selcolor_backend.models.predictions import Decisions
from selcolor_backend.models.registry import Kind
from selcolor_backend.paint import Layers
from selcolor_backend.plan import Networks
from selcolor_protocol.options import DEFAULT_COLORIZER, DEFAULT_SEGMENTER
from selcolor_protocol.raster import Channels, Raster, RasterFormat, SampleType

pytestmark = pytest.mark.slow

PHOTOS = ("astronaut", "camera", "chelsea")


def gray_photo(name: str) -> np.ndarray:
    """One of scikit-image's photos as uint8 `[H, W]`."""
    picture = getattr(data, name)()
    return picture if picture.ndim == 2 else np.uint8(np.rint(255 * color.rgb2gray(picture)))


def pixels_of(raster: Raster) -> np.ndarray:
    """Samples as `[H, W, C]`."""
    form = raster.format
    return np.frombuffer(raster.pixels, np.uint8).reshape(form.height, form.width, -1)


@pytest.fixture(scope="module", params=PHOTOS)
def result(request: pytest.FixtureRequest) -> tuple[np.ndarray, Layers]:
    """A gray photo `[H, W]` and its layers."""
    gray = gray_photo(request.param)
    height, width = gray.shape
    photo = Raster(RasterFormat(width, height, Channels.GRAY, SampleType.U8), gray.tobytes())
    colorizer = open_model(DEFAULT_COLORIZER, Kind.COLORIZER)
    segmenter = open_model(DEFAULT_SEGMENTER, Kind.SEGMENTER)
    return gray, run(photo, used=Networks(colorizer, segmenter, Decisions()))


def test_luminance_is_kept(result: tuple[np.ndarray, Layers]) -> None:
    gray, layers = result
    colorized = pixels_of(layers.colorized)
    before = color.rgb2lab(np.repeat(gray[..., None], 3, axis=2))[..., 0]
    after = color.rgb2lab(colorized)[..., 0]
    clipped = ((colorized == 0) | (colorized == 255)).all(axis=2)

    assert np.abs(after - before)[~clipped].mean() <= 0.5


def test_the_whole_photo_has_color(result: tuple[np.ndarray, Layers]) -> None:
    lab = color.rgb2lab(pixels_of(result[1].colorized))

    assert np.hypot(lab[..., 1], lab[..., 2]).mean() >= 8


def test_the_subject_is_part_of_the_photo(result: tuple[np.ndarray, Layers]) -> None:
    mask = pixels_of(result[1].mask)

    assert 0.1 < (mask > 127).mean() < 0.9


def test_blended_is_exact_where_the_mask_is(result: tuple[np.ndarray, Layers]) -> None:
    gray, layers = result
    mask = pixels_of(layers.mask)[..., 0]
    blended = pixels_of(layers.blended)
    background = np.repeat(gray[..., None], 3, axis=2)

    assert (blended[mask == 0] == background[mask == 0]).all()
    assert (blended[mask == 255] == pixels_of(layers.colorized)[mask == 255]).all()
