"""Editors on Linux, found in recorded layouts of its packages."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_machine import Tree, machine

from selcolor_installer.editors import Editor, EditorName, Packaging, places
from selcolor_installer.finding import find_editors
from selcolor_installer.machine import System

DEBIAN_KRITA: Tree = {
    "usr/bin/krita": "",
    "usr/lib/x86_64-linux-gnu/kritaplugins/kritapykrita.so": b"\x7fELF libpython3.11.so.1.0\0",
    "usr/share/metainfo/org.kde.krita.appdata.xml": (
        '<releases><release date="2023-01-05" version="5.1.5"/>'
        '<release version="5.1.4"/></releases>'
    ),
}
DEBIAN_GIMP: Tree = {
    "usr/bin/gimp": "-> gimp-3.0",
    "usr/bin/gimp-3.0": "",
    "usr/bin/gimp-console-3.0": "",
    "usr/bin/python3": "-> python3.13",
    "usr/bin/python3.13": "",
    "usr/lib/x86_64-linux-gnu/gimp/3.0/interpreters/default.interp": "# none\n",
}
FLATPAK_KRITA = "var/lib/flatpak/app/org.kde.krita/current/active/files"
FLATPAK_GIMP = "home/ann/.local/share/flatpak/app/org.gimp.GIMP/current/active/files"


def found(root: Path, tree: Tree, **environment: str) -> list[Editor]:
    return find_editors(machine(System.LINUX, root, tree, **environment))


def test_debians_krita_tells_its_version_and_its_python(tmp_path: Path) -> None:
    (krita,) = found(tmp_path, DEBIAN_KRITA)

    assert krita.title == "Krita 5.1.5 (system package)"
    assert krita.python == "3.11"
    assert krita.folder == tmp_path / "home/ann/.local/share/krita"
    assert krita.config == tmp_path / "home/ann/.config/kritarc"
    assert krita.obstacle is None


def test_the_users_own_folders_are_respected(tmp_path: Path) -> None:
    (krita,) = found(tmp_path, DEBIAN_KRITA, XDG_DATA_HOME="/data", XDG_CONFIG_HOME="/settings")

    assert (krita.folder, krita.config) == (Path("/data/krita"), Path("/settings/kritarc"))


def test_a_krita_without_its_files_is_found_all_the_same(tmp_path: Path) -> None:
    (krita,) = found(tmp_path, {"usr/local/bin/krita": ""})

    assert (krita.version, krita.python) == (None, None)


def test_debians_gimp_tells_the_python_of_its_plug_ins(tmp_path: Path) -> None:
    (gimp,) = found(tmp_path, DEBIAN_GIMP)

    assert (gimp.name, gimp.version, gimp.python) == (EditorName.GIMP, "3.0", "3.13")
    assert gimp.folder == tmp_path / "home/ann/.config/GIMP/3.0"
    assert gimp.config is None


@pytest.mark.parametrize("line", ["python=python3.12\n", "python=/opt/py/bin/python3.12\n"])
def test_an_interpreter_may_be_a_name_or_a_path(tmp_path: Path, line: str) -> None:
    tree: Tree = {
        "usr/bin/gimp-3.0": "",
        "usr/lib64/gimp/3.0/interpreters/pygimp.interp": line,
    }
    (gimp,) = found(tmp_path, tree)

    assert gimp.python == "3.12"


def test_an_interpreter_file_without_a_program_tells_nothing(tmp_path: Path) -> None:
    tree: Tree = {"usr/bin/gimp-3.0": "", "usr/lib/gimp/3.0/interpreters/pygimp.interp": "#\n"}

    (gimp,) = found(tmp_path, tree)

    assert gimp.python is None


def test_two_gimps_side_by_side_are_told_apart(tmp_path: Path) -> None:
    old, new, newer = found(
        tmp_path, {**DEBIAN_GIMP, "usr/bin/gimp-2.10": "", "usr/bin/gimp-3.2": ""}
    )

    assert [gimp.version for gimp in (old, new, newer)] == ["2.10", "3.0", "3.2"]
    assert old.obstacle is not None
    assert "Python 2" in old.obstacle.sentence
    assert new.folder != newer.folder
    assert [place.folder.name for place in places([old, new, newer])] == ["3.0", "3.2"]


@pytest.mark.parametrize(
    ("file", "version"),
    [
        ("home/ann/Applications/krita-5.2.9-x86_64.appimage", "5.2.9"),
        ("home/ann/Downloads/krita-5.2.0-x86_64.appimage", "5.2.0"),
        ("opt/Krita.AppImage", None),
    ],
)
def test_appimages_are_found_where_people_put_them(
    tmp_path: Path, file: str, version: str | None
) -> None:
    (krita,) = found(tmp_path, {file: "", "opt/other.AppImage": ""})

    assert (krita.packaging, krita.version) == (Packaging.APPIMAGE, version)
    assert krita.python is None


def test_a_system_krita_and_an_appimage_share_one_plugin_for_all_pythons(tmp_path: Path) -> None:
    editors = found(tmp_path, {**DEBIAN_KRITA, "opt/krita-5.2.9-x86_64.appimage": ""})

    (place,) = places(editors)

    assert len(place.editors) == 2
    assert place.pythons == ("3.10", "3.11", "3.12", "3.13", "3.14")


def test_steams_krita_may_lie_in_another_library(tmp_path: Path) -> None:
    library = tmp_path / "games"
    tree: Tree = {
        "home/ann/.local/share/Steam/steamapps/libraryfolders.vdf": (
            f'"libraryfolders" {{ "1" {{ "path"  "{library}" }} }}'
        ),
        "home/ann/.steam/steam": "-> ../.local/share/Steam",
        "games/steamapps/common/Krita/linux/krita.appimage": "",
    }
    (krita,) = found(tmp_path, tree)

    assert krita.packaging is Packaging.STEAM


def test_a_steam_without_a_list_of_libraries_has_one(tmp_path: Path) -> None:
    program = "home/ann/.local/share/Steam/steamapps/common/Krita/krita.appimage"

    assert [krita.program for krita in found(tmp_path, {program: ""})] == [tmp_path / program]


def test_a_flatpak_krita_has_folders_of_its_own(tmp_path: Path) -> None:
    tree: Tree = {
        f"{FLATPAK_KRITA}/share/metainfo/org.kde.krita.appdata.xml": '<release version="5.2.14"/>',
        f"{FLATPAK_KRITA}/lib/kritaplugins/kritapykrita.so": b"libpython3.13.so.1.0",
    }
    (krita,) = found(tmp_path, tree)

    assert (krita.version, krita.python) == ("5.2.14", "3.13")
    assert krita.folder == tmp_path / "home/ann/.var/app/org.kde.krita/data/krita"
    assert krita.config == tmp_path / "home/ann/.var/app/org.kde.krita/config/kritarc"
    assert krita.settings == tmp_path / "home/ann/.var/app/org.kde.krita/config"
    assert krita.obstacle is None


@pytest.mark.parametrize(
    ("shared", "folder"),
    [
        (True, ".config/GIMP/3.0"),
        (False, ".var/app/org.gimp.GIMP/config/GIMP/3.0"),
    ],
)
def test_a_flatpak_gimp_uses_the_common_folder_where_there_is_one(
    tmp_path: Path, shared: bool, folder: str
) -> None:
    tree: Tree = {f"{FLATPAK_GIMP}/bin/gimp-3.0": "", f"{FLATPAK_GIMP}/lib/python3.13/": ""}
    if shared:
        tree["home/ann/.config/GIMP/"] = ""

    (gimp,) = found(tmp_path, tree)

    assert gimp.folder == tmp_path / "home/ann" / folder
    assert gimp.python == "3.13"
    assert gimp.settings == tmp_path / "home/ann/.var/app/org.gimp.GIMP/config"
    assert gimp.obstacle is None


def test_snaps_are_refused_with_a_reason(tmp_path: Path) -> None:
    tree: Tree = {
        "snap/krita/current/usr/lib/x86_64-linux-gnu/kritapykrita.so": b"libpython3.10",
        "snap/gimp/current/usr/bin/gimp-3.0": "",
    }
    krita, gimp = found(tmp_path, tree)

    assert (krita.packaging, krita.python) == (Packaging.SNAP, "3.10")
    assert krita.folder == tmp_path / "home/ann/snap/krita/current/.local/share/krita"
    assert gimp.folder == tmp_path / "home/ann/snap/gimp/current/.config/GIMP/3.0"
    assert krita.obstacle is not None
    assert "sandbox of the Snap" in krita.obstacle.sentence
    assert "AppImage" in krita.obstacle.hint
    assert gimp.obstacle is not None
    assert places([krita, gimp]) == []


def test_a_python_without_wheels_is_an_obstacle(tmp_path: Path) -> None:
    tree: Tree = {"usr/bin/krita": "", "usr/lib64/kritaplugins/kritapykrita.so": b"libpython3.8.so"}

    (krita,) = found(tmp_path, tree)

    assert krita.obstacle is not None
    assert "Python 3.8" in krita.obstacle.sentence
    assert "Krita 5.2" in krita.obstacle.hint


def test_nothing_is_found_on_an_empty_machine(tmp_path: Path) -> None:
    assert found(tmp_path, {}) == []
