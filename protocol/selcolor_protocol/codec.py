"""Messages to frames and back.

A message is one msgpack header of at most 64 KiB, then its parts: for each raster its pixels and,
where the header says `curve: nil`, its ICC profile. The header announces how many bytes each part
has, for they travel apart from it, in pieces (`pieces`). Its shape follows from the message's
dataclass; every length, count and range is checked before anything is taken.
"""

from __future__ import annotations

import math
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgpack

from selcolor_protocol import limits
from selcolor_protocol.errors import InvalidOptions, ProtocolError, VersionMismatch
from selcolor_protocol.messages import AnyMessage, Hello, Message, Piece, Refused
from selcolor_protocol.raster import Buffer, Coming, Raster, RasterFormat, byte_count

VERSION_FREE = frozenset({Hello, Refused})
"""Messages whose shape never changes, so that two versions can still tell each other why not."""


def encode(message: Message) -> list[Buffer]:
    """Turn a message into its header and its parts; pixels are passed on, never copied.

    Raises:
        ProtocolError: the header is larger than MAX_HEADER_BYTES, or a text is no Unicode.
    """
    frames: list[Buffer] = []
    header = {"protocol": limits.PROTOCOL_VERSION, "kind": message.kind}
    header |= _pack_fields(message, frames)
    if frames and not isinstance(message, Piece):
        header["parts"] = [memoryview(frame).nbytes for frame in frames]
    try:
        packed = msgpack.packb(header)
    except ValueError as error:
        raise ProtocolError(
            "A text holds characters that cannot be sent.", "Use another name."
        ) from error
    if len(packed) > limits.MAX_HEADER_BYTES:
        raise ProtocolError(f"A header of {len(packed)} bytes is too large.")
    return [packed, *frames]


def _pack_fields(instance: Any, frames: list[Buffer]) -> dict[str, Any]:
    return {field.name: _pack(getattr(instance, field.name), frames) for field in fields(instance)}


def _pack(value: Any, frames: list[Buffer]) -> Any:
    if isinstance(value, (bytes, bytearray, memoryview)):
        frames.append(value)
        return None
    if isinstance(value, Raster):
        frames.append(value.pixels)
        if value.icc_profile is not None:
            frames.append(value.icc_profile)
        return _pack_fields(value.format, frames)
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value):
        return _pack_fields(value, frames)
    if isinstance(value, tuple):
        return [_pack(item, frames) for item in value]
    return value


def decode(frames: Sequence[Buffer], known: Mapping[str, type[AnyMessage]]) -> AnyMessage:
    """Turn frames into a message.

    Args:
        frames: a header and its parts, which are referred to, not copied; or a header alone, and
            `Coming` stands for the parts that it announces.
        known: the kinds that may come here, such as `messages.REQUESTS[Lane.CONTROL]`.

    Raises:
        VersionMismatch: the header is of another protocol version.
        ProtocolError: anything else is wrong. No other exception leaves this function.
    """
    if not 1 <= len(frames) <= 1 + limits.MAX_PARTS:
        raise ProtocolError(
            f"A message of {len(frames)} frames came; 1 to {limits.MAX_FRAMES} may."
        )
    header = _unpack_header(frames[0])
    kind = header.get("kind")
    message_type = known.get(kind) if isinstance(kind, str) else None
    if message_type is None:
        raise ProtocolError("A message of a kind came that is not known here.")
    if message_type not in VERSION_FREE:
        _check_version(header.get("protocol"))
    announced = [Coming(size) for size in _parts(header)] if len(frames) == 1 else frames[1:]
    rest: Iterator[Any] = iter(announced)
    message: AnyMessage = _build(message_type, header, rest, message_type.kind)
    if next(rest, None) is not None:
        raise ProtocolError(f"A {message.kind} message came with more frames than it names.")
    return message


def parts_of(header: Buffer) -> tuple[int, ...]:
    """Bytes of each part that a header announces; none for most messages.

    Raises:
        ProtocolError: it cannot be read, or announces what may not come.
    """
    return _parts(_unpack_header(header))


def _parts(header: Mapping[str, Any]) -> tuple[int, ...]:
    sizes = header.get("parts", [])
    if not isinstance(sizes, list) or len(sizes) > limits.MAX_PARTS:
        raise ProtocolError("A header announces parts in a way that is not known here.")
    if not all(type(size) is int and 0 <= size <= limits.MAX_PART_BYTES for size in sizes):
        raise ProtocolError("A header announces a part of a size that may not come.")
    return tuple(sizes)


def job_of(frames: Sequence[Buffer]) -> int | None:
    """The job that a message is about, read from its header alone; None where that is unreadable.

    For the answer to a message that `decode` has refused.
    """
    try:
        return int(_unpack_scalar(int, _unpack_header(frames[0]).get("job"), "job"))
    except (ProtocolError, IndexError):
        return None


