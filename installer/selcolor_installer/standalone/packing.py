"""Packs the installer into one file that any Python can run: a zip application.

python3 installer/install.py …                      in a checkout
python3 selective-colorize-installer.pyz …          anywhere; the program's wheel is in it
"""

from __future__ import annotations

import shutil
import tempfile
import zipapp
from pathlib import Path

NAME = "selective-colorize-installer.pyz"
CHECKOUT = Path(__file__).resolve().parents[3]
PARTS = ("installer/selcolor_installer", "plugin/selcolor_plugin", "protocol/selcolor_protocol")
"""What installs, and what removes a program whose own Python is gone."""


def pack(target: Path, wheel: Path | None = None) -> Path:
    """Pack it; the file.

    Args:
        target: the file.
        wheel: of the program; without it, the installer takes it from a folder or an index.
    """
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
