"""Small wheels of given files, to try the installer with, and package indexes of them."""

from __future__ import annotations

import zipfile
from pathlib import Path


def write_wheel(
    folder: Path,
    name: str,
    version: str,
    files: dict[str, str] | None = None,
    needs: tuple[str, ...] = (),
) -> Path:
    """A wheel of one empty module, or of these files, that needs these packages."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    path = folder / f"{name}-{version}-py3-none-any.whl"
    contents = {
        **(files or {f"{name}_stub.py": ""}),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        + "".join(f"Requires-Dist: {need}\n" for need in needs),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    sizes = "".join(f"{file},,{len(text.encode())}\n" for file, text in contents.items())
    record = f"{sizes}{info}/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in {**contents, f"{info}/RECORD": record}.items():
            archive.writestr(file, text)
    return path


def write_index(folder: Path, wheels: Path) -> str:
    """Make a package index of all wheels of a folder; its address."""
    for wheel in wheels.glob("*.whl"):
        page = folder / wheel.name.split("-")[0].replace("_", "-") / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(f'<a href="{wheel.as_uri()}">{wheel.name}</a>')
    return folder.as_uri()
