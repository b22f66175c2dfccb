"""A real GIMP 3 in Debian 13, with a home of its own, that runs scenarios.

Judged by the result files that its driver writes, never by its exit code.
"""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import trixie

from selcolor_installer.gimp import GimpFolders, install
from selcolor_installer.vendor import EditorPython
from selcolor_plugin.daemon import write_record
from selcolor_protocol.connection import read_connection

HERE = Path(__file__).parent
SCENARIOS = HERE / "scenarios"
DRIVER = HERE / "driver.py"
DAEMON = [sys.executable, "-m", "selcolor_backend", "daemon", "--foreground"]
PYTHON_OF_TRIXIE = "3.13"

SLOWNESS = float(os.environ.get("SELCOLOR_SLOWNESS", "1"))
"""Multiplies every patience, for machines that do other work."""

START_SECONDS = 120 * SLOWNESS
SCENARIO_SECONDS = 120 * SLOWNESS
LOOK_SECONDS = 0.02


class ScenarioFailed(AssertionError):
    """A scenario raised inside GIMP; the message is its traceback."""


def install_plugin(home: Path) -> Path:
    """What a user's installation looks like; its folder.

    The daemon is the machine's own: the plug-in in Debian 13 starts it as its user's record says.
    SELCOLOR_WHEELS may name a folder of wheels, to work offline.
    """
    wheels = os.environ.get("SELCOLOR_WHEELS")
    place = install(
        GimpFolders.of_home(home), EditorPython(PYTHON_OF_TRIXIE), Path(wheels) if wheels else None
    )
    record = home / ".config/selective-colorize/daemon.json"
    write_record(trixie.on_host(DAEMON), record)
    return place


class Gimp:
    """One running GIMP.

    Attributes:
        home: its user's home folder.
    """

    def __init__(
        self,
        home: Path,
        runtime: Path,
        folder: Path,
        display: str | None = None,
        scale: int = 1,
    ) -> None:
        """Start it and wait until it can run scenarios.

        Args:
            home: with the plug-in installed.
            runtime: where the daemon's connection file is.
            folder: for requests, results and the log; made here.
            display: of an X server, for the user interface; None for none.
            scale: of the user interface.
        """
        self.home = home
        self._folder = folder
        self._numbers = itertools.count(1)
        folder.mkdir(parents=True)
        log = folder / "gimp.log"
        variables = {**environment(home, runtime, folder), "GDK_SCALE": str(scale)}
        self._process = start_gimp(variables, log, display)
        self.run("story.ready", seconds=START_SECONDS)

    def run(self, scenario: str, seconds: float = SCENARIO_SECONDS, **arguments: Any) -> Any:
        """Run `file.function` of the folder `scenarios` to its end; what it returns."""
        return self.result(self.begin(scenario, **arguments), seconds)

    def begin(self, scenario: str, **arguments: Any) -> str:
        """Ask for a scenario and do not wait for it; its ticket."""
        ticket = f"{next(self._numbers):03d}-{scenario}"
        file, _, function = scenario.rpartition(".")
        path = str(SCENARIOS / f"{file}.py")
        request = {"file": path, "scenario": function, "arguments": arguments}
        partial = self._folder / f"{ticket}.writing"
        partial.write_text(json.dumps(request))
        partial.rename(self._folder / f"{ticket}.request.json")
        return ticket

    def result(self, ticket: str, seconds: float = SCENARIO_SECONDS) -> Any:
        """What a scenario returned."""
        path = self._folder / f"{ticket}.result.json"
        deadline = time.monotonic() + seconds
        while not path.exists():
            if self._process.poll() is not None:
                raise ScenarioFailed(f"GIMP ended during {ticket}:\n{self.log()}")
            if time.monotonic() > deadline:
                raise ScenarioFailed(f"{ticket} took longer than {seconds:g} s:\n{self.log()}")
            time.sleep(LOOK_SECONDS)
        content = json.loads(path.read_text())
        if "error" in content:
            raise ScenarioFailed(f"{content['error']}\n{self.log()}")
        return content["value"]

    def log(self) -> str:
        """The end of what GIMP printed."""
        return (self._folder / "gimp.log").read_text(errors="replace")[-3000:]

    def plugin_process(self) -> psutil.Process | None:
        """The process of our plug-in while it runs."""
        for process in psutil.Process(self._process.pid).children(recursive=True):
            try:
                if "selective-colorize.py" in " ".join(process.cmdline()):
                    return process
            except psutil.NoSuchProcess:
                continue
        return None

    def end(self) -> None:
        """End GIMP and all that it has started, but not the daemon."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


def start_gimp(
    variables: dict[str, str], log: Path, display: str | None
) -> subprocess.Popen[bytes]:
    """Start GIMP with the driver, with or without a user interface."""
    batch = ["--batch-interpreter", "python-fu-eval", "-b", f"exec(open({str(DRIVER)!r}).read())"]
    if display is None:
        command = ["gimp-console-3.0", "--no-interface", *batch, "--quit"]
    else:
        command = ["gimp-3.0", "--new-instance", "--no-splash", *batch]
        variables = {**variables, "DISPLAY": display}
    with log.open("wb") as file:
        return subprocess.Popen(
            trixie.within(command), env=variables, stdout=file, stderr=file, start_new_session=True
        )


def environment(home: Path, runtime: Path, folder: Path) -> dict[str, str]:
    """A user's environment, without what belongs to the tests'."""
    private = ("PYTHON", "XDG_", "VIRTUAL_ENV", "SELCOLOR_", "DISPLAY")
    own = {name: value for name, value in os.environ.items() if not name.startswith(private)}
    session = home / "session"
    session.mkdir(mode=0o700, exist_ok=True)
    return own | {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(session),
        "SELCOLOR_RUNTIME_DIR": str(runtime),
        "SELCOLOR_LOG_DIR": str(home / "logs"),
        "SELCOLOR_DRIVER_DIR": str(folder),
        "LANG": "C.UTF-8",
    }


def end_daemon(runtime: Path) -> None:
    """End the daemon that was started in a runtime folder, and its workers."""
    info = read_connection(runtime / "connection.json")
    if info is None or not psutil.pid_exists(info.pid):
        return
    daemon = psutil.Process(info.pid)
    for process in [*daemon.children(recursive=True), daemon]:
        process.kill()
    while psutil.pid_exists(info.pid) and daemon.status() != psutil.STATUS_ZOMBIE:
        time.sleep(LOOK_SECONDS)
