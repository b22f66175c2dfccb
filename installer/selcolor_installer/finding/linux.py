"""Editors on Linux: system package, AppImage, Steam, Flatpak, Snap.

Sources of the layouts: Debian 12 (Krita) and 13 (GIMP) as installed;
flathub/org.gimp.GIMP#72 (a Flatpak GIMP uses ~/.config/GIMP when there is one);
Acly/krita-vision-tools#29 (Flatpak folders of Krita); snapcrafters/gimp#45 (Snap folders);
KDE/krita packaging/steam (`krita.appimage` in Steam's folder).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from selcolor_installer.editors import Editor, Packaging
from selcolor_installer.finding.reading import (
    LINKED_PYTHON,
    RELEASE,
    gimp,
    gimp_programs,
    krita,
    python_of_folders,
    told,
    told_in,
)
from selcolor_installer.machine import Machine

LIBRARY_FOLDERS = ("usr/lib/*", "usr/lib64", "usr/lib", "usr/local/lib/*", "usr/local/lib")
PROGRAM_FOLDERS = ("usr/bin", "usr/local/bin")
APPIMAGE_FOLDERS = ("Applications", "Downloads", "Desktop", "bin", ".local/bin", "AppImages")
METAINFO = "share/metainfo/org.kde.krita.appdata.xml"
APPIMAGE_VERSION = re.compile(r"-(\d+\.\d+(?:\.\d+)*)")
STEAM_FOLDERS = (".steam/steam", ".local/share/Steam")
STEAM_LIBRARY = re.compile(r'"path"\s+"([^"]+)"')
FLATPAK_APPS = "flatpak/app"
KRITA_APP = "org.kde.krita"
GIMP_APP = "org.gimp.GIMP"
INTERPRETER = re.compile(r"^python3?=(\S+)", re.MULTILINE)


def find_editors(machine: Machine) -> list[Editor]:
    """Every editor of a Linux machine."""
    kinds = (system_krita, system_gimps, appimages, steam, flatpaks, snaps)
    return [editor for find in kinds for editor in find(machine)]


def system_krita(machine: Machine) -> Iterator[Editor]:
    """The distribution's Krita."""
    for folder in PROGRAM_FOLDERS:
        program = machine.at(f"{folder}/krita")
        if program.exists():
            libraries = _glob(machine.root, LIBRARY_FOLDERS, "kritaplugins/kritapykrita.so")
            version = told_in(RELEASE, machine.at(f"usr/{METAINFO}"))
            python = told_in(LINKED_PYTHON, *libraries)
            folders = machine.data, machine.config
            yield krita(Packaging.SYSTEM, program, version, python, *folders)
            return


def system_gimps(machine: Machine) -> Iterator[Editor]:
    """The distribution's GIMPs; several versions may be there."""
    for folder in PROGRAM_FOLDERS:
        for program, version in gimp_programs(machine.at(folder)):
            python = interpreter_python(machine, version)
            yield gimp(Packaging.SYSTEM, program, version, python, machine.config / "GIMP")


def interpreter_python(machine: Machine, version: str) -> str | None:
    """The Python that a GIMP runs its plug-ins with: the one that `pygimp.interp` names.

    Debian has no such file: there it is what plug-ins name, `python3`, a link to `python3.13`.
    """
    maps = _glob(machine.root, LIBRARY_FOLDERS, f"gimp/{version[0]}.0/interpreters/pygimp.interp")
    # An absolute name replaces `/usr/bin`, as it should.
    name = Path("/usr/bin", told_in(INTERPRETER, *maps) or "python3")
    program = machine.at(str(name).lstrip("/"))
    return python_of_folders([program, program.resolve()])


def appimages(machine: Machine) -> Iterator[Editor]:
    """AppImages where people put them; what is inside cannot be seen without mounting them."""
    folders = [machine.at("opt"), *(machine.home / name for name in APPIMAGE_FOLDERS)]
    for folder in folders:
        for program in sorted(folder.glob("*")):
            name = program.name.lower()
            if name.startswith("krita") and name.endswith(".appimage"):
                yield _appimage(machine, Packaging.APPIMAGE, program)


