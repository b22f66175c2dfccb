"""The `vendor` folder of a plugin: what it imports, for the editor's own Python.

An editor's Python is not ours: it may be of another version, and must not see our environment. So
wheels are chosen for *its* version and unpacked beside the plugin, with our two pure packages.
Every wheel has to be one of those whose digests stand in `vendor.lock`. Where there are none, the
plugin goes through a relay and needs only msgpack, whose pure Python is copied from here.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from selcolor_installer.standalone.failures import InstallationFailed
from selcolor_installer.standalone.inherited import bare_environment
from selcolor_installer.standalone.pip import pip_environment, run

LOCK = Path(__file__).with_name("vendor.lock")
LOCKED_NAME = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)

PURE_PACKAGE = "msgpack"
"""Works without its compiled part, in any Python."""

OUR_PACKAGES = ("selcolor_protocol", "selcolor_plugin")


def locked_versions() -> dict[str, str]:
    """The packages of the lock file with their one version."""
    return dict(LOCKED_NAME.findall(LOCK.read_text(encoding="utf-8")))


def fill_vendor(folder: Path, pythons: Sequence[str], wheels: Path | None = None) -> None:
    """Make the vendor folder.

    Args:
        folder: to be made; it must not exist yet.
        pythons: versions of the editors' Pythons, such as `3.11`; none where there are no wheels.
        wheels: a folder of wheel files to take them from instead of the package index (offline).

    Raises:
        InstallationFailed: pip found no wheels, or has no connection; nothing was changed.
    """
    for python in pythons:
        install_wheels(folder, python, wheels)
    for package in OUR_PACKAGES if pythons else (PURE_PACKAGE, *OUR_PACKAGES):
        copy_package(package, folder)


def install_wheels(folder: Path, python: str, wheels: Path | None = None) -> None:
    """Unpack the locked wheels for one Python into a folder that may have those for others.

    One version of a package has the same Python files for every Python; only the compiled ones
    differ, and their names say for which Python they are, so that they can lie side by side.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".wheels.", dir=folder.parent) as aside:
        _pip("install", "--no-compile", "--target", aside, python=python, wheels=wheels)
        shutil.copytree(aside, folder, dirs_exist_ok=True)


def collect_wheels(folder: Path, pythons: Sequence[str], wheels: Path | None = None) -> None:
    """Download the locked wheels for these Pythons, so that plugins can be installed offline."""
    for python in pythons:
        _pip("download", "--dest", str(folder), python=python, wheels=wheels)


def _pip(*arguments: str, python: str, wheels: Path | None) -> None:
    """Have pip take what is locked, for one Python."""
    own = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    chosen = ["--python-version", python, "--implementation", "cp", "--only-binary", ":all:"]
    locked = ["--no-deps", "--require-hashes", "--requirement", str(LOCK)]
    offline = ["--no-index", "--find-links", str(wheels)] if wheels else []
    try:
        inherited = bare_environment() if wheels else pip_environment(sys.executable)
        run([*own, *chosen, *locked, *offline], inherited)
    except InstallationFailed as error:
        names = " and ".join(f"{name} {number}" for name, number in locked_versions().items())
        raise InstallationFailed(
            error.code,
            f"pip could not install {names} for Python {python}; nothing was changed. {error}",
            error.hint,
        ) from error


def copy_package(package: str, folder: Path) -> None:
    """Copy a package as it is imported here, without caches and compiled parts."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise InstallationFailed(
            "package_missing",
            f"The package {package} is not installed here; nothing was changed.",
            "Install Selective Colorize again with this Python.",
        )
    shutil.copytree(
        Path(spec.origin).parent,
        folder / package,
        ignore=shutil.ignore_patterns("__pycache__", "*.pyc", "*.so", "*.pyd"),
    )
