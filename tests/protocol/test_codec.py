"""The codec: golden bytes for every message, and no input that it fails on in another way."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import msgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selcolor_protocol import codec, limits, messages
from selcolor_protocol.errors import ProtocolError, VersionMismatch
from selcolor_protocol.messages import JobState, JobSummary, Lane, Message, ModelState, ModelSummary
from selcolor_protocol.notes import Note
from selcolor_protocol.options import (
    Background,
    ColorizeOptions,
    MaskOptions,
    Point,
    Subject,
    SubjectKind,
)
from selcolor_protocol.raster import (
    ChannelOrder,
    Channels,
    Coming,
    Raster,
    RasterFormat,
    SampleType,
    TransferCurve,
)

GOLDEN = Path(__file__).parent / "golden.json"
"""Bytes of every example, written down once: `python tests/protocol/test_codec.py` prints them."""

TOKEN = "0123456789abcdef0123456789abcdef"
PHOTO = Raster(RasterFormat(2, 1, Channels.RGB, SampleType.U8), bytes([1, 2, 3, 4, 5, 6]))
PROFILED = Raster(
    RasterFormat(2, 1, Channels.GRAYA, SampleType.U16, curve=None), bytes(range(8)), b"a profile"
)
FLOAT = Raster(
    RasterFormat(2, 1, Channels.GRAY, SampleType.F32, curve=TransferCurve.LINEAR), bytes(range(8))
)
HINTS = Raster(
    RasterFormat(2, 1, Channels.BGRA, SampleType.U16, curve=None), bytes(range(16)), b"a profile"
)
MASK = Raster(RasterFormat(2, 1, Channels.GRAY, SampleType.U8), b"\x00\xff")
OPTIONS = ColorizeOptions(
    gain=1.5,
    saturation=0.5,
    subject=Subject(SubjectKind.CLASSES, ("person", "dog"), Point(1, 0)),
    invert=True,
    mask=MaskOptions(refine=False, feather=3.0),
    background=Background.GRAY,
)

FETCHED = ModelSummary(
    "ddcolor-tiny",
    "colorizer",
    ModelState.INSTALLED,
    (),
    220_372_845,
    "Apache-2.0",
    "Vivid colors.",
)

EXAMPLES: dict[str, Message] = {
    "hello": messages.Hello("krita", "0.1.0"),
    "ping": messages.Ping(TOKEN),
    "cancel": messages.Cancel(TOKEN, 3),
    "status_request": messages.StatusRequest(TOKEN),
    "stop": messages.Stop(TOKEN),
    "goodbye": messages.Goodbye(TOKEN),
    "welcome": messages.Welcome(
        TOKEN,
        "0.1.0",
        "cpu",
        (ModelSummary("foreground-lite", "segmenter", ModelState.EMBEDDED, ("background", "cat")),),
    ),
    "fetch": messages.Fetch(TOKEN, 5, "ddcolor-tiny"),
    "fetched": messages.Fetched(5, (FETCHED,)),
    "pong": messages.Pong(),
    "status": messages.Status(
        "0.1.0",
        42,
        1.5,
        None,
        (43,),
        ("krita 0.1.0",),
        (JobSummary("krita 0.1.0", 3, "colorize", JobState.RUNNING, 0.5, "paint", 0.75, 24.0),),
        300_000_000,
        200_000_000,
        4_000_000_000,
        7,
        80.5,
    ),
    "stopping": messages.Stopping(),
    "refused": messages.Refused("busy", "What happened.", "What to do."),
    "colorize": messages.Colorize(TOKEN, 1, OPTIONS, PHOTO),
    "colorize with mask, selection and profile": messages.Colorize(
        TOKEN, 2, ColorizeOptions(), PROFILED, MASK, MASK, None, ChannelOrder.BGR
    ),
    "colorize with hints": messages.Colorize(TOKEN, 4, ColorizeOptions(), PHOTO, hints=HINTS),
    "blend": messages.Blend(TOKEN, 3, MaskOptions(), Background.KEEP, FLOAT, PHOTO, MASK),
    "piece of a photo": messages.Piece(1, b"pixels", TOKEN),
    "piece of a result": messages.Piece(1, b"pixels"),
    "grant of a photo": messages.Grant(1, 32),
    "grant of a result": messages.Grant(1, 16, TOKEN),
    "progress": messages.Progress(1, JobState.RUNNING, "colorize", 0.25),
    "done": messages.Done(
        1,
        "vit-lsgan-lite",
        "foreground-lite",
        "cpu",
        (Note.MASK_IS_EMPTY,),
        PHOTO,
        PHOTO,
        MASK,
        ("vit-lsgan-lite sha256:0123", "foreground-lite sha256:4567"),
    ),
    "done after blend": messages.Done(3, "", "", "cpu", (), PHOTO),
    "cancelled": messages.Cancelled(1),
    "failed": messages.Failed(1, "out_of_memory", "What happened.", "What to do."),
    "failed without a number": messages.Failed(None, "busy", "What happened.", "What to do."),
}
ALL_KINDS: dict[str, type[Message]] = {
    kind: message
    for lane in Lane
    for kind, message in (*messages.REQUESTS[lane].items(), *messages.REPLIES[lane].items())
}


def frames_as_hex(message: Message) -> list[str]:
    return [bytes(frame).hex() for frame in codec.encode(message)]


def header_of(message: Message) -> dict[str, object]:
    return msgpack.unpackb(codec.encode(message)[0])


def decode_header(header: object, *frames: bytes) -> Message:
    return codec.decode([msgpack.packb(header), *frames], ALL_KINDS)


def test_every_kind_of_message_has_an_example() -> None:
    assert {message.kind for message in EXAMPLES.values()} == set(ALL_KINDS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_message_becomes_the_golden_bytes(name: str) -> None:
    assert frames_as_hex(EXAMPLES[name]) == json.loads(GOLDEN.read_text())[name]


@pytest.mark.parametrize("name", EXAMPLES)
def test_golden_bytes_become_the_message(name: str) -> None:
    frames = [bytes.fromhex(frame) for frame in json.loads(GOLDEN.read_text())[name]]

    assert codec.decode(frames, ALL_KINDS) == EXAMPLES[name]


def test_pixels_are_passed_on_without_a_copy() -> None:
    frames = codec.encode(EXAMPLES["colorize"])
    decoded = codec.decode(frames, ALL_KINDS)

    assert frames[1] is PHOTO.pixels
    assert isinstance(decoded, messages.Colorize)
    assert decoded.photo.pixels is PHOTO.pixels


def test_a_field_that_a_newer_sender_added_is_ignored() -> None:
    assert decode_header(header_of(EXAMPLES["pong"]) | {"mood": "good"}) == EXAMPLES["pong"]


def test_another_protocol_version_is_named() -> None:
    header = header_of(EXAMPLES["ping"]) | {"protocol": 99}

    with pytest.raises(VersionMismatch, match="99"):
        decode_header(header)


def test_the_job_of_a_message_that_cannot_be_taken_is_read_where_it_can() -> None:
    header = header_of(EXAMPLES["colorize"]) | {"protocol": 99, "options": "nonsense"}

    assert codec.job_of([msgpack.packb(header)]) == 1
    assert codec.job_of([msgpack.packb(header | {"job": "one"})]) is None
    assert codec.job_of([b"\xc1"]) is None
    assert codec.job_of([]) is None


def test_every_message_travels_on_one_lane_and_two_kinds_in_both_directions() -> None:
    kinds = [{*messages.REQUESTS[lane], *messages.REPLIES[lane]} for lane in Lane]
    listed = [kind for lane in Lane for kind in (*messages.REQUESTS[lane], *messages.REPLIES[lane])]

    assert not kinds[Lane.CONTROL] & kinds[Lane.DATA]
    assert {kind for kind in listed if listed.count(kind) > 1} == {"grant", "piece"}
    assert set(messages.REQUESTS[Lane.DATA]) == {"colorize", "blend", "fetch", "piece"}
    assert "cancel" in messages.REQUESTS[Lane.CONTROL]
    assert set(messages.REPLIES[Lane.DATA]) == {
        *("progress", "done", "fetched", "cancelled", "failed", "piece")
    }


def test_an_announcement_is_understood_before_its_pixels_come() -> None:
    header = codec.encode(EXAMPLES["colorize with mask, selection and profile"])[0]
    announced = codec.decode([header], ALL_KINDS)

    assert isinstance(announced, messages.Colorize)
    assert announced.photo.pixels == Coming(8)
    assert codec.parts_of(header) == (8, 9, 2, 2)


@pytest.mark.parametrize("parts", [[5], [6, 1], [-1], ["6"], 6, [2**60], [6] * 9, [True]])
def test_an_announcement_of_other_parts_is_refused(parts: object) -> None:
    with pytest.raises(ProtocolError):
        decode_header(header_of(EXAMPLES["colorize"]) | {"parts": parts})


def test_a_piece_that_is_too_large_is_refused() -> None:
    with pytest.raises(ProtocolError, match="larger than a piece"):
        decode_header(header_of(EXAMPLES["piece of a photo"]), bytes(limits.PIECE_BYTES + 1))


def test_a_hello_of_any_version_is_understood() -> None:
    hello = decode_header(header_of(EXAMPLES["hello"]) | {"protocol": 99})

    assert hello == messages.Hello("krita", "0.1.0", protocol=99)


def test_a_message_of_the_wrong_lane_is_refused() -> None:
    with pytest.raises(ProtocolError):
        codec.decode(codec.encode(EXAMPLES["done"]), messages.REQUESTS[Lane.DATA])


@pytest.mark.parametrize(
    "change",
    [
        {"job": "1"},
        {"job": True},
        {"job": 2**60},
        {"job": None},
        {"session": 5},
        {"session": "x" * (limits.MAX_TEXT + 1)},
        {"options": []},
        {"options": {"gain": math.nan}},
        {"options": {"gain": 99.0}},
        {"options": {"subject": "main"}},
        {"options": {"subject": {"kind": "classes", "classes": [1]}}},
        {"options": {"subject": {"kind": "classes"}}},
        {"options": {"subject": {"at": {"x": 2, "y": 0}}}},
        {"channel_order": "gbr"},
        {"options": {"background": "green"}},
        {"photo": None},
        {"photo": {"width": 2}},
        {"kind": ["colorize"]},
        {"kind": "unheard"},
    ],
)
def test_a_wrong_field_is_refused(change: dict[str, object]) -> None:
    header = header_of(EXAMPLES["colorize"]) | change

    with pytest.raises(ProtocolError):
        decode_header(header, bytes(6))


@pytest.mark.parametrize(
    "change",
    [
        {"width": 0},
        {"height": -1},
        {"width": limits.MAX_SIDE + 1},
        {"width": 60_000, "height": 60_000},
        {"channels": "CMYK"},
        {"sample_type": "u64"},
        {"curve": None},
    ],
)
def test_an_impossible_raster_is_refused(change: dict[str, object]) -> None:
    header = header_of(EXAMPLES["colorize"])
    header["photo"] |= change  # type: ignore[operator]

    with pytest.raises(ProtocolError):
        decode_header(header, bytes(6))


@pytest.mark.parametrize("frames", [[bytes(5)], [bytes(7)], [bytes(6), b"one too many"]])
def test_pixel_frames_must_be_what_the_header_says(frames: list[bytes]) -> None:
    with pytest.raises(ProtocolError):
        decode_header(header_of(EXAMPLES["colorize"]), *frames)


def test_a_mask_must_have_the_size_of_its_photo() -> None:
    small = Raster(RasterFormat(1, 1, Channels.GRAY, SampleType.U8), b"\x00")

    with pytest.raises(ProtocolError, match="1 × 1"):
        replace(EXAMPLES["colorize"], mask=small)  # type: ignore[type-var]


def test_a_header_larger_than_the_limit_is_refused_unread() -> None:
    with pytest.raises(ProtocolError, match="header"):
        codec.decode([bytes(limits.MAX_HEADER_BYTES + 1)], ALL_KINDS)


def test_a_message_of_too_many_frames_is_refused() -> None:
    with pytest.raises(ProtocolError):
        codec.decode([b""] * (limits.MAX_PARTS + 2), ALL_KINDS)


def nested(depth: int) -> bytes:
    """A list in a list in a list, packed by hand: msgpack's own packer gives up earlier."""
    return b"\x91" * depth + b"\x90"


