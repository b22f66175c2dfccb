"""The subcommands of `selcolor` that concern installing.

`selcolor_backend.cli` finds them by an entry point of the group `selcolor.commands`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from selcolor_installer.editors import SUPPORTED_PYTHONS, EditorName, Packaging, Place, places
from selcolor_installer.finding import find_editors
from selcolor_installer.machine import Machine
from selcolor_installer.manifest import read_manifest
from selcolor_installer.plugins import WHERE, install_plugin, record_daemon
from selcolor_installer.removal import remove_everything, remove_plugins
from selcolor_installer.service import LOGIN, end, renew, start_at_login, start_for_flatpaks
from selcolor_installer.standalone.failures import InstallationFailed
from selcolor_installer.vendor import collect_wheels
from selcolor_protocol.errors import SelectiveColorizeError

CHOICES = {"krita": [EditorName.KRITA], "gimp": [EditorName.GIMP], "all": [*EditorName]}


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
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

    login = commands.add_parser(
        "login",
        help="start the daemon at login, or no more",
        description="The daemon starts whenever it is needed. `on` starts it at every login as "
        "well, so that the first photo does not wait for it; `off` undoes that.",
    )
    login.add_argument("switch", choices=("on", "off"))
    login.set_defaults(run=run_login)


def run_install(chosen: argparse.Namespace) -> int:
    """Install into every editor that was found; 1 when one of them failed.

    Which program the plugins start is written first: those that work go on working, even where
    their editor has moved or is on a disk that is not there.

    Raises:
        InstallationFailed: there is none.
    """
    record_daemon()
    renew(Machine.this())
    editors = find_editors(Machine.this())
    names = CHOICES[chosen.editor]
    for editor in editors:
        if editor.name in names and (why := editor.obstacle):
            print(f"{editor.title}: skipped. {why.sentence}\n    {why.hint}")
    found = [place for place in places(editors) if place.name in names]
    found += known_places(found, names)
    if not found:
        raise InstallationFailed(
            "no_editor_found",
            f"No {' or '.join(names)} was found that the plugin works in.",
            "Install Krita 5.2 or GIMP 3.0 or newer, then run `selcolor install` again.",
        )
    failures = [place for place in found if not _installed(place, chosen.wheels)]
    return 1 if failures else 0


def known_places(found: list[Place], names: list[EditorName]) -> list[Place]:
    """Where plugins were put before and no editor is found any more: they are renewed there."""
    here = {(place.name, place.folder) for place in found}
    records = [record for record in read_manifest() if record.subject in {n.value for n in names}]
    places = [Place(EditorName(each.subject), each.folder, each.config, ()) for each in records]
    missing = [place for place in places if (place.name, place.folder) not in here]
    for place in missing:
        if not place.folder.is_dir():
            print(f"{place.name.value}: {place.folder} is not there now; it is left as it is.")
    return [place for place in missing if place.folder.is_dir()]


def _installed(place: Place, wheels: Path | None) -> bool:
    """Install in one place and say so; one that fails does not keep the others from theirs."""
    name = place.name.value
    titles = " and ".join(editor.title for editor in place.editors) or f"{name} in {place.folder}"
    print(f"{titles}: installing…", flush=True)
    try:
        for settings in {editor.settings for editor in place.editors if editor.settings}:
            record_daemon(settings)
        is_flatpak = any(editor.packaging is Packaging.FLATPAK for editor in place.editors)
        begun = not is_flatpak or start_for_flatpaks(Machine.this())
        install_plugin(place, wheels)
    except SelectiveColorizeError as error:
        print(f"{titles}: {error.sentence}\n    {error.hint}", file=sys.stderr)
        return False
    restart = f"Restart {name}" if begun else f"Log out and in again, start {name}"
    print(f"{titles}: installed. {restart}, then {WHERE[place.name]}")
    return True


def run_uninstall(chosen: argparse.Namespace) -> int:
    """Remove plugins; with `all`, everything else that was made, too."""
    if chosen.editor == "all":
        sentences = remove_everything(chosen.settings, chosen.models)
    else:
        sentences = remove_plugins(CHOICES[chosen.editor])
    for sentence in sentences:
        print(sentence, flush=True)
    return 0


def run_wheels(chosen: argparse.Namespace) -> int:
    """Collect the wheels for every Python that an editor may bring."""
    chosen.folder.mkdir(parents=True, exist_ok=True)
    collect_wheels(chosen.folder, SUPPORTED_PYTHONS)
    count = len(list(chosen.folder.glob("*.whl")))
    print(f"{count} wheels are in {chosen.folder}: selcolor install --wheels {chosen.folder}")
    return 0


def run_login(chosen: argparse.Namespace) -> int:
    """Switch the start at login."""
    machine = Machine.this()
    if chosen.switch == "on":
        begun = start_at_login(machine)
        print(f"The daemon starts at every login{', and runs now' if begun else ''}.")
    elif end(machine, LOGIN):
        print("The daemon does not start at login any more.")
    else:
        print("It did not start at login.")
    return 0
