"""Color hints: what was painted gets its color, what looks like it follows, the rest stays."""

from __future__ import annotations

from typing import Any

import icc
import numpy as np
import pytest
import torch
from rasters import make_raster, to_array
from skimage import color
from standins import WarmColorizer, networks, run, smooth_picture

from selcolor_backend import plan, spread
from selcolor_backend.models.predictions import Decisions
from selcolor_backend.pixels.tiles import Tile
from selcolor_backend.sketch import Sketch
from selcolor_protocol.errors import ProtocolError
from selcolor_protocol.messages import Colorize
from selcolor_protocol.notes import Note
from selcolor_protocol.options import ColorizeOptions, Subject, SubjectKind
from selcolor_protocol.raster import ByteOrder, Channels, Raster, SampleType, TransferCurve

EVERYTHING = ColorizeOptions(subject=Subject(SubjectKind.EVERYTHING))
GREEN, BLUE, GRAY = (0.45, 0.6, 0.4), (0.35, 0.45, 0.65), (0.5, 0.5, 0.5)
STROKE = (slice(60, 68), slice(20, 60))
"""On the left half of `two_things`."""

RIGHT_STROKE = (slice(60, 68), slice(100, 140))


def two_things(step: float = 10.0) -> Raster:
    """Two even areas side by side, `step` units of L apart."""
    luminance = np.full((128, 160), 50.0)
    luminance[:, 80:] += step
    lab = np.dstack([luminance, np.zeros_like(luminance), np.zeros_like(luminance)])
    return make_raster(color.lab2rgb(lab)[..., :1], Channels.GRAY, SampleType.U16)


def painted(*strokes: tuple[tuple[slice, slice], tuple[float, ...]], **form: Any) -> Raster:
    """Hints for `two_things`: places and their colors."""
    pixels = np.zeros((128, 160, 4))
    for place, paint in strokes:
        pixels[place] = paint if len(paint) == 4 else (*paint, 1.0)
    if form.get("channels") is Channels.BGRA:
        pixels = pixels[..., [2, 1, 0, 3]]
    return make_raster(pixels, **{"channels": Channels.RGBA} | form)


def lab_of(layers: Any) -> np.ndarray:
    """Lab of the colorized layer, `[H, W, 3]`."""
    samples = to_array(layers.colorized)
    return color.rgb2lab(samples / float(np.iinfo(samples.dtype).max))


def chroma_of(paint: tuple[float, ...]) -> np.ndarray:
    return color.rgb2lab(np.array(paint[:3])[None, None])[0, 0, 1:]


def colored(hints: Raster | None, photo: Raster | None = None, **given: Any) -> np.ndarray:
    return lab_of(
        run(photo or two_things(), given.pop("options", EVERYTHING), hints=hints, **given)
    )


@pytest.mark.parametrize("paint", [GREEN, BLUE, GRAY, (0.9, 0.4, 0.3), (0.1, 0.13, 0.3)])
def test_a_painted_place_has_the_painted_chroma_at_the_photos_own_luminance(
    paint: tuple[float, ...],
) -> None:
    photo = make_raster(smooth_picture(1, 128, 160), Channels.GRAY, SampleType.U16)
    got, before = (colored(hints, photo) for hints in (painted((STROKE, paint)), None))
    middle = (slice(63, 65), slice(24, 56))
    error = np.linalg.norm(got[middle][..., 1:] - chroma_of(paint), axis=-1)
    assert error.max() < 3.0
    assert np.abs(got[..., 0] - before[..., 0]).max() < 0.1


def test_a_stroke_changes_its_thing_and_stops_at_an_edge_of_10_l() -> None:
    got, before = (colored(hints) for hints in (painted((STROKE, GREEN)), None))
    change = np.linalg.norm((got - before)[..., 1:], axis=-1)
    wanted = np.linalg.norm(chroma_of(GREEN) - before[0, 0, 1:])
    assert change[:, :77].min() > 0.7 * wanted
    assert change[:, 83:].max() < 0.5


def test_a_gray_stroke_takes_color_away() -> None:
    got = colored(painted((STROKE, GRAY)))
    assert np.linalg.norm(got[8:-8, 8:70, 1:], axis=-1).max() < 1.0
    assert np.linalg.norm(got[:, 85:, 1:], axis=-1).min() > 20.0


@pytest.mark.parametrize(
    ("paint", "is_gray"), [((0.5, 0.49, 0.48), True), ((0.5, 0.47, 0.44), False)]
)
def test_paint_of_less_chroma_than_4_is_gray(paint: tuple[float, ...], is_gray: bool) -> None:
    assert (np.linalg.norm(chroma_of(paint)) < 4) == is_gray
    assert (np.linalg.norm(colored(painted((STROKE, paint)))[64, 40, 1:]) < 0.5) == is_gray


