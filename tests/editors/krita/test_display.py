"""The X server of the editors' tests."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from display import Display

pytestmark = pytest.mark.editors

SOCKETS = Path("/tmp/.X11-unix")
HELLO = bytes([ord("l"), 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0])
"""What a program says first: little-endian, X11, no password."""
WELCOME = 1


def greeting(display: Display) -> bytes:
    """How a program is greeted, which leaves at once; nothing where it is thrown out."""
    with socket.socket(socket.AF_UNIX) as program:
        program.connect(str(SOCKETS / f"X{display.name[1:]}"))
        program.sendall(HELLO)
        return program.recv(1)


def test_programs_may_come_and_go() -> None:
    display = Display(64, 64)
    try:
        greetings = [greeting(display) for _ in range(50)]
    finally:
        display.end()

    assert greetings == [bytes([WELCOME])] * 50
