"""The whole pipeline, with small stand-ins for the networks."""

import icc
import numpy as np
import pytest
import torch
from rasters import make_raster, to_array
from scipy import ndimage
from skimage import color

from selcolor_backend.pipeline import PredictionCache, Stage, recomposite, run
from selcolor_backend.pixels import samples
from selcolor_protocol.errors import (
    InvalidOptions,
    JobCancelled,
    NoSubjectFound,
    UnsupportedRaster,
)
from selcolor_protocol.options import Background, ColorizeOptions, MaskOptions
from selcolor_protocol.raster import ByteOrder, Channels, SampleType, TransferCurve


class WarmColorizer:
    """Stands in for a network: one warm color everywhere. Remembers what it saw."""

    name = "warm"
    device = "cpu"

    def __init__(self) -> None:
        self.seen: list[torch.Tensor] = []

    def predict(self, luminance: torch.Tensor) -> torch.Tensor:
        self.seen.append(luminance)
        return torch.tensor([18.0, 24.0]).view(2, 1, 1).expand(2, 7, 9)


class MiddleSegmenter:
    """Stands in for a network: the subject is the middle of the picture, or nothing."""

    name = "middle"
    device = "cpu"
    classes = ("background", "person", "dog")

    def __init__(self, finds: bool = True) -> None:
        self.finds = finds
        self.calls = 0

    def predict(self, rgb: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        probabilities = torch.zeros(3, 12, 12)
        probabilities[0] = 1.0
        if self.finds:
            probabilities[:, 3:9, 3:9] = torch.tensor([0.1, 0.9, 0.0]).view(3, 1, 1)
        return probabilities


def smooth_picture(count: int, height: int = 60, width: int = 72) -> np.ndarray:
    noise = np.random.default_rng(4).random((height, width, count))
    smooth = ndimage.gaussian_filter(noise, (4, 4, 0))
    return 0.15 + 0.7 * (smooth - smooth.min()) / np.ptp(smooth)


def quiet(_stage: Stage, _share: float) -> None:
    """Tell nobody."""


def lightness(raster_array: np.ndarray, channels: Channels, white: int) -> np.ndarray:
    colors = raster_array.astype(np.float64) / white
    colors = colors[..., 2::-1] if channels is Channels.BGRA else colors[..., :3]
    return color.rgb2lab(colors)


@pytest.mark.parametrize("byte_order", ByteOrder)
@pytest.mark.parametrize("sample_type", SampleType)
@pytest.mark.parametrize("channels", Channels)
def test_every_kind_of_photo_keeps_luminance_format_and_alpha(
    channels: Channels, sample_type: SampleType, byte_order: ByteOrder
) -> None:
    photo = make_raster(smooth_picture(channels.samples), channels, sample_type, byte_order)
    layers = run(photo, ColorizeOptions(), WarmColorizer(), MiddleSegmenter(), quiet)
    layer = layers.colorized.format
    before, after = to_array(photo), to_array(layers.colorized)
    white = {"u8": 255, "u16": 65535}.get(sample_type.value, 1)
    if channels.is_gray:
        alpha = before[..., 1:]
        before = np.repeat(before[..., :1], 3, axis=-1)
        assert np.array_equal(after[..., 3:], alpha)
    elif channels.has_alpha:
        assert np.array_equal(after[..., 3], before[..., 3])
    was, now = (lightness(x, layer.channels, white) for x in (before, after))
    limit = {"u8": 0.25, "f16": 0.05}.get(sample_type.value, 0.003)
    assert np.abs(now[..., 0] - was[..., 0]).mean() < limit
    assert np.hypot(now[..., 1], now[..., 2]).mean() > 15
    assert (layer.sample_type, layer.byte_order) == (sample_type, byte_order)
    mask = to_array(layers.mask)[..., 0]
    blended = to_array(layers.blended)
    assert mask[0, 0] == 0
    assert mask[30, 36] == 255
    assert np.array_equal(blended[mask == 0][:, :3], before[mask == 0][:, :3])
    assert np.array_equal(blended[mask == 255], after[mask == 255])


def test_strips_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    photo = make_raster(smooth_picture(3), sample_type=SampleType.F32)
    options = ColorizeOptions(mask=MaskOptions(feather=6))
    whole = run(photo, options, WarmColorizer(), MiddleSegmenter(), quiet)
    monkeypatch.setattr(samples.strips, "__defaults__", (72 * 7,))
    striped = run(photo, options, WarmColorizer(), MiddleSegmenter(), quiet)
    assert np.abs(to_array(whole.colorized) - to_array(striped.colorized)).max() < 1e-5
    assert np.array_equal(to_array(whole.mask), to_array(striped.mask))


def test_a_linear_photo_is_understood_as_linear() -> None:
    picture = smooth_picture(3)
    linear = np.where(picture > 0.04045, ((picture + 0.055) / 1.055) ** 2.4, picture / 12.92)
    for label in ({"curve": TransferCurve.LINEAR}, {"icc": icc.rgb_profile(icc.identity_curve())}):
        photo = make_raster(linear, sample_type=SampleType.U16, **label)
        seen = WarmColorizer()
        layers = run(photo, ColorizeOptions(), seen, MiddleSegmenter(), quiet)
        expected = color.rgb2lab(picture)[..., 0]
        assert np.abs(seen.seen[0][0, 0].numpy() - expected).max() < 0.1
        assert layers.colorized.icc_profile == photo.icc_profile
        assert layers.colorized.format.curve == photo.format.curve


def test_gain_reaches_only_the_network() -> None:
    photo, plain, bright = make_raster(smooth_picture(3)), WarmColorizer(), WarmColorizer()
    one = run(photo, ColorizeOptions(), plain, MiddleSegmenter(), quiet)
    two = run(photo, ColorizeOptions(gain=2.0), bright, MiddleSegmenter(), quiet)
    assert torch.equal(bright.seen[0], (plain.seen[0] * 2).clamp(max=100))
    assert one.colorized.pixels == two.colorized.pixels


def test_no_saturation_gives_a_gray_layer() -> None:
    photo = make_raster(smooth_picture(3))
    layers = run(photo, ColorizeOptions(saturation=0.0), WarmColorizer(), MiddleSegmenter(), quiet)
    assert np.ptp(to_array(layers.colorized).astype(int), axis=-1).max() == 0


def test_inverting_gives_the_complement() -> None:
    photo = make_raster(smooth_picture(3))
    plain, inverse = (
        run(photo, ColorizeOptions(invert=i), WarmColorizer(), MiddleSegmenter(), quiet)
        for i in (False, True)
    )
    total = to_array(plain.mask).astype(int) + to_array(inverse.mask)
    assert np.abs(total - 255).max() <= 1


def test_a_given_mask_replaces_segmentation_and_is_kept_exactly() -> None:
    photo = make_raster(smooth_picture(3))
    given = make_raster(np.random.default_rng(1).random((60, 72, 1)), Channels.GRAY)
    options = ColorizeOptions(mask=MaskOptions(refine=False))
    layers = run(photo, options, WarmColorizer(), None, quiet, mask=given)
    assert bytes(layers.mask.pixels) == given.pixels


def test_a_selection_limits_the_mask() -> None:
    photo = make_raster(smooth_picture(3))
    half = np.zeros((60, 72, 1))
    half[:, :36] = 1
    selection = make_raster(half, Channels.GRAY)
    layers = run(
        photo, ColorizeOptions(), WarmColorizer(), MiddleSegmenter(), quiet, selection=selection
    )
    mask = to_array(layers.mask)
    assert mask[:, 36:].max() == 0
    assert mask[:, :36].max() == 255


def test_nothing_found_is_an_answer_of_its_own() -> None:
    photo = make_raster(smooth_picture(3))
    with pytest.raises(NoSubjectFound):
        run(photo, ColorizeOptions(), WarmColorizer(), MiddleSegmenter(finds=False), quiet)
    with pytest.raises(NoSubjectFound):
        run(photo, ColorizeOptions(classes=("dog",)), WarmColorizer(), MiddleSegmenter(), quiet)
    nowhere = make_raster(np.zeros((60, 72, 1)), Channels.GRAY)
    with pytest.raises(NoSubjectFound, match="selection"):
        run(photo, ColorizeOptions(), WarmColorizer(), MiddleSegmenter(), quiet, selection=nowhere)


def test_an_unknown_class_is_refused_before_any_work() -> None:
    colorizer, options = WarmColorizer(), ColorizeOptions(classes=("unicorn",))
    with pytest.raises(InvalidOptions):
        run(make_raster(smooth_picture(3)), options, colorizer, MiddleSegmenter(), quiet)
    assert not colorizer.seen


@pytest.mark.parametrize(("height", "width"), [(1, 1), (15, 200), (16, 1601)])
def test_sizes_that_no_network_understands_are_refused(height: int, width: int) -> None:
    photo = make_raster(np.zeros((height, width, 3)))
    with pytest.raises(UnsupportedRaster):
        run(photo, ColorizeOptions(), WarmColorizer(), MiddleSegmenter(), quiet)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (16, 1600), (1500, 40)])
