"""Collects all that another machine of the same kind needs, so that it needs no network."""

from __future__ import annotations

import shutil
from pathlib import Path

from selcolor_installer.standalone import project
from selcolor_installer.standalone.environments import python_of
from selcolor_installer.standalone.inherited import own_environment
from selcolor_installer.standalone.packing import NAME, pack
from selcolor_installer.standalone.pip import pip_environment, run
from selcolor_protocol.folders import APPLICATION


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
    wheel = [python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(folder), chosen]
    run(wheel, inherited)
    run([python, "-m", "selcolor_backend", "wheels", str(folder)], own_environment())
    if project.HERE.is_file():
        shutil.copy(project.HERE, folder)
    else:
        pack(folder / NAME)
