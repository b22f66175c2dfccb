"""The Krita plugin's installation: where its files go, and what becomes of older ones."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from selcolor_installer import vendor
from selcolor_installer.krita import disable, enabled, install
from selcolor_installer.putting import source_folder
from selcolor_installer.standalone.failures import InstallationFailed
from selcolor_installer.vendor import fill_vendor

PYTHON = (f"{sys.version_info.major}.{sys.version_info.minor}",)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Krita's resources, and its kritarc."""
    return tmp_path / "home/.local/share/krita", tmp_path / "home/.config/kritarc"


def test_an_installation_looks_as_krita_wants_it(folders: tuple[Path, Path], wheels: Path) -> None:
    place = install(*folders, PYTHON, wheels)

    assert place == folders[0] / "pykrita" / "selective_colorize"
    for path in (
        place / "__init__.py",
        place / "vendor" / "pyzmq_stub.py",
        place / "vendor" / "msgpack_stub.py",
        place / "vendor" / "selcolor_protocol" / "client.py",
        place / "vendor" / "selcolor_plugin" / "job.py",
        folders[0] / "pykrita" / "selective_colorize.desktop",
        folders[0] / "actions" / "selective_colorize.action",
    ):
        assert path.is_file(), path
    assert not list(place.rglob("__pycache__"))
    assert "enable_selective_colorize=true" in folders[1].read_text()


def test_a_second_installation_replaces_the_first(folders: tuple[Path, Path], wheels: Path) -> None:
    place = install(*folders, PYTHON, wheels)
    (place / "left over.py").write_text("")

    install(*folders, PYTHON, wheels)

    assert not (place / "left over.py").exists()
    assert sorted(path.name for path in place.parent.iterdir()) == [
        "selective_colorize",
        "selective_colorize.desktop",
    ]


def test_without_wheels_the_old_plugin_is_kept(
    folders: tuple[Path, Path], wheels: Path, tmp_path: Path
) -> None:
    place = install(*folders, PYTHON, wheels)
    (place / "old").write_text("")
    (tmp_path / "none").mkdir()

    with pytest.raises(InstallationFailed, match="pip could not install"):
        install(*folders, PYTHON, tmp_path / "none")

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
    source = source_folder("krita")
    extension = (source / "selective_colorize" / "extension.py").read_text()
    actions = (source / "selective_colorize.action").read_text()

    names = re.findall(r'<Action name="(\w+)">', actions)
    assert len(names) == 3
    assert all(f'"{name}"' in extension for name in names)


def test_where_the_docker_was_is_forgotten_with_the_plugin(tmp_path: Path) -> None:
    others = "[MainWindow][DockWidget a]\nheight=1\n\n", "[MainWindow][DockWidget z]\nheight=2\n"
    ours = "[MainWindow][DockWidget selective_colorize_docker]\nDockArea=2\nheight=161\n\n"
    (tmp_path / "kritarc").write_text(
        ours.join(others) + "[python]\nenable_selective_colorize=true\n"
    )

    disable(tmp_path / "kritarc")

    assert (tmp_path / "kritarc").read_text() == "".join(others)


def test_without_a_kritarc_there_is_nothing_to_switch_off(tmp_path: Path) -> None:
    disable(tmp_path / "kritarc")

    assert not (tmp_path / "kritarc").exists()
