"""Long work in short turns."""

from __future__ import annotations

import pytest

from selcolor_plugin import pace
from selcolor_plugin.pace import Pace, Patience, strips


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be set."""
    now = [0.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: now[0])
    return now


def test_strips_hold_all_rows_once_and_never_too_much() -> None:
    found = strips(1000, 40_000)

    assert sum(rows for _top, rows in found) == 1000
    assert [top for top, _rows in found] == [
        sum(r for _t, r in found[:i]) for i in range(len(found))
    ]
    assert max(rows for _top, rows in found) * 40_000 <= pace.STRIP_BYTES


def test_a_row_is_never_cut() -> None:
    assert strips(2, 10 * pace.STRIP_BYTES) == [(0, 1), (1, 1)]


def test_a_turn_ends_when_it_has_lasted_long_enough(clock: list[float]) -> None:
    turn = Pace()
    assert not turn.is_due()
    clock[0] = pace.TURN_SECONDS
    assert turn.is_due()
    assert not turn.is_due(), "the next one has begun"


def test_only_a_long_wait_is_spoken_of(clock: list[float]) -> None:
    patience = Patience()
    assert not patience.is_over()
    clock[0] = pace.PATIENCE_SECONDS
    assert patience.is_over()
