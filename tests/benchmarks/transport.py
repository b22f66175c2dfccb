"""How long a photo of 50 megapixels with alpha takes from a client to a worker and back.

python tests/benchmarks/transport.py [MEGAPIXELS] [ipc|tcp]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from selcolor_protocol import launch
from selcolor_protocol.client import Client
from selcolor_protocol.messages import Colorize
from selcolor_protocol.options import ColorizeOptions
from selcolor_protocol.raster import Channels, Raster, RasterFormat, SampleType

ECHO = Path(__file__).with_name("echo_daemon.py")
TRANSPORTS = ("ipc", "tcp")
RUNS = 5
START_SECONDS = 60


@dataclass(frozen=True)
class RoundTrip:
    """What one photo took, there and back.

    Attributes:
        seconds: by the clock.
        processor: seconds of all processes together, which a busy machine changes less.
    """

    seconds: float
    processor: float


def connected() -> Client:
    """A session with the daemon, as soon as its worker has started."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        client = launch.connect("bench", "0")
        if client is not None and client.status().device is not None:
            return client
        time.sleep(0.2)
    raise TimeoutError("no daemon answered")


@contextmanager
def echo_daemon(transport: str) -> Iterator[psutil.Process]:
    """A daemon whose worker gives every photo back."""
    with tempfile.TemporaryDirectory() as name:
        os.environ |= {"SELCOLOR_RUNTIME_DIR": f"{name}/run", "SELCOLOR_LOG_DIR": f"{name}/logs"}
        daemon = subprocess.Popen([sys.executable, str(ECHO), transport], stderr=subprocess.DEVNULL)
        try:
            yield psutil.Process(daemon.pid)
        finally:
            daemon.terminate()
            daemon.wait()


def measure(transport: str, request: Colorize) -> list[RoundTrip]:
    """Send a photo there and back, several times."""
    with echo_daemon(transport) as daemon, connected() as client:
        processes = [psutil.Process(), daemon, *daemon.children()]
        return [round_trip(client, request, processes) for _ in range(RUNS)]


def round_trip(client: Client, request: Colorize, processes: list[psutil.Process]) -> RoundTrip:
    """What it takes from sending a photo to having it back."""
    began, before = time.monotonic(), processor_seconds(processes)
    done = client.wait(client.colorize(request))
    took = RoundTrip(time.monotonic() - began, processor_seconds(processes) - before)
    assert len(done.blended.pixels) == len(request.photo.pixels)
    return took


def processor_seconds(processes: list[psutil.Process]) -> float:
    """Of some processes, up to now."""
    times = [process.cpu_times() for process in processes]
    return sum(each.user + each.system for each in times)


def bench_transport(megapixels: int = 50, transports: tuple[str, ...] = TRANSPORTS) -> None:
    """Print what each transport takes."""
    size = RasterFormat(1000, megapixels * 1000, Channels.RGBA, SampleType.U8)
    request = Colorize("", 0, ColorizeOptions(), Raster(size, os.urandom(size.byte_count)))
    for transport in transports:
        took = measure(transport, request)
        seconds = statistics.median(each.seconds for each in took)
        processor = statistics.median(each.processor for each in took)
        print(
            f"{megapixels} MP RGBA over {transport}, to a worker and back: {seconds:.2f} s "
            f"({2 * size.byte_count / seconds / 1e6:.0f} MB/s), {processor:.2f} s of processors",
            flush=True,
        )


if __name__ == "__main__":
    bench_transport(
        int(sys.argv[1]) if len(sys.argv) > 1 else 50, tuple(sys.argv[2:]) or TRANSPORTS
    )
