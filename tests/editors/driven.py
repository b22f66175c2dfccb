"""A real editor that runs scenarios, and the daemon that its plugin starts.

Judged by the result files that the editor's driver writes, never by its exit code.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import psutil

from selcolor_protocol.connection import read_connection

Driven = TypeVar("Driven", bound="Editor")

DAEMON = [sys.executable, "-m", "selcolor_backend", "daemon", "--foreground"]

SLOWNESS = float(os.environ.get("SELCOLOR_SLOWNESS", "1"))
"""Multiplies every patience, for machines that do other work."""

START_SECONDS = 120 * SLOWNESS
SCENARIO_SECONDS = 180 * SLOWNESS
QUIT_SECONDS = 60 * SLOWNESS
COMMAND_SECONDS = 300 * SLOWNESS
LOOK_SECONDS = 0.02
LOG_END = 3000
PRIVATE = ("PYTHON", "XDG_", "VIRTUAL_ENV", "SELCOLOR_", "DISPLAY")
"""What the variables that belong to the tests begin with."""


class ScenarioFailed(AssertionError):
    """A scenario raised inside the editor, or never ended; the message tells all that is known."""


class Editor:
    """One running editor with its driver; as a context manager, from its first answer to its end.

    Attributes:
        home: its user's home folder.
    """

    def __init__(
        self, command: Sequence[str], variables: Mapping[str, str], folder: Path, scenarios: Path
    ) -> None:
        """Start it; it may not be ready yet.

        Args:
            command: what starts it.
            variables: its user's environment.
            folder: for requests, results and the log; made here.
            scenarios: a folder of files with scenarios.
        """
        self.home = Path(variables["HOME"])
        self._folder = folder
        self._scenarios = scenarios
        self._numbers = itertools.count(1)
        folder.mkdir(parents=True, exist_ok=True)
        own = {
            "SELCOLOR_DRIVER_DIR": str(folder),
            "SELCOLOR_DRIVER_PATIENCE": str(SCENARIO_SECONDS * 0.9),
        }
        with (folder / "editor.log").open("wb") as log:
            self._process = subprocess.Popen(
                command,
                env={**variables, **own},
                cwd=self.home,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def __enter__(self: Driven) -> Driven:
        try:
            self.run("story.ready", seconds=START_SECONDS)
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.end()

    def run(self, scenario: str, seconds: float = SCENARIO_SECONDS, **arguments: Any) -> Any:
        """Run `file.function` of the scenarios to its end; what it returns."""
        return self.result(self.begin(scenario, **arguments), seconds)

    def begin(self, scenario: str, **arguments: Any) -> str:
        """Ask for a scenario and do not wait for it; its ticket."""
        ticket = f"{next(self._numbers):03d}-{scenario}"
        file, _, function = scenario.rpartition(".")
        path = str(self._scenarios / f"{file}.py")
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
                raise ScenarioFailed(f"the editor ended during {ticket}:\n{self.log()}")
            if time.monotonic() > deadline:
                raise ScenarioFailed(f"{ticket} took longer than {seconds:g} s:\n{self.log()}")
            time.sleep(LOOK_SECONDS)
        content = json.loads(path.read_text())
        if "error" in content:
            raise ScenarioFailed(f"{content['error']}\n{self.log()}")
        return content["value"]

    def quit(self) -> None:
        """End it as its user does, as soon as it has started, and wait until it is gone."""
        self.result(self.begin("quit"))
        try:
            self._process.wait(QUIT_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise ScenarioFailed(f"the editor did not quit:\n{self.log()}") from error

    def log(self) -> str:
        """The end of what the editor printed."""
        return (self._folder / "editor.log").read_text(errors="replace")[-LOG_END:]

    def end(self) -> None:
        """End it and all that it has started, but not the daemon."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()


def environment(home: Path, runtime: Path) -> dict[str, str]:
    """A user's environment, without what belongs to the tests'.

    Args:
        home: of the user.
        runtime: where the daemon's connection file is.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE)}
    session = home / "session"
    session.mkdir(mode=0o700, exist_ok=True)
    return own | {
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(session),
        "SELCOLOR_RUNTIME_DIR": str(runtime),
        "SELCOLOR_LOG_DIR": str(home / "logs"),
        "LANG": "C.UTF-8",
    }


def selcolor(place: Path, *arguments: str) -> None:
    """Run the command line to its end, with the daemon that an editor's plugin has started.

    Args:
        place: of the tests, with the user's `home` and the daemon's `run` in it.
        arguments: such as `blend`, `original.png`, ….
    """
    subprocess.run(
        [sys.executable, "-m", "selcolor_backend", *arguments],
        env=environment(place / "home", place / "run"),
        check=True,
        timeout=COMMAND_SECONDS,
    )


@contextmanager
def short_folder(prefix: str) -> Iterator[Path]:
    """A folder with a short path (sockets are in it), which ends with the daemon in its `run`."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    try:
        yield folder
    finally:
        end_daemon(folder / "run")
        shutil.rmtree(folder, ignore_errors=True)


def end_daemon(runtime: Path) -> None:
    """End the daemon that was started in a runtime folder, and its workers."""
    info = read_connection(runtime / "connection.json")
    if info is None or not psutil.pid_exists(info.pid):
        return
    daemon = psutil.Process(info.pid)
    for process in [*daemon.children(recursive=True), daemon]:
        process.kill()
    # Its parent is a living editor: what is left of it until then is a zombie.
    while psutil.pid_exists(info.pid) and daemon.status() != psutil.STATUS_ZOMBIE:
        time.sleep(LOOK_SECONDS)
