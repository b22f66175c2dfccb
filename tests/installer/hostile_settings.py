"""A person's settings of pip and Python, made for another occasion: each would mislead us."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def of_pip(folder: Path) -> dict[str, str]:
    """Settings of pip: each alone makes it refuse, or install something else or elsewhere."""
    constraints = folder / "constraints.txt"
    constraints.write_text("torch==99\nmsgpack==99\npip<1\n")
    return {
        "constraint": str(constraints),
        "dry-run": "true",
        "no-binary": ":all:",
        "no-index": "true",
        "prefix": str(folder / "elsewhere"),
        "require-hashes": "true",
        "root": str(folder / "elsewhere"),
        "target": str(folder / "elsewhere"),
        "user": "true",
    }


def set_variables(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """The settings as variables, and a module path with a broken pip and a broken start."""
    for name, value in of_pip(folder).items():
        monkeypatch.setenv("PIP_" + name.upper().replace("-", "_"), value)
    modules = folder / "modules"
    for name in ("pip", "skimage", "sitecustomize"):
        (modules / name).mkdir(parents=True)
        (modules / name / "__init__.py").write_text(f"raise SystemExit('the wrong {name}')")
    monkeypatch.setenv("PYTHONPATH", str(modules))


def write_files(home: Path, folder: Path, **needed: str) -> None:
    """The settings as configuration files, with what a person needs among them."""
    of_installing = "".join(f"{name} = {value}\n" for name, value in of_pip(folder).items())
    pip = home / ".config/pip/pip.conf"
    pip.parent.mkdir(parents=True)
    of_all = "".join(f"{name.replace('_', '-')} = {value}\n" for name, value in needed.items())
    pip.write_text(f"[global]\nquiet = 3\n{of_all}[install]\n{of_installing}")


def read_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pip find their configuration files, those of this machine below them."""
    monkeypatch.delenv("PIP_CONFIG_FILE")
    monkeypatch.setenv("XDG_CONFIG_DIRS", os.devnull)
