"""Installs and removes the plugin of each editor, and keeps the manifest of it.

The adapters `krita` and `gimp` know where an editor's files go; what was there before, what is
remembered and what is cleaned up afterwards is decided here, once for all.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from selcolor_backend import folders
from selcolor_installer import gimp, krita
from selcolor_installer.editors import Editor, EditorName, Place, places
from selcolor_installer.manifest import (
    Record,
    add_record,
    drop_record,
    manifest_path,
    missing_folders,
    read_manifest,
    remove_empty,
)
from selcolor_plugin import daemon
from selcolor_protocol.errors import SelectiveColorizeError

DAEMON_COMMAND = ("-m", "selcolor_backend", "daemon", "--foreground")
DAEMON_SUBJECT = "daemon"


class NoEditorFound(SelectiveColorizeError):
    """There is no editor that the plugin could be installed into."""

    code = "no_editor_found"


class NothingWritten(SelectiveColorizeError):
    """An editor's folder cannot be written; what was there before is kept."""

    code = "nothing_written"


def chosen_places(editors: list[Editor], names: Iterable[EditorName]) -> list[Place]:
    """The places of the chosen editors.

    Raises:
        NoEditorFound: there is none; the sentence gives the reasons of those that were refused.
    """
    wanted = set(names)
    found = [place for place in places(editors) if place.name in wanted]
    if found:
        return found
    words = " or ".join(name.value for name in EditorName if name in wanted)
    refused = [editor for editor in editors if editor.name in wanted and editor.obstacle]
    reasons = " ".join(
        f"{editor.title}: {editor.obstacle.sentence} {editor.obstacle.hint}"
        for editor in refused
        if editor.obstacle
    )
    raise NoEditorFound(
        f"No {words} was found that the plugin works in. {reasons}".strip(),
        "Install Krita (5.2 or newer) or GIMP (3.0 or newer), then run `selcolor install` again.",
    )


def plugin_paths(place: Place) -> tuple[Path, ...]:
    """The files and folders that make the plugin in one place."""
    if place.name is EditorName.KRITA:
        return krita.plugin_paths(place.folder)
    return (gimp.GimpFolders(place.folder).plug_ins / gimp.NAME,)


def install_plugin(place: Place, wheels: Path | None = None) -> None:
    """Install or repair the plugin in one place.

    Args:
        place: where.
        wheels: a folder of wheels, to work offline.

    Raises:
        VendoringFailed: its dependencies cannot be had; an older plugin is kept.
        NothingWritten: the folder cannot be written.
        ManifestUnreadable: the manifest is damaged; nothing was changed.
    """
    paths = plugin_paths(place)
    record = Record(
        place.name.value,
        place.folder,
        place.config,
        paths,
        missing_folders([*paths, *([place.config] if place.config else [])]),
    )
    try:
        # Remembered first: an installation that is broken off can be removed, too.
        add_record(record)
        if place.config is not None:
            krita.install(krita.KritaFolders(place.folder, place.config), place.embedded, wheels)
        else:
            gimp.install(gimp.GimpFolders(place.folder), place.embedded, wheels)
    except OSError as error:
        raise NothingWritten(
            f"The plugin could not be written to {place.folder} ({error.strerror or error}).",
            "Free some space or make the folder yours, then run the same command again.",
        ) from error


def uninstall_plugins(names: Iterable[EditorName]) -> list[Record]:
    """Remove the plugins of the chosen editors.

    Returns:
        What was removed, from the manifest.

    Raises:
        ManifestUnreadable: the manifest is damaged; nothing was changed.
        NothingWritten: something cannot be removed.
    """
    subjects = {name.value for name in names}
    removed = [record for record in read_manifest() if record.subject in subjects]
    for record in removed:
        try:
            if record.config is not None:
                krita.disable(record.config)
            remove_paths(record)
        except OSError as error:
            raise NothingWritten(
                f"{error.filename or record.folder} could not be removed "
                f"({error.strerror or error}); the rest is kept.",
                "Close the editor, make the folder yours, and run the same command again.",
            ) from error
        drop_record(record)
    return removed


def remove_paths(record: Record) -> None:
    """Remove a record's files, and its folders where they hold nothing else."""
    for path in record.paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    remove_empty(record.made)


def record_daemon() -> None:
    """Tell the plugins which Python has the daemon: this one."""
    path = daemon.record_path()
    made = missing_folders([path, manifest_path(), folders.log_folder() / "any.log"])
    add_record(Record(DAEMON_SUBJECT, path.parent, None, (path,), made))
    daemon.write_record([sys.executable, *DAEMON_COMMAND], path)


def forget_daemon() -> None:
    """Undo `record_daemon`; the user's settings in the same folder are kept."""
    for record in [record for record in read_manifest() if record.subject == DAEMON_SUBJECT]:
        remove_paths(record)
        drop_record(record)