def _check_version(version: object) -> None:
    if type(version) is not int:
        raise ProtocolError("A message came without its protocol version.")
    if version != limits.PROTOCOL_VERSION:
        raise VersionMismatch(
            f"A message of protocol version {version} came; "
            f"this side speaks version {limits.PROTOCOL_VERSION}."
        )


def _unpack_header(frame: Buffer) -> dict[str, Any]:
    size = memoryview(frame).nbytes
    if size > limits.MAX_HEADER_BYTES:
        raise ProtocolError(f"A header of {size} bytes came; {limits.MAX_HEADER_BYTES} may.")
    try:
        header = msgpack.unpackb(
            frame,
            strict_map_key=True,
            max_str_len=limits.MAX_HEADER_BYTES,
            max_array_len=limits.MAX_ITEMS,
            max_map_len=limits.MAX_ITEMS,
            max_bin_len=0,
            max_ext_len=0,
        )
    except (ValueError, TypeError, msgpack.UnpackException, RecursionError) as error:
        raise ProtocolError("A header came that is not valid msgpack.") from error
    if not isinstance(header, dict):
        raise ProtocolError("A header came that is not a map.")
    return header


def _build(wanted: Any, mapping: Any, frames: Iterator[Buffer], path: str) -> Any:
    """Build a dataclass from a map; fields that a newer sender added are ignored."""
    if not isinstance(mapping, dict):
        raise ProtocolError(f"{path} is not a map.")
    hints = _hints(wanted)
    values = {
        field.name: _unpack(hints[field.name], mapping[field.name], frames, f"{path}.{field.name}")
        for field in fields(wanted)
        if field.name in mapping or _required(field, path)
    }
    try:
        return wanted(**values)
    except InvalidOptions as error:
        raise ProtocolError(error.sentence, error.hint) from error


@cache
def _hints(wanted: type) -> dict[str, Any]:
    return get_type_hints(wanted)


def _required(field: Field[Any], path: str) -> bool:
    if field.default is MISSING:
        raise ProtocolError(f"{path}.{field.name} is missing.")
    return False


def _unpack(wanted: Any, value: Any, frames: Iterator[Buffer], path: str) -> Any:
    if wanted == Buffer:
        return _unpack_piece(frames, path)
    if get_origin(wanted) in (Union, types.UnionType):
        inner = next(kind for kind in get_args(wanted) if kind is not type(None))
        return None if value is None else _unpack(inner, value, frames, path)
    if get_origin(wanted) is tuple:
        if not isinstance(value, list):
            raise ProtocolError(f"{path} is not a list.")
        return tuple(_unpack(get_args(wanted)[0], item, frames, path) for item in value)
    if wanted is Raster:
        return _unpack_raster(value, frames, path)
    if is_dataclass(wanted):
        return _build(wanted, value, frames, path)
    return _unpack_scalar(wanted, value, path)


def _unpack_piece(frames: Iterator[Buffer], path: str) -> Buffer:
    piece = next(frames, None)
    if piece is None or byte_count(piece) > limits.PIECE_BYTES:
        raise ProtocolError(f"{path} did not come, or is larger than a piece.")
    return piece


def _unpack_raster(value: Any, frames: Iterator[Buffer], path: str) -> Raster:
    raster_format: RasterFormat = _build(RasterFormat, value, frames, path)
    pixels = next(frames, None)
    profile = next(frames, None) if raster_format.curve is None else None
    if pixels is None or (raster_format.curve is None and profile is None):
        raise ProtocolError(f"{path} is described, but its pixels or its profile did not come.")
    if profile is not None and byte_count(profile) > limits.MAX_PROFILE_BYTES:
        raise ProtocolError(f"{path} has an ICC profile of more than 4 MiB.")
    if isinstance(profile, (bytearray, memoryview)):
        profile = bytes(profile)
    return Raster(raster_format, pixels, profile)


def _unpack_scalar(wanted: Any, value: Any, path: str) -> Any:
    if issubclass(wanted, Enum):
        try:
            return wanted(value if type(value) is str else "")
        except ValueError as error:
            raise ProtocolError(f"{path} is none of the known values.") from error
    if wanted is float and type(value) is int:
        value = float(value) if abs(value) <= limits.MAX_INTEGER else math.inf
    if type(value) is not wanted:
        raise ProtocolError(f"{path} is not of type {wanted.__name__}.")
    if wanted is int and abs(value) > limits.MAX_INTEGER:
        raise ProtocolError(f"{path} is too large a number.")
    if wanted is float and not math.isfinite(value):
        raise ProtocolError(f"{path} is not a finite number.")
    if wanted is str and len(value) > limits.MAX_TEXT:
        raise ProtocolError(f"{path} has more than {limits.MAX_TEXT} characters.")
    return value
