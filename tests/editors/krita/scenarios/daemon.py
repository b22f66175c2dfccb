"""The daemon as the plugin meets it: long jobs, cancel, death, and a daemon that is refused."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from helpers import (
    GapMeter,
    act,
    area_of,
    button,
    calm,
    close_all,
    complaint,
    describe,
    message,
    no_error,
    open_photo,
    pixel_hash,
    quiet,
    settled,
    widget,
)


def long_job(photo):
    """Measure the longest stall of the event loop while a long job runs."""
    close_all()
    document = yield from open_photo(photo)
    yield from calm(1.0)
    window = yield from begin()
    meter = GapMeter("selcolor_progress")
    started, stages = time.monotonic(), []
    while widget("selcolor_progress") is not None and message() is None:
        if window.stage.text() not in stages:
            stages.append(window.stage.text())
        yield lambda: True
    seconds = time.monotonic() - started
    yield no_error(lambda: settled(document))
    return {"seconds": seconds, "longest": meter.longest, "stages": stages}


def cancelled_job(photo, stage):
    """Cancel in a stage, or at once ("") before the daemon is even found; how long that took."""
    close_all()
    document = yield from open_photo(photo)
    before = state(document)
    window = yield from begin()
    yield no_error(lambda: stage in window.stage.text())
    clicked = time.monotonic()
    button(window, "Cancel").click()
    yield lambda: widget("selcolor_progress") is None
    returned = time.monotonic() - clicked
    yield from quiet(1.0)
    return {
        "returned": returned,
        "unchanged": state(document) == before,
        "message": message() is not None,
    }


def begin_only(photo):
    """Start a job and leave it running."""
    close_all()
    yield from open_photo(photo)
    window = yield from begin()
    yield no_error(lambda: "subject" in window.stage.text())


def killed_daemon(photo, pid_file):
    """Kill the daemon in mid-job; how long until a message, then try again by its button."""
    close_all()
    document = yield from open_photo(photo)
    before = state(document)
    window = yield from begin()
    stages = ("Reading the photo…", "Finding the subject…", "Colorizing…")
    yield lambda: window.stage.text() in stages
    os.kill(json.loads(Path(pid_file).read_text())["pid"], signal.SIGKILL)
    killed = time.monotonic()
    yield lambda: message() is not None
    box = message()
    facts = {
        "seconds": time.monotonic() - killed,
        "text": box.text(),
        "hint": box.informativeText(),
        "unchanged": state(document) == before,
    }
    button(box, "Try Again").click()
    yield lambda: message() is None
    yield no_error(lambda: settled(document))
    facts["later"] = describe(document.rootNode())
    return facts


def refused_by_daemon(photo):
    """Run and expect a message; its words, and whether the image is as it was."""
    close_all()
    document = yield from open_photo(photo)
    before = state(document)
    text = yield from complaint("selective_colorize_again")
    return {"text": text, "unchanged": state(document) == before}


def begin():
    """Start the action that asks nothing; its progress window."""
    act("selective_colorize_again")
    yield lambda: widget("selcolor_progress") is not None
    return widget("selcolor_progress")


def state(document):
    """All that a failed or cancelled job must leave as it was."""
    area = area_of(document)
    return (
        area.getRect(),
        describe(document.rootNode()),
        pixel_hash(document, document.activeNode()),
        document.modified(),
    )
