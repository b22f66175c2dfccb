"""A door closes while too many are connected, and opens when they have left."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path

import pytest
import zmq
from daemon_home import wait_until

from selcolor_backend.daemon import sockets as daemon_sockets
from selcolor_backend.daemon.door import Door, FileLatch
from selcolor_backend.daemon.presence import OwnFile
from selcolor_backend.daemon.sockets import Sockets

MOST = 10


def test_a_door_closes_while_too_many_are_connected(tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    listening = context.socket(zmq.ROUTER)
    listening.bind(f"ipc://{path}")
    latch = FileLatch(OwnFile.just_written(path))
    door = Door(listening, latch, MOST)

    def heeded(is_open: bool) -> bool:
        door.heed()
        return door.is_open is is_open and path.exists() is is_open

    with ExitStack() as stack:
        for _ in range(MOST):
            held = stack.enter_context(socket.socket(socket.AF_UNIX))
            held.connect(str(path))
        assert wait_until(lambda: heeded(False))
    assert wait_until(lambda: heeded(True))
    latch.remove()
    assert list(tmp_path.iterdir()) == []
    context.destroy(linger=0)


@pytest.mark.parametrize(("descriptors", "uses_tcp"), [(1024, True), (20_000, False)])
def test_where_descriptors_are_few_the_daemon_listens_on_tcp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, descriptors: int, uses_tcp: bool
) -> None:
    monkeypatch.setattr(daemon_sockets, "raise_descriptor_limit", lambda: descriptors)

    with Sockets(tmp_path, "auto") as opened:
        assert opened.uses_tcp is uses_tcp
