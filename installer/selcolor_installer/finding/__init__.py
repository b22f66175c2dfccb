"""Finds the editors of a machine: pure functions over its folders, one platform a file.

Where a layout comes from stands beside it. Nothing is run, nothing is written.
"""

from collections.abc import Iterator
from pathlib import Path

from selcolor_installer.editors import Editor, EditorName, places
from selcolor_installer.finding import linux, macos, windows
from selcolor_installer.machine import Machine, System

FINDERS = {
    System.LINUX: linux.find_editors,
    System.MACOS: macos.find_editors,
    System.WINDOWS: windows.find_editors,
}


def find_editors(machine: Machine) -> list[Editor]:
    """Every Krita and GIMP 3 of the machine, and every GIMP 2 with its obstacle."""
    return FINDERS[machine.system](machine)


def plugin_folders(machine: Machine) -> Iterator[tuple[EditorName, Path, Path | None]]:
    """Every folder that may hold a plugin, with its kritarc, also of an editor that is gone."""
    found = [(place.name, place.folder, place.config) for place in places(find_editors(machine))]
    usual: list[tuple[EditorName, Path, Path | None]] = [
        (EditorName.KRITA, machine.data / "krita", machine.config / "kritarc")
    ]
    gimps = sorted((machine.config / "GIMP").glob("3.*"))
    yield from dict.fromkeys([*found, *usual, *((EditorName.GIMP, path, None) for path in gimps)])
