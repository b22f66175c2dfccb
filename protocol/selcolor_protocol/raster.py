"""Pixels with everything that is needed to understand them.

A raster is a rectangle of interleaved samples, rows from top to bottom without padding, alpha
straight (not premultiplied). Integers span their whole range; floats have white at 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from selcolor_protocol import limits
from selcolor_protocol.errors import ProtocolError

Buffer = bytes | bytearray | memoryview


@dataclass(frozen=True)
class Coming:
    """Stands for bytes that were announced and have not come: their number is all there is to know.

    Attributes:
        nbytes: how many.
    """

    nbytes: int

    def __len__(self) -> int:
        return self.nbytes


class Channels(str, Enum):
    """Which samples a pixel has, in memory order. Krita's integer RGBA is `BGRA`."""

    GRAY = "GRAY"
    GRAYA = "GRAYA"
    RGB = "RGB"
    BGR = "BGR"
    RGBA = "RGBA"
    BGRA = "BGRA"

    @property
    def samples(self) -> int:
        """Samples of one pixel."""
        return {"GRAY": 1, "GRAYA": 2, "RGB": 3, "BGR": 3}.get(self.value, 4)

    @property
    def has_alpha(self) -> bool:
        """Whether the last sample is alpha."""
        return self in (Channels.GRAYA, Channels.RGBA, Channels.BGRA)

    @property
    def is_gray(self) -> bool:
        """Whether a pixel has one gray sample instead of three colors."""
        return self in (Channels.GRAY, Channels.GRAYA)


class ChannelOrder(str, Enum):
    """In which order the colors of an answer's layers are wanted; alpha comes last in both."""

    RGB = "rgb"
    BGR = "bgr"

    def channels(self, has_alpha: bool) -> Channels:
        """The channels of a color layer in this order."""
        return Channels(self.value.upper() + ("A" if has_alpha else ""))


class SampleType(str, Enum):
    """The number format of one sample."""

    U8 = "u8"
    U16 = "u16"
    F16 = "f16"
    F32 = "f32"

    @property
    def bytes(self) -> int:
        """Bytes of one sample."""
        return {"u8": 1, "u16": 2, "f16": 2, "f32": 4}[self.value]


class ByteOrder(str, Enum):
    """The byte order of samples of more than one byte."""

    LITTLE = "little"
    BIG = "big"


class TransferCurve(str, Enum):
    """A named curve over sRGB primaries, for rasters without an ICC profile."""

    SRGB = "srgb"
    LINEAR = "linear"


@dataclass(frozen=True)
class RasterFormat:
    """What a raster's bytes mean.

    Attributes:
        width: pixels in a row, 1 to MAX_SIDE.
        height: rows, 1 to MAX_SIDE; width · height is at most MAX_PIXELS.
        channels: samples of a pixel, in memory order.
        sample_type: number format of a sample.
        byte_order: of samples of more than one byte.
        curve: the named curve, or None when an ICC profile comes along.

    Raises:
        ProtocolError: a limit is broken.
    """

    width: int
    height: int
    channels: Channels
    sample_type: SampleType
    byte_order: ByteOrder = ByteOrder.LITTLE
    curve: TransferCurve | None = TransferCurve.SRGB

    def __post_init__(self) -> None:
        if not (1 <= self.width <= limits.MAX_SIDE and 1 <= self.height <= limits.MAX_SIDE):
            raise ProtocolError(
                f"A raster of {self.width} × {self.height} pixels has a side "
                f"outside 1 to {limits.MAX_SIDE}."
            )
        if self.width * self.height > limits.MAX_PIXELS:
            raise ProtocolError(
                f"A raster of {self.width} × {self.height} pixels is larger than "
                f"{limits.MAX_PIXELS // 1_000_000} megapixels.",
                "Scale the picture down, or work on a part of it.",
            )

    @property
    def byte_count(self) -> int:
        """Bytes of all pixels."""
        return self.width * self.height * self.channels.samples * self.sample_type.bytes


def byte_count(data: Buffer | Coming) -> int:
    """Bytes that are here or coming."""
    return data.nbytes if isinstance(data, Coming) else memoryview(data).nbytes


@dataclass(frozen=True)
class Raster:
    """Pixels and what they mean.

    Attributes:
        format: size, channels, number format and curve.
        pixels: exactly `format.byte_count` bytes; never copied by this package.
        icc_profile: the ICC profile, exactly when `format.curve` is None.

    Raises:
        ProtocolError: bytes and format do not fit together.
    """

    format: RasterFormat
    pixels: Buffer
    icc_profile: bytes | None = None

    def __post_init__(self) -> None:
        size = byte_count(self.pixels)
        if size != self.format.byte_count:
            raise ProtocolError(
                f"A raster of {self.format.width} × {self.format.height} pixels needs "
                f"{self.format.byte_count} bytes, but {size} came."
            )
        if (self.format.curve is None) != (self.icc_profile is not None):
            raise ProtocolError("A raster needs either a named transfer curve or an ICC profile.")
        if self.icc_profile is not None and len(self.icc_profile) > limits.MAX_PROFILE_BYTES:
            raise ProtocolError("The raster's ICC profile is larger than 4 MiB.")
