"""The plug-in in GIMP: there, executable, in a folder of its name, for GIMP's Python."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from selcolor_backend.cli.doctor import Finding
from selcolor_installer import gimp
from selcolor_installer.checks import plugin_files
from selcolor_installer.editors import Place

SUBJECT = "gimp"
PROGRAM = f"{gimp.NAME}.py"


def examine(place: Place) -> Iterator[Finding]:
    """Findings about the plug-in in the folder of one version."""
    (folder,) = gimp.plugin_paths(place.folder)
    program = folder / PROGRAM
    yield from examine_strays(folder)
    yield from plugin_files.examine(place, (folder, program), examine_program(program))


def examine_strays(folder: Path) -> Iterator[Finding]:
    """A plug-in in a folder of another name, which GIMP passes over, or half an installation."""
    for stray in sorted(folder.parent.glob(f"**/{PROGRAM}")):
        if stray.parent != folder:
            detail = f"GIMP passes over {stray}: its folder must be plug-ins/{gimp.NAME}."
            help_ = f"Delete {stray} and what belongs to it, then run `selcolor install gimp`."
            yield Finding(SUBJECT, False, detail, help_, "wrong_folder")
    yield from plugin_files.examine_left(SUBJECT, folder.parents[1], gimp.NAME)


def examine_program(program: Path) -> Iterator[Finding]:
    """The file that GIMP starts, which says nothing when it cannot."""
    if program.exists() and not os.access(program, os.X_OK):
        detail = f"GIMP cannot start {program}: it is not executable."
        mend = partial(program.chmod, 0o755)
        yield Finding(SUBJECT, False, detail, f"chmod +x {program}", "not_executable", mend)