def steam(machine: Machine) -> Iterator[Editor]:
    """Steam's Krita, in whichever of its libraries; it is an AppImage."""
    for library in dict.fromkeys(_steam_libraries(machine)):
        for program in sorted(library.glob("steamapps/common/Krita/**/*.[aA]pp[iI]mage")):
            yield _appimage(machine, Packaging.STEAM, program)


def _appimage(machine: Machine, packaging: Packaging, program: Path) -> Editor:
    version = told(APPIMAGE_VERSION, program.name)
    data, config = portable_folders(machine, program)
    settings = config if config != machine.config else None
    return krita(packaging, program, version, None, data, config, settings)


def portable_folders(machine: Machine, program: Path) -> tuple[Path, Path]:
    """Where an AppImage keeps data and settings: in the folders beside it that carry its name.

    `X.AppImage.home` takes the place of the home folder, `X.AppImage.config` that of
    XDG_CONFIG_HOME (AppImage's documentation, "Portable mode").
    """
    home, config = (program.with_name(f"{program.name}.{name}") for name in ("home", "config"))
    data, settings = machine.data, machine.config
    if home.is_dir():
        data = machine.variable("XDG_DATA_HOME", home / ".local/share")
        settings = machine.variable("XDG_CONFIG_HOME", home / ".config")
    return data, config if config.is_dir() else settings


def _steam_libraries(machine: Machine) -> Iterator[Path]:
    for name in STEAM_FOLDERS:
        folder = (machine.home / name).resolve()
        if folder.is_dir():
            yield folder
            listing = folder / "steamapps/libraryfolders.vdf"
            if listing.is_file():
                yield from map(Path, STEAM_LIBRARY.findall(listing.read_text(encoding="utf-8")))


def flatpaks(machine: Machine) -> Iterator[Editor]:
    """Flatpaks of this user and of all users; each has a folder of settings of its own."""
    own = machine.home / ".var/app"
    for apps in (machine.at("var/lib") / FLATPAK_APPS, machine.data / FLATPAK_APPS):
        files, folder = apps / KRITA_APP / "current/active/files", own / KRITA_APP
        yield from _boxed_krita(Packaging.FLATPAK, files, folder / "data", folder / "config")
        files, folder = apps / GIMP_APP / "current/active/files", own / GIMP_APP / "config"
        for program, version in gimp_programs(files / "bin"):
            shared = machine.config / "GIMP"
            users = shared if shared.is_dir() else folder / "GIMP"
            python = python_of_folders(files.glob("lib/python3.*"))
            yield gimp(Packaging.FLATPAK, program, version, python, users, folder)


def snaps(machine: Machine) -> Iterator[Editor]:
    """Snaps; named with the reason why they are refused."""
    own, files = machine.home / "snap/krita/current", machine.at("snap/krita/current/usr")
    yield from _boxed_krita(Packaging.SNAP, files, own / ".local/share", own / ".config")
    for program, version in gimp_programs(machine.at("snap/gimp/current/usr/bin")):
        users = machine.home / "snap/gimp/current/.config/GIMP"
        yield gimp(Packaging.SNAP, program, version, None, users)


def _boxed_krita(packaging: Packaging, files: Path, data: Path, config: Path) -> Iterator[Editor]:
    """A Krita that brings what it needs, with folders of its own for data and settings."""
    if files.is_dir():
        version = told_in(RELEASE, files / METAINFO)
        python = told_in(LINKED_PYTHON, *files.glob("lib/**/kritapykrita.so"))
        yield krita(packaging, files, version, python, data, config, config)


def _glob(root: Path, folders: tuple[str, ...], name: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted(root.glob(f"{folder}/{name}"))
