"""Removes what was installed, by the manifest; plug-ins that were put in without it go as well.

Like `standalone`, this needs no package, so that it works when the program's own Python is gone.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterable, Iterator
from pathlib import Path

from selcolor_installer import krita, service
from selcolor_installer.editors import EditorName
from selcolor_installer.finding import plugin_folders
from selcolor_installer.machine import Machine
from selcolor_installer.manifest import Record, drop_record, read_manifest, remove_empty
from selcolor_installer.plugins import (
    DAEMON_SUBJECT,
    NOT_REMOVED,
    plugin_paths,
    remove_paths,
    told_by_name,
)
from selcolor_installer.standalone import environments
from selcolor_protocol import connection, processes, runtime
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.folders import (
    RECORD_NAME,
    SETTINGS_NAME,
    config_folder,
    data_folder,
    log_folder,
    models_folder,
)


def is_anything_here() -> bool:
    """Whether something was installed for this user."""
    return bool(read_manifest() or by_hand(EditorName))


def remove_everything(settings: bool, models: bool) -> Iterator[str]:
    """Remove all that was installed, if so wished with settings and networks; says what was kept.

    Raises:
        InstallationFailed: the manifest is damaged, and nothing was changed, or something cannot
            be removed, and the rest is kept.
    """
    yield from remove_plugins(EditorName)
    service.end(Machine.this(), service.LOGIN, service.FLATPAKS)
    if not service.stop_daemon():
        _end_daemon()
    made: list[Path] = []
    with told_by_name(data_folder(), NOT_REMOVED):
        yield from _remove_own_folders(settings, models)
        for record in read_manifest():
            remove_paths(record)
            drop_record(record)
            made += record.made
        (config_folder() / RECORD_NAME).unlink(missing_ok=True)
        remove_empty([data_folder(), config_folder(), *made])


def remove_plugins(names: Iterable[EditorName]) -> Iterator[str]:
    """Remove the plugins of these editors; says what was removed. Raises as above."""
    subjects = {name.value for name in names}
    records = [record for record in read_manifest() if record.subject in subjects]
    for record in records:
        _remove(record)
        drop_record(record)
        yield f"{record.subject}: removed from {record.folder}"
    unknown = by_hand(names)
    for record in unknown:
        _remove(record)
        yield f"{record.subject}: removed from {record.folder}, where it was put by hand"
    if not records and not unknown:
        yield f"No plugin was found in {' or '.join(names)}."


def by_hand(names: Iterable[EditorName]) -> list[Record]:
    """Plug-ins that no manifest knows: imported in Krita, unpacked, or put in for another home."""
    known = {path for record in read_manifest() for path in record.paths}
    found = [
        Record(name.value, folder, config, plugin_paths(name, folder), ())
        for name, folder, config in plugin_folders(Machine.this())
        if name in names
    ]
    return [each for each in found if any(path.exists() for path in set(each.paths) - known)]


def _remove(record: Record) -> None:
    with told_by_name(record.folder, NOT_REMOVED):
        if record.config is not None:
            krita.disable(record.config)
        remove_paths(record)


def _end_daemon() -> None:
    """End the process that the connection file names, where there is no program to ask it."""
    try:
        info = connection.read_connection(connection.connection_path())
    except SelectiveColorizeError:
        return  # what cannot be trusted names nothing to be ended
    if info is not None and info.began and processes.still_runs(info.pid, info.began):
        os.kill(info.pid, signal.SIGTERM)


def _remove_own_folders(settings: bool, models: bool) -> Iterator[str]:
    """Remove logs, and settings and models where asked; says what was kept."""
    shutil.rmtree(log_folder(), ignore_errors=True)
    told = [record.folder for record in read_manifest() if record.subject == DAEMON_SUBJECT]
    for chosen in dict.fromkeys(folder / SETTINGS_NAME for folder in (config_folder(), *told)):
        if settings:
            chosen.unlink(missing_ok=True)
        elif chosen.exists():
            yield f"Kept: your settings, {chosen} (--settings removes them)."
    if models:
        shutil.rmtree(models_folder(), ignore_errors=True)
    elif models_folder().exists():
        yield f"Kept: the networks in {models_folder()} (--models removes them)."
    yield from environments.remove_all()
    _remove_runtime_folder()
    remove_empty([log_folder().parent])


def _remove_runtime_folder() -> None:
    """Remove what a daemon leaves at its end, and the folder if nothing else is in it."""
    for folder in (runtime.default_runtime_folder(), runtime.shared_folder()):
        for name in (runtime.LOCK_NAME, runtime.HOLDER_NAME):
            (folder / name).unlink(missing_ok=True)
        remove_empty([folder])
