"""The GIMP plug-in's installation: where its files go, and what becomes of older ones."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from selcolor_installer import gimp
from selcolor_installer.gimp import GimpFolders, install, versions_of_home
from selcolor_installer.vendor import EditorPython, VendoringFailed

PYTHON = EditorPython(f"{sys.version_info.major}.{sys.version_info.minor}")


@pytest.fixture
def folders(tmp_path: Path) -> GimpFolders:
    return GimpFolders.of_home(tmp_path / "home")


def test_an_installation_looks_as_gimp_wants_it(folders: GimpFolders, wheels: Path) -> None:
    place = install(folders, PYTHON, wheels)

    assert place == folders.config / "plug-ins" / "selective-colorize"
    for path in (
        place / "selective-colorize.py",
        place / "selcolor_gimp" / "plugin.py",
        place / "vendor" / "pyzmq_stub.py",
        place / "vendor" / "msgpack_stub.py",
        place / "vendor" / "selcolor_protocol" / "client.py",
        place / "vendor" / "selcolor_plugin" / "job.py",
    ):
        assert path.is_file(), path
    assert not list(place.rglob("__pycache__"))


def test_gimp_finds_one_executable_named_as_its_folder(folders: GimpFolders, wheels: Path) -> None:
    place = install(folders, PYTHON, wheels)

    executables = [path.name for path in place.iterdir() if path.is_file() and os.access(path, 1)]
    assert executables == [f"{place.name}.py"]
    assert (place / executables[0]).read_text().startswith("#!/usr/bin/env python3\n")


def test_a_second_installation_replaces_the_first(folders: GimpFolders, wheels: Path) -> None:
    place = install(folders, PYTHON, wheels)
    (place / "left over.py").write_text("")

    install(folders, PYTHON, wheels)

    assert not (place / "left over.py").exists()
    assert [path.name for path in folders.plug_ins.iterdir()] == ["selective-colorize"]
    assert [path.name for path in folders.config.iterdir()] == ["plug-ins"]


def test_without_wheels_the_old_plug_in_is_kept(
    folders: GimpFolders, wheels: Path, tmp_path: Path
) -> None:
    place = install(folders, PYTHON, wheels)
    (place / "old").write_text("")
    (tmp_path / "none").mkdir()

    with pytest.raises(VendoringFailed, match="pip could not install"):
        install(folders, PYTHON, tmp_path / "none")

    assert (place / "old").exists()


def test_every_gimp_3_of_a_user_is_found(tmp_path: Path) -> None:
    assert versions_of_home(tmp_path) == ["3.0"]

    for name in ("2.10", "3.0", "3.2"):
        (tmp_path / ".config/GIMP" / name).mkdir(parents=True)

    assert versions_of_home(tmp_path) == ["3.0", "3.2"]


def test_the_program_installs_for_each_of_them_and_records_the_daemon(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("3.0", "3.2"):
        (tmp_path / ".config/GIMP" / name).mkdir(parents=True)
    monkeypatch.setattr("sys.argv", ["gimp", "--home", str(tmp_path), "--wheels", str(wheels)])

    assert gimp.main() == 0

    for name in ("3.0", "3.2"):
        place = tmp_path / ".config/GIMP" / name / "plug-ins/selective-colorize"
        assert (place / "selective-colorize.py").is_file()
    record = tmp_path / ".config/selective-colorize/daemon.json"
    assert "selcolor_backend" in record.read_text()