def test_sizes_at_the_limits_work(height: int, width: int) -> None:
    photo = make_raster(np.full((height, width, 1), 0.5), Channels.GRAY)
    layers = run(photo, ColorizeOptions(), WarmColorizer(), MiddleSegmenter(), quiet)
    assert layers.blended.format.height == height


def test_a_cancelled_run_unwinds_at_every_stage() -> None:
    for stop in Stage:

        def report(stage: Stage, _share: float, stop: Stage = stop) -> None:
            if stage is stop:
                raise JobCancelled("Cancelled.", "Nothing was changed.")

        with pytest.raises(JobCancelled):
            run(
                make_raster(smooth_picture(3)),
                ColorizeOptions(),
                WarmColorizer(),
                MiddleSegmenter(),
                report,
            )


def test_changing_the_mask_or_saturation_runs_no_network_again() -> None:
    photo, cache = make_raster(smooth_picture(3)), PredictionCache()
    colorizer, segmenter = WarmColorizer(), MiddleSegmenter()
    for options in (ColorizeOptions(), ColorizeOptions(saturation=2.0, invert=True)):
        run(photo, options, colorizer, segmenter, quiet, cache=cache)
    assert (len(colorizer.seen), segmenter.calls) == (1, 1)
    run(photo, ColorizeOptions(gain=1.5), colorizer, segmenter, quiet, cache=cache)
    assert (len(colorizer.seen), segmenter.calls) == (2, 1)


