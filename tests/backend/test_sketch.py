"""Sketches: sizes, averages, parts of panoramas."""

import numpy as np
import pytest
import torch
from rasters import make_raster
from skimage import color
from standins import smooth_picture

from selcolor_backend.models.parts import predict_in_parts
from selcolor_backend.pixels.photo import Photo
from selcolor_backend.sketch import Sketch, make_sketch, sketch_size
from selcolor_protocol.raster import Channels, SampleType


def quiet(_: float) -> None:
    """Tell nobody."""


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((3000, 4000), (768, 1024)),
        ((500, 400), (500, 400)),
        ((1000, 10_000), (341, 3410)),
        ((300, 13_500), (183, 8216)),
        ((60, 3000), (60, 3000)),
    ],
)
def test_a_sketch_is_large_enough_to_see_something(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert sketch_size(*size) == expected
    assert sketch_size(*reversed(size)) == tuple(reversed(expected))


def test_a_sketch_is_the_area_average_of_the_encoded_photo() -> None:
    picture = smooth_picture(3, 2048, 800)
    sketch = make_sketch(Photo(make_raster(picture, sample_type=SampleType.U16)), quiet)
    mean = picture.reshape(1024, 2, 400, 2, 3).mean((1, 3))
    assert np.abs(sketch.rgb.numpy().transpose(1, 2, 0) - mean).max() < 1e-4
    assert np.abs(sketch.luminance.numpy() - color.rgb2lab(mean)[..., 0]).max() < 0.02


def test_a_gray_photo_has_three_equal_planes() -> None:
    sketch = make_sketch(Photo(make_raster(smooth_picture(1), Channels.GRAY)), quiet)
    assert torch.equal(sketch.rgb[0], sketch.rgb[2])


def test_gain_changes_the_luminance_alone_and_stays_within_its_range() -> None:
    sketch = Sketch(torch.rand(3, 4, 5), torch.rand(4, 5) * 100)
    brighter = sketch.brightened(2.0)
    assert torch.equal(brighter.rgb, sketch.rgb)
    assert torch.equal(brighter.luminance, (sketch.luminance * 2).clamp(max=100))


@pytest.mark.parametrize("shape", [(40, 130), (130, 40), (20, 1000), (900, 20)])
def test_a_panorama_is_seen_in_parts_of_one_size_without_a_seam(shape: tuple[int, int]) -> None:
    ramp = torch.linspace(0, 100, max(shape))
    luminance = ramp.expand(shape) if shape[1] > shape[0] else ramp[:, None].expand(shape)
    seen: list[tuple[int, int]] = []

    def predict(part: Sketch) -> torch.Tensor:
        seen.append((part.height, part.width))
        return part.luminance[None]

    whole = predict_in_parts(Sketch(luminance.expand(3, -1, -1), luminance), predict)
    assert len(set(seen)) == 1
    assert len(seen) > 1
    assert max(seen[0]) == 2 * min(seen[0])
    assert (whole[0] - luminance).abs().max() < 1e-3


def test_a_photo_of_usual_proportions_is_seen_as_a_whole() -> None:
    sketch = Sketch(torch.rand(3, 40, 120), torch.rand(40, 120))
    assert predict_in_parts(sketch, lambda part: part.luminance[None]) is not None
    seen: list[Sketch] = []
    predict_in_parts(sketch, lambda part: seen.append(part) or part.luminance[None])
    assert seen == [sketch]


def test_a_sketch_is_as_large_as_a_network_that_finds_more_wants_it() -> None:
    assert sketch_size(3000, 4000, 2560) == (1920, 2560)
    assert sketch_size(600, 800, 2560) == (600, 800), "never larger than the photo"
