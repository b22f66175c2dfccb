"""Whether a daemon of another sandbox lives, whose process's number means nothing here."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from selcolor_protocol import launch, runtime
from selcolor_protocol.connection import ConnectionInfo

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has sandboxes")

ELSEWHERE = ConnectionInfo("", "", 1, "0", 1, 0.0, began="boot pid:[1] 5")


def listen_ipc(folder: Path) -> tuple[socket.socket, str]:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "s"))
    return listener, f"ipc://{folder / 's'}"


def listen_tcp(_folder: Path) -> tuple[socket.socket, str]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener, f"tcp://127.0.0.1:{listener.getsockname()[1]}"


@pytest.mark.parametrize("listen", [listen_ipc, listen_tcp])
def test_it_lives_as_long_as_its_socket_listens(
    tmp_path: Path, listen: Callable[[Path], tuple[socket.socket, str]]
) -> None:
    listener, address = listen(tmp_path)
    info = replace(ELSEWHERE, control=address)
    with listener:
        assert not launch.is_alive(info)
        listener.listen()
        assert launch.is_alive(info)
    assert not launch.is_alive(info)


def test_one_that_is_too_busy_to_answer_lives(tmp_path: Path) -> None:
    listener, address = listen_ipc(tmp_path)
    waiting = []
    with listener:
        listener.listen(0)
        for _ in range(2):
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            waiting.append(client)
            client.connect_ex(str(tmp_path / "s"))

        assert launch.is_alive(replace(ELSEWHERE, control=address))
    for client in waiting:
        client.close()


def test_a_folder_in_the_home_is_everybodys_where_the_installer_made_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(runtime.RUNTIME_DIR_VARIABLE, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime.default_runtime_folder() == tmp_path / "selective-colorize"

    runtime.shared_folder().mkdir(parents=True, mode=0o700)

    assert runtime.default_runtime_folder() == tmp_path / ".local/state/selective-colorize/run"
