"""Sends the daemon one message of so many frames, and waits until it is answered."""

import sys

import zmq

from selcolor_protocol.launch import find_daemon
from selcolor_protocol.messages import Lane
from selcolor_protocol.sockets import IO_THREADS, connect_lanes

PATIENCE_MILLISECONDS = 120_000

info = find_daemon()
assert info is not None, "a daemon runs"
with zmq.Context(IO_THREADS) as context:
    lanes = connect_lanes(context, info)
    lanes[Lane.CONTROL].send_multipart([b"x"] * int(sys.argv[1]))
    assert lanes[Lane.CONTROL].poll(PATIENCE_MILLISECONDS), "it is answered"
    for socket in lanes.values():
        socket.close()
