"""The daemon as the plugin meets it: long jobs, cancel, death, and a daemon that is refused."""

from __future__ import annotations

import time

from helpers import (
    act,
    area_of,
    button,
    close_all,
    colorized,
    complaint,
    describe,
    dismiss,
    kill_daemon,
    krita,
    message,
    no_error,
    open_photo,
    pixel_hash,
    press,
    quiet,
    settled,
    widget,
)
from stalls import GapMeter, calm

WORKING = ("Reading the photo…", "Finding the subject…", "Colorizing…", "Blending…")
"""What a user reads while the worker works; what it remembers passes too quickly to be seen."""


def long_job(photo, at_least):
    """Measure the event loop's longest stall in `at_least` seconds of jobs, one after the other."""
    meters, stages = [], set()
    while sum(meter.seconds for meter in meters) < at_least:
        close_all()
        document = yield from open_photo(photo)
        yield from calm(1.0)
        window = yield from begin()
        meters.append(GapMeter(window))
        while meters[-1].is_running:
            stages.add(window.stage.text())
            yield lambda: True
        yield no_error(lambda document=document: settled(document))
    return {
        "longest": max(meter.longest for meter in meters),
        "share": max(meter.longest / meter.seconds for meter in meters),
        "stages": sorted(stages),
    }


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


def cancelled_within_a_turn(photo):
    """Cancel while Krita lets clicks pass in the middle of a turn; what the run was told then."""
    from selective_colorize.extension import main_window
    from selective_colorize.run import Run

    from selcolor_plugin.editor import Show
    from selcolor_plugin.errors import UserCancelled

    close_all()
    yield from open_photo(photo)
    told = []

    def steps():
        try:
            yield Show("Waiting")
            button(widget("selcolor_progress"), "Cancel").click()
            told.append("went on")
            yield Show("Waiting")
            told.append("was not cancelled")
        except UserCancelled:
            told.append("cancelled")
            raise

    Run(krita(), main_window, steps(), lambda: told.append("over"))
    yield lambda: "over" in told
    return told


def begin_only(photo):
    """Start a job and leave it running."""
    close_all()
    yield from open_photo(photo)
    window = yield from begin()
    yield no_error(lambda: window.stage.text() in WORKING)


def killed_daemon(photo, pid_file):
    """Kill the daemon in mid-job; how long until a message, then try again by its button."""
    close_all()
    document = yield from open_photo(photo)
    before = state(document)
    window = yield from begin()
    yield lambda: window.stage.text() in WORKING
    kill_daemon(pid_file)
    killed = time.monotonic()
    yield lambda: message() is not None
    box = message()
    facts = {
        "seconds": time.monotonic() - killed,
        "text": box.text(),
        "hint": box.informativeText(),
        "unchanged": state(document) == before,
    }
    yield from press(box, "Try Again")
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


def absent_daemon(photo):
    """Colorize where no daemon runs; the stages that are shown, and the layers."""
    close_all()
    document = yield from open_photo(photo)
    window = yield from begin()
    stages = []
    while not settled(document):
        yield no_error(lambda: True)
        if widget("selcolor_progress") is window and window.stage.text() not in stages:
            stages.append(window.stage.text())
    return {"stages": stages, "later": describe(document.rootNode())}


def broken_run(photo):
    """A fault of the plugin in mid-job (a stand-in raises): what is said, how often; then again."""
    from selcolor_plugin.job import Job

    close_all()
    document = yield from open_photo(photo)
    before, poll = state(document), Job.poll
    yield from begin()
    Job.poll = broken
    try:
        facts = {"text": (yield from dismiss())}
        yield from quiet(0.5)
        facts["again"] = message() is not None
        facts["window"] = widget("selcolor_progress") is not None
    finally:
        Job.poll = poll
    facts["unchanged"] = state(document) == before
    yield from colorized(photo)
    return facts


def broken_dialog(photo):
    """The same fault while the dialog is open."""
    from selcolor_plugin.link import Link

    close_all()
    yield from open_photo(photo)
    poll = Link.poll
    act("selective_colorize")
    yield lambda: widget("selcolor_dialog") is not None
    Link.poll = broken
    try:
        facts = {"text": (yield from dismiss())}
        yield from quiet(0.5)
        facts["again"] = message() is not None
    finally:
        Link.poll = poll
    widget("selcolor_dialog").reject()
    yield lambda: widget("selcolor_dialog") is None
    return facts


def broken(_self):
    """What nobody foresaw."""
    raise RuntimeError("a fault of the plugin")


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
