"""Editors on Windows: setup for all users or for one, Steam, Microsoft Store.

Sources of the layouts: docs.krita.org, Krita FAQ (the Store's kritarc) and its page on resource
folders; Acly/krita-ai-diffusion#1240 (python310.dll in Krita's process);
manu12121999/RemoveBG-GIMP#16 (GIMP 3 installed for one user, its plug-in folder);
alessandrofrancesconi/gimp-plugin-bimp#394 (user folder of the Store's GIMP).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from selcolor_installer.editors import Editor, Packaging
from selcolor_installer.finding.reading import (
    gimp,
    gimp_programs,
    krita,
    python_of_dlls,
    python_of_folders,
    told,
)
from selcolor_installer.machine import Machine

PROGRAMS = ("Program Files", "Program Files (x86)")
KRITA_FOLDERS = ("Krita (x64)", "Krita")
STEAM_KRITA = "Program Files (x86)/Steam/steamapps/common/Krita/krita"
STORE_APPS = "Program Files/WindowsApps"
STORE_KRITA = "49800Krita_"
STORE_GIMP = "GIMP."
STORE_VERSION = re.compile(r"_(\d+\.\d+(?:\.\d+)*?)(?:\.0)*_")


def find_editors(machine: Machine) -> list[Editor]:
    """Every editor of a Windows machine."""
    return [*kritas(machine), *store_kritas(machine), *gimps(machine), *store_gimps(machine)]


def kritas(machine: Machine) -> Iterator[Editor]:
    """Krita by its setup program or by Steam; both use the same user folder."""
    for folder in (f"{base}/{name}" for base in PROGRAMS for name in KRITA_FOLDERS):
        yield from _krita(machine, Packaging.SETUP, machine.at(folder))
    yield from _krita(machine, Packaging.STEAM, machine.at(STEAM_KRITA))


def _krita(machine: Machine, packaging: Packaging, folder: Path) -> Iterator[Editor]:
    program = folder / "bin/krita.exe"
    if program.is_file():
        python = python_of_dlls((folder / "bin", folder / "python"))
        yield krita(packaging, program, None, python, machine.data, machine.config)


def store_kritas(machine: Machine) -> Iterator[Editor]:
    """The Store's Krita: Windows keeps its user folders apart, one for each package."""
    for own in sorted((machine.config / "Packages").glob(f"{STORE_KRITA}*")):
        apps = sorted(machine.at(STORE_APPS).glob(f"{STORE_KRITA}*"))
        folder = apps[-1] if apps else own
        version = told(STORE_VERSION, folder.name)
        python = python_of_dlls((folder / "krita/bin", folder / "krita/python"))
        folders = own / "LocalCache/Roaming", own / "LocalCache/Local"
        yield krita(Packaging.STORE, folder, version, python, *folders)


def gimps(machine: Machine) -> Iterator[Editor]:
    """GIMP by its setup program, for all users or for one."""
    bases = [*(machine.at(base) for base in PROGRAMS), machine.config / "Programs"]
    for folder in (folder for base in bases for folder in sorted(base.glob("GIMP*"))):
        for program, version in gimp_programs(folder / "bin"):
            python = python_of_folders(folder.glob("lib/python3.*"))
            yield gimp(Packaging.SETUP, program, version, python, machine.data / "GIMP")


def store_gimps(machine: Machine) -> Iterator[Editor]:
    """The Store's GIMP, which uses the same user folder as the setup's."""
    for folder in sorted(machine.at(STORE_APPS).glob(f"{STORE_GIMP}*")):
        if version := told(STORE_VERSION, folder.name):
            short = ".".join(version.split(".")[:2])
            yield gimp(Packaging.STORE, folder, short, None, machine.data / "GIMP")
