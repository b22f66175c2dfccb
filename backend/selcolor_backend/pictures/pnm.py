"""Decoding binary PGM and PPM, as `scanimage` writes them, in 8 or 16 bits."""

from __future__ import annotations

import re

import numpy as np

from selcolor_backend.pictures import checks
from selcolor_backend.pictures.arrays import spread
from selcolor_backend.pictures.decoded import Decoded

STARTS = (b"P5", b"P6")
_COMMENT = rb"#[^\n\r]*[\n\r]"
_GAP = rb"(?:\s|" + _COMMENT + rb")+"
_NUMBER = _GAP + rb"(\d{1,9})"
_HEADER = re.compile(rb"P([56])" + 3 * _NUMBER + rb"(?:" + _COMMENT + rb"|\s)")


def decode_pnm(name: str, data: bytes, check: checks.Check) -> Decoded:
    """Decode a PGM or PPM file.

    Args:
        name: of the file.
        data: all of it.
        check: called with the header before memory is taken for pixels.

    Raises:
        UnreadablePicture: it is damaged.
        UnsupportedPicture: `check` refuses it.
    """
    header = _HEADER.match(data)
    if header is None:
        raise checks.damaged(name, "its header cannot be read")
    kind, width, height, most = (int(part) for part in header.groups())
    channels = 1 if kind == 5 else 3
    if not (0 < most < 65536 and width and height):
        raise checks.damaged(name, "its header cannot be read")
    check(checks.Header(width, height, channels, 1 + (most > 255)))
    dtype = np.dtype(">u2" if most > 255 else "u1")
    if len(data) - header.end() < width * height * channels * dtype.itemsize:
        raise checks.damaged(name, "it ends early")
    samples = np.frombuffer(data, dtype, width * height * channels, header.end())
    return Decoded(spread(samples, most).reshape(height, width, channels).copy())