def test_the_cache_forgets_what_was_not_used_for_longest() -> None:
    cache, calls = PredictionCache(limit_bytes=2 * 400), []
    for value in (1.0, 2.0, 1.0, 3.0, 1.0, 2.0):
        picture = torch.full((1, 10, 10), value)
        cache.predict("network", picture, lambda x: calls.append(float(x.mean())) or x + 0)
    assert calls == [1.0, 2.0, 3.0, 2.0]
    assert len(cache) == 2


def test_recompositing_unchanged_layers_gives_the_blend_again() -> None:
    photo = make_raster(smooth_picture(4), Channels.BGRA)
    layers = run(photo, ColorizeOptions(), WarmColorizer(), MiddleSegmenter(), quiet)
    again = recomposite(
        photo, layers.colorized, layers.mask, MaskOptions(refine=False), Background.KEEP
    )
    assert again.pixels == layers.blended.pixels


def test_highlights_of_a_float_photo_stay_brighter_than_white() -> None:
    picture = smooth_picture(3)
    picture[:10] = 4.0
    photo = make_raster(picture, sample_type=SampleType.F32, curve=TransferCurve.LINEAR)
    layers = run(photo, ColorizeOptions(), WarmColorizer(), MiddleSegmenter(), quiet)
    assert np.allclose(to_array(layers.colorized)[:10], 4.0, rtol=1e-4)
