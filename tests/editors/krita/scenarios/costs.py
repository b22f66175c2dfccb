"""What a job costs Krita: memory that is not given back, and the turns of its thread.

Nothing here asks for a list of layers: what Krita puts into one is kept for ever, unless somebody
takes it over, and what is measured is whether the plugin does.
"""

from __future__ import annotations

import ctypes
import time
from pathlib import Path

from helpers import act, annotations, close_all, no_error, pixel_image, quiet, widget
from PyQt5 import sip
from PyQt5.QtCore import QTimer
from stalls import calm, undisturbed_time

SETTLING_SECONDS = 5.0
LONGEST = 8
"""How many of the longest turns are told."""


def closed(size, color, pixels, times):
    """Megabytes that Krita uses after each of some images was colored and closed."""
    found = []
    for _time in range(times):
        yield from colored(size, color, pixels)
        close_all()
        yield from quiet(2.0)
        found.append(used())
    return found


def colored(size, color, pixels):
    """Color a new image; what Krita has before and after."""
    document, _photo = yield from pixel_image(size, color, pixels)
    yield from calm(1.0)
    before = held()
    act("selective_colorize_again")
    yield no_error(lambda: annotations(document) and widget("selcolor_progress") is None)
    yield from quiet(SETTLING_SECONDS)
    return held(False) - before


def by_hand(size, color, pixels):
    """What Krita has more after a script has made the same layers, with no plugin at work."""
    document, photo = yield from pixel_image(size, color, pixels)
    yield from calm(1.0)
    before = held()
    make_layers(document, photo)
    yield from quiet(SETTLING_SECONDS)
    return held(False) - before


def make_layers(document, photo):
    """The layers of a result, with pixels of their own, straight into an image."""
    from selective_colorize.masks import new_mask

    area = photo.bounds().getRect()
    count = area[2] * area[3]
    group = document.createGroupLayer("group")
    document.rootNode().addChildNode(group, photo)
    layers = [document.createNode(name, "paintlayer") for name in ("Colorized", "Blended")]
    for layer in layers:
        layer.setPixelData(photo.pixelData(*area), *area)
    layers[1].setVisible(False)
    mask = to_the_end(new_mask(document, layers[0], "mask"))
    mask.setPixelData((bytes(range(256)) * (count // 256 + 1))[:count], *area)
    for layer in (*layers, document.createNode("Color Hints", "paintlayer")):
        group.addChildNode(layer, None)
    document.refreshProjection()
    document.waitForDone()


def to_the_end(steps):
    """Take all turns at once; what they return."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


class Allocated(ctypes.Structure):
    """What the C library tells of its memory; the names are its own."""

    NAMES = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in NAMES.split()]


def used():
    """Megabytes that were asked for and are not freed, however the C library keeps them."""
    tell = ctypes.CDLL("libc.so.6").mallinfo2
    tell.restype = Allocated
    told = tell()
    return (told.uordblks + told.hblkhd) / 2**20


def held(is_trimmed=True):
    """Megabytes of Krita's own memory, without what the C library keeps for later if wanted."""
    if is_trimmed:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    status = Path("/proc/self/status").read_text().splitlines()
    (line,) = [line for line in status if line.startswith("RssAnon")]
    return int(line.split()[1]) / 1024


def turns(size, color, pixels):
    """The longest turns of a job: milliseconds in all, of the processor, and from where to where.

    `gaps` are those of the whole event loop, Krita's own work among them; the last ones are of a
    script's that adds a copy of the result with one call, and no plugin at work: no plugin's are
    shorter. The time in which the thread waits for a processor is left out of all.
    """
    document, _photo = yield from pixel_image(size, color, pixels)
    yield from calm(1.0)
    meter, gaps = TurnMeter(), LoopMeter()
    act("selective_colorize_again")
    try:
        yield no_error(lambda: annotations(document) and widget("selcolor_progress") is None)
        yield from quiet(1.0)
    finally:
        meter.end()
        gaps.end()
    plain = LoopMeter()
    group = document.nodeByName("Selective Colorize")
    document.rootNode().addChildNode(group.clone(), group)
    yield from quiet(1.0)
    plain.end()
    gaps, plain = longest(gaps.found), longest(plain.found)[:2]
    return {"turns": longest(meter.found), "gaps": gaps, "gaps of one plain addition": plain}


def longest(found):
    """The longest of some spans, in milliseconds."""
    first = sorted(found, reverse=True)[:LONGEST]
    return [[round(1000 * whole), round(1000 * busy), where] for whole, busy, where in first]


class TurnMeter:
    """Measures each turn of the plugin's workflow."""

    def __init__(self):
        from selective_colorize.run import Run

        self.found = []
        self._run, self._take = Run, Run._take
        Run._take = self._timed

    def end(self):
        """Measure no more."""
        self._run._take = self._take

    @property
    def _timed(self):
        found, take = self.found, self._take

        def timed(run, turn):
            before, whole, busy = place(run._steps), undisturbed_time(), time.thread_time()
            take(run, turn)
            spent = undisturbed_time() - whole, time.thread_time() - busy
            after = "its end" if sip.isdeleted(run) else place(run._steps)
            found.append((*spent, f"{before} → {after}"))

        return timed


class LoopMeter:
    """Measures how long the event loop does not turn."""

    def __init__(self):
        self.found = []
        self._last = undisturbed_time(), time.thread_time()
        self._timer = QTimer()
        self._timer.timeout.connect(self._tick)
        self._timer.start(5)

    def end(self):
        """Measure no more."""
        self._timer.stop()

    def _tick(self):
        now = undisturbed_time(), time.thread_time()
        self.found.append((now[0] - self._last[0], now[1] - self._last[1], ""))
        self._last = now


def place(steps):
    """Where a workflow stands: the innermost of its functions, with their lines."""
    names = []
    while getattr(steps, "gi_frame", None) is not None:
        names.append(f"{steps.gi_frame.f_code.co_name}:{steps.gi_frame.f_lineno}")
        steps = steps.gi_yieldfrom
    return " ".join(names[-2:])
