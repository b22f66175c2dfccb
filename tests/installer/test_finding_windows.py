"""Editors on Windows, found in recorded layouts. Not run on a real Windows."""

from __future__ import annotations

from pathlib import Path

from drawn_machine import Tree, machine

from selcolor_installer.editors import Editor, EditorName, Packaging, places
from selcolor_installer.finding import find_editors
from selcolor_installer.machine import System

KRITA: Tree = {
    "Program Files/Krita (x64)/bin/krita.exe": "",
    "Program Files/Krita (x64)/bin/python3.dll": "",
    "Program Files/Krita (x64)/bin/python310.dll": "",
}
STEAM: Tree = {
    "Program Files (x86)/Steam/steamapps/common/Krita/krita/bin/krita.exe": "",
    "Program Files (x86)/Steam/steamapps/common/Krita/krita/python/python38.dll": "",
}
PACKAGE = "49800Krita_4yc6nhxx1abcd"
STORE: Tree = {
    f"Users/ann/AppData/Local/Packages/{PACKAGE}/": "",
    "Program Files/WindowsApps/49800Krita_5.2.9.0_x64__4yc6nhxx1abcd/krita/bin/krita.exe": "",
    "Program Files/WindowsApps/49800Krita_5.2.9.0_x64__4yc6nhxx1abcd/krita/bin/python310.dll": "",
}


def found(root: Path, tree: Tree) -> list[Editor]:
    return find_editors(machine(System.WINDOWS, root, tree))


def test_krita_by_its_setup_program(tmp_path: Path) -> None:
    (krita,) = found(tmp_path, KRITA)

    assert (krita.packaging, krita.python) == (Packaging.SETUP, "3.10")
    assert krita.folder == tmp_path / "Users/ann/AppData/Roaming/krita"
    assert krita.config == tmp_path / "Users/ann/AppData/Local/kritarc"


def test_the_environment_may_move_the_users_folders(tmp_path: Path) -> None:
    drawn = machine(System.WINDOWS, tmp_path, KRITA, APPDATA="/roaming", LOCALAPPDATA="/local")

    (krita,) = find_editors(drawn)

    assert (krita.folder, krita.config) == (Path("/roaming/krita"), Path("/local/kritarc"))


def test_steams_old_krita_is_refused_and_the_new_one_is_not(tmp_path: Path) -> None:
    new, old = found(tmp_path, {**KRITA, **STEAM})

    assert (old.packaging, old.python) == (Packaging.STEAM, "3.8")
    assert old.obstacle is not None
    assert [place.editors for place in places([new, old])] == [(new,)]


def test_the_stores_krita_has_user_folders_of_its_own(tmp_path: Path) -> None:
    (krita,) = found(tmp_path, STORE)

    own = tmp_path / "Users/ann/AppData/Local/Packages" / PACKAGE / "LocalCache"
    assert (krita.version, krita.python) == ("5.2.9", "3.10")
    assert (krita.folder, krita.config) == (own / "Roaming/krita", own / "Local/kritarc")


def test_a_store_that_does_not_let_us_look_still_has_its_krita(tmp_path: Path) -> None:
    (krita,) = found(tmp_path, {f"Users/ann/AppData/Local/Packages/{PACKAGE}/": ""})

    assert (krita.version, krita.python) == (None, None)


def test_gimp_3_gets_a_relay_because_its_python_has_no_wheels(tmp_path: Path) -> None:
    tree: Tree = {
        "Program Files/GIMP 3/bin/gimp-3.0.exe": "",
        "Program Files/GIMP 3/lib/python3.12/": "",
        "Users/ann/AppData/Local/Programs/GIMP 2/bin/gimp-2.10.exe": "",
        "Program Files/WindowsApps/GIMP.43237F745C622_3.0.4.0_x64__abcd/": "",
        "Program Files/WindowsApps/GIMP.Odd/": "",
    }
    new, old, store = found(tmp_path, tree)

    assert (new.name, new.version, new.python) == (EditorName.GIMP, "3.0", "3.12")
    assert new.folder == tmp_path / "Users/ann/AppData/Roaming/GIMP/3.0"
    assert (new.obstacle, new.wheels) == (None, False)
    assert old.obstacle is not None
    assert "Python 2" in old.obstacle.sentence
    assert (store.packaging, store.version) == (Packaging.STORE, "3.0")
    (place,) = places([new, old, store])
    assert place.editors == (new, store)
    assert place.pythons == ()
