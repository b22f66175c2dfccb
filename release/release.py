"""`make release`: everything that is published, in one folder, each file of it tried.

    dist/release/selective_colorize-VERSION-py3-none-any.whl, ….tar.gz
    dist/release/selective-colorize-krita-VERSION.zip, ….gimp-VERSION.zip
    dist/release/selective-colorize-installer.pyz           with the wheel in it
    dist/release/selective-colorize-guide-VERSION.zip, CHANGELOG.md, NOTES.md, SHA256SUMS

`--bundle` adds all wheels for a machine of this kind without network: minutes and gigabytes.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

from plugin_zips import make_gimp_zip, make_krita_zip
from started import start_everything

from selcolor_installer.standalone.packing import NAME as INSTALLER
from selcolor_installer.standalone.packing import pack
from selcolor_plugin.version import VERSION

CHECKOUT = Path(__file__).resolve().parents[1]
TARGET = CHECKOUT / "dist" / "release"
UNRELEASED = "## Unreleased"


def main() -> int:
    """Make the release; 0 when every file of it was started."""
    parser = argparse.ArgumentParser(description="Make what is published.")
    parser.add_argument("--folder", type=Path, default=TARGET, help="where (%(default)s)")
    parser.add_argument("--bundle", action="store_true", help="with the wheels for offline use")
    chosen = parser.parse_args()
    shutil.rmtree(chosen.folder, ignore_errors=True)
    chosen.folder.mkdir(parents=True)
    made = make(chosen.folder)
    start_everything(chosen.folder)
    if chosen.bundle:
        made.append(make_bundle(chosen.folder))
    (chosen.folder / "SHA256SUMS").write_text(sums(made))
    print(f"{len(made)} files and their SHA256SUMS are in {chosen.folder}.")
    return 0


def make(folder: Path) -> list[Path]:
    """Make all files but the bundle; raises CalledProcessError where one cannot be built."""
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(command, cwd=CHECKOUT, check=True)  # noqa: S603 - our own command
    (wheel,) = folder.glob("*.whl")
    guide = folder / f"selective-colorize-guide-{VERSION}"
    changes = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    (folder / "CHANGELOG.md").write_text(cut(changes, VERSION), encoding="utf-8")
    (folder / "NOTES.md").write_text(notes(changes), encoding="utf-8")
    return [
        wheel,
        next(folder.glob("*.tar.gz")),
        make_krita_zip(folder),
        make_gimp_zip(folder),
        pack(folder / INSTALLER, wheel),
        Path(shutil.make_archive(str(guide), "zip", CHECKOUT / "docs" / "guide")),
        folder / "CHANGELOG.md",
        folder / "NOTES.md",
    ]


def cut(changes: str, version: str) -> str:
    """The changelog with what was unreleased under this version; the next begins empty.

    Raises:
        ValueError: there is nothing unreleased.
    """
    if UNRELEASED not in changes:
        raise ValueError(f"CHANGELOG.md has no {UNRELEASED!r}: what is new in {version}?")
    return changes.replace(UNRELEASED, f"{UNRELEASED}\n\n## {version}", 1)


def notes(changes: str) -> str:
    """What is new, for the page of the release."""
    return re.split(r"(?m)^## ", changes.split(UNRELEASED, 1)[1])[0].strip() + "\n"


def make_bundle(folder: Path) -> Path:
    """All wheels for a machine of this kind and the CPU, by the installer that is published."""
    wheels = folder / "bundle"
    command = [sys.executable, str(folder / INSTALLER), "--torch", "cpu", "--bundle", str(wheels)]
    subprocess.run(command, check=True)  # noqa: S603 - our own command
    name = f"selective-colorize-offline-{VERSION}-{sys.platform}"
    packed = Path(shutil.make_archive(str(folder / name), "tar", wheels))
    shutil.rmtree(wheels)
    return packed


def sums(files: list[Path]) -> str:
    """The digests, as `sha256sum --check` reads them."""
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in files)
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
