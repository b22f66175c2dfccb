"""The machine that is looked at: its system, its home folder, its environment.

Everything that looks for editors takes one of these instead of asking the running system, so that
a recorded layout of another platform, drawn into a folder, can be looked at on any platform.
"""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path


class System(str, Enum):
    """The three kinds of systems; the value is what Python calls them."""

    LINUX = "linux"
    MACOS = "darwin"
    WINDOWS = "win32"


@dataclass(frozen=True)
class Machine:
    """One machine, as one of its users sees it.

    Attributes:
        system: which kind.
        home: the user's home folder.
        environment: the user's environment variables.
        root: of the file system or drive; a folder with a drawn layout in tests.
        architecture: such as `x86_64` or `arm64`.
    """

    system: System
    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    root: Path = Path("/")
    architecture: str = "x86_64"

    @classmethod
    def this(cls) -> Machine:
        """The machine that this runs on."""
        # Other Unix systems have the folders of Linux.
        system = System(sys.platform) if sys.platform in [*System] else System.LINUX
        return cls(system, Path.home(), os.environ, Path(Path.home().anchor), platform.machine())

    def at(self, path: str) -> Path:
        """A path of the whole machine, such as `at("usr/bin/krita")`."""
        return self.root / path

    def variable(self, name: str, otherwise: Path) -> Path:
        """The folder that an environment variable names, or the platform's default for it."""
        return Path(self.environment.get(name) or otherwise)

    @property
    def data(self) -> Path:
        """Where programs keep the user's data: XDG_DATA_HOME, Application Support or APPDATA."""
        if self.system is System.WINDOWS:
            return self.variable("APPDATA", self.home / "AppData/Roaming")
        if self.system is System.MACOS:
            return self.home / "Library/Application Support"
        return self.variable("XDG_DATA_HOME", self.home / ".local/share")

    @property
    def config(self) -> Path:
        """Where programs keep the user's settings; on macOS and Windows as Qt and GIMP have it."""
        if self.system is System.WINDOWS:
            return self.variable("LOCALAPPDATA", self.home / "AppData/Local")
        if self.system is System.MACOS:
            return self.home / "Library/Preferences"
        return self.variable("XDG_CONFIG_HOME", self.home / ".config")
