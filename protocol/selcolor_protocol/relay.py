"""The relay: passes messages between an editor's pipes and the daemon's sockets, unread.

    python -m selcolor_protocol.relay

It runs in the daemon's Python for an editor whose own Python has no pyzmq, and ends with its
standard input, which closes when the editor does: within a second, even where the daemon was killed
or hangs. Which daemon it connects to, and with which keys, it reads in the connection file, as the
editor itself would.
"""

from __future__ import annotations

import os
import sys
import threading
from io import FileIO

import zmq

from selcolor_protocol.connection import ConnectionInfo, connection_path, read_connection
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.messages import Lane
from selcolor_protocol.packets import PacketWriter, read_messages
from selcolor_protocol.sockets import IO_THREADS, connect_lanes

EDITOR = "inproc://editor"
LINGER = 500
"""Milliseconds that a goodbye may take to reach the daemon after the editor has gone."""
END_SECONDS = 0.8
"""The relay ends this long after the editor, whatever still holds it up."""
NO_LIMIT = 0
"""Messages that may wait. With ZeroMQ's limit of 1000, a daemon that hangs would in the end keep
the relay from reading on, and so from noticing that the editor has gone."""


def relay(info: ConnectionInfo, source: FileIO, sink: FileIO) -> None:
    """Pass messages on until the source ends.

    Args:
        info: where the daemon is.
        source: packets of the editor, unbuffered.
        sink: for packets of the daemon, unbuffered.
    """
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context(IO_THREADS)
    editor = context.socket(zmq.PULL)
    editor.rcvhwm = NO_LIMIT
    editor.bind(EDITOR)
    lanes = connect_lanes(context, info)
    writer = PacketWriter(sink)
    writer.start()
    threading.Thread(target=_listen, args=(context, source), daemon=True).start()
    poller = zmq.Poller()
    for socket in (editor, *lanes.values()):
        poller.register(socket, zmq.POLLIN)
    while True:
        ready = dict(poller.poll())
        for lane, socket in lanes.items():
            if socket in ready:
                writer.put(lane, [frame.buffer for frame in socket.recv_multipart(copy=False)])
        if editor in ready:
            name, *frames = editor.recv_multipart(copy=False)
            if not frames:
                break
            lanes[Lane(name.bytes[0])].send_multipart(frames, copy=False)
    for socket in (editor, *lanes.values()):
        socket.close(linger=LINGER)
    context.term()


def _listen(context: zmq.Context[zmq.Socket[bytes]], source: FileIO) -> None:
    """Pass on what the editor says, and last a message without frames; then see to the end."""
    socket = context.socket(zmq.PUSH)
    socket.sndhwm = NO_LIMIT
    socket.connect(EDITOR)
    try:
        for lane, frames in read_messages(source):
            socket.send_multipart([bytes([lane]), *frames], copy=False)
    finally:
        watchdog = threading.Timer(END_SECONDS, os._exit, args=(0,))
        watchdog.daemon = True
        watchdog.start()
        socket.send(b"")
        socket.close()


def main() -> int:
    """Relay between standard input and output; 1 when the connection file cannot be trusted."""
    source = os.fdopen(os.dup(0), "rb", buffering=0)
    sink = os.fdopen(os.dup(1), "wb", buffering=0)
    # Nothing else may come between the packets.
    os.dup2(2, 1)
    try:
        info = read_connection(connection_path())
    except SelectiveColorizeError as error:
        print(error, file=sys.stderr)
        return 1
    if info is None:
        # A daemon that has gone is silent, here as over a socket: the editor knows what to do.
        for _unheard in read_messages(source):
            continue
        return 0
    relay(info, source, sink)
    return 0


if __name__ == "__main__":
    sys.exit(main())
