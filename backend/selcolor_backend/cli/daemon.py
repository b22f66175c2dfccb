"""`selcolor daemon`, `status` and `stop`."""

from __future__ import annotations

import argparse
import json
import time
from contextlib import suppress
from dataclasses import asdict

import psutil

from selcolor_backend.cli.session import NAME, daemon_command, running_session
from selcolor_backend.version import VERSION
from selcolor_protocol import launch
from selcolor_protocol.connection import ConnectionInfo, connection_path
from selcolor_protocol.errors import (
    ConnectionFileError,
    DaemonAlreadyRunning,
    DaemonGone,
    SelectiveColorizeError,
)
from selcolor_protocol.messages import Status

STOP_SECONDS = 10.0
FORCE_SECONDS = 3.0
"""How long a daemon may take to end by itself: where the user says so, it is killed then."""
CLOCK_SECONDS = 2.0
"""How far a process's start, as the system tells it, may be off."""


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the three commands."""
    daemon = commands.add_parser(
        "daemon",
        help="start the daemon by hand (it also starts by itself)",
        description="Start the daemon that does the work for all editor windows. Without "
        "--foreground it goes to the background. It leaves after 30 idle minutes unless --stay.",
    )
    daemon.add_argument("--foreground", action="store_true", help="stay in this terminal")
    daemon.add_argument(
        "--endpoint",
        choices=("auto", "ipc", "tcp"),
        default="auto",
        help="ipc: a socket in a private folder; tcp: encrypted loopback (default: auto)",
    )
    daemon.add_argument("--stay", action="store_true", help="do not leave when idle")
    daemon.set_defaults(run=run_daemon)

    status = commands.add_parser("status", help="what the daemon is doing")
    status.add_argument("--json", action="store_true", help="for scripts")
    status.add_argument("--watch", action="store_true", help="show it each second until Ctrl+C")
    status.add_argument("--times", type=int, metavar="N", help="with --watch: N times only")
    status.set_defaults(run=run_status)

    stop = commands.add_parser("stop", help="stop the daemon; running jobs are cancelled")
    stop.add_argument("--force", action="store_true", help="end it even if it does not answer")
    stop.set_defaults(run=run_stop)


def run_daemon(chosen: argparse.Namespace) -> int:
    """Be the daemon, or start it in the background."""
    if chosen.foreground:
        from selcolor_backend.daemon import main

        main.run_daemon(chosen.endpoint, chosen.stay, foreground=True)
        return 0
    if (running := launch.connect(NAME, VERSION)) is not None:
        running.close()
        raise DaemonAlreadyRunning
    command = daemon_command(chosen.endpoint, chosen.stay)
    client, is_ours = launch.start_daemon(NAME, VERSION, command)
    with client:
        if not is_ours:
            raise DaemonAlreadyRunning
        print(f"The daemon runs (process {client.info.pid}).")
    return 0


def run_status(chosen: argparse.Namespace) -> int:
    """Print the daemon's status."""
    if chosen.watch:
        from selcolor_backend.cli.watch import watch

        return watch(chosen.json, chosen.times)
    with running_session() as client:
        status = client.status()
    print(json.dumps(asdict(status)) if chosen.json else describe(status))
    return 0


def describe(status: Status) -> str:
    """A status as a person reads it."""
    lines = [
        f"daemon    {status.daemon_version}, process {status.pid}, up {status.uptime / 60:.0f} min",
        f"device    {status.device or 'not known yet'}",
        f"programs  {', '.join(status.sessions)}",
        f"memory    {status.memory_bytes / 1e6:.0f} MB",
    ]
    lines += [
        f"job       {job.client}, {job.work} {job.job}: {job.state.value} {job.stage} "
        f"{job.seconds:.0f} s"
        for job in status.jobs
    ]
    return "\n".join(lines)


def run_stop(chosen: argparse.Namespace) -> int:
    """Stop the daemon, by force if asked; no daemon is a success too."""
    process = find_process()
    if process is None:
        print("No daemon runs.")
        return 0
    ask_to_stop(process)
    if not wait_for_end(process, FORCE_SECONDS if chosen.force else STOP_SECONDS):
        if not chosen.force:
            raise DaemonGone(
                f"The daemon (process {process.pid}) does not end.",
                "Run `selcolor stop --force`.",
            )
        process.kill()
        wait_for_end(process, STOP_SECONDS)
        forget_daemon()
    print("The daemon has stopped.")
    return 0


def find_process() -> psutil.Process | None:
    """The daemon's process; never another one that was given its number since."""
    try:
        info = launch.find_daemon()
    except ConnectionFileError:
        if launch.holder() is None:
            raise
        info = None
    pid = info.pid if info is not None else launch.holder()
    if pid is None or pid <= 0:
        return None
    try:
        process = psutil.Process(pid)
        is_it = info is None or bool(info.began) or is_as_old(process, info)
    except psutil.NoSuchProcess:
        return None
    return process if is_it and is_alive(process) else None


def is_as_old(process: psutil.Process, info: ConnectionInfo) -> bool:
    """Whether a process had begun when the connection file was written; clocks may deceive."""
    return bool(process.create_time() <= info.started + CLOCK_SECONDS)


def forget_daemon() -> None:
    """Remove what a killed daemon left, unless another has taken its place."""
    if launch.find_daemon() is None:
        connection_path().unlink(missing_ok=True)
        launch.holder_path().unlink(missing_ok=True)


def ask_to_stop(process: psutil.Process) -> None:
    """Ask the daemon to shut down; one that cannot be talked to gets a signal instead."""
    try:
        with running_session() as client:
            client.stop_daemon()
    except SelectiveColorizeError:
        with suppress(psutil.NoSuchProcess):  # it has just ended
            process.terminate()


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still does anything."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def wait_for_end(process: psutil.Process, seconds: float) -> bool:
    """Wait at most `seconds` until a process is gone; whether it is."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not is_alive(process):
            return True
        time.sleep(0.05)
    return False
