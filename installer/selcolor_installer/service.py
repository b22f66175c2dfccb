"""The daemon started by the system, at login or for a Flatpak: what is written for it, as data.

A daemon that is started at login stays (`--stay`); without this it is started whenever an editor or
the command line needs it. An editor in a Flatpak cannot start it; the system does (decision 123).
"""

from __future__ import annotations

import plistlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from selcolor_installer.machine import Machine, System
from selcolor_installer.manifest import (
    Record,
    add_record,
    drop_record,
    missing_folders,
    read_manifest,
)
from selcolor_installer.plugins import DAEMON_COMMAND, remove_paths, told_by_name
from selcolor_installer.standalone.failures import InstallationFailed
from selcolor_installer.standalone.pip import went_well
from selcolor_plugin.writing import write_atomically
from selcolor_protocol.limits import IPC_PATH_BYTES
from selcolor_protocol.runtime import (
    FOREIGN_FILE_SYSTEMS,
    RUNTIME_DIR_VARIABLE,
    bell_path,
    file_system_of,
    shared_folder,
)

NAME = "selective-colorize"
UNIT, BELL, RUNG = f"{NAME}.service", f"{NAME}.socket", f"{NAME}@.service"
LABEL = "selective-colorize.daemon"
TASK = "Selective Colorize"
LOGIN, FLATPAKS = "login", "flatpaks"
"""Subjects of the manifest's records."""
RELOAD = ("systemctl", "--user", "daemon-reload")

Run = Callable[[Sequence[str]], bool]
"""Runs a command of the system; whether there is one, and it went well."""
run_quietly: Run = partial(went_well, is_quiet=True)


@dataclass(frozen=True)
class Service:
    """What being started by the system consists of.

    Attributes:
        files: to be written, with their contents; for a link, that is the path it leads to.
        begin: commands that make the system take notice now; with files it does so anyway, at the
            next login.
        end: commands that undo that.
    """

    files: dict[Path, str | Path] = field(default_factory=dict)
    begin: tuple[tuple[str, ...], ...] = ()
    end: tuple[tuple[str, ...], ...] = ()


def login_for(machine: Machine, python: str = sys.executable) -> Service:
    """What this system wants in order to start the daemon of a Python at login."""
    command = (python, *DAEMON_COMMAND, "--stay")
    if machine.system is System.WINDOWS:
        return _task(command)
    if machine.system is System.MACOS:
        return _agent(machine, command)
    text = f"{_unit(command)}Restart=on-failure\nRestartPreventExitStatus=3\n"
    return _systemd(machine, {UNIT: f"{text}\n[Install]\nWantedBy=default.target\n"}, "default")


def bell_for(machine: Machine, python: str = sys.executable) -> Service:
    """What starts the daemon when somebody knocks at `bell_path()`, which systemd listens at.

    Each knock starts one; where one runs already, another leaves at once with exit status 3.
    """
    folder = "%h/" + str(shared_folder().relative_to(Path.home()))
    rung = f"SuccessExitStatus=3\nEnvironment={RUNTIME_DIR_VARIABLE}={folder}\n"
    bell = (
        "[Unit]\nDescription=Selective Colorize, for editors that are Flatpaks\n\n"
        f"[Socket]\nListenStream={folder}/{bell_path().name}\nSocketMode=0600\n"
        "DirectoryMode=0700\nAccept=yes\nRemoveOnStop=yes\n\n"
        "[Install]\nWantedBy=sockets.target\n"
    )
    units = {BELL: bell, RUNG: _unit((python, *DAEMON_COMMAND)) + rung}
    return _systemd(machine, units, "sockets")


def _systemd(machine: Machine, units: dict[str, str], target: str) -> Service:
    """Units of systemd; enabling the first is a link, which needs no running systemd."""
    folder, first = machine.config / "systemd/user", next(iter(units))
    link = {folder / f"{target}.target.wants" / first: Path("..") / first}
    return Service(
        files={folder / name: text for name, text in units.items()} | link,
        begin=(RELOAD, ("systemctl", "--user", "start", first)),
        end=(("systemctl", "--user", "stop", first),),
    )


def _unit(command: tuple[str, ...]) -> str:
    """The beginning of a unit that runs a command."""
    quoted = " ".join(f'"{_escaped(part)}"' for part in command)
    return (
        "[Unit]\nDescription=Selective Colorize, the program that editors ask for color\n\n"
        f"[Service]\nExecStart={quoted}\nNice=5\n"
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
    )


def stop_daemon(run: Run = run_quietly) -> bool:
    """Stop a running daemon, in a process of its own: it may be one that does not answer."""
    return run((sys.executable, "-m", "selcolor_backend", "stop", "--force"))


def start_at_login(machine: Machine, run: Run = run_quietly) -> bool:
    """Start the daemon at every login; whether the system started it now, too.

    Raises:
        InstallationFailed: the system has no way to do so, or a file cannot be written.
    """
    return _begin(LOGIN, login_for(machine), run)


def start_for_flatpaks(machine: Machine, run: Run = run_quietly) -> bool:
    """Have the daemon where a Flatpak sees it, started when one knocks; whether one is heard now.

    It is after the next login otherwise.

    Raises:
        InstallationFailed: the home folder cannot have a socket, or a file cannot be written.
    """
    is_too_long = len(bytes(bell_path())) > IPC_PATH_BYTES
    if is_too_long or file_system_of(Path.home()) in FOREIGN_FILE_SYSTEMS:
        raise InstallationFailed(
            "service_refused",
            f"The home folder {Path.home()} {'has too long a name' if is_too_long else 'is shared'}"
            ", so that a Flatpak cannot meet the program that colorizes there.",
            "Use the AppImage of the editor, or your distribution's package.",
        )
    if not shared_folder().exists():
        stop_daemon(run)
    return _begin(FLATPAKS, bell_for(machine), run, shared_folder())


def renew(machine: Machine, run: Run = run_quietly) -> None:
    """Write again what was written before, for this Python: an upgrade has another one."""
    subjects = {record.subject for record in read_manifest()}
    for subject, start in ((LOGIN, start_at_login), (FLATPAKS, start_for_flatpaks)):
        if subject in subjects:
            start(machine, run)


def _begin(subject: str, service: Service, run: Run, own: Path | None = None) -> bool:
    """Write a service and its own folder, and begin it; whether that went well. Raises as above."""
    paths = tuple(service.files)
    folder = paths[0].parent if paths else Path.home()
    inside = [own / "any"] if own else []
    record = Record(subject, folder, None, paths, missing_folders([*paths, *inside]))
    with told_by_name(folder):
        add_record(record)
        if own:
            own.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path, content in service.files.items():
            if isinstance(content, str):
                write_atomically(path, content)
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            path.symlink_to(content)
    begun = all(map(run, service.begin))
    if not begun and not service.files:
        drop_record(record)
        raise InstallationFailed(
            "service_refused",
            "The system refused to start the daemon at login; nothing was changed.",
            "It is started whenever it is needed all the same.",
        )
    return begun


def end(machine: Machine, *subjects: str, run: Run = run_quietly) -> bool:
    """Undo what was begun; whether there was anything to undo."""
    services = {LOGIN: login_for(machine), FLATPAKS: bell_for(machine)}
    records = [record for record in read_manifest() if record.subject in subjects]
    for record in records:
        for command in services[record.subject].end:
            run(command)
        remove_paths(record)
        drop_record(record)
    return bool(records)
