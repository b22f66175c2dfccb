"""Editors on macOS: the apps of all users and of one.

Sources of the layouts: a904guy/Smart_Segments#6 (Python 3.10 in Krita.app's Frameworks; Krita in
the user's own Applications); Diolinux/PhotoGIMP#4 and #140 (GIMP's user folder); GIMP's own
packaging for macOS (`Contents/MacOS/gimp`, `Contents/Resources/lib`, python in `Contents/MacOS`).
"""

from __future__ import annotations

import plistlib
from collections.abc import Iterator
from pathlib import Path

from selcolor_installer.editors import Editor, Packaging
from selcolor_installer.finding.reading import gimp, krita, python_of_folders
from selcolor_installer.machine import Machine

APPLICATIONS = ("Applications", "Library/Applications")


def find_editors(machine: Machine) -> list[Editor]:
    """Every editor of a Mac."""
    folders = [machine.at("Applications"), *(machine.home / name for name in APPLICATIONS)]
    return [editor for folder in folders for editor in _of_folder(machine, folder)]


def _of_folder(machine: Machine, folder: Path) -> Iterator[Editor]:
    for app in sorted(folder.glob("*.app")):
        version = bundle_version(app)
        if app.name.lower().startswith("krita"):
            folders = machine.data, machine.config
            yield krita(Packaging.APP, app, version, bundle_python(app), *folders)
        elif app.name.lower().startswith("gimp") and version is not None:
            short = ".".join(version.split(".")[:2])
            yield gimp(Packaging.APP, app, short, bundle_python(app), machine.data / "GIMP")


def bundle_version(app: Path) -> str | None:
    """What the app's `Info.plist` says."""
    listing = app / "Contents/Info.plist"
    if not listing.is_file():
        return None
    return str(plistlib.loads(listing.read_bytes())["CFBundleShortVersionString"])


def bundle_python(app: Path) -> str | None:
    """The version of the Python framework or library folder inside the app."""
    framework = app.glob("Contents/Frameworks/Python.framework/Versions/3.*")
    return python_of_folders([*framework, *app.glob("Contents/Resources/lib/python3.*")])
