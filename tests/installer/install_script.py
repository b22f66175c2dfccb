"""Where `installer/install.py` is, and a stand-in for the program that it installs."""

from __future__ import annotations

import ensurepip
import shutil
import sysconfig
from pathlib import Path

from wheel_files import write_wheel

CHECKOUT = Path(__file__).parents[2]
FILE = CHECKOUT / "installer" / "install.py"

PROGRAM = """\
import os, pathlib, sys
command, *rest = sys.argv[1:]
log = pathlib.Path(os.environ["HOME"], "calls.txt")
log.open("a").write(f"{VERSION} {command}\\n")
if command == "colorize":
    import torch
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


DEVICES = """\
def best_device():
    import torch
    return torch.DEVICE
"""


def bundled_pip() -> Path:
    """The wheel of pip that comes with this Python; Debian has a folder of its own for it."""
    debians = sysconfig.get_config_var("WHEEL_PKG_DIR")
    folder = Path(debians) if debians else Path(ensurepip.__file__).parent / "_bundled"
    return next(folder.glob("pip-*.whl"))


def write_torch(folder: Path, version: str = "1.0", source: str = "DEVICE = 'cpu'") -> None:
    """The wheels of a stand-in for PyTorch, in a build that has this source."""
    files = {"torch_stub.py": "", "torch/__init__.py": source}
    write_wheel(folder, "torch", version, files)
    write_wheel(folder, "torchvision", version)


def write_program(folder: Path, version: str = "1.0", broken: str = "nothing") -> Path:
    """The stand-in's wheel, with all that it needs beside it.

    Args:
        folder: for the wheels.
        version: of the stand-in.
        broken: the command that fails.
    """
    write_torch(folder)
    write_wheel(folder, "scikit_image", "1.0", {"skimage/__init__.py": PHOTOS})
    shutil.copy(bundled_pip(), folder)
    main = f"VERSION, BROKEN = {version!r}, {broken!r}\n{PROGRAM}"
    files = {
        "selcolor_backend/__init__.py": "",
        "selcolor_backend/__main__.py": main,
        "selcolor_backend/models/__init__.py": "",
        "selcolor_backend/models/devices.py": DEVICES,
    }
    needs = ("pip", "torch", "torchvision", "scikit-image")
    return write_wheel(folder, "selective_colorize", version, files, needs)
