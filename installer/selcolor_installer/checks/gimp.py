"""The plug-in in GIMP: there, executable, in a folder of its name, for GIMP's Python."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from selcolor_backend.cli.doctor import Finding
from selcolor_installer import gimp
from selcolor_installer.checks import plugin_files
from selcolor_installer.editors import Place
from selcolor_installer.plugins import install_plugin

SUBJECT = "gimp"
PROGRAM = f"{gimp.NAME}.py"


def examine(place: Place) -> Iterator[Finding]:
    """Findings about the plug-in in the folder of one version."""
    folders = gimp.GimpFolders(place.folder)
    folder = folders.plug_ins / gimp.NAME
    yield from examine_strays(folders)
    if not folder.exists():
        advice = "`selcolor install gimp` puts it there."
        yield Finding(SUBJECT, True, f"no plug-in in {folders.plug_ins}", advice)
        return
    problems = [*examine_program(place, folder / PROGRAM), *plugin_files.examine(place, folder)]
    way = plugin_files.way_to_the_daemon(place, folder)
    yield from problems or [Finding(SUBJECT, True, f"the plug-in is in {folder}{way}")]


def examine_strays(folders: gimp.GimpFolders) -> Iterator[Finding]:
    """A plug-in in a folder of another name, which GIMP passes over, or half an installation."""
    for stray in sorted(folders.plug_ins.glob(f"**/{PROGRAM}")):
        if stray.parent != folders.plug_ins / gimp.NAME:
            yield Finding(
                SUBJECT,
                False,
                f"GIMP passes over {stray}: its folder must be plug-ins/{gimp.NAME}.",
                f"Delete {stray} and what belongs to it, then run `selcolor install gimp`.",
                "wrong_folder",
            )
    for left in sorted(folders.config.glob(f".{gimp.NAME}.*")):
        yield Finding(
            SUBJECT,
            False,
            f"An installation was interrupted and left {left}.",
            "It can be removed.",
            "interrupted_install",
            partial(shutil.rmtree, left),
        )


def examine_program(place: Place, program: Path) -> Iterator[Finding]:
    """The file that GIMP starts, which says nothing when it cannot."""
    if not program.exists():
        yield Finding(
            SUBJECT,
            False,
            f"{program} is missing.",
            "Install the plug-in again.",
            "plugin_damaged",
            lambda: install_plugin(place),
        )
    elif not os.access(program, os.X_OK):
        yield Finding(
            SUBJECT,
            False,
            f"GIMP cannot start {program}: it is not executable.",
            f"chmod +x {program}",
            "not_executable",
            lambda: program.chmod(0o755),
        )