@pytest.mark.parametrize("depth", [10, 500, 1000, 5000])
def test_deep_nesting_is_refused_in_every_kind_of_field(depth: int) -> None:
    header = header_of(EXAMPLES["colorize"])
    for field in ("protocol", "kind", "session", "job", "options", "photo"):
        spoiled = msgpack.packb(header | {field: None}).replace(
            msgpack.packb(field) + b"\xc0", msgpack.packb(field) + nested(depth)
        )
        with pytest.raises(ProtocolError):
            codec.decode([spoiled, bytes(6)], ALL_KINDS)


def test_a_nested_value_in_place_of_a_choice_is_refused() -> None:
    header = header_of(EXAMPLES["colorize"])
    header["photo"]["channels"] = [[["RGB"]]]  # type: ignore[index]

    with pytest.raises(ProtocolError):
        decode_header(header, bytes(6))


def test_an_oversized_profile_is_refused_without_a_copy() -> None:
    frames = codec.encode(EXAMPLES["colorize with mask, selection and profile"])
    frames[2] = memoryview(bytearray(limits.MAX_PROFILE_BYTES + 1))

    with pytest.raises(ProtocolError, match="4 MiB"):
        codec.decode(frames, ALL_KINDS)


def test_a_text_that_is_no_unicode_cannot_be_sent() -> None:
    with pytest.raises(ProtocolError):
        codec.encode(messages.Hello("\udcff", "1"))


