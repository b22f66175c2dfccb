"""Runs scenarios inside Krita, for the tests: never installed for users.

A test puts `NAME.request.json` ({"file", "scenario", "arguments"}) into the folder that
SELCOLOR_DRIVER_DIR names. The scenario is a generator function of that file: it yields conditions
(functions without arguments), and goes on from the event loop as soon as one holds, so that Krita
and the plugin live as they do for a user. What it returns, or its traceback, is written to
`NAME.result.json`. `quit` as a scenario ends Krita.
"""

from __future__ import annotations

import faulthandler
import importlib.util
import json
import os
import sys
import time
import traceback
from pathlib import Path

from krita import Extension, Krita
from PyQt5.QtCore import QTimer

STEP_MILLISECONDS = 5
PATIENCE_SECONDS = float(os.environ.get("SELCOLOR_DRIVER_PATIENCE", "60"))

FOLDER = Path(os.environ.get("SELCOLOR_DRIVER_DIR", "/nonexistent"))


class Scenario:
    """A scenario that is under way."""

    def __init__(self, name, request):
        self.name = name
        self._waits_for = lambda: True
        self._give_up_at = time.monotonic() + PATIENCE_SECONDS
        self._generator = load(Path(request["file"]), request["scenario"])(**request["arguments"])

    def step(self):
        """Go on if the condition holds; True once the scenario has ended."""
        try:
            if self._waits_for():
                self._waits_for = next(self._generator)
                self._give_up_at = time.monotonic() + PATIENCE_SECONDS
            elif time.monotonic() > self._give_up_at:
                self._generator.throw(TimeoutError("the condition never held"))
            return False
        except StopIteration as end:
            report(self.name, {"value": end.value})
        except BaseException:
            report(self.name, {"error": traceback.format_exc()})
        return True


def load(file, scenario):
    """The generator function `scenario` of a file, loaded anew."""
    sys.path[:] = [str(file.parent), *(path for path in sys.path if path != str(file.parent))]
    spec = importlib.util.spec_from_file_location(f"selcolor_scenarios_{file.stem}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, scenario)


def report(name, result):
    """Write a result so that a reader sees nothing or all of it."""
    partial = FOLDER / f"{name}.partial"
    partial.write_text(json.dumps(result))
    partial.rename(FOLDER / f"{name}.result.json")


class Driver(Extension):
    """Looks for requests, and runs one at a time."""

    def __init__(self, parent):
        super().__init__(parent)
        self._scenario = None
        self._timer = QTimer()
        self._timer.timeout.connect(self._turn)

    def setup(self):
        """Called by Krita at its start."""

    def createActions(self, window):  # noqa: N802 - Krita's name
        """Called by Krita for each window; there is a window from now on."""
        self._timer.start(STEP_MILLISECONDS)

    def _turn(self):
        if self._scenario is None:
            self._look()
            return
        self._timer.stop()
        try:
            if self._scenario.step():
                self._scenario = None
        finally:
            self._timer.start(STEP_MILLISECONDS)

    def _look(self):
        for path in sorted(FOLDER.glob("*.request.json")):
            request = json.loads(path.read_text())
            path.unlink()
            name = path.name.removesuffix(".request.json")
            if request["scenario"] == "quit":
                report(name, {"value": None})
                QTimer.singleShot(0, quit_krita)
                return
            try:
                self._scenario = Scenario(name, request)
            except BaseException:
                report(name, {"error": traceback.format_exc()})
            return


def quit_krita():
    """Close every document unsaved, then the program."""
    Krita.instance().setBatchmode(True)
    for document in Krita.instance().documents():
        document.setModified(False)
        document.close()
    Krita.instance().action("file_quit").trigger()


# A crash in Krita tells in its log which line of Python has led there.
faulthandler.enable()
Krita.instance().addExtension(Driver(Krita.instance()))
