"""`installer/install.py` as a module, and a stand-in for the program that it installs."""

from __future__ import annotations

import ensurepip
import importlib.util
import shutil
import sysconfig
from pathlib import Path
from types import ModuleType

from wheel_files import write_wheel

CHECKOUT = Path(__file__).parents[2]
FILE = CHECKOUT / "installer" / "install.py"

PROGRAM = """\
import os, pathlib, sys
command, *rest = sys.argv[1:]
log = pathlib.Path(os.environ["HOME"], "calls.txt")
log.open("a").write(f"{VERSION} {command}\\n")
if command == "colorize":
    assert pathlib.Path(rest[0]).read_text() == "photo"
    assert "SELCOLOR_RUNTIME_DIR" in os.environ
if command == BROKEN:
    sys.exit("No space left on device")
"""
"""The stand-in writes down how it is called; the real program is tested elsewhere."""

PHOTOS = """\
class data:
    astronaut = staticmethod(lambda: "photo")
class io:
    imsave = staticmethod(lambda path, pixels: open(path, "w").write(pixels))
"""


def load(name: str) -> ModuleType:
    """A script of the installer as a module: `install` or `pack`."""
    spec = importlib.util.spec_from_file_location(name, FILE.with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def bundled_pip() -> Path:
    """The wheel of pip that comes with this Python; Debian has a folder of its own for it."""
    debians = sysconfig.get_config_var("WHEEL_PKG_DIR")
    folder = Path(debians) if debians else Path(ensurepip.__file__).parent / "_bundled"
    return next(folder.glob("pip-*.whl"))


def write_program(folder: Path, version: str = "1.0", broken: str = "nothing") -> Path:
    """The stand-in's wheel, with all that it needs beside it.

    Args:
        folder: for the wheels.
        version: of the stand-in.
        broken: the command that fails.
    """
    for name in ("torch", "torchvision"):
        write_wheel(folder, name, "1.0")
    write_wheel(folder, "scikit_image", "1.0", {"skimage/__init__.py": PHOTOS})
    shutil.copy(bundled_pip(), folder)
    main = f"VERSION, BROKEN = {version!r}, {broken!r}\n{PROGRAM}"
    files = {"selcolor_backend/__init__.py": "", "selcolor_backend/__main__.py": main}
    needs = ("pip", "torch", "torchvision", "scikit-image")
    return write_wheel(folder, "selective_colorize", version, files, needs)
