"""An editor whose Python has no pyzmq: a program for `test_relay.py` to start and to kill.

colorize FILE       colors a photo and writes the pixels of all layers
start COMMAND…      opens a session, starting the daemon with this command
wait                opens a session and keeps it until killed
pile                opens a session, and at a line of input asks for more than a queue takes
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from daemon_home import colorize
from skimage import data

from selcolor_protocol import launch
from selcolor_protocol.client import Client
from selcolor_protocol.messages import Done
from selcolor_protocol.raster import Channels, Raster, RasterFormat, SampleType

NAME = "editor"
MORE_THAN_A_QUEUE_TAKES = 5000
"""Messages; ZeroMQ keeps 1000 for each socket."""


def camera() -> Raster:
    """scikit-image's photographer, small."""
    pixels = np.ascontiguousarray(data.camera()[::2, ::2])
    height, width = pixels.shape
    size = RasterFormat(width, height, Channels.GRAY, SampleType.U8)
    return Raster(size, pixels.tobytes())


def pixels_of(done: Done) -> bytes:
    """The pixels of every layer that came."""
    layers = [layer for layer in (done.colorized, done.mask, done.blended) if layer is not None]
    return b"".join(bytes(layer.pixels) for layer in layers)


def session() -> Client:
    """A session with the daemon that runs."""
    client = launch.connect(NAME, "0")
    assert client is not None
    return client


def main(task: str, *arguments: str) -> None:
    """Do one task and say so."""
    try:
        import zmq  # noqa: F401
    except ImportError:
        print("no-zmq", flush=True)
    if task == "colorize":
        with session() as client:
            done = client.wait(client.colorize(colorize(camera())))
        Path(arguments[0]).write_bytes(pixels_of(done))
        print("done", flush=True)
    elif task == "start":
        launch.connect_or_start(NAME, "0", arguments).close()
        print("started", flush=True)
    elif task == "pile":
        with session() as client:
            print("waiting", flush=True)
            sys.stdin.readline()
            for job in range(MORE_THAN_A_QUEUE_TAKES):
                client.cancel(job)
            print("piled", flush=True)
            time.sleep(1000)
    else:
        with session() as client:
            print("waiting", flush=True)
            while True:
                client.poll(0.1)
                time.sleep(0.05)


if __name__ == "__main__":
    sys.modules["zmq"] = None  # type: ignore[assignment]
    main(*sys.argv[1:])
