"""The `vendor` folder of a plugin: what it imports, for the editor's own Python.

An editor's Python is not ours: it may be of another version, and must not see our environment. So
wheels are chosen for *its* version and unpacked beside the plugin, with our two pure packages.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from selcolor_protocol.errors import SelectiveColorizeError

REQUIREMENTS = ("pyzmq>=25.1,<28", "msgpack>=1.0,<2")
"""The same bounds as in pyproject.toml; a test compares them."""

OUR_PACKAGES = ("selcolor_protocol", "selcolor_plugin")


class VendoringFailed(SelectiveColorizeError):
    """What the plugin imports could not be had; nothing was installed or replaced."""

    code = "vendoring_failed"


@dataclass(frozen=True)
class EditorPython:
    """The Python inside an editor.

    Attributes:
        version: such as `3.11`.
        platform: a wheel platform tag such as `manylinux2014_x86_64`; None for this machine's.
    """

    version: str
    platform: str | None = None


def fill_vendor(folder: Path, python: EditorPython, wheels: Path | None = None) -> None:
    """Make the vendor folder.

    Args:
        folder: to be made; it must not exist yet.
        python: for which wheels are chosen.
        wheels: a folder of wheel files to take them from instead of the package index (offline).

    Raises:
        VendoringFailed: pip found no wheels, or has no connection.
    """
    install_wheels(folder, python, wheels)
    for package in OUR_PACKAGES:
        copy_package(package, folder)


def install_wheels(folder: Path, python: EditorPython, wheels: Path | None = None) -> None:
    """Unpack the wheels of REQUIREMENTS; raises as `fill_vendor`."""
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
        *("--no-compile", "--only-binary", ":all:", "--python-version", python.version),
        *("--implementation", "cp", "--target", str(folder)),
    ]
    if python.platform is not None:
        command += ["--platform", python.platform]
    if wheels is not None:
        command += ["--no-index", "--find-links", str(wheels)]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, *REQUIREMENTS], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise VendoringFailed(
            f"pip could not install {', '.join(REQUIREMENTS)} for Python {python.version}; "
            f"nothing was changed.\n{done.stderr.strip()}\n",
            "Check the network, or name a folder of wheels with --wheels.",
        )


def copy_package(package: str, folder: Path) -> None:
    """Copy one of our packages as it is imported here, without caches."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise VendoringFailed(
            f"The package {package} is not installed here; nothing was changed.",
            "Install Selective Colorize again with this Python.",
        )
    shutil.copytree(
        Path(spec.origin).parent,
        folder / package,
        ignore=shutil.ignore_patterns("__pycache__", "*.pyc"),
    )
