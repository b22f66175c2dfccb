"""The `vendor` folder of a plugin: what it imports, for the editor's own Python.

An editor's Python is not ours: it may be of another version, and must not see our environment. So
wheels are chosen for *its* version and unpacked beside the plugin, with our two pure packages.
Every wheel has to be one of those whose digests stand in `vendor.lock`. Where there are none, the
plugin goes through a relay and needs only msgpack, whose pure Python is copied from here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from selcolor_installer.pip_environment import (
    asking_environment,
    bare_environment,
    settings_of_pip,
)
from selcolor_installer.pip_failures import explain
from selcolor_protocol.errors import SelectiveColorizeError

LOCK = Path(__file__).with_name("vendor.lock")
LOCKED_NAME = re.compile(r"^([\w.-]+)==(\S+)", re.MULTILINE)

PURE_PACKAGE = "msgpack"
"""Works without its compiled part, in any Python."""

OUR_PACKAGES = ("selcolor_protocol", "selcolor_plugin")


class VendoringFailed(SelectiveColorizeError):
    """What the plugin imports could not be had; nothing was installed or replaced."""

    code = "vendoring_failed"


@dataclass(frozen=True)
class EditorPython:
    """The Python inside an editor.

    Attributes:
        version: such as `3.11`; None where there are no wheels for it.
        platform: a wheel platform tag such as `manylinux2014_x86_64`; None for this machine's.
        others: versions of further editors that read the same plugin folder.
    """

    version: str | None
    platform: str | None = None
    others: tuple[str, ...] = ()

    @property
    def versions(self) -> tuple[str, ...]:
        """All versions that one plugin folder has to serve."""
        return (self.version, *self.others) if self.version else ()


def locked_versions() -> dict[str, str]:
    """The packages of the lock file with their one version."""
    return dict(LOCKED_NAME.findall(LOCK.read_text(encoding="utf-8")))


def fill_vendor(folder: Path, python: EditorPython, wheels: Path | None = None) -> None:
    """Make the vendor folder.

    Args:
        folder: to be made; it must not exist yet.
        python: for which wheels are chosen.
        wheels: a folder of wheel files to take them from instead of the package index (offline).

    Raises:
        VendoringFailed: pip found no wheels, or has no connection.
    """
    for version in python.versions:
        install_wheels(folder, version, python.platform, wheels)
    for package in OUR_PACKAGES if python.versions else (PURE_PACKAGE, *OUR_PACKAGES):
        copy_package(package, folder)


def install_wheels(
    folder: Path, version: str, platform: str | None = None, wheels: Path | None = None
) -> None:
    """Unpack the locked wheels for one Python into a folder that may have those for others.

    One version of a package has the same Python files for every Python; only the compiled ones
    differ, and their names say for which Python they are, so that they can lie side by side.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".wheels.", dir=folder.parent) as aside:
        _pip(
            *("install", "--no-compile", "--target", aside),
            *_choice(version, platform),
            *_source(wheels),
            version=version,
        )
        shutil.copytree(aside, folder, dirs_exist_ok=True)


def collect_wheels(folder: Path, versions: tuple[str, ...], wheels: Path | None = None) -> None:
    """Download the locked wheels for these Pythons, so that plugins can be installed offline."""
    for version in versions:
        _pip(
            "download", "--dest", str(folder), *_choice(version), *_source(wheels), version=version
        )


def _choice(version: str, platform: str | None = None) -> tuple[str, ...]:
    """What tells pip for which Python and platform."""
    chosen = ("--python-version", version, "--implementation", "cp", "--only-binary", ":all:")
    return (*chosen, "--platform", platform) if platform else chosen


def _source(wheels: Path | None) -> tuple[str, ...]:
    """What tells pip which packages, and where they lie."""
    locked = ("--no-deps", "--require-hashes", "--requirement", str(LOCK))
    return (*locked, "--no-index", "--find-links", str(wheels)) if wheels else locked


def _pip(*arguments: str, version: str) -> None:
    inherited = bare_environment()
    if "--no-index" not in arguments:
        listing = _run_pip("config", "list", inherited=asking_environment(), version=version)
        inherited |= settings_of_pip(listing)
    _run_pip(*arguments, inherited=inherited, version=version)


def _run_pip(*arguments: str, inherited: dict[str, str], version: str) -> str:
    """Run pip to its end; what it printed."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    done = subprocess.run(command, env=inherited, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    if done.returncode:
        _, sentence, hint = explain(done.stdout + done.stderr)
        names = " and ".join(f"{name} {number}" for name, number in locked_versions().items())
        raise VendoringFailed(
            f"pip could not install {names} for Python {version}; nothing was changed. {sentence}",
            hint,
        )
    return done.stdout


def copy_package(package: str, folder: Path) -> None:
    """Copy a package as it is imported here, without caches and compiled parts."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise VendoringFailed(
            f"The package {package} is not installed here; nothing was changed.",
            "Install Selective Colorize again with this Python.",
        )
    shutil.copytree(
        Path(spec.origin).parent,
        folder / package,
        ignore=shutil.ignore_patterns("__pycache__", "*.pyc", "*.so", "*.pyd"),
    )
