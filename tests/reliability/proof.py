"""What a check of the daemon shows: a promise, the figure that was measured, whether it holds."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from threading import Event, Thread

import numpy as np
import psutil
from daemon_home import MATTE, DaemonHome, drawn_photo, left_half

from selcolor_protocol.client import Client
from selcolor_protocol.messages import Blend, Done
from selcolor_protocol.options import Background
from selcolor_protocol.raster import Raster

MEBI = 2**20


@dataclass(frozen=True)
class Proof:
    """One row of the table.

    Attributes:
        promise: what is promised.
        figure: what was measured.
        holds: whether the promise was kept.
    """

    promise: str
    figure: str
    holds: bool


@dataclass(frozen=True)
class Amount:
    """How much each check does.

    Attributes:
        messages: spoiled ones.
        jobs: of each of 8 sessions.
        flood: jobs at once.
        cancels: at random moments.
        kills: of worker and of daemon, each.
        soak: small jobs in a row.
        frames: of one message.
        connections: at once.
        successions: rounds of two daemons.
    """

    messages: int
    jobs: int
    flood: int
    cancels: int
    kills: int
    soak: int
    frames: int
    connections: int
    successions: int

    def scaled(self, share: float) -> Amount:
        """So much of it, of everything at least once."""
        return Amount(*(max(1, round(share * number)) for number in astuple(self)))


ALL = Amount(100_000, 25, 1000, 50, 50, 900, 1_000_000, 1100, 20)
SOME = Amount(2000, 2, 60, 3, 1, 10, 50_000, 300, 1)


def quiet(home: DaemonHome, *arguments: str, limits: str = "") -> subprocess.Popen[str]:
    """Start a daemon whose log nobody reads."""
    return home.start(*arguments, limits=limits, stderr=subprocess.DEVNULL)


def resident(pid: int) -> int:
    """Bytes of a process; 0 when it has ended."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def processor_seconds(pid: int) -> float:
    """What a process has computed; nothing where it has ended."""
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


class Watch:
    """Looks at the daemon while something is done to it.

    Attributes:
        peak: its most memory, in bytes.
        slowest: seconds that another session's question waited at worst.
    """

    def __init__(self) -> None:
        """Nothing was seen."""
        self.peak = 0
        self.slowest = 0.0


@contextmanager
def watched(home: DaemonHome, pid: int) -> Iterator[Watch]:
    """Watch memory and answers, by a session of its own."""
    watch, over = Watch(), Event()

    def look() -> None:
        with home.client("watch") as client:
            while not over.is_set():
                asked = time.monotonic()
                client.status(60)
                watch.slowest = max(watch.slowest, time.monotonic() - asked)
                watch.peak = max(watch.peak, resident(pid))
                over.wait(0.02)

    thread = Thread(target=look)
    thread.start()
    try:
        yield watch
    finally:
        over.set()
        thread.join()


def blend_of(photo: Raster) -> Blend:
    """A job without a network, whose result tells which photo it was made of."""
    return Blend("", 0, MATTE, Background.KEEP, photo, inverted(photo), left_half(photo))


def inverted(photo: Raster) -> Raster:
    """White for black."""
    return Raster(photo.format, bytes(255 - np.frombuffer(photo.pixels, np.uint8)))


def is_of(done: Done, photo: Raster) -> bool:
    """Whether a result was made of this photo: untouched on the right, inverted on the left."""
    size = photo.format
    got = np.frombuffer(done.blended.pixels, np.uint8).reshape(size.height, size.width, -1)
    had = np.frombuffer(photo.pixels, np.uint8).reshape(size.height, size.width)
    middle = size.width // 2
    right = (got[:, middle:, 0] == had[:, middle:]).all()
    left = (got[:, :middle, 0] == 255 - had[:, :middle]).all()
    return bool(left and right)


def photo_of(number: int, width: int = 400) -> Raster:
    """A small photo that differs from all others."""
    drawn = drawn_photo(width, 300)
    pixels = np.roll(np.frombuffer(drawn.pixels, np.uint8), 997 * number)
    return Raster(drawn.format, pixels.tobytes())


def good_job(client: Client) -> bool:
    """Whether a job is done as ever."""
    photo = photo_of(1)
    return is_of(client.wait(client.blend(blend_of(photo))), photo)