def test_an_error_of_any_length_fits_into_a_message() -> None:
    error = ProtocolError("x" * 100_000, "y" * 100_000)
    for message in (messages.Refused.because(error), messages.Failed.because(1, error)):
        assert codec.decode(codec.encode(message), ALL_KINDS) == message


scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text()
anything = st.recursive(
    scalars | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=6))
def test_any_bytes_give_a_message_or_a_protocol_error(frames: list[bytes]) -> None:
    with suppress(ProtocolError):
        assert isinstance(codec.decode(frames, ALL_KINDS), Message)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(sorted(EXAMPLES)), st.data())
def test_any_change_of_a_message_gives_a_message_or_a_protocol_error(
    name: str, data: st.DataObject
) -> None:
    frames = [bytes(frame) for frame in codec.encode(EXAMPLES[name])]
    header = msgpack.unpackb(frames[0])
    spoiled = data.draw(st.sampled_from(sorted(header)))
    header[spoiled] = data.draw(anything)
    with suppress(ProtocolError):
        assert isinstance(codec.decode([msgpack.packb(header), *frames[1:]], ALL_KINDS), Message)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(sorted(EXAMPLES)), st.integers(0, 400), st.binary(max_size=8))
def test_any_damage_to_a_header_gives_a_message_or_a_protocol_error(
    name: str, position: int, damage: bytes
) -> None:
    frames = [bytes(frame) for frame in codec.encode(EXAMPLES[name])]
    header = frames[0][:position] + damage + frames[0][position + len(damage) :]
    with suppress(ProtocolError):
        assert isinstance(codec.decode([header, *frames[1:]], ALL_KINDS), Message)


if __name__ == "__main__":
    print(json.dumps({name: frames_as_hex(m) for name, m in EXAMPLES.items()}, indent=1))
