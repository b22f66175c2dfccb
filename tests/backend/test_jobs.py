"""Jobs from a request to its layers, with small stand-ins for the networks."""

import io
import pickle
from typing import Any

import icc
import numpy as np
import pytest
import torch
from PIL import Image, ImageCms
from rasters import make_raster, to_array
from skimage import color
from standins import MiddleSegmenter, WarmColorizer, networks, quiet, run, smooth_picture

from selcolor_backend import jobs, sketch
from selcolor_backend.models.predictions import Decisions
from selcolor_backend.paint import Layers, paint
from selcolor_backend.pixels import tiles
from selcolor_backend.pixels.photo import Photo
from selcolor_backend.plan import Given, Networks, Stage, make_plan
from selcolor_backend.shortage import note_seen_smaller
from selcolor_backend.sketch import Sketch, make_sketch
from selcolor_protocol.errors import (
    InvalidOptions,
    JobCancelled,
    UnsupportedRaster,
)
from selcolor_protocol.messages import Blend, Colorize
from selcolor_protocol.notes import Note
from selcolor_protocol.options import Background, ColorizeOptions, MaskOptions, Point, Subject
from selcolor_protocol.raster import ByteOrder, ChannelOrder, Channels, SampleType, TransferCurve


def lightness(raster_array: np.ndarray, channels: Channels, white: int) -> np.ndarray:
    colors = raster_array.astype(np.float64) / white
    colors = colors[..., 2::-1] if "BGR" in channels.value else colors[..., :3]
    return color.rgb2lab(colors)


@pytest.mark.parametrize("byte_order", ByteOrder)
@pytest.mark.parametrize("sample_type", SampleType)
@pytest.mark.parametrize("channels", Channels)
def test_every_kind_of_photo_keeps_luminance_format_and_alpha(
    channels: Channels, sample_type: SampleType, byte_order: ByteOrder
) -> None:
    photo = make_raster(smooth_picture(channels.samples), channels, sample_type, byte_order)
    order = ChannelOrder.BGR if "BGR" in channels.value else ChannelOrder.RGB
    layers = run(photo, channel_order=order)
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


