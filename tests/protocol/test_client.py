"""A client's session: what comes for one job never costs another job its messages."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import pytest

from selcolor_protocol import client_lanes, codec
from selcolor_protocol.client import Client
from selcolor_protocol.connection import ConnectionInfo
from selcolor_protocol.errors import Busy, DaemonGone, JobCancelled, ProtocolError
from selcolor_protocol.limits import PROTOCOL_VERSION
from selcolor_protocol.messages import (
    Cancelled,
    Done,
    Failed,
    JobState,
    Lane,
    Progress,
    Refused,
    Reply,
    Status,
    Stopping,
    Welcome,
)
from selcolor_protocol.raster import Buffer, Channels, Raster, RasterFormat, SampleType

PIXEL = Raster(RasterFormat(1, 1, Channels.GRAY, SampleType.U8), b"\x07")
STATUS = Status("0.1.0", 42, 1.5, "cpu", (), (), ())


class ScriptedWire:
    """A wire whose daemon says what a test has written down, and nothing else."""

    patience = 0.0

    def __init__(self) -> None:
        self.arriving: deque[Reply] = deque([Welcome("token", "0.1.0", None, ())])

    def send(self, lane: Lane, frames: Sequence[Buffer]) -> None:
        """Nobody listens."""

    def receive(self, seconds: float) -> tuple[Lane, Sequence[Any]] | None:
        if not self.arriving:
            assert seconds == 0, "the client would wait for ever"
            return None
        reply = self.arriving.popleft()
        return reply.lane, codec.encode(reply)

    def close(self, linger: int) -> None:
        """There is nothing to close."""


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> ScriptedWire:
    wire = ScriptedWire()
    monkeypatch.setattr(client_lanes, "open_wire", lambda info: wire)
    return wire


@pytest.fixture
def client(wire: ScriptedWire) -> Client:
    return Client.open(ConnectionInfo("c", "d", PROTOCOL_VERSION, "0.1.0", 42, 0.0), "test", "1")


def running(job: int) -> Progress:
    return Progress(job, JobState.RUNNING, "colorize", 0.5)


def done(job: int) -> Done:
    return Done(job, "", "", "cpu", (), PIXEL)


def test_jobs_can_be_waited_for_in_any_order(client: Client, wire: ScriptedWire) -> None:
    wire.arriving += [running(1), done(1), running(2), done(2)]
    told: list[int] = []

    assert client.wait(2).job == 2
    assert client.wait(1, lambda progress: told.append(progress.job)).job == 1
    assert told == [1]


def test_a_job_that_fails_fails_alone(client: Client, wire: ScriptedWire) -> None:
    wire.arriving += [Failed(2, "busy", "Too many.", "Wait."), Cancelled(3), done(1)]

    assert client.wait(1).job == 1
    with pytest.raises(Busy):
        client.wait(2)
    with pytest.raises(JobCancelled):
        client.wait(3)


def test_what_was_kept_for_other_jobs_is_polled_first(client: Client, wire: ScriptedWire) -> None:
    wire.arriving += [STATUS, done(2), done(1)]
    client.wait(1)
    wire.arriving += [done(3)]

    assert client.poll() == [STATUS, done(2), done(3)]
    assert client.poll() == []


def test_a_failure_without_a_number_concerns_whoever_waits(
    client: Client, wire: ScriptedWire
) -> None:
    wire.arriving += [Failed(None, "protocol_error", "Nonsense came.", "Update.")]

    with pytest.raises(ProtocolError, match="Nonsense"):
        client.wait(1)


def test_a_refused_control_message_concerns_whoever_waits(
    client: Client, wire: ScriptedWire
) -> None:
    wire.arriving += [Refused("protocol_error", "Nonsense came.", "Update.")]

    with pytest.raises(ProtocolError, match="Nonsense"):
        client.wait(1)


def test_a_result_that_came_before_the_daemon_stopped_is_not_lost(
    client: Client, wire: ScriptedWire
) -> None:
    wire.arriving += [done(1), Stopping()]

    assert client.wait(1).job == 1
    with pytest.raises(DaemonGone, match="stopped"):
        client.wait(2)
