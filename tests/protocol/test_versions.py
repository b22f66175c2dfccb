"""Version negotiation, errors by code, and options in their ranges."""

from __future__ import annotations

import math

import pytest

from selcolor_protocol.errors import (
    Busy,
    InvalidOptions,
    SelectiveColorizeError,
    VersionMismatch,
    error_from_code,
)
from selcolor_protocol.messages import Hello
from selcolor_protocol.options import ColorizeOptions, MaskOptions
from selcolor_protocol.versions import negotiate


def hello(oldest: int, newest: int) -> Hello:
    return Hello("krita", "1.0", oldest, newest)


def test_the_newest_common_version_is_chosen() -> None:
    assert negotiate(hello(1, 3), 2, 5, "2.0") == 3
    assert negotiate(hello(1, 9), 2, 5, "2.0") == 5


def test_an_old_client_is_told_to_update_itself() -> None:
    with pytest.raises(VersionMismatch) as caught:
        negotiate(hello(1, 1), 2, 3, "2.0")

    assert "1 to 1" in caught.value.sentence
    assert "2 to 3" in caught.value.sentence
    assert "Update krita" in caught.value.hint


def test_an_old_daemon_is_to_be_stopped() -> None:
    with pytest.raises(VersionMismatch) as caught:
        negotiate(hello(4, 5), 2, 3, "2.0")

    assert "selcolor stop" in caught.value.hint


def test_an_error_survives_the_wire_by_its_code() -> None:
    rebuilt = error_from_code("busy", "What happened.", "What to do.")

    assert type(rebuilt) is Busy
    assert (rebuilt.sentence, rebuilt.hint) == ("What happened.", "What to do.")


def test_an_unknown_code_is_still_an_error_of_ours() -> None:
    assert type(error_from_code("from the future", "A.", "B.")) is SelectiveColorizeError


def test_codes_are_unique() -> None:
    def subclasses(root: type[SelectiveColorizeError]) -> list[type[SelectiveColorizeError]]:
        return [root, *(deep for child in root.__subclasses__() for deep in subclasses(child))]

    codes = [error.code for error in subclasses(SelectiveColorizeError)]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("gain", [0.0, -1.0, 5.0, math.nan, math.inf])
def test_a_gain_out_of_range_is_refused_with_the_range(gain: float) -> None:
    with pytest.raises(InvalidOptions, match=r"between 0.25 and 4"):
        ColorizeOptions(gain=gain)


def test_other_ranges_are_kept_too() -> None:
    with pytest.raises(InvalidOptions):
        ColorizeOptions(saturation=-0.1)
    with pytest.raises(InvalidOptions):
        MaskOptions(feather=501)
    with pytest.raises(InvalidOptions):
        ColorizeOptions(classes=())