def test_two_colors_on_one_thing_meet_softly() -> None:
    upper, lower = (slice(20, 28), slice(20, 60)), (slice(100, 108), slice(20, 60))
    got = colored(painted((upper, GREEN), (lower, BLUE)))[28:100, 40, 1:]
    way = (chroma_of(BLUE) - chroma_of(GREEN)) / np.linalg.norm(chroma_of(BLUE) - chroma_of(GREEN))
    steps = np.diff(got @ way)
    assert steps.min() > -0.1
    assert steps.max() < 3.0
    assert steps.sum() > 0.8 * np.linalg.norm(chroma_of(BLUE) - chroma_of(GREEN))


@pytest.mark.parametrize("order", ByteOrder)
@pytest.mark.parametrize("channels", [Channels.RGBA, Channels.BGRA])
@pytest.mark.parametrize("sample_type", SampleType)
def test_hints_may_have_any_number_format(
    sample_type: SampleType, channels: Channels, order: ByteOrder
) -> None:
    expected = colored(painted((STROKE, GREEN), sample_type=SampleType.F32))
    hints = painted((STROKE, GREEN), sample_type=sample_type, channels=channels, byte_order=order)
    assert np.abs(colored(hints) - expected).max() < 0.5


def test_hints_mean_what_their_own_profile_says() -> None:
    expected = colored(painted((STROKE, GREEN)))
    linear = tuple(((value + 0.055) / 1.055) ** 2.4 for value in GREEN)
    in_light = painted((STROKE, linear), sample_type=SampleType.F32, curve=TransferCurve.LINEAR)
    by_profile = painted(
        (STROKE, linear), sample_type=SampleType.F32, icc=icc.rgb_profile(icc.identity_curve())
    )
    for hints in (in_light, by_profile):
        assert np.abs(colored(hints) - expected).max() < 0.5


def test_a_color_out_of_the_gamut_keeps_its_hue_and_is_told_of() -> None:
    red = (1.0, 0.0, 0.0)
    layers = run(two_things(35.0), EVERYTHING, hints=painted((RIGHT_STROKE, red)))
    got = lab_of(layers)[64, 120]
    assert np.degrees(np.arctan2(*got[:0:-1])) == pytest.approx(
        np.degrees(np.arctan2(*chroma_of(red)[::-1])), abs=2.0
    )
    assert got[0] == pytest.approx(85.0, abs=0.2)
    assert layers.notes == (Note.HINTS_ARE_TOO_STRONG,)


def test_strength_of_color_leaves_what_was_painted() -> None:
    options = ColorizeOptions(saturation=0.0, subject=EVERYTHING.subject)
    got = colored(painted((STROKE, GREEN)), options=options)
    assert got[64, 40, 1:] == pytest.approx(chroma_of(GREEN), abs=1.0)
    assert np.abs(got[:, 90:, 1:]).max() < 0.5


def test_empty_hints_change_nothing_and_are_told_of() -> None:
    layers = run(two_things(), EVERYTHING, hints=painted())
    assert layers.notes == (Note.HINTS_ARE_EMPTY,)
    assert np.array_equal(lab_of(layers), colored(None))


def test_hints_without_a_gap_are_followed_and_told_of() -> None:
    everywhere = (slice(None), slice(None))
    layers = run(two_things(), EVERYTHING, hints=painted((everywhere, GREEN)))
    assert layers.notes == (Note.HINTS_ARE_EVERYWHERE,)
    assert np.abs(lab_of(layers)[8:-8, 8:-8, 1:] - chroma_of(GREEN)).max() < 1.5


@pytest.mark.parametrize("nonsense", [np.nan, np.inf, -np.inf])
def test_pixels_that_are_no_numbers_are_left_out_and_told_of(nonsense: float) -> None:
    bad = (nonsense, 0.5, 0.5, 1.0)
    hints = painted(
        (STROKE, GREEN), ((slice(0, 9), slice(90, 150)), bad), sample_type=SampleType.F32
    )
    layers = run(two_things(), EVERYTHING, hints=hints)
    assert layers.notes == (Note.HINTS_HAVE_NO_NUMBERS,)
    assert np.abs(lab_of(layers) - colored(painted((STROKE, GREEN)))).max() < 0.1


def test_light_brighter_than_white_counts_by_its_hue() -> None:
    bright = tuple(4.0 * value for value in (1.0, 0.8, 0.7))
    form = {"sample_type": SampleType.F32, "curve": TransferCurve.LINEAR}
    got, expected = (
        colored(painted((STROKE, paint), **form)) for paint in (bright, (1.0, 0.8, 0.7))
    )
    assert np.abs(got - expected).max() < 0.1


def test_ten_thousand_strokes_are_no_trouble() -> None:
    places = np.random.default_rng(0).integers(0, (126, 158), (10_000, 2))
    strokes = [((slice(y, y + 1), slice(x, x + 2)), GREEN) for y, x in places.tolist()]
    got = colored(painted(*strokes))
    assert np.abs(got[8:-8, 8:-8, 1:] - chroma_of(GREEN)).max() < 3.0


