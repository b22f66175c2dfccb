"""What files tell about an editor: its version and the Python inside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from selcolor_installer.editors import Editor, EditorName, Packaging, version_key

LINKED_PYTHON = re.compile(rb"libpython(3\.\d+)")
PYTHON_FOLDER = re.compile(r"^(?:lib)?(?:python)?(3\.\d+)")
PYTHON_DLL = re.compile(r"^python(3)(\d+)\.dll$", re.IGNORECASE)
RELEASE = re.compile(r'<release\b[^>]*\bversion="([\d.]+)')
GIMP_PROGRAM = re.compile(r"^gimp-(\d+\.\d+)(?:\.exe)?$")


def linked_python(libraries: Iterable[Path]) -> str | None:
    """The Python that the first of these libraries was linked with, such as `3.11`.

    Krita's `kritapykrita.so` names the `libpython3.11.so.1.0` that it loads.
    """
    for library in libraries:
        if found := LINKED_PYTHON.search(library.read_bytes()):
            return found.group(1).decode()
    return None


def python_of_folders(folders: Iterable[Path]) -> str | None:
    """The Python that folder names tell, such as `lib/python3.12` or `Versions/3.10`."""
    found = [match.group(1) for path in folders if (match := PYTHON_FOLDER.match(path.name))]
    return max(found, key=version_key, default=None)


def python_of_dlls(folders: Iterable[Path]) -> str | None:
    """The Python whose DLL lies in one of these folders: `python310.dll` is 3.10."""
    for folder in folders:
        for path in sorted(folder.glob("*.dll")):
            if found := PYTHON_DLL.match(path.name):
                return f"{found.group(1)}.{found.group(2)}"
    return None


def released_version(metainfo: Path) -> str | None:
    """The newest version that an AppStream file names; its releases are newest first."""
    if not metainfo.is_file():
        return None
    found = RELEASE.search(metainfo.read_text(encoding="utf-8", errors="replace"))
    return found.group(1) if found else None


def gimp_programs(folder: Path) -> list[tuple[Path, str]]:
    """The GIMPs in a folder of programs with their versions: `gimp-3.0` is one of 3.0."""
    found = [(path, GIMP_PROGRAM.match(path.name)) for path in sorted(folder.glob("gimp-*"))]
    return [(path, match.group(1)) for path, match in found if match]


def gimp(
    packaging: Packaging,
    program: Path,
    version: str,
    python: str | None,
    user_folders: Path,
    wheels: bool = True,
) -> Editor:
    """A GIMP; of its user folders there is one for each version."""
    folder = user_folders / version
    return Editor(EditorName.GIMP, packaging, program, version, python, folder, wheels=wheels)


krita = partial(Editor, EditorName.KRITA)
"""A Krita, from what else is known of one."""
