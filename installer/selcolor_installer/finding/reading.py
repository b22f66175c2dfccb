"""What files tell about an editor: its version and the Python inside it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from selcolor_installer.editors import Editor, EditorName, Packaging, version_key

LINKED_PYTHON = re.compile(r"libpython(3\.\d+)")
"""Krita's `kritapykrita.so` names the `libpython3.11.so.1.0` that it loads."""
PYTHON_FOLDER = re.compile(r"^(?:lib)?(?:python)?(3\.\d+)")
PYTHON_DLL = re.compile(r"^python3(\d+)\.dll$", re.IGNORECASE)
RELEASE = re.compile(r'<release\b[^>]*\bversion="([\d.]+)')
"""In an AppStream file, which has its releases newest first."""
GIMP_PROGRAM = re.compile(r"^gimp-(\d+\.\d+)(?:\.exe)?$")


def told(pattern: re.Pattern[str], text: str) -> str | None:
    """The first group of a pattern in a text; None where it is not there."""
    found = pattern.search(text)
    return found.group(1) if found else None


def told_in(pattern: re.Pattern[str], *files: Path) -> str | None:
    """The same in the first of these files that has it, be it a text or a library."""
    texts = (file.read_text(encoding="latin-1") for file in files if file.is_file())
    return next((group for text in texts if (group := told(pattern, text))), None)


def python_of_folders(folders: Iterable[Path]) -> str | None:
    """The Python that folder names tell, such as `lib/python3.12` or `Versions/3.10`."""
    found = [match.group(1) for path in folders if (match := PYTHON_FOLDER.match(path.name))]
    return max(found, key=version_key, default=None)


def python_of_dlls(folders: Iterable[Path]) -> str | None:
    """The Python whose DLL lies in one of these folders: `python310.dll` is 3.10."""
    names = (path.name for folder in folders for path in sorted(folder.glob("*.dll")))
    return next((f"3.{minor}" for name in names if (minor := told(PYTHON_DLL, name))), None)


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
    settings: Path | None = None,
) -> Editor:
    """A GIMP; of its user folders there is one for each version."""
    folder = user_folders / version
    return Editor(EditorName.GIMP, packaging, program, version, python, folder, settings=settings)


def krita(
    packaging: Packaging,
    program: Path,
    version: str | None,
    python: str | None,
    data: Path,
    config: Path,
    settings: Path | None = None,
) -> Editor:
    """A Krita, by the folders in which it keeps data and settings."""
    own = data / "krita", config / "kritarc"
    return Editor(EditorName.KRITA, packaging, program, version, python, *own, settings=settings)
