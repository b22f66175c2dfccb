"""Installs and removes the plugin of each editor, and keeps the manifest of it.

The adapters `krita` and `gimp` know where an editor's files go; what was there before, what is
remembered and what is cleaned up afterwards is decided here, once for all.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selcolor_installer import gimp, krita
from selcolor_installer.editors import EditorName, Place
from selcolor_installer.manifest import Record, add_record, missing_folders, remove_empty
from selcolor_installer.standalone.failures import InstallationFailed
from selcolor_protocol.folders import APPLICATION, RECORD_NAME, log_folder

DAEMON_COMMAND = ("-m", "selcolor_backend", "daemon", "--foreground")
DAEMON_SUBJECT = "daemon"
NOT_WRITTEN = ("nothing_written", "cannot be written", "Free some space or")
NOT_REMOVED = ("not_removed", "could not be removed; the rest is kept", "Close the editor and")
WHERE = {
    EditorName.KRITA: "Tools › Scripts › Selective Colorize…",
    EditorName.GIMP: "Colors › Selective Colorize…",
}


def plugin_paths(name: EditorName, folder: Path) -> tuple[Path, ...]:
    """The files and folders that make the plugin in an editor's user folder."""
    if name is EditorName.KRITA:
        return krita.plugin_paths(folder)
    return gimp.plugin_paths(folder)


def install_plugin(place: Place, wheels: Path | None = None) -> None:
    """Install or repair the plugin in one place, offline from a folder of wheels.

    Raises:
        InstallationFailed: what it imports cannot be had, the manifest is damaged, or the folder
            cannot be written; an older plugin is kept.
    """
    paths = plugin_paths(place.name, place.folder)
    made = missing_folders(filter(None, (*paths, place.config)))
    record = Record(place.name.value, place.folder, place.config, paths, made)
    with told_by_name(place.folder):
        # Remembered first: an installation that is broken off can be removed, too.
        add_record(record)
        if place.config is not None:
            krita.install(place.folder, place.config, place.pythons, wheels)
        else:
            gimp.install(place.folder, place.pythons, wheels)


@contextmanager
def told_by_name(folder: Path, refused: tuple[str, str, str] = NOT_WRITTEN) -> Iterator[None]:
    """Say which file or folder the system does not let be written, or removed.

    Raises:
        InstallationFailed: it does not; what was there before is kept.
    """
    try:
        yield
    except OSError as error:
        code, what, first = refused
        raise InstallationFailed(
            code,
            f"{error.filename or folder} {what} ({error.strerror or error}).",
            f"{first} make it yours, then run the same command again.",
        ) from error


def remove_paths(record: Record) -> None:
    """Remove a record's files, and its folders where they hold nothing else."""
    for path in record.paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    remove_empty(record.made)


def record_daemon(config: Path | None = None) -> None:
    """Tell the plugins which Python has the daemon: this one.

    Args:
        config: the folder of settings as an editor sees it, where that is not the user's own: a
            portable AppImage and a Flatpak bring one of their own.

    Raises:
        InstallationFailed: the manifest is damaged, or the folder cannot be written.
    """
    from selcolor_plugin import daemon  # needs packages, which removing does not have

    path = daemon.record_path() if config is None else config / APPLICATION / RECORD_NAME
    made = missing_folders([path, log_folder() / "any.log"])
    with told_by_name(path.parent):
        add_record(Record(DAEMON_SUBJECT, path.parent, None, (path,), made))
        daemon.write_record([sys.executable, *DAEMON_COMMAND], path)
