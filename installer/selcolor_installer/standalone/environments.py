"""The private environments that the program is installed into, one built beside the other.

DATA/environments/1, 2, …      virtual environments; what each is made for is in its `identity.json`
DATA/environments/current      the number of the one in use, which alone is whole
DATA/environments/downloads    what pip fetched; goes when the installation is whole
DATA/environments/failure.json what ended the last installation, if it did not end well
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from selcolor_installer.manifest import Record, add_record, missing_folders
from selcolor_installer.standalone.failures import InstallationFailed
from selcolor_plugin.writing import write_atomically
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.folders import data_folder

FOLDER, CURRENT, IDENTITY = "environments", "current", "identity.json"
FAILURE = "failure.json"
SUBJECT = "program"
"""Of the manifest's record."""


@dataclass(frozen=True)
class Identity:
    """What tells one environment from another: the same one is repaired in place.

    Attributes:
        project: which program, in which version.
        wanted: the build of PyTorch that was to be installed.
        build: the one that was: the CPU's, where the wanted one could not color a photo.
    """

    project: str
    wanted: str
    build: str


def root() -> Path:
    """The folder of all environments; it need not exist."""
    return data_folder() / FOLDER


def python_of(environment: Path) -> Path:
    """The Python inside an environment."""
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def program_of(environment: Path, *arguments: str) -> list[str]:
    """The command that runs the program in an environment."""
    return [str(python_of(environment)), "-m", "selcolor_backend", *arguments]


def current() -> Path | None:
    """The environment in use; None when there is none."""
    try:
        chosen = root() / (root() / CURRENT).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return chosen if (chosen / IDENTITY).exists() else None


def identity_of(environment: Path | None) -> Identity | None:
    """What an environment is made for; None where there is none, or it does not tell."""
    try:
        text = (environment / IDENTITY).read_text(encoding="utf-8") if environment else ""
        return Identity(**json.loads(text))
    except (OSError, ValueError, TypeError):
        return None


def begin(environment: Path, identity: Identity) -> None:
    """Note what an environment is being made for, so that it is gone on with for that alone."""
    (environment / IDENTITY).write_text(json.dumps(asdict(identity)), encoding="utf-8")


def new_place(identity: Identity) -> Path:
    """Where to build beside the one in use: a half made one to go on with, or a new one.

    One that was begun with another build of PyTorch is removed: pip would take that for good.
    """
    used, half = current(), unused()
    if used is None:
        (root() / CURRENT).unlink(missing_ok=True)  # what it names would count as whole
    place = half[0] if half else root() / str(int(used.name) + 1 if used else 1)
    begun = identity_of(place)
    if begun is not None and begun.build != identity.build:
        shutil.rmtree(place)
    return place


def unused() -> list[Path]:
    """Environments beside the one in use, which an installation has left."""
    return [path for path in sorted(root().glob("[0-9]*")) if path != current()]


def switch_over(environment: Path) -> None:
    """Make an environment the one in use."""
    write_atomically(root() / CURRENT, environment.name + "\n")
    (root() / FAILURE).unlink(missing_ok=True)


def note_failure(error: SelectiveColorizeError) -> None:
    """Leave what went wrong for `selcolor doctor`; a full disk may refuse even that."""
    content = {"code": error.code, "sentence": error.sentence, "hint": error.hint}
    with suppress(OSError):
        (root() / FAILURE).write_text(json.dumps(content), encoding="utf-8")


def last_failure() -> InstallationFailed | None:
    """What ended the last installation; None when it ended well."""
    try:
        return InstallationFailed(**json.loads((root() / FAILURE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def remove_unused() -> None:
    """Remove what an installation has left, and the note of why."""
    for path in unused():
        shutil.rmtree(path)
    (root() / FAILURE).unlink(missing_ok=True)


# What is made outside ---------------------------------------------------------------------------


def note_folders() -> None:
    """Have the manifest name the folders that are made outside, so that they can be removed."""
    made = missing_folders([root() / CURRENT, launcher_path()])
    add_record(Record(SUBJECT, root(), None, (), made))


def launcher_path() -> Path:
    """Where the program can be called by its name."""
    return Path.home() / ".local/bin/selcolor"


def make_launcher(environment: Path) -> Path:
    """`~/.local/bin/selcolor`, unless something else has that name; where `selcolor` is."""
    program = python_of(environment).with_name("selcolor")
    launcher = launcher_path()
    if sys.platform == "win32" or (os.path.lexists(launcher) and not _is_ours(launcher)):
        return program
    launcher.parent.mkdir(parents=True, exist_ok=True)
    launcher.unlink(missing_ok=True)
    launcher.symlink_to(program)
    return launcher


def _is_ours(launcher: Path) -> bool:
    return launcher.is_symlink() and root() in Path(os.readlink(launcher)).parents


def remove_all() -> Iterator[str]:
    """Remove all environments and the launcher; says what was and what could not be removed."""
    if not root().exists():
        return
    if _is_ours(launcher_path()):
        launcher_path().unlink()
    if sys.platform == "win32" and root() in Path(sys.executable).parents:
        # Windows does not let a running program be removed; `install.py` does that afterwards.
        yield f"Left: {root()}. Run `py install.py --uninstall`, or delete that folder."
        return
    shutil.rmtree(root())
    yield f"Removed: {root()}"
