"""Which program is installed, and in which versions of all that it needs."""

from __future__ import annotations

import hashlib
import re
import time
import urllib.request
import zipfile
from importlib.resources import files
from pathlib import Path

from selcolor_installer.standalone import torch_builds
from selcolor_installer.standalone.pip import REACH_SECONDS, TORCH, Wanted
from selcolor_protocol.folders import APPLICATION

TORCH_INDEX = "https://download.pytorch.org/whl/"
HERE = Path(__file__).resolve().parents[2]
"""The folder with `install.py`; in a packed installer that file itself."""


def find_project(folder: Path, wheels: Path | None = None) -> str:
    """What pip shall install: a wheel of these, or one packed with this, put into the folder.

    Without both, it is the checkout, or what the package index has.
    """
    if wheels is not None:
        return str(max(wheels.glob(f"{APPLICATION.replace('-', '_')}-*.whl"), default=APPLICATION))
    if HERE.is_file():
        with zipfile.ZipFile(HERE) as packed:
            wheel = next(name for name in packed.namelist() if name.endswith(".whl"))
            return packed.extract(wheel, folder)
    return str(HERE.parent) if (HERE.parent / "pyproject.toml").is_file() else APPLICATION


def describe(project: str) -> str:
    """What tells one version of the program from another."""
    path = Path(project)
    if path.is_file():
        return f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    if path.is_dir():
        text = (path / "plugin/selcolor_plugin/version.py").read_text(encoding="utf-8")
        return f"{path} {re.findall(r'(?m)^VERSION = .*$', text)}"
    # What the package index has by now is not known: it is built beside.
    return f"{project} {time.time()}"


def tested_versions() -> list[str]:
    """Everything that the tests ran with, as `name==version`; `make constraints` writes it."""
    text = (files("selcolor_installer.standalone") / "constraints.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def tested_torch() -> tuple[str, ...]:
    """Of those, PyTorch's packages."""
    return tuple(line for line in tested_versions() if line.partition("==")[0] in TORCH)


def wanted(project: str, build: str, wheels: Path | None, folder: Path, is_own: bool) -> Wanted:
    """What pip is to install for a build of PyTorch, offline where there are wheels.

    Our own program is held to the versions that it was tested with, by a file in the folder.
    """
    if wheels:
        return Wanted(project, TORCH, wheels=wheels)
    index = torch_index(build)
    is_tested = is_own and (not index or build in torch_builds.TESTED)
    pins: tuple[str, ...] = ()
    if is_own:
        lines = [line for line in tested_versions() if is_tested or line not in tested_torch()]
        file = folder / "constraints.txt"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        pins = ("--constraint", str(file))
    return Wanted(project, tested_torch() if is_tested else TORCH, index, pins)


def torch_index(build: str) -> tuple[str, ...]:
    """What tells pip where a build lies; nothing where its index cannot be reached."""
    if build == torch_builds.MAC:
        return ()
    index = TORCH_INDEX + build
    try:
        urllib.request.urlopen(f"{index}/torch/", timeout=REACH_SECONDS).close()  # noqa: S310 - https, above
    except OSError:
        print(
            f"        {index} cannot be reached, so PyTorch is taken from the package index: on\n"
            "        Linux that is the build for GPUs, which takes three times as much."
        )
        return ()
    return ("--index-url", index)
