"""Real editors of an installed user: the plugin is the installer's, the daemon the plugin's.

What drives an editor stays outside of the home, so that everything in there is the installer's or
the editor's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from driven import Editor
from gimp_process import Gimp
from installed_user import User
from krita_process import DRIVER, Krita, copy_driver
from numpy.typing import NDArray
from raw import write_photo
from skimage.color import rgb2lab

WIDTH, HEIGHT = 200, 160

StartEditor = Callable[[User, Path], Editor]
"""Starts a user's editor, with a folder for what drives it."""

ReadPixels = Callable[[Path, int, int], NDArray[np.generic]]
"""Reads the RGBA pixels, `[H, W, 4]`, that an editor wrote."""


def start_krita(user: User, folder: Path) -> Krita:
    """Krita, with the driver where a distribution puts plugins, switched on."""
    config = folder / "xdg"
    copy_driver(folder / "share/krita/pykrita")
    config.mkdir()
    (config / "kritarc").write_text(f"[python]\nenable_{DRIVER}=true\n")
    found = {
        "XDG_DATA_DIRS": f"{folder / 'share'}:/usr/local/share:/usr/share",
        "XDG_CONFIG_DIRS": f"{config}:/etc/xdg",
    }
    return Krita(user.variables | found, folder)


def start_gimp(user: User, folder: Path) -> Gimp:
    """GIMP of Debian 13, without windows."""
    return Gimp(user.variables, folder)


def start_once(start: StartEditor, user: User, folder: Path) -> None:
    """Start an editor and quit it, for what it makes in every home.

    Args:
        start: the editor.
        user: who has it.
        folder: for what drives it; made here.
    """
    editor = start(user, folder)
    try:
        editor.quit()
    finally:
        editor.end()


def tell_story(start: StartEditor, read: ReadPixels, user: User, folder: Path) -> dict[str, Any]:
    """Color a photo; what happened, and the largest chroma of `source` and `first-colorized`.

    Args:
        start: the editor.
        read: how to read its pixels.
        user: who has it.
        folder: for what drives it; made here.
    """
    photo = write_photo(folder.with_suffix(".png"), WIDTH, HEIGHT)
    with start(user, folder) as editor:
        facts: dict[str, Any] = editor.run("story.ready")
        facts |= editor.run("story.whole", photo=str(photo), folder=str(folder / "pixels"))
        editor.quit()
    for name in ("source", "first-colorized"):
        pixels = read(folder / "pixels" / f"{name}.raw", WIDTH, HEIGHT)[..., :3]
        facts[name] = float((rgb2lab(pixels)[..., 1:] ** 2).sum(-1).max() ** 0.5)
    print(f"*** largest chroma: {facts['source']:.1f} → {facts['first-colorized']:.1f} ***")
    return facts
