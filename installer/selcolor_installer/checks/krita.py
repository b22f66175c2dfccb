"""The plugin in Krita: there, whole, for its Python, switched on, and with PyQt to run it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from selcolor_backend.cli.doctor import Finding
from selcolor_installer import krita
from selcolor_installer.checks import plugin_files
from selcolor_installer.editors import Packaging, Place
from selcolor_installer.machine import Machine

SUBJECT = "krita"
PYQT_FOLDERS = (
    "usr/lib/python3/dist-packages",
    "usr/lib/python3*/site-packages",
    "usr/lib64/python3*/site-packages",
    "usr/lib/*/krita-python-libs",
)


def examine(machine: Machine, place: Place) -> Iterator[Finding]:
    """Findings about the plugin in one folder of Krita."""
    yield from examine_pyqt(machine, place)
    yield from examine_strays(place)
    paths = krita.plugin_paths(place.folder)
    yield from plugin_files.examine(place, paths, examine_config(place))


def examine_pyqt(machine: Machine, place: Place) -> Iterator[Finding]:
    """Without PyQt, Krita has no Python plugins at all, and says nothing."""
    if all(editor.packaging is not Packaging.SYSTEM for editor in place.editors):
        return
    if not any(path for base in PYQT_FOLDERS for path in machine.root.glob(f"{base}/PyQt5")):
        detail = "Krita's Python plugins are off, because PyQt is not installed."
        help_ = "On Debian and Ubuntu: sudo apt install python3-pyqt5. Then restart Krita."
        yield Finding(SUBJECT, False, detail, help_, "pyqt5_missing")


def examine_strays(place: Place) -> Iterator[Finding]:
    """A plugin that was unpacked by hand a folder too deep, or half an installation."""
    pykrita = place.folder / "pykrita"
    for stray in sorted(pykrita.glob(f"*/{krita.NAME}.desktop")):
        detail = f"Krita does not look for plugins in {stray.parent}: the folder is one too deep."
        help_ = f"Delete {stray.parent} and run `selcolor install krita`."
        yield Finding(SUBJECT, False, detail, help_, "wrong_folder")
    yield from plugin_files.examine_left(SUBJECT, pykrita, krita.NAME)


def examine_config(place: Place) -> Iterator[Finding]:
    """Whether the plugin is switched on in kritarc."""
    config = place.config
    assert config is not None, "a Krita has a kritarc"
    if not re.search(rf"(?m)^enable_{krita.NAME}=true$", krita.read_config(config)):
        detail, mend = f"The plugin is switched off in {config}.", partial(krita.enable, config)
        help_ = "In Krita: Settings › Configure Krita › Python Plugin Manager."
        yield Finding(SUBJECT, False, detail, help_, "plugin_disabled", mend)
