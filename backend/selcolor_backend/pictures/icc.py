"""ICC profiles: the two named curves as profiles of our own, and which foreign profile fits.

The profiles are built byte by byte after ICC.1:2010 (version 4.2), so that linear pixels can be
labeled in PNG and TIFF without shipping a file: LittleCMS makes profiles, too, but without a name
that editors could show, and dated, so that equal pictures would not give equal files. Applying
profiles to pixels is left to the pipeline.
"""

from __future__ import annotations

import struct
from functools import cache

from selcolor_backend.pixels.littlecms import is_usable
from selcolor_protocol import limits
from selcolor_protocol.raster import TransferCurve

D50 = (0.96420, 1.0, 0.82491)
RED = (0.43603516, 0.22248840, 0.01391602)
GREEN = (0.38511658, 0.71690369, 0.09706116)
BLUE = (0.14305115, 0.06060791, 0.71392822)
"""The sRGB primaries as XYZ, adapted from D65 to D50 (Bradford); they sum to D50."""

D65_TO_D50 = (
    *(1.04788208, 0.02291870, -0.05020142),
    *(0.02958679, 0.99047852, -0.01707458),
    *(-0.00924683, 0.01507568, 0.75167847),
)
SRGB_PARAMETERS = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
"""g, a, b, c, d of `Y = (aX + b)^g if X ≥ d else cX`."""

HEADER_BYTES = 128
_DATE_AT = 24
_SRGB_CHROMATICITIES = (0.3127, 0.3290, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
_CREATED = (2025, 1, 1, 0, 0, 0)  # fixed: equal pictures give equal files
_NAMES = {
    (TransferCurve.SRGB, False): "sRGB",
    (TransferCurve.SRGB, True): "Gray with the sRGB curve",
    (TransferCurve.LINEAR, False): "Linear sRGB",
    (TransferCurve.LINEAR, True): "Linear gray",
}


def _fixed(*values: float) -> bytes:
    """Numbers as s15Fixed16."""
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _text(text: str) -> bytes:
    """Build a multiLocalizedUnicodeType with one English entry."""
    encoded = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II4sII", 1, 12, b"enUS", len(encoded), 28) + encoded


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*values)


def _tone_curve(curve: TransferCurve) -> bytes:
    """Build a curve: one without entries is the identity; sRGB is parametricCurveType 3."""
    if curve is TransferCurve.LINEAR:
        return b"curv\0\0\0\0" + struct.pack(">I", 0)
    return b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + _fixed(*SRGB_PARAMETERS)


def _header(size: int, space: bytes) -> bytes:
    """Build the 128 bytes in front of the tag table: a display profile over XYZ."""
    return (
        struct.pack(">I4sI4s4s4s", size, b"\0\0\0\0", 0x04200000, b"mntr", space, b"XYZ ")
        + struct.pack(">6H4s", *_CREATED, b"acsp")
        + bytes(28)  # platform, flags, device, attributes, perceptual intent
        + _fixed(*D50)
        + bytes(48)  # creator, profile ID, reserved
    )


def _assemble(space: bytes, tags: list[tuple[bytes, bytes]]) -> bytes:
    """Header, tag table and tag data, each aligned to four bytes; equal data is stored once."""
    start = HEADER_BYTES + 4 + 12 * len(tags)
    offsets: dict[bytes, int] = {}
    table, body = struct.pack(">I", len(tags)), b""
    for signature, data in tags:
        if data not in offsets:
            offsets[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", signature, offsets[data], len(data))
    return _header(start + len(body), space) + table + body


@cache
def profile_of(curve: TransferCurve, gray: bool) -> bytes:
    """Build the ICC profile of a named curve: over sRGB primaries, or for gray alone."""
    tone = _tone_curve(curve)
    common = [
        (b"desc", _text(_NAMES[curve, gray])),
        (b"cprt", _text("No copyright, use freely")),
        (b"wtpt", _xyz(D50)),
    ]
    if gray:
        return _assemble(b"GRAY", [*common, (b"kTRC", tone)])
    primaries = [(b"rXYZ", _xyz(RED)), (b"gXYZ", _xyz(GREEN)), (b"bXYZ", _xyz(BLUE))]
    curves = [(b"rTRC", tone), (b"gTRC", tone), (b"bTRC", tone)]
    adaptation = (b"chad", b"sf32\0\0\0\0" + _fixed(*D65_TO_D50))
    return _assemble(b"RGB ", [*common, adaptation, *primaries, *curves])


def fits(profile: bytes | None, gray: bool) -> bool:
    """Whether a profile can label such channels, so that any program understands it."""
    return profile is not None and is_usable(profile, 1 if gray else 3)


def label(
    profile: bytes | None, gray: bool, unlabeled: TransferCurve
) -> tuple[TransferCurve | None, bytes | None]:
    """Say what a file's samples mean: a named curve, or the file's profile.

    Args:
        profile: what the file carries, if anything. One that `profile_of` built becomes the named
            curve again; whether any other can be used is for the job to say, with a note.
        gray: whether the samples are gray.
        unlabeled: the curve of samples without a profile, or with one that is too large.

    Returns:
        The named curve or the profile; the other is None.
    """
    if not profile or len(profile) > limits.MAX_PROFILE_BYTES:
        return unlabeled, None
    for curve in TransferCurve:
        if profile == profile_of(curve, gray):
            return curve, None
    return None, profile


def gamma_profile(
    gamma: float, gray: bool, chromaticities: tuple[float, ...] | None = None
) -> bytes | None:
    """Build the profile of what a file says without one: a gamma, and primaries.

    Args:
        gamma: the exponent from samples to light.
        gray: whether the samples are gray.
        chromaticities: x and y of white, red, green and blue; None for those of sRGB.

    Returns:
        The profile, undated; None where LittleCMS makes no sense of the numbers.
    """
    import imagecodecs  # late: nearly every file has a profile, or means sRGB

    points = chromaticities or _SRGB_CHROMATICITIES
    white, colors = points[:2], points[2:]
    primaries = [part for at in (0, 2, 4) for part in (*colors[at : at + 2], 1.0)]
    described = {} if gray else {"primaries": primaries}
    try:
        made = imagecodecs.cms_profile(
            "gray" if gray else "rgb", whitepoint=(*white, 1.0), gamma=gamma, **described
        )
    except (imagecodecs.CmsError, ValueError):
        return None
    created = struct.pack(">6H", *_CREATED)
    return bytes(made[:_DATE_AT] + created + made[_DATE_AT + len(created) :])
