"""What both plugins have: their parts, our packages and the wheels in `vendor`, and their age."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from shutil import rmtree

from selcolor_backend.cli.doctor import Finding
from selcolor_backend.version import VERSION
from selcolor_installer.editors import Packaging, Place, version_key
from selcolor_installer.finding.reading import told_in
from selcolor_installer.plugins import install_plugin

COMPILED = "zmq/backend/cython"
TAGGED = re.compile(r"\.(?:cpython-|cp)(3)(\d+)|\.(abi3)\.")
STABLE_SINCE = (3, 12)
"""pyzmq's wheels with the stable ABI are for this Python and all later ones."""
STABLE_ON_WINDOWS = "_zmq.pyd"
PLUGIN_VERSION = re.compile(r'VERSION = "([^"]+)"')


def examine(
    place: Place, paths: tuple[Path, ...], of_editor: Iterable[Finding]
) -> Iterator[Finding]:
    """That there is no plugin in a place, or all that is wrong with it, or that it is sound.

    Args:
        place: where.
        paths: what must be there, the plugin's folder first.
        of_editor: what else this editor wants of one that is there.
    """
    folder, subject = paths[0], place.name.value.lower()
    missing = [path.name for path in paths if not path.exists()]
    if len(missing) == len(paths):
        advice = f"`selcolor install {subject}` puts it there."
        yield Finding(subject, True, f"no plugin in {place.folder}", advice)
        return
    problems = [*examine_vendor(place, folder), *of_editor]
    if missing:
        detail = f"Parts of the plugin are missing: {', '.join(missing)}."
        problems.insert(0, damaged(place, detail, "plugin_damaged"))
    way = way_to_the_daemon(place, folder)
    yield from problems or [Finding(subject, True, f"the plugin is in {folder}{way}")]


def examine_vendor(place: Place, folder: Path) -> Iterator[Finding]:
    """Findings about what a plugin imports."""
    served = compiled_for(folder / "vendor" / COMPILED)
    lacking = [python for python in place.pythons if not serves(served, python)]
    is_flatpak = any(editor.packaging is Packaging.FLATPAK for editor in place.editors)
    # Without any, as in the published zip, the plugin goes through a relay; but not in a Flatpak.
    if lacking and (served or is_flatpak):
        pythons, title = ", ".join(lacking), place.editors[0].title
        detail = f"The libraries beside the plugin do not fit Python {pythons} of {title}."
        yield damaged(place, detail, "wrong_abi")
    version = told_in(PLUGIN_VERSION, folder / "vendor/selcolor_plugin/version.py")
    if version != VERSION:
        detail = f"The plugin is of version {version}, the program of {VERSION}."
        yield damaged(place, detail, "version_mismatch")


def damaged(place: Place, detail: str, code: str) -> Finding:
    """A plugin that has to be installed again."""
    mend, subject = partial(install_plugin, place), place.name.value.lower()
    return Finding(subject, False, detail, "Install the plugin again.", code, mend)


def examine_left(subject: str, folder: Path, name: str) -> Iterator[Finding]:
    """What an installation that was broken off has left beside a plugin of this name."""
    for left in sorted(folder.glob(f".{name}.*")):
        detail, mend = f"An installation was interrupted and left {left}.", partial(rmtree, left)
        yield Finding(subject, False, detail, "It can be removed.", "interrupted_install", mend)


def way_to_the_daemon(place: Place, folder: Path) -> str:
    """What the line about a sound plugin says of how it reaches the daemon."""
    served = compiled_for(folder / "vendor" / COMPILED)
    relayed = [
        editor.title
        for editor in place.editors
        if not editor.wheels or (editor.python and not serves(served, editor.python))
    ]
    if not relayed:
        return ""
    return f"; through a relay, for there is no pyzmq for the Python of {' and '.join(relayed)}"


def compiled_for(folder: Path) -> set[str]:
    """For which Pythons there are compiled files: `3.11`, or `abi3` for the stable ABI."""
    names = [match for path in folder.glob("_zmq.*") if (match := TAGGED.search(path.name))]
    stable = {"abi3"} if (folder / STABLE_ON_WINDOWS).exists() else set()
    return stable | {match[3] or f"{match[1]}.{match[2]}" for match in names}


def serves(compiled: set[str], python: str) -> bool:
    """Whether one of the compiled files works in that Python."""
    return python in compiled or ("abi3" in compiled and version_key(python) >= STABLE_SINCE)
