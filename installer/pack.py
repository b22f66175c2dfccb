"""Packs `install.py` and the program's wheel into one file that needs no checkout.

python3 installer/pack.py [FILE]      dist/selective-colorize-installer.pyz by default
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import zipapp
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
TARGET = CHECKOUT / "dist" / "selective-colorize-installer.pyz"


def pack(target: Path) -> Path:
    """Build the wheel and the zip application; the file.

    Raises:
        subprocess.CalledProcessError: the wheel could not be built.
    """
    with tempfile.TemporaryDirectory() as staging:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir"]
        subprocess.run([*command, staging, str(CHECKOUT)], check=True)  # noqa: S603 - our own command
        shutil.copy(CHECKOUT / "installer" / "install.py", Path(staging) / "__main__.py")
        target.parent.mkdir(parents=True, exist_ok=True)
        zipapp.create_archive(staging, target, "/usr/bin/env python3")
    return target


if __name__ == "__main__":
    print(pack(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET))
