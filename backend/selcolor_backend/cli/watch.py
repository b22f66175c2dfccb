"""`selcolor status --watch`: what the daemon does, as it does it."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from selcolor_backend.cli.session import running_session
from selcolor_protocol.client import Client
from selcolor_protocol.errors import DaemonError, ProtocolError
from selcolor_protocol.messages import JobSummary, Status

SECONDS = 1.0
RECENT_SECONDS = 60.0
"""Throughput is that of so long."""
BAR_LETTERS = 20


class Throughput:
    """Megapixels that were done lately, for each second."""

    def __init__(self) -> None:
        """Nothing has been seen."""
        self._seen: deque[tuple[float, float]] = deque()

    def note(self, uptime: float, megapixels_done: float) -> float:
        """Note how much was done when; megapixels a second in the last minute.

        Args:
            uptime: the daemon's, in seconds.
            megapixels_done: since its start.
        """
        if self._seen and uptime < self._seen[-1][0]:
            self._seen.clear()  # another daemon
        self._seen.append((uptime, megapixels_done))
        while self._seen[0][0] < uptime - RECENT_SECONDS:
            self._seen.popleft()
        since, before = self._seen[0]
        return (megapixels_done - before) / (uptime - since) if uptime > since else 0.0


def statuses() -> Iterator[Status | str]:
    """What the daemon says, or why it says nothing; for ever, and each time anew where it ends."""
    client: Client | None = None
    try:
        while True:
            try:
                client = client or running_session()
                yield client.status()
            except (DaemonError, ProtocolError) as error:
                if client is not None:
                    client.close(linger=0)
                    client = None
                yield error.sentence
    finally:
        if client is not None:
            client.close()


def watch(as_json: bool, times: int | None) -> int:
    """Show the status each second until Ctrl+C.

    Args:
        as_json: a line of JSON each time, for scripts.
        times: how often; None for ever.
    """
    seen, throughput = islice(statuses(), times), Throughput()
    try:
        if as_json:
            print_lines(seen)
        else:
            show_table(seen, throughput)
    except KeyboardInterrupt:
        return 0
    return 0


def print_lines(seen: Iterator[Status | str]) -> None:
    """Print each as a line of JSON."""
    for status in seen:
        told = {"error": status} if isinstance(status, str) else asdict(status)
        print(json.dumps(told), flush=True)
        time.sleep(SECONDS)


def show_table(seen: Iterator[Status | str], throughput: Throughput) -> None:
    """Show the newest in place of the one before."""
    with Live(console=Console(file=sys.stdout), auto_refresh=False) as live:
        for status in seen:
            live.update(picture_of(status, throughput), refresh=True)
            time.sleep(SECONDS)


def picture_of(status: Status | str, throughput: Throughput) -> Group:
    """A status as a person looks at it."""
    if isinstance(status, str):
        return Group(Text(status))
    speed = throughput.note(status.uptime, status.megapixels_done)
    facts = Table.grid(padding=(0, 2))
    for name, told in facts_of(status, speed).items():
        facts.add_row(Text(name, style="bold"), Text(told))
    jobs = Table("program", "job", "work", "size", "state", "stage", "done", "for", box=None)
    for job in status.jobs:
        jobs.add_row(*map(Text, row_of(job)))
    return Group(facts, Text(), jobs if status.jobs else Text("No jobs."))


def facts_of(status: Status, speed: float) -> dict[str, str]:
    """What holds for the whole daemon."""
    return {
        "daemon": f"{status.daemon_version}, process {status.pid}, "
        f"up {status.uptime / 60:.0f} min, {len(status.workers)} workers",
        "device": status.device or "not known yet",
        "programs": ", ".join(status.sessions),
        "memory": f"{status.memory_bytes / 1e6:.0f} MB, of it {status.held_bytes / 1e6:.0f} of "
        f"{status.budget_bytes / 1e6:.0f} MB for pictures that wait",
        "done": f"{status.jobs_done} jobs, {status.megapixels_done:.0f} MP; "
        f"{speed:.1f} MP/s in the last minute",
    }


def row_of(job: JobSummary) -> tuple[str, ...]:
    """A job's line."""
    bar = "█" * round(job.fraction * BAR_LETTERS)
    return (
        job.client,
        str(job.job),
        job.work,
        f"{job.megapixels:.1f} MP",
        job.state.value,
        job.stage,
        f"{bar:{BAR_LETTERS}} {job.fraction:4.0%}",
        f"{job.seconds:.0f} s",
    )
