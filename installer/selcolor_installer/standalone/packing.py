"""Packs for other machines: the installer as one file, and all that it needs without network.

python3 installer/install.py …                      in a checkout
python3 selective-colorize-installer.pyz …          anywhere; the program's wheel is in it
"""

from __future__ import annotations

import shutil
import tempfile
import zipapp
from pathlib import Path

from selcolor_installer.standalone import project
from selcolor_installer.standalone.environments import program_of, python_of
from selcolor_installer.standalone.inherited import own_environment
from selcolor_installer.standalone.pip import pip_environment, run
from selcolor_protocol.folders import APPLICATION

NAME = "selective-colorize-installer.pyz"
CHECKOUT = Path(__file__).resolve().parents[3]
PARTS = ("installer/selcolor_installer", "plugin/selcolor_plugin", "protocol/selcolor_protocol")
"""What installs, and what removes a program whose own Python is gone."""


def pack(target: Path, wheel: Path | None = None) -> Path:
    """Pack it into a file, with the program's wheel if it is not to be had from elsewhere."""
    ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
    with tempfile.TemporaryDirectory() as staging:
        for part in PARTS:
            source = CHECKOUT / part
            shutil.copytree(source, Path(staging) / source.name, ignore=ignored)
        shutil.copy(CHECKOUT / "installer/install.py", Path(staging) / "__main__.py")
        if wheel is not None:
            shutil.copy(wheel, staging)
        target.parent.mkdir(parents=True, exist_ok=True)
        zipapp.create_archive(staging, target, "/usr/bin/env python3", compressed=True)
    target.chmod(0o755)
    return target


def make_bundle(environment: Path, chosen: str, build: str, folder: Path) -> None:
    """Fill a folder with the wheels of an environment and the installer; raises as `run`."""
    python = str(python_of(environment))
    folder.mkdir(parents=True, exist_ok=True)
    inherited = pip_environment(python)
    frozen = run([python, "-m", "pip", "freeze", "--exclude", APPLICATION])
    pinned = [line for line in frozen.splitlines() if "==" in line]
    listing = folder / "requirements.txt"
    listing.write_text("\n".join(pinned) + "\n", encoding="utf-8")
    download = [python, "-m", "pip", "download", "--no-deps", "--dest", str(folder)]
    more = ["--extra-index-url", project.TORCH_INDEX + build] if "+" in frozen else []
    run([*download, *more, "--requirement", str(listing), "pip"], inherited)
    run([python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(folder), chosen], inherited)
    run(program_of(environment, "wheels", str(folder)), own_environment())
    if project.HERE.is_file():
        shutil.copy(project.HERE, folder)
    else:
        pack(folder / NAME)
