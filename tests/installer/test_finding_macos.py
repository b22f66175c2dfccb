"""Editors on macOS, found in recorded layouts. Not run on a real Mac."""

from __future__ import annotations

import plistlib
from pathlib import Path

from drawn_machine import Tree, machine

from selcolor_installer.editors import Editor, Packaging
from selcolor_installer.finding import find_editors
from selcolor_installer.machine import System


def plist(version: str) -> bytes:
    return plistlib.dumps({"CFBundleShortVersionString": version})


def found(root: Path, tree: Tree) -> list[Editor]:
    return find_editors(machine(System.MACOS, root, tree))


def test_kritas_app(tmp_path: Path) -> None:
    tree: Tree = {
        "Applications/krita.app/Contents/Info.plist": plist("5.2.9"),
        "Applications/krita.app/Contents/Frameworks/Python.framework/Versions/3.10/": "",
        "Applications/krita.app/Contents/Frameworks/Python.framework/Versions/Current": "-> 3.10",
        "Applications/Other.app/": "",
    }
    (krita,) = found(tmp_path, tree)

    assert (krita.packaging, krita.version, krita.python) == (Packaging.APP, "5.2.9", "3.10")
    assert krita.folder == tmp_path / "Users/ann/Library/Application Support/krita"
    assert krita.config == tmp_path / "Users/ann/Library/Preferences/kritarc"


def test_an_app_in_the_users_own_folder_without_a_readable_bundle(tmp_path: Path) -> None:
    (krita,) = found(
        tmp_path, {"Users/ann/Applications/Krita.app/": "", "Applications/GIMP.app/": ""}
    )

    assert (krita.version, krita.python) == (None, None)


def test_gimps_app(tmp_path: Path) -> None:
    tree: Tree = {
        "Applications/GIMP.app/Contents/Info.plist": plist("3.0.4"),
        "Applications/GIMP.app/Contents/Resources/lib/python3.11/": "",
    }
    (gimp,) = found(tmp_path, tree)

    assert (gimp.version, gimp.python) == ("3.0", "3.11")
    assert gimp.folder == tmp_path / "Users/ann/Library/Application Support/GIMP/3.0"
    assert gimp.obstacle is None