@pytest.mark.parametrize(
    "hints",
    [
        make_raster(np.zeros((128, 161, 4)), Channels.RGBA),
        make_raster(np.zeros((128, 160, 3)), Channels.RGB),
        make_raster(np.zeros((128, 160, 2)), Channels.GRAYA),
    ],
)
def test_hints_of_another_size_or_without_alpha_or_color_are_refused(hints: Raster) -> None:
    with pytest.raises(ProtocolError):
        Colorize("", 1, EVERYTHING, two_things(), hints=hints)


def test_other_colors_in_the_same_places_need_no_new_factors_and_no_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[object] = []
    factorize = plan.spread_system
    monkeypatch.setattr(plan, "spread_system", lambda *a: made.append(a) or factorize(*a))
    colorizer = WarmColorizer()
    used = networks(colorizer, decisions=Decisions())
    results = [
        colored(painted((place, paint)), used=used)
        for place, paint in ((STROKE, GREEN), (STROKE, BLUE), (RIGHT_STROKE, BLUE))
    ]
    assert len(made) == 2
    assert len(colorizer.seen) == 1
    assert np.array_equal(results[1], colored(painted((STROKE, BLUE))))


class Obedient(WarmColorizer):
    """Takes one hint for the whole picture, wherever it is."""

    name = "obedient"
    takes_hints = True

    def predict(self, sketch: Sketch) -> torch.Tensor:
        warm = super().predict(sketch)
        if sketch.hints is None:
            return warm
        mean = sketch.hints[:2].sum(dim=(1, 2)) / sketch.hints[2].sum()
        return mean.view(2, 1, 1).expand_as(warm)


def test_a_network_that_takes_hints_gets_them_and_counts_as_far_as_they_reach() -> None:
    colorizer = Obedient()
    used = networks(colorizer, decisions=Decisions())
    got, again = (colored(painted((STROKE, GREEN)), used=used) for _ in range(2))
    before = colored(None)
    hints = [sketch.hints for sketch in colorizer.seen if sketch.hints is not None]
    assert len(hints) == 1
    assert hints[0][:, 64, 40].numpy() == pytest.approx([*chroma_of(GREEN), 1.0], abs=0.5)
    assert got[64, 10, 1:] == pytest.approx(chroma_of(GREEN), abs=2.0)
    assert np.abs((got - before)[:, 85:]).max() < 0.5
    assert np.array_equal(got, again)


def test_hints_reach_a_network_in_parts_and_at_its_own_size() -> None:
    level, hints = torch.full((40, 60), 50.0), torch.zeros(3, 40, 60)
    hints[:, :20, :30] = torch.tensor([10.0, 20.0, 1.0]).view(3, 1, 1)
    sketch = Sketch(torch.zeros(3, 40, 60), level, hints)
    part, small = sketch.cropped(Tile(0, 20, 0, 30)), sketch.resized(20, 30)
    assert part.hints is not None
    assert small.hints is not None
    assert torch.equal(part.hints, hints[:, :20, :30])
    assert torch.allclose(small.hints[:, :8, :12], hints[:, :8, :12])


def test_spreading_solves_the_equations_that_it_states() -> None:
    chance = torch.Generator().manual_seed(0)
    guide = 10 * torch.rand(3, 9, 13, generator=chance)
    coverage = (torch.rand(9, 13, generator=chance) > 0.8).float()
    values = torch.rand(2, 9, 13, generator=chance)
    matrix = np.diag(spread.HOLD * coverage.double().ravel().numpy())
    matrix += np.eye(9 * 13) * spread.pull(coverage)
    cells = [(row, column) for row in range(9) for column in range(13)]
    for one, (top, left) in enumerate(cells):
        for two, (bottom, right) in enumerate(cells):
            if one != two and max(abs(top - bottom), abs(left - right)) == 1:
                step = (guide[:, top, left] - guide[:, bottom, right]).numpy()
                pull = float(spread.likeness(step, spread.texture_of(guide[0]))) / np.hypot(
                    top - bottom, left - right
                )
                matrix[one, one] += pull
                matrix[one, two] -= pull
    held = spread.HOLD * (coverage * values).double().reshape(2, -1).numpy()
    expected = np.linalg.solve(matrix, held.T).T.reshape(2, 9, 13)
    for wide in (True, False):
        turn = (lambda x: x) if wide else (lambda x: x.transpose(-1, -2).contiguous())
        factors = spread.make_system(turn(guide), turn(coverage)).factors
        assert np.abs(turn(factors.solve(turn(values))).numpy() - expected).max() < 1e-4


@pytest.mark.parametrize("size", [(16, 1600), (1600, 16), (16, 16)])
def test_pictures_of_any_proportions_take_hints(size: tuple[int, int]) -> None:
    photo = make_raster(smooth_picture(1, *size), Channels.GRAY, SampleType.U16)
    pixels = np.zeros((*size, 4))
    pixels[4:12, 4:12] = (*GREEN, 1.0)
    got = colored(make_raster(pixels, Channels.RGBA), photo)
    assert got[8, 8, 1:] == pytest.approx(chroma_of(GREEN), abs=3.0)