@pytest.mark.parametrize("channels", [Channels.GRAY, Channels.RGB])
@pytest.mark.parametrize("feather", [0, 6, 20, 90])
def test_tiles_and_strips_give_identical_bytes(
    channels: Channels, feather: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture = smooth_picture(channels.samples, 220, 310)
    photo = make_raster(picture, channels, SampleType.U16)
    options = ColorizeOptions(mask=MaskOptions(feather=feather))
    monkeypatch.setattr(sketch, "LONG_SIDE", 100)
    whole = run(photo, options)
    monkeypatch.setattr(tiles.tiles, "__defaults__", (37, 53))
    monkeypatch.setattr(tiles.bands, "__defaults__", (310 * 50,))
    monkeypatch.setattr(sketch, "_STRIP_PIXELS", 310 * 7)
    tiled = run(photo, options)
    assert tiled.colorized.pixels == whole.colorized.pixels
    assert tiled.mask.pixels == whole.mask.pixels
    assert tiled.blended.pixels == whole.blended.pixels


def test_a_gray_photo_that_is_stored_as_rgb_gives_the_same_layers() -> None:
    gray = smooth_picture(1)
    one, three = make_raster(gray, Channels.GRAY), make_raster(np.repeat(gray, 3, axis=-1))
    assert run(one).colorized.pixels == run(three).colorized.pixels


def test_a_linear_photo_is_understood_as_linear() -> None:
    picture = smooth_picture(3)
    linear = np.where(picture > 0.04045, ((picture + 0.055) / 1.055) ** 2.4, picture / 12.92)
    for label in ({"curve": TransferCurve.LINEAR}, {"icc": icc.rgb_profile(icc.identity_curve())}):
        photo = make_raster(linear, sample_type=SampleType.U16, **label)
        seen = WarmColorizer()
        layers = run(photo, used=networks(seen))
        expected = color.rgb2lab(picture)[..., 0]
        assert np.abs(seen.seen[0].luminance.numpy() - expected).max() < 0.1
        assert layers.colorized.icc_profile == photo.icc_profile
        assert layers.colorized.format.curve == photo.format.curve


def test_a_scan_with_a_table_profile_keeps_its_luminance_in_srgb() -> None:
    samples = (smooth_picture(3) * 255).round().astype(np.uint8)
    profile = icc.scanner_profile()
    layers = run(make_raster(samples / 255, icc=profile))
    seen = ImageCms.profileToProfile(
        Image.fromarray(samples),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        flags=ImageCms.Flags.HIGHRESPRECALC | ImageCms.Flags.NOOPTIMIZE,
    )
    was, now = color.rgb2lab(np.asarray(seen)), color.rgb2lab(to_array(layers.colorized))
    inside = ((to_array(layers.colorized) > 0) & (to_array(layers.colorized) < 255)).all(axis=-1)
    assert inside.mean() > 0.5
    assert np.abs(was - now)[inside, 0].max() < 1.0
    unmasked = to_array(layers.mask)[..., 0] == 0
    blended = to_array(layers.blended).astype(int)
    assert np.abs(blended - np.asarray(seen))[unmasked].max() <= 1
    assert layers.notes == (Note.COLORS_BECAME_SRGB,)


def test_a_photo_with_a_broken_profile_is_colored_as_if_it_had_none() -> None:
    picture = smooth_picture(3)
    broken = run(make_raster(picture, icc=icc.rgb_profile(icc.gamma_curve(1.8))[:300]))
    without = run(make_raster(picture))
    assert broken.notes == (Note.PROFILE_WAS_IGNORED,)
    assert broken.blended.pixels == without.blended.pixels
    assert broken.blended.icc_profile is None


def test_gain_reaches_only_the_network() -> None:
    photo, plain, bright = make_raster(smooth_picture(3)), WarmColorizer(), WarmColorizer()
    one = run(photo, used=networks(plain))
    two = run(photo, ColorizeOptions(gain=2.0), networks(bright))
    seen = bright.seen[0].luminance
    assert torch.equal(seen, (plain.seen[0].luminance * 2).clamp(max=100))
    assert one.colorized.pixels == two.colorized.pixels


def test_no_saturation_gives_a_gray_layer() -> None:
    photo = make_raster(smooth_picture(3))
    layers = run(photo, ColorizeOptions(saturation=0.0))
    assert np.ptp(to_array(layers.colorized).astype(int), axis=-1).max() == 0


def test_inverting_gives_the_complement() -> None:
    photo = make_raster(smooth_picture(3))
    plain, inverse = (run(photo, ColorizeOptions(invert=i)) for i in (False, True))
    total = to_array(plain.mask).astype(int) + to_array(inverse.mask)
    assert np.abs(total - 255).max() <= 1


def test_a_given_mask_replaces_segmentation_and_is_kept_exactly() -> None:
    photo = make_raster(smooth_picture(3))
    given = make_raster(np.random.default_rng(1).random((60, 72, 1)), Channels.GRAY)
    options = ColorizeOptions(mask=MaskOptions(refine=False))
    layers = run(photo, options, mask=given)
    assert bytes(layers.mask.pixels) == given.pixels


def test_a_selection_limits_the_mask() -> None:
    photo = make_raster(smooth_picture(3))
    half = np.zeros((60, 72, 1))
    half[:, :36] = 1
    selection = make_raster(half, Channels.GRAY)
    layers = run(photo, selection=selection)
    mask = to_array(layers.mask)
    assert mask[:, 36:].max() == 0
    assert mask[:, :36].max() == 255


def colorize(
    subject: str = "main",
    at: Point | None = None,
    finds: bool = True,
    invert: bool = False,
    **rasters: np.ndarray,
) -> Layers:
    """A photo with a subject in its middle, at rows 15 to 44 and columns 18 to 53."""
    options = ColorizeOptions(
        subject=Subject.named(subject, at), invert=invert, mask=MaskOptions(refine=False)
    )
    given = {name: make_raster(values, Channels.GRAY) for name, values in rasters.items()}
    photo = make_raster(smooth_picture(3))
    return run(photo, options, networks(segmenter=MiddleSegmenter(finds)), **given)


@pytest.mark.parametrize(
    ("asked", "note"),
    [
        ({"finds": False}, Note.NOTHING_FOUND),
        ({"subject": "dog"}, Note.NOTHING_FOUND),
        ({"at": Point(2, 2)}, Note.NOTHING_AT_POINT),
        ({"mask": np.zeros((60, 72, 1))}, Note.MASK_IS_EMPTY),
        ({"selection": np.zeros((60, 72, 1))}, Note.SELECTION_IS_EMPTY),
    ],
)
def test_nothing_found_is_an_answer_with_an_empty_mask_and_a_note(
    asked: dict[str, Any], note: Note
) -> None:
    layers = colorize(**asked)
    assert layers.notes == (note,)
    assert not to_array(layers.mask).any()
    assert bytes(layers.blended.pixels) == make_raster(smooth_picture(3)).pixels
    assert np.ptp(to_array(layers.colorized).astype(int), axis=-1).mean() > 10


def test_all_but_nothing_is_everything() -> None:
    assert to_array(colorize(finds=False, invert=True).mask).min() == 255


def test_nothing_of_the_subject_within_the_selection_is_noted() -> None:
    corner = np.zeros((60, 72, 1))
    corner[:8, :8] = 1
    layers = colorize(selection=corner)
    assert layers.notes == (Note.NOTHING_IN_SELECTION,)
    assert not to_array(layers.mask).any()


def test_the_subject_at_a_point_is_the_one_that_is_connected_with_it() -> None:
    anywhere, here = colorize(), colorize(at=Point(36, 30))
    assert here.notes == ()
    assert here.mask == anywhere.mask


@pytest.mark.parametrize(("subject", "value"), [("everything", 255), ("nothing", 0)])
def test_everything_and_nothing_ask_no_segmenter(subject: str, value: int) -> None:
    options = ColorizeOptions(subject=Subject.named(subject))
    used = Networks(WarmColorizer(), None, Decisions())  # type: ignore[arg-type]
    layers = run(make_raster(smooth_picture(3)), options, used)
    assert np.unique(to_array(layers.mask)).tolist() == [value]
    assert layers.notes == ()


def test_the_selection_as_the_subject_is_the_mask_to_the_bit() -> None:
    selection = np.random.default_rng(1).random((60, 72, 1))
    layers = colorize("selection", selection=selection)
    assert bytes(layers.mask.pixels) == make_raster(selection, Channels.GRAY).pixels


def test_pure_black_and_white_cannot_take_color() -> None:
    photo = make_raster((smooth_picture(1) > 0.5).astype(float), Channels.GRAY)
    layers = run(photo)
    assert layers.notes == (Note.PICTURE_CANNOT_TAKE_COLOR,)


@pytest.mark.parametrize("order", ChannelOrder)
@pytest.mark.parametrize("channels", Channels)
def test_layers_come_in_the_order_that_was_asked_for(
    channels: Channels, order: ChannelOrder
) -> None:
    photo = make_raster(smooth_picture(channels.samples), channels)
    plain, asked = run(photo), run(photo, channel_order=order)
    kept, options = Background.KEEP, MaskOptions()
    request = Blend("", 1, options, kept, photo, asked.colorized, asked.mask, order)
    again = jobs.blend(request, quiet)
    swapped = [2, 1, 0, 3] if order is ChannelOrder.BGR else [0, 1, 2, 3]
    for layer in (asked.colorized, asked.blended, again):
        assert layer.format.channels is order.channels(channels.has_alpha)
    count = layer.format.channels.samples
    assert np.array_equal(
        to_array(asked.colorized)[..., swapped[:count]], to_array(plain.colorized)
    )
    assert np.array_equal(to_array(asked.blended)[..., swapped[:count]], to_array(plain.blended))


def test_an_unknown_class_is_refused_before_any_work() -> None:
    colorizer, options = WarmColorizer(), ColorizeOptions(subject=Subject.named("unicorn"))
    with pytest.raises(InvalidOptions):
        run(make_raster(smooth_picture(3)), options, networks(colorizer))
    assert not colorizer.seen


@pytest.mark.parametrize(("height", "width"), [(1, 1), (15, 200), (16, 1601)])
def test_sizes_that_no_network_understands_are_refused(height: int, width: int) -> None:
    photo = make_raster(np.zeros((height, width, 3)))
    with pytest.raises(UnsupportedRaster):
        run(photo)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (16, 1600), (1500, 40)])
