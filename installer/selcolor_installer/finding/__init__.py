"""Finds the editors of a machine: pure functions over its folders, one platform a file.

Where a layout comes from stands beside it. Nothing is run, nothing is written.
"""

from selcolor_installer.editors import Editor
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


__all__ = ["find_editors"]
