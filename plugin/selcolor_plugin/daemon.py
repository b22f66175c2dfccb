"""Which program starts the daemon, and with which environment.

The installer leaves a record, `daemon.json`: the command with the Python that has the backend. It
is not the editor's own Python, which knows nothing of it. Without a record, `selcolor` is looked
for on the PATH.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from selcolor_plugin.translation import translate as _
from selcolor_plugin.version import VERSION
from selcolor_plugin.writing import write_atomically
from selcolor_protocol.environment import in_flatpak, outside_environment
from selcolor_protocol.errors import DaemonNotFound
from selcolor_protocol.folders import RECORD_NAME, config_folder
from selcolor_protocol.launch import Opening
from selcolor_protocol.starting import Starting, ring, start_detached

PROGRAM = "selcolor"


def record_path() -> Path:
    """The record's path; it need not exist."""
    return config_folder() / RECORD_NAME


def write_record(command: Sequence[str], path: Path | None = None) -> None:
    """Leave the record; the installer's part.

    Args:
        command: such as `[python, "-m", "selcolor_backend", "daemon", "--foreground"]`.
        path: instead of `record_path()`.

    Raises:
        OSError: it cannot be written.
    """
    write_atomically(path or record_path(), json.dumps({"command": list(command)}, indent=2) + "\n")


def daemon_command() -> list[str]:
    """What starts the daemon.

    Raises:
        DaemonNotFound: there is neither a record whose program exists, nor `selcolor`.
    """
    recorded = _read_record(record_path())
    if recorded and shutil.which(recorded[0]):
        return recorded
    if program := shutil.which(PROGRAM):
        return [program, "daemon", "--foreground"]
    if recorded:
        raise DaemonNotFound(
            _("The program that colorizes is gone: {program} does not exist any more.").format(
                program=recorded[0]
            ),
            _("Install Selective Colorize again. Your image is unchanged."),
        )
    raise _only_the_plugin()


def _only_the_plugin() -> DaemonNotFound:
    return DaemonNotFound(
        _("Only the plugin is installed here, not the program that colorizes."),
        _(
            "Run `python3 selective-colorize-installer.pyz`, a file that is published beside the "
            "plugin, then try again. Your image is unchanged."
        ),
    )


def _read_record(path: Path) -> list[str]:
    """The recorded command; empty when there is none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    command = content.get("command") if isinstance(content, dict) else None
    if not isinstance(command, list) or not all(isinstance(part, str) for part in command):
        return []
    return command


def start() -> Starting:
    """Start a daemon that outlives the editor; in a sandbox, have it started outside.

    Raises:
        DaemonNotFound: there is no program to start.
        ConnectionFileError: the runtime folder cannot be trusted.
    """
    if in_flatpak():
        return _start_outside()
    return start_detached(daemon_command(), outside_environment())


def _start_outside() -> Starting:
    if not _read_record(record_path()):
        raise _only_the_plugin()
    try:
        return ring()
    except OSError as error:
        raise DaemonNotFound(
            _("The program that colorizes does not run, and a Flatpak like this cannot start it."),
            _("Log out and in again, then try again. Your image is unchanged."),
        ) from error


def open_session(editor: str) -> Opening:
    """Begin to open a session with the daemon, which is started if none answers.

    Args:
        editor: its name as users know it, such as `Krita`.
    """
    return Opening(editor, VERSION, start)
