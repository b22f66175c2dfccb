"""Runs programs and watches what they take: seconds on the clock, and peak memory."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

SAMPLE_SECONDS = 0.02


@dataclass(frozen=True)
class Run:
    """What a program took.

    Attributes:
        began: when it was started, on the clock of `time.monotonic`.
        ended: when it had ended.
        peaks: peak resident bytes of the program and of the process that was watched beside it,
            each with its children.
        output: its standard output.
    """

    began: float
    ended: float
    peaks: tuple[int, int]
    output: str

    @property
    def seconds(self) -> float:
        """From start to end."""
        return self.ended - self.began


class ProgramFailed(Exception):
    """A program ended with another status than 0; its last words are the message."""


class PeakMemory(threading.Thread):
    """Watches the resident memory of a process and its children until stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.process = psutil.Process(pid)
        self.peak = 0
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(SAMPLE_SECONDS):
            self.peak = max(self.peak, resident(self.process))

    def stop(self) -> int:
        self.stopped.set()
        self.join()
        return self.peak


def resident(process: psutil.Process) -> int:
    """Resident bytes of a process and its children; 0 once it has ended."""
    try:
        family = [process, *process.children(recursive=True)]
        return sum(member.memory_info().rss for member in family)
    except psutil.NoSuchProcess:
        return 0


def run(
    command: list[str], beside: int | None = None, environment: Mapping[str, str] | None = None
) -> Run:
    """Run a command to its end; watch it, and the process `beside` that works for it.

    Raises:
        ProgramFailed: its status is not 0.
    """
    began = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    watched = [PeakMemory(pid) for pid in (process.pid, beside) if pid is not None]
    for memory in watched:
        memory.start()
    output, errors = process.communicate()
    ended = time.monotonic()
    peaks = [memory.stop() for memory in watched]
    if process.returncode != 0:
        raise ProgramFailed(" ".join(errors.split()[-60:]) or f"status {process.returncode}")
    return Run(began, ended, (peaks[0], peaks[1] if beside is not None else 0), output)


@contextmanager
def busy_program() -> Iterator[None]:
    """Another program that computes without a pause."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()