def test_sizes_at_the_limits_work(height: int, width: int) -> None:
    photo = make_raster(np.full((height, width, 1), 0.5), Channels.GRAY)
    layers = run(photo)
    assert layers.blended.format.height == height


def test_a_cancelled_run_unwinds_at_every_stage() -> None:
    for stop in Stage:

        def report(stage: Stage, _share: float, stop: Stage = stop) -> None:
            if stage is stop:
                raise JobCancelled("Cancelled.", "Nothing was changed.")

        with pytest.raises(JobCancelled):
            run(make_raster(smooth_picture(3)), report=report)


def test_changing_the_mask_or_saturation_runs_no_network_again() -> None:
    photo, decisions = make_raster(smooth_picture(3)), Decisions()
    colorizer, segmenter = WarmColorizer(), MiddleSegmenter()
    used = networks(colorizer, segmenter, decisions)
    for options in (ColorizeOptions(), ColorizeOptions(saturation=2.0, invert=True)):
        run(photo, options, used)
    assert (len(colorizer.seen), segmenter.calls) == (1, 1)
    run(photo, ColorizeOptions(gain=1.5), used)
    assert (len(colorizer.seen), segmenter.calls) == (2, 1)


class ShortOfMemory(WarmColorizer):
    """A colorizer that saw less than it wanted, so many times."""

    name = "vit-lsgan-lite"
    times = 1

    def predict(self, sketch: Sketch) -> torch.Tensor:
        if self.times:
            self.times -= 1
            note_seen_smaller()
        return super().predict(sketch)

    def open(self, *_: object) -> WarmColorizer:
        return self


