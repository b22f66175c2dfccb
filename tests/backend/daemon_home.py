"""A daemon of the test's own, and photos to give it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest

from selcolor_protocol import launch
from selcolor_protocol.client import Client
from selcolor_protocol.connection import connection_path, read_connection
from selcolor_protocol.messages import Colorize, JobState, Message, Progress
from selcolor_protocol.options import ColorizeOptions, MaskOptions
from selcolor_protocol.raster import Channels, Raster, RasterFormat, SampleType
from selcolor_protocol.runtime import RUNTIME_DIR_VARIABLE

START_SECONDS = 30.0
PATIENCE = 60.0
"""Seconds for an answer that takes a moment, but must come, on however busy a machine."""


def drawn_photo(width: int, height: int) -> Raster:
    """A gray picture with soft shapes and some grain, always the same."""
    rows, columns = np.mgrid[0:height, 0:width]
    waves = np.sin(columns / 37) + np.cos(rows / 23) + np.sin((columns + rows) / 71)
    grain = np.random.default_rng(0).normal(0, 4, (height, width))
    pixels = np.clip(128 + 35 * waves + grain, 0, 255).astype(np.uint8)
    return Raster(RasterFormat(width, height, Channels.GRAY, SampleType.U8), pixels.tobytes())


def left_half(photo: Raster) -> Raster:
    """A mask that is white on the left."""
    size = photo.format
    pixels = np.zeros((size.height, size.width), np.uint8)
    pixels[:, : size.width // 2] = 255
    return Raster(
        RasterFormat(size.width, size.height, Channels.GRAY, SampleType.U8), pixels.tobytes()
    )


class DaemonHome:
    """A private runtime folder, and the processes that were started in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runtime = folder / "run"
        self.environment = os.environ | {
            RUNTIME_DIR_VARIABLE: str(self.runtime),
            "SELCOLOR_LOG_DIR": str(folder / "logs"),
        }
        self.processes: list[subprocess.Popen[str]] = []

    def start(
        self, *arguments: str, limits: str = "", stderr: int = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        """Start a daemon in the foreground and do not wait for it.

        Args:
            arguments: of `selcolor daemon`.
            limits: as of `ulimit`.
            stderr: where its log goes; a pipe that nobody reads stops it when it is full.
        """
        command = [sys.executable, "-m", "selcolor_backend", "daemon", "--foreground", *arguments]
        if limits:
            command = ["bash", "-c", f'ulimit {limits} && exec "$@"', "bash", *command]
        process = subprocess.Popen(
            command, env=self.environment, stderr=stderr, stdout=subprocess.PIPE, text=True
        )
        self.processes.append(process)
        return process

    def run(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a `selcolor` command to its end."""
        command = [sys.executable, "-m", "selcolor_backend", *arguments]
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=timeout
        )

    def client(self, name: str = "test") -> Client:
        """A session with the daemon, as soon as one answers."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if (client := launch.connect(name, "0")) is not None:
                return client
            time.sleep(0.05)
        raise TimeoutError("no daemon answered")

    def end(self) -> None:
        """End every daemon that was started here, by whomever."""
        info = read_connection(connection_path())
        for pid in [process.pid for process in self.processes] + ([info.pid] if info else []):
            kill_tree(pid)
        for process in self.processes:
            process.communicate()


def kill_tree(pid: int) -> None:
    """Kill a process and its children."""
    try:
        process = psutil.Process(pid)
        for victim in [*process.children(recursive=True), process]:
            victim.kill()
    except psutil.NoSuchProcess:
        return


@contextmanager
def own_home() -> Iterator[DaemonHome]:
    """Folders and daemons of a test's own, which are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="selcolor-"))
    home = DaemonHome(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(RUNTIME_DIR_VARIABLE, str(home.runtime))
        try:
            yield home
        finally:
            home.end()
            shutil.rmtree(folder)


MATTE = MaskOptions(refine=False)


def colorize(photo: Raster, **options: object) -> Colorize:
    chosen = ColorizeOptions(mask=MATTE, **options)  # type: ignore[arg-type]
    return Colorize("", 0, chosen, photo, mask=left_half(photo))


def until(client: Client, wanted: type[Message]) -> Message:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for message in client.poll(0.05):
            if isinstance(message, wanted):
                return message
    raise TimeoutError(wanted.__name__)


def until_running(client: Client) -> None:
    """Wait until a job runs, however long torch's import takes; fails when one ends before."""
    while True:
        for message in client.poll(0.05):
            if not isinstance(message, Progress):
                raise AssertionError(f"the job did not start: {message}")
            if message.state is JobState.RUNNING:
                return


def assert_failed(
    result: subprocess.CompletedProcess[str], *words: str, results: Path | None = None
) -> None:
    """One sentence of what happened, one of what to do, no traceback, no file."""
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert len(lines) >= 2, result.stderr
    assert lines[0].startswith("selcolor:")
    for word in words:
        assert word in result.stderr
    if results is not None and results.exists():
        assert os.listdir(results) == []


def wait_until(condition: Callable[[], bool], seconds: float = 30.0) -> bool:
    """Poll a condition; whether it came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
