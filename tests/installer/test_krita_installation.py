"""The Krita plugin's installation: where its files go, and what becomes of older ones."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from selcolor_installer import krita, vendor
from selcolor_installer.krita import KritaFolders, enabled, install
from selcolor_installer.vendor import EditorPython, VendoringFailed, fill_vendor

PYTHON = EditorPython(f"{sys.version_info.major}.{sys.version_info.minor}")


@pytest.fixture
def folders(tmp_path: Path) -> KritaFolders:
    return KritaFolders.of_home(tmp_path / "home")


def test_an_installation_looks_as_krita_wants_it(folders: KritaFolders, wheels: Path) -> None:
    place = install(folders, PYTHON, wheels)

    assert place == folders.resources / "pykrita" / "selective_colorize"
    for path in (
        place / "__init__.py",
        place / "vendor" / "pyzmq_stub.py",
        place / "vendor" / "msgpack_stub.py",
        place / "vendor" / "selcolor_protocol" / "client.py",
        place / "vendor" / "selcolor_plugin" / "job.py",
        folders.resources / "pykrita" / "selective_colorize.desktop",
        folders.resources / "actions" / "selective_colorize.action",
    ):
        assert path.is_file(), path
    assert not list(place.rglob("__pycache__"))
    assert "enable_selective_colorize=true" in folders.config.read_text()


def test_a_second_installation_replaces_the_first(folders: KritaFolders, wheels: Path) -> None:
    place = install(folders, PYTHON, wheels)
    (place / "left over.py").write_text("")

    install(folders, PYTHON, wheels)

    assert not (place / "left over.py").exists()
    assert sorted(path.name for path in place.parent.iterdir()) == [
        "selective_colorize",
        "selective_colorize.desktop",
    ]


def test_without_wheels_the_old_plugin_is_kept(
    folders: KritaFolders, wheels: Path, tmp_path: Path
) -> None:
    place = install(folders, PYTHON, wheels)
    (place / "old").write_text("")
    (tmp_path / "none").mkdir()

    with pytest.raises(VendoringFailed, match="pip could not install"):
        install(folders, PYTHON, tmp_path / "none")

    assert (place / "old").exists()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[python]\nenable_selective_colorize=true\n"),
        ("[a]\nb=1", "[a]\nb=1\n[python]\nenable_selective_colorize=true\n"),
        (
            "[python]\nenable_other=true\n[a]\n",
            "[python]\nenable_selective_colorize=true\nenable_other=true\n[a]\n",
        ),
        (
            "[python]\nenable_selective_colorize=false\n",
            "[python]\nenable_selective_colorize=true\n",
        ),
    ],
)
def test_only_one_line_of_kritarc_changes(before: str, after: str) -> None:
    assert enabled(before) == after
    assert enabled(after) == after


def test_the_packages_of_ours_are_copied_whole(tmp_path: Path, wheels: Path) -> None:
    fill_vendor(tmp_path / "vendor", PYTHON, wheels)

    for package in vendor.OUR_PACKAGES:
        assert (tmp_path / "vendor" / package / "__init__.py").is_file()


def test_the_shortcuts_belong_to_the_actions_of_the_extension() -> None:
    source = krita.source_folder()
    extension = (source / "selective_colorize" / "extension.py").read_text()
    actions = (source / "selective_colorize.action").read_text()

    names = re.findall(r'<Action name="(\w+)">', actions)
    assert len(names) == 3
    assert all(f'"{name}"' in extension for name in names)