def test_a_result_says_that_a_network_saw_less_and_the_next_one_does_not() -> None:
    models: Any = ShortOfMemory()
    photo = make_raster(smooth_picture(1), Channels.GRAY)
    request = Colorize("", 1, ColorizeOptions(subject=Subject.named("everything")), photo)

    notes = [jobs.do(request, models, Decisions(0), quiet).layers.notes for _ in range(2)]

    assert notes == [(Note.NETWORK_SAW_LESS,), ()]


def test_decisions_not_used_for_longest_are_forgotten() -> None:
    decisions, made = Decisions(limit_bytes=2 * 400), []

    def decide(value: float) -> torch.Tensor:
        made.append(value)
        return torch.full((10, 10), value)

    for value in (1.0, 2.0, 1.0, 3.0, 1.0, 2.0):
        decisions.recall(("value", value), lambda value=value: decide(value))
    assert made == [1.0, 2.0, 3.0, 2.0]
    assert len(decisions) == 2


def test_blending_unchanged_layers_gives_the_blend_again() -> None:
    photo = make_raster(smooth_picture(4), Channels.BGRA)
    layers = run(photo)
    options = MaskOptions(refine=False)
    request = Blend("", 1, options, Background.KEEP, photo, layers.colorized, layers.mask)
    assert jobs.blend(request, quiet).pixels == layers.blended.pixels


def test_a_plan_travels_to_another_process() -> None:
    photo = Photo(make_raster(smooth_picture(3)))
    reduced = make_sketch(photo, lambda _: None)
    options = ColorizeOptions(mask=MaskOptions(feather=4))
    plan = make_plan(reduced, Given(photo.height, photo.width), options, networks(), quiet)
    sent = pickle.loads(pickle.dumps(plan))
    layers, others = (paint(photo, p, ChannelOrder.RGB, lambda _: None) for p in (plan, sent))
    assert layers.blended.pixels == others.blended.pixels


def test_highlights_of_a_float_photo_stay_brighter_than_white() -> None:
    picture = smooth_picture(3)
    picture[:10] = 4.0
    photo = make_raster(picture, sample_type=SampleType.F32, curve=TransferCurve.LINEAR)
    layers = run(photo)
    assert np.allclose(to_array(layers.colorized)[:10], 4.0, rtol=1e-4)
