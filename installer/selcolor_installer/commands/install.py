"""`selcolor install` and `selcolor uninstall`: the plugins, and all that goes with them."""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from selcolor_backend import folders
from selcolor_backend.daemon.main import LOCK_NAME
from selcolor_installer import environments, service
from selcolor_installer.editors import SUPPORTED_PYTHONS, EditorName, Place
from selcolor_installer.finding import find_editors
from selcolor_installer.machine import Machine
from selcolor_installer.manifest import remove_empty
from selcolor_installer.plugins import (
    chosen_places,
    forget_daemon,
    install_plugin,
    record_daemon,
    uninstall_plugins,
)
from selcolor_installer.vendor import collect_wheels
from selcolor_plugin.settings import settings_path
from selcolor_protocol import connection
from selcolor_protocol.errors import SelectiveColorizeError

CHOICES = {
    "krita": (EditorName.KRITA,),
    "gimp": (EditorName.GIMP,),
    "all": tuple(EditorName),
}
WHERE = {
    EditorName.KRITA: "Tools › Scripts › Selective Colorize…",
    EditorName.GIMP: "Colors › Selective Colorize…",
}


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the three commands."""
    install = commands.add_parser("install", help="put the plugin into Krita and GIMP")
    install.add_argument("editor", nargs="?", choices=CHOICES, default="all")
    install.add_argument(
        "--wheels", type=Path, metavar="DIR", help="work offline, from this folder"
    )
    install.set_defaults(run=run_install)

    uninstall = commands.add_parser(
        "uninstall",
        help="remove the plugins, or everything",
        description="Remove the plugin from one editor. With `all`, the default, everything that "
        "was installed goes, but your settings and the networks you downloaded are kept.",
    )
    uninstall.add_argument("editor", nargs="?", choices=CHOICES, default="all")
    uninstall.add_argument("--settings", action="store_true", help="remove your settings, too")
    uninstall.add_argument("--models", action="store_true", help="remove downloaded networks, too")
    uninstall.set_defaults(run=run_uninstall)

    wheels = commands.add_parser("wheels", help="collect what plugins need, to install offline")
    wheels.add_argument("folder", type=Path, metavar="DIR")
    wheels.set_defaults(run=run_wheels)


def run_install(chosen: argparse.Namespace) -> int:
    """Install into every editor that was found; 1 when one of them failed."""
    editors = find_editors(Machine.this())
    names = CHOICES[chosen.editor]
    for editor in editors:
        if editor.name in names and editor.obstacle:
            print(
                f"{editor.title}: skipped. {editor.obstacle.sentence}\n    {editor.obstacle.hint}"
            )
    found = chosen_places(editors, names)
    record_daemon()
    failures = [place for place in found if not _installed(place, chosen.wheels)]
    return 1 if failures else 0


def _installed(place: Place, wheels: Path | None) -> bool:
    """Install in one place and say so; one that fails does not keep the others from theirs."""
    titles = " and ".join(editor.title for editor in place.editors)
    print(f"{titles}: installing…", flush=True)
    try:
        install_plugin(place, wheels)
    except SelectiveColorizeError as error:
        print(f"{titles}: {error.sentence}\n    {error.hint}", file=sys.stderr)
        return False
    print(f"{titles}: installed. Restart {place.name.value}, then {WHERE[place.name]}")
    return True


def run_uninstall(chosen: argparse.Namespace) -> int:
    """Remove plugins; with `all`, everything else that was made, too."""
    for record in uninstall_plugins(CHOICES[chosen.editor]):
        print(f"{record.subject}: removed from {record.folder}")
    if chosen.editor != "all":
        return 0
    stop_daemon()
    service.stop_at_login(Machine.this())
    made = environments.made_folders()
    for sentence in _remove_own_folders(chosen.settings, chosen.models):
        print(sentence)
    forget_daemon()
    remove_empty([folders.data_folder(), settings_path().parent, *made])
    return 0


def stop_daemon() -> None:
    """Stop a running daemon, in a process of its own: it may be one that does not answer."""
    command = [sys.executable, "-m", "selcolor_backend", "stop", "--force"]
    subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own command


def _remove_own_folders(settings: bool, models: bool) -> Iterator[str]:
    """Remove logs, and settings and models where asked; says what was kept."""
    shutil.rmtree(folders.log_folder(), ignore_errors=True)
    if settings:
        settings_path().unlink(missing_ok=True)
    elif settings_path().exists():
        yield f"Kept: your settings, {settings_path()} (--settings removes them)."
    if models:
        shutil.rmtree(folders.models_folder(), ignore_errors=True)
    elif folders.models_folder().exists():
        yield f"Kept: the networks in {folders.models_folder()} (--models removes them)."
    yield from environments.remove_all()
    remove_runtime_folder()
    remove_empty([folders.log_folder().parent])


def remove_runtime_folder() -> None:
    """Remove what a daemon leaves at its end: its lock, and the folder if nothing else is in it."""
    folder = connection.default_runtime_folder()
    (folder / LOCK_NAME).unlink(missing_ok=True)
    remove_empty([folder])


def run_wheels(chosen: argparse.Namespace) -> int:
    """Collect the wheels for every Python that an editor may bring."""
    chosen.folder.mkdir(parents=True, exist_ok=True)
    collect_wheels(chosen.folder, SUPPORTED_PYTHONS)
    count = len(list(chosen.folder.glob("*.whl")))
    print(f"{count} wheels are in {chosen.folder}: selcolor install --wheels {chosen.folder}")
    return 0
