"""The daemon at login, on request: what each system wants written for it, as plain data.

A daemon that is started at login stays (`--stay`); without this it is started whenever an editor or
the command line needs it.
"""

from __future__ import annotations

import plistlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from selcolor_installer.machine import Machine, System
from selcolor_installer.manifest import (
    Record,
    add_record,
    drop_record,
    missing_folders,
    read_manifest,
)
from selcolor_installer.plugins import DAEMON_COMMAND, NothingWritten, remove_paths
from selcolor_plugin.folders import write_atomically
from selcolor_protocol.errors import SelectiveColorizeError

UNIT = "selective-colorize.service"
LABEL = "selective-colorize.daemon"
TASK = "Selective Colorize"
SUBJECT = "login"

Run = Callable[[Sequence[str]], int]
"""Runs a command and gives its exit status."""


class LoginRefused(SelectiveColorizeError):
    """The system refused to start the daemon at login; nothing was left behind."""

    code = "login_refused"


@dataclass(frozen=True)
class Service:
    """What starting at login consists of.

    Attributes:
        files: to be written, with their contents.
        links: to be made, with their targets.
        begin: commands that make the system take notice now; at the next login it does so anyway.
        end: commands that undo that.
        must_begin: `begin` is all there is, so that its failure is an error.
    """

    files: dict[Path, str] = field(default_factory=dict)
    links: dict[Path, Path] = field(default_factory=dict)
    begin: tuple[tuple[str, ...], ...] = ()
    end: tuple[tuple[str, ...], ...] = ()
    must_begin: bool = False


def service_for(machine: Machine, python: str = sys.executable) -> Service:
    """What this system wants.

    Args:
        machine: whose user logs in.
        python: which has the daemon.
    """
    command = (python, *DAEMON_COMMAND, "--stay")
    if machine.system is System.WINDOWS:
        return _task(command)
    if machine.system is System.MACOS:
        return _agent(machine, command)
    return _unit(machine, command)


def _unit(machine: Machine, command: tuple[str, ...]) -> Service:
    """A systemd user unit; enabling one is a link, which needs no running systemd."""
    folder = machine.config / "systemd/user"
    quoted = " ".join(f'"{_escaped(part)}"' for part in command)
    text = (
        "[Unit]\nDescription=Selective Colorize, the program that editors ask for color\n\n"
        f"[Service]\nExecStart={quoted}\nRestart=on-failure\nRestartPreventExitStatus=3\n"
        "Nice=5\n\n[Install]\nWantedBy=default.target\n"
    )
    reload = ("systemctl", "--user", "daemon-reload")
    return Service(
        files={folder / UNIT: text},
        links={folder / "default.target.wants" / UNIT: Path("..") / UNIT},
        begin=(reload, ("systemctl", "--user", "start", UNIT)),
        end=(("systemctl", "--user", "stop", UNIT),),
    )


def _escaped(part: str) -> str:
    """For systemd, `%` and `$` mean something, and quotes and backslashes in quotes."""
    quoted = part.replace("\\", "\\\\").replace('"', '\\"')
    return quoted.replace("%", "%%").replace("$", "$$")


def _agent(machine: Machine, command: tuple[str, ...]) -> Service:
    """A launchd agent."""
    path = machine.home / "Library/LaunchAgents" / f"{LABEL}.plist"
    content = {
        "Label": LABEL,
        "ProgramArguments": list(command),
        "RunAtLoad": True,
        "KeepAlive": {"Crashed": True},
        "ProcessType": "Interactive",
    }
    return Service(
        files={path: plistlib.dumps(content).decode()},
        begin=(("launchctl", "load", str(path)),),
        end=(("launchctl", "unload", str(path)),),
    )


def _task(command: tuple[str, ...]) -> Service:
    """A task of Windows' scheduler; without a window, `pythonw` is the same Python."""
    program = command[0].replace("python.exe", "pythonw.exe")
    line = subprocess.list2cmdline([program, *command[1:]])
    create = ("schtasks", "/Create", "/F", "/SC", "ONLOGON", "/TN", TASK, "/TR", line)
    return Service(
        begin=(create, ("schtasks", "/Run", "/TN", TASK)),
        end=(("schtasks", "/End", "/TN", TASK), ("schtasks", "/Delete", "/F", "/TN", TASK)),
        must_begin=True,
    )


def run_quietly(command: Sequence[str]) -> int:
    """Run a command of the system; 127 when there is none of this name."""
    try:
        return subprocess.run(list(command), capture_output=True, check=False).returncode  # noqa: S603 - our own command
    except OSError:
        return 127


def start_at_login(machine: Machine, run: Run = run_quietly) -> bool:
    """Start the daemon at every login, and now where the system can.

    Returns:
        Whether the system started it now.

    Raises:
        LoginRefused: the system has no way to do so.
        NothingWritten: a file cannot be written.
    """
    service = service_for(machine)
    paths = (*service.files, *service.links)
    folder = paths[0].parent if paths else machine.config
    record = Record(SUBJECT, folder, None, paths, missing_folders(paths))
    try:
        add_record(record)
        for path, text in service.files.items():
            write_atomically(path, text)
        for path, target in service.links.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.symlink_to(target)
    except OSError as error:
        raise NothingWritten(
            f"{error.filename or folder} cannot be written ({error.strerror or error}).",
            "Make that folder yours and run the same command again.",
        ) from error
    begun = all(run(command) == 0 for command in service.begin)
    if service.must_begin and not begun:
        drop_record(record)
        raise LoginRefused(
            "The system refused to start the daemon at login; nothing was changed.",
            "It is started whenever it is needed all the same.",
        )
    return begun


def stop_at_login(machine: Machine, run: Run = run_quietly) -> bool:
    """Undo `start_at_login`; whether there was anything to undo."""
    records = [record for record in read_manifest() if record.subject == SUBJECT]
    for record in records:
        for command in service_for(machine).end:
            run(command)
        remove_paths(record)
        drop_record(record)
    return bool(records)
