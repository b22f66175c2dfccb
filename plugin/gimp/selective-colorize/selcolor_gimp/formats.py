"""The same pixels in GIMP's words and in the protocol's: babl formats, precisions, profiles.

A babl format is an *encoding*, such as `R'G'B'A u8`, in a *space*, which is the profile's primaries
and curve. The marks tell the curve: `R'` is the space's own, `R` linear, `R~` that of sRGB.
GIMP's precisions say which of the three an image has. An encoding alone means sRGB's space.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from gi.repository import Babl, Gimp

from selcolor_protocol.raster import (
    ByteOrder,
    Channels,
    Raster,
    RasterFormat,
    SampleType,
    TransferCurve,
)

from .errors import unusable_profile


class Trc(str, Enum):
    """Which curve an image's samples have; the names are those in GIMP's precisions."""

    NON_LINEAR = "non-linear"
    LINEAR = "linear"
    PERCEPTUAL = "perceptual"


MARKS = {Trc.NON_LINEAR: "'", Trc.LINEAR: "", Trc.PERCEPTUAL: "~"}
LETTERS = {
    Channels.GRAY: ("Y", ""),
    Channels.GRAYA: ("Y", "A"),
    Channels.RGB: ("RGB", ""),
    Channels.RGBA: ("RGB", "A"),
}
SAMPLE_TYPES = {
    "u8": SampleType.U8,
    "u16": SampleType.U16,
    "u32": SampleType.F32,
    "half": SampleType.F16,
    "float": SampleType.F32,
    "double": SampleType.F32,
}
"""How samples travel, by GIMP's name: what the protocol does not know goes as 32-bit floats."""

BABL_TYPES = {
    SampleType.U8: "u8",
    SampleType.U16: "u16",
    SampleType.F16: "half",
    SampleType.F32: "float",
}
BLEND_SPACES = {
    Trc.NON_LINEAR: Gimp.LayerColorSpace.RGB_NON_LINEAR,
    Trc.LINEAR: Gimp.LayerColorSpace.RGB_LINEAR,
    Trc.PERCEPTUAL: Gimp.LayerColorSpace.RGB_PERCEPTUAL,
}
"""Where a layer has to be composed so that it equals `Blended`, which is mixed as encoded."""


def trc_of(image: Any) -> Trc:
    """The curve of an image's samples."""
    return Trc(image.get_precision().value_nick.split("-", 1)[1])


def sample_type_of(image: Any) -> SampleType:
    """How an image's samples travel."""
    return SAMPLE_TYPES[image.get_precision().value_nick.split("-", 1)[0]]


def encoding(channels: Channels, trc: Trc, sample_type: SampleType) -> str:
    """Babl's name of an encoding, such as `R'G'B'A u8`."""
    colors, alpha = LETTERS[channels]
    marked = "".join(color + MARKS[trc] for color in colors)
    return f"{marked}{alpha} {BABL_TYPES[sample_type]}"


def own_format(drawable: Any, channels: Channels, sample_type: SampleType) -> str:
    """Babl's name of a format in a drawable's own space and with its image's own curve."""
    name = encoding(channels, trc_of(drawable.get_image()), sample_type)
    if channels.is_gray:
        return name
    space = Babl.format_get_space(drawable.get_format())
    return str(Babl.get_name(Babl.format_with_space(name, space)))


def format_of(raster: Raster, drawable: Any) -> str:
    """Babl's name of the format that a raster has, to be written to a drawable.

    Args:
        raster: labeled with a named curve over sRGB's primaries, or with a profile.
        drawable: where it goes; its image may have another profile by now.
    """
    size, icc = raster.format, raster.icc_profile
    if size.curve is not None or icc is None:
        trc = Trc.LINEAR if size.curve is TransferCurve.LINEAR else Trc.NON_LINEAR
        return encoding(size.channels, trc, size.sample_type)
    if label_of(drawable.get_image()) == (None, icc):
        return own_format(drawable, size.channels, size.sample_type)
    profile = Gimp.ColorProfile.new_from_icc_profile(icc)
    space = profile.get_space(Gimp.ColorRenderingIntent.RELATIVE_COLORIMETRIC)
    name = encoding(size.channels, Trc.NON_LINEAR, size.sample_type)
    return str(Babl.get_name(Babl.format_with_space(name, space)))


def raster_format(drawable: Any, width: int, height: int, curve: TransferCurve | None) -> Any:
    """The format in which a drawable's pixels travel.

    Raises:
        ProtocolError: the rectangle is too large.
    """
    base, alpha = ("GRAY", "RGB")[drawable.is_rgb()], ("", "A")[drawable.has_alpha()]
    image = drawable.get_image()
    channels = Channels(base + alpha)
    return RasterFormat(width, height, channels, sample_type_of(image), ByteOrder.LITTLE, curve)


def label_of(image: Any) -> tuple[TransferCurve | None, bytes | None]:
    """What the image's pixels are labeled with: a named curve, or ICC bytes.

    A profile tells the curve of the non-linear precisions only. For the others GIMP makes the
    profile that has the same primaries and their curve. A gray image's profile is not handed on:
    its pixels travel with sRGB's curve, which the image has once it is RGB.

    Raises:
        CannotRead: the profile has no such variant.
    """
    profile, trc = image.get_color_profile(), trc_of(image)
    if profile is None or image.get_base_type() == Gimp.ImageBaseType.GRAY:
        return (TransferCurve.LINEAR if trc is Trc.LINEAR else TransferCurve.SRGB), None
    variant = {
        Trc.NON_LINEAR: lambda: profile,
        Trc.LINEAR: lambda: Gimp.ColorProfile.new_linear_from_color_profile(profile),
        Trc.PERCEPTUAL: lambda: Gimp.ColorProfile.new_srgb_trc_from_color_profile(profile),
    }[trc]()
    if variant is None:
        raise unusable_profile(profile.get_label())
    return None, bytes(variant.get_icc_profile())
