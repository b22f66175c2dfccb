"""Draws the folders of a machine, so that another platform's layout can be looked at here.

The paths are recorded ones; the modules under `selcolor_installer/finding` name their sources.
"""

from __future__ import annotations

from pathlib import Path

from selcolor_installer.machine import Machine, System

Tree = dict[str, str | bytes]
"""Paths and their contents; a path that ends with `/` is a folder, `-> x` a link to x."""

HOMES = {System.LINUX: "home/ann", System.MACOS: "Users/ann", System.WINDOWS: "Users/ann"}


def draw(root: Path, tree: Tree) -> None:
    """Make the files and folders of a tree."""
    for name, content in tree.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
        elif isinstance(content, bytes):
            path.write_bytes(content)
        elif content.startswith("-> "):
            path.symlink_to(content.removeprefix("-> "))
        else:
            path.write_text(content)


def machine(system: System, root: Path, tree: Tree, **environment: str) -> Machine:
    """A machine of one user, ann, with these files."""
    home = root / HOMES[system]
    home.mkdir(parents=True, exist_ok=True)
    draw(root, tree)
    return Machine(system, home, environment, root)
