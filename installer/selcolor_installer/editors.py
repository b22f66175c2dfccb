"""What is known of one installed editor, and which reasons keep a plugin out of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

SUPPORTED_PYTHONS = ("3.10", "3.11", "3.12", "3.13", "3.14")
"""For which the locked wheels exist; the plugin's own code needs 3.10. A newer Python gets those of
the last one: they have pyzmq for the stable ABI, and msgpack works without its compiled part."""


class EditorName(str, Enum):
    """The editors that have a plugin."""

    KRITA = "Krita"
    GIMP = "GIMP"


class Packaging(str, Enum):
    """How an editor came onto the machine, in the words of its users."""

    SYSTEM = "system package"
    APPIMAGE = "AppImage"
    FLATPAK = "Flatpak"
    SNAP = "Snap"
    STEAM = "Steam"
    SETUP = "Windows setup"
    STORE = "Microsoft Store"
    APP = "macOS app"


WINDOWS = (Packaging.SETUP, Packaging.STORE)
INSTEAD_OF_SNAP = {
    EditorName.KRITA: "Use Krita's AppImage from krita.org, or your distribution's package",
    EditorName.GIMP: "Use your distribution's GIMP 3",
}


@dataclass(frozen=True)
class Obstacle:
    """Why a plugin cannot work in an editor: a sentence, and a hint what to do instead."""

    sentence: str
    hint: str


@dataclass(frozen=True)
class Editor:
    """One installed editor.

    Attributes:
        name: which editor.
        packaging: how it was installed.
        program: what starts it, or the folder of the package.
        version: such as `5.2.9` or `3.0`; None where it cannot be read from files.
        python: version of the Python inside, such as `3.11`; None where it cannot be looked into.
        folder: its user folder: Krita's resources, or GIMP's folder of one version.
        config: the file `kritarc`; None for GIMP.
        settings: the folder of all programs' settings as the editor sees it, where that is not the
            user's own.
    """

    name: EditorName
    packaging: Packaging
    program: Path
    version: str | None
    python: str | None
    folder: Path
    config: Path | None = None
    settings: Path | None = None

    @property
    def title(self) -> str:
        """Such as `Krita 5.1.5 (system package)`."""
        return " ".join(filter(None, (self.name.value, self.version, f"({self.packaging.value})")))

    @property
    def wheels(self) -> bool:
        """Whether there is pyzmq for its kind of Python; a relay takes its place otherwise.

        GIMP's own Python on Windows is built with MinGW, for which the package index has no wheels.
        """
        return self.name is EditorName.KRITA or self.packaging not in WINDOWS

    @property
    def obstacle(self) -> Obstacle | None:
        """Why the plugin cannot work there; None where it can.

        A Snap has a home and a runtime folder of its own, so that it does not see the daemon.
        """
        name, oldest = self.name.value, SUPPORTED_PYTHONS[0]
        if self.name is EditorName.GIMP and version_key(self.version or "3") < (3,):
            return Obstacle(
                f"GIMP {self.version} is of the old kind; its plug-ins are written in Python 2.",
                "Install GIMP 3.0 or newer; both can be installed side by side.",
            )
        if self.packaging is Packaging.SNAP:
            return Obstacle(
                f"The sandbox of the Snap hides the program that colorizes from {name}.",
                f"{INSTEAD_OF_SNAP[self.name]}; both can be there side by side. "
                "`selcolor colorize` needs no editor.",
            )
        if self.python and version_key(self.python) < version_key(oldest):
            return Obstacle(
                f"This {name} brings Python {self.python}; the plugin needs {oldest} or newer.",
                f"Install a current {name} (Krita 5.2 or newer, GIMP 3.0 or newer).",
            )
        return None


@dataclass(frozen=True)
class Place:
    """One folder for a plugin, and every editor that reads it.

    An AppImage and a system package of Krita share their user folder though each has a Python of
    its own; one plugin must then serve both.
    """

    name: EditorName
    folder: Path
    config: Path | None
    editors: tuple[Editor, ...]

    @property
    def pythons(self) -> tuple[str, ...]:
        """For which wheels are wanted: all versions where one is not known, none for a relay."""
        versions = [editor.python for editor in self.editors if editor.wheels]
        if None in versions or not self.editors:
            return SUPPORTED_PYTHONS
        newest = SUPPORTED_PYTHONS[-1]
        known = {min(version, newest, key=version_key) for version in versions if version}
        return tuple(version for version in SUPPORTED_PYTHONS if version in known)


def places(editors: list[Editor]) -> list[Place]:
    """The folders that plugins go to; an editor with an obstacle has none."""
    usable = [editor for editor in editors if editor.obstacle is None]
    keys = dict.fromkeys((editor.name, editor.folder, editor.config) for editor in usable)
    return [
        Place(*key, tuple(editor for editor in usable if (editor.name, editor.folder) == key[:2]))
        for key in keys
    ]


def version_key(version: str) -> tuple[int, ...]:
    """Sorts `3.9` before `3.10`."""
    return tuple(int(part) for part in version.split("."))
