"""A real Krita under Xvfb, with a home of its own, that runs scenarios.

Judged by the result files that its driver writes, never by its exit code.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil

from selcolor_installer.krita import KritaFolders, install
from selcolor_installer.vendor import EditorPython
from selcolor_plugin.daemon import write_record
from selcolor_protocol.connection import read_connection

HERE = Path(__file__).parent
DAEMON = [sys.executable, "-m", "selcolor_backend", "daemon", "--foreground"]
SCENARIOS = HERE / "scenarios"
DRIVER = "selcolor_driver"

SLOWNESS = float(os.environ.get("SELCOLOR_SLOWNESS", "1"))
"""Multiplies every patience, for machines that do other work."""

START_SECONDS = 120 * SLOWNESS
SCENARIO_SECONDS = 180 * SLOWNESS
LOOK_SECONDS = 0.02


class ScenarioFailed(AssertionError):
    """A scenario raised inside Krita; the message is its traceback."""


def install_plugins(home: Path, daemon: list[str]) -> None:
    """What a user's installation looks like, and the driver beside it.

    SELCOLOR_WHEELS may name a folder of wheels, to work offline.
    """
    folders, wheels = KritaFolders.of_home(home), os.environ.get("SELCOLOR_WHEELS")
    install(folders, EditorPython(system_python()), Path(wheels) if wheels else None)
    write_record(daemon, home / ".config/selective-colorize/daemon.json")
    for path in (HERE / "driver").iterdir():
        target = folders.resources / "pykrita" / path.name
        if path.is_dir():
            shutil.copytree(path, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, target)
    text = folders.config.read_text()
    folders.config.write_text(text.replace("[python]\n", f"[python]\nenable_{DRIVER}=true\n"))


def system_python() -> str:
    """Version of the system's Python, which Debian's Krita embeds; ours may be another."""
    command = ["/usr/bin/python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


class Krita:
    """One running Krita.

    Attributes:
        home: its user's home folder.
    """

    def __init__(self, home: Path, runtime: Path, folder: Path, scale: int = 1) -> None:
        """Start it and wait until it can run scenarios.

        Args:
            home: with the plugins installed.
            runtime: where the daemon's connection file is.
            folder: for requests, results and the log; made here.
            scale: factor of the user interface.
        """
        self.home = home
        self._folder = folder
        self._numbers = itertools.count(1)
        folder.mkdir(parents=True)
        screen = f"{1600 * scale}x{1000 * scale}x24"
        with (folder / "krita.log").open("wb") as log:
            self._process = subprocess.Popen(
                ["xvfb-run", "-a", "-s", f"-screen 0 {screen}", "krita", "--nosplash"],
                env=environment(home, runtime, folder, scale),
                cwd=home,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
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
                raise ScenarioFailed(f"Krita ended during {ticket}:\n{self.log()}")
            if time.monotonic() > deadline:
                raise ScenarioFailed(f"{ticket} took longer than {seconds:g} s:\n{self.log()}")
            time.sleep(LOOK_SECONDS)
        content = json.loads(path.read_text())
        if "error" in content:
            raise ScenarioFailed(content["error"])
        return content["value"]

    def quit(self, seconds: float = 60 * SLOWNESS) -> None:
        """End it as its menu does, and wait until it is gone."""
        self.result(self.begin("quit"))
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise ScenarioFailed(f"Krita did not quit:\n{self.log()}") from error

    def log(self) -> str:
        """The end of what Krita printed."""
        return (self._folder / "krita.log").read_text(errors="replace")[-2000:]

    def end(self) -> None:
        """End Krita and its X server."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


def environment(home: Path, runtime: Path, folder: Path, scale: int) -> dict[str, str]:
    """A user's environment, without what belongs to the tests'."""
    private = ("PYTHON", "XDG_", "VIRTUAL_ENV", "SELCOLOR_")
    own = {name: value for name, value in os.environ.items() if not name.startswith(private)}
    session = home / "session"
    session.mkdir(mode=0o700, exist_ok=True)
    return own | {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(session),
        "SELCOLOR_RUNTIME_DIR": str(runtime),
        "SELCOLOR_LOG_DIR": str(home / "logs"),
        "SELCOLOR_DRIVER_DIR": str(folder),
        "SELCOLOR_DRIVER_PATIENCE": str(SCENARIO_SECONDS * 0.9),
        "QT_SCALE_FACTOR": str(scale),
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
    # Its parent is a living Krita: what is left of it until then is a zombie.
    while psutil.pid_exists(info.pid) and daemon.status() != psutil.STATUS_ZOMBIE:
        time.sleep(LOOK_SECONDS)
