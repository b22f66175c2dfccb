"""The GIMP plug-in's installation: where its files go, and what becomes of older ones."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from selcolor_installer.gimp import install
from selcolor_installer.standalone.failures import InstallationFailed

PYTHON = (f"{sys.version_info.major}.{sys.version_info.minor}",)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "home/.config/GIMP/3.0"


def test_an_installation_looks_as_gimp_wants_it(config: Path, wheels: Path) -> None:
    place = install(config, PYTHON, wheels)

    assert place == config / "plug-ins" / "selective-colorize"
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


def test_gimp_finds_one_executable_named_as_its_folder(config: Path, wheels: Path) -> None:
    place = install(config, PYTHON, wheels)

    executables = [path.name for path in place.iterdir() if path.is_file() and os.access(path, 1)]
    assert executables == [f"{place.name}.py"]
    assert (place / executables[0]).read_text().startswith("#!/usr/bin/env python3\n")


def test_a_second_installation_replaces_the_first(config: Path, wheels: Path) -> None:
    place = install(config, PYTHON, wheels)
    (place / "left over.py").write_text("")

    install(config, PYTHON, wheels)

    assert not (place / "left over.py").exists()
    assert [path.name for path in (config / "plug-ins").iterdir()] == ["selective-colorize"]
    assert [path.name for path in config.iterdir()] == ["plug-ins"]


def test_without_wheels_the_old_plug_in_is_kept(config: Path, wheels: Path, tmp_path: Path) -> None:
    place = install(config, PYTHON, wheels)
    (place / "old").write_text("")
    (tmp_path / "none").mkdir()

    with pytest.raises(InstallationFailed, match="pip could not install"):
        install(config, PYTHON, tmp_path / "none")

    assert (place / "old").exists()
