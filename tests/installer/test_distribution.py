"""The wheel and the sdist, built and looked into; one version in one place."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from install_script import CHECKOUT

from selcolor_backend.version import VERSION
from selcolor_installer.standalone.packing import pack
from selcolor_plugin.version import VERSION as PLUGIN_VERSION

INSIDE = (
    "selcolor_backend/weights/vit-lsgan-lite.safetensors",
    "selcolor_backend/weights/foreground-lite.safetensors",
    "selcolor_backend/models/models.toml",
    "selcolor_installer/vendor.lock",
    "selcolor_installer/krita_plugin/selective_colorize.desktop",
    "selcolor_installer/krita_plugin/selective_colorize/extension.py",
    "selcolor_installer/gimp_plugin/selective-colorize/selective-colorize.py",
    "selcolor_plugin/job.py",
    "selcolor_plugin/manual/en/gimp-help.xml",
    "selcolor_plugin/manual/en/manual.html",
    "selcolor_protocol/client.py",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist, built as `pip` builds them."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True)
    return folder


def test_the_wheel_holds_the_weights_both_plugins_and_the_lock(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry_points = archive.read(f"selective_colorize-{VERSION}.dist-info/entry_points.txt")

    assert set(INSIDE) <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests/")]
    assert b"selcolor = selcolor_backend.cli:main" in entry_points
    assert b"[selcolor.commands]" in entry_points


def test_the_sdist_can_be_built_from(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {"pyproject.toml", "LICENSE", "installer/install.py"} <= names
    assert "plugin/gimp/selective-colorize/selective-colorize.py" in names


def test_the_installer_is_one_file_that_needs_nothing(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    file = pack(tmp_path / "installer.pyz", wheel)

    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
    assert wheel.name in names
    assert "selcolor_installer/standalone/constraints.txt" in names
    command = [sys.executable, "-I", "-S", str(file), "--help"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert "Install Selective Colorize" in done.stdout
    assert os.access(file, os.X_OK)


def test_the_version_of_plugin_and_program_is_one() -> None:
    assert VERSION == PLUGIN_VERSION
    assert VERSION not in (CHECKOUT / "pyproject.toml").read_text()
    for file in CHECKOUT.glob("*/selcolor_*/**/*.py"):
        if file.name != "version.py":
            assert not re.search(rf'"{re.escape(VERSION)}"', file.read_text()), file
