"""Runs scenarios inside GIMP, for the tests: GIMP's Python batch interpreter executes this file.

A test puts `NAME.request.json` ({"file", "scenario", "arguments"}) into the folder that
SELCOLOR_DRIVER_DIR names. The scenario is a function of that file; what it returns, or its
traceback, is written to `NAME.result.json`. `quit` as a scenario ends the loop, and with it GIMP
where it was started with --quit.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import time
import traceback
from pathlib import Path

LOOK_SECONDS = 0.01


def load(file, scenario):
    """The function `scenario` of a file, loaded anew."""
    if str(file.parent) not in sys.path:
        sys.path.insert(0, str(file.parent))
    spec = importlib.util.spec_from_file_location(f"selcolor_scenarios_{file.stem}", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, scenario)


def report(folder, name, result):
    """Write a result so that a reader sees nothing or all of it."""
    partial = folder / f"{name}.partial"
    partial.write_text(json.dumps(result))
    partial.rename(folder / f"{name}.result.json")


def run(folder, path):
    """Run one request; whether it was the last."""
    request = json.loads(path.read_text())
    path.unlink()
    name = path.name.removesuffix(".request.json")
    if request["scenario"] == "quit":
        report(folder, name, {"value": None})
        return True
    try:
        scenario = load(Path(request["file"]), request["scenario"])
        report(folder, name, {"value": scenario(**request["arguments"])})
    except Exception:
        report(folder, name, {"error": traceback.format_exc()})
    return False


def main():
    """Look for requests until one says `quit`, or whoever asks is gone."""
    folder = Path(os.environ["SELCOLOR_DRIVER_DIR"])
    while folder.is_dir():
        for path in sorted(folder.glob("*.request.json")):
            if run(folder, path):
                return
        time.sleep(LOOK_SECONDS)


main()
