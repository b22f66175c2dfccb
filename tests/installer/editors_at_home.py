"""Editors drawn into a home folder, and what the home folder looks like."""

from __future__ import annotations

from pathlib import Path

from drawn_machine import draw

from selcolor_installer.machine import Machine


def add_krita(machine: Machine, python: str = "3.11") -> None:
    """Debian's Krita with PyQt."""
    draw(
        machine.root,
        {
            "usr/bin/krita": "",
            "usr/lib/x/kritaplugins/kritapykrita.so": f"libpython{python}.so".encode(),
            "usr/lib/python3/dist-packages/PyQt5/": "",
        },
    )


def add_gimp(machine: Machine, version: str = "3.0") -> None:
    """Debian's GIMP with Python 3.13."""
    draw(
        machine.root,
        {
            f"usr/bin/gimp-{version}": "",
            "usr/lib/x/gimp/3.0/interpreters/pygimp.interp": "python=/usr/bin/python3.13\n",
        },
    )


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Every file with its content, and every folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
