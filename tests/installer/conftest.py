"""A home folder of the test's own, and stand-ins for the wheels, so that no network is needed."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from argparse import Namespace
from pathlib import Path

import pytest
from install_script import write_program
from wheel_files import write_wheel

from selcolor_installer import vendor
from selcolor_installer.machine import Machine, System

STANDINS = {"pyzmq": "26.0.0", "msgpack": "1.1.0"}
SETTINGS = ("XDG_", "SELCOLOR_", "PIP_", "PYTHONPATH")


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand-ins for the locked wheels, with a lock file of their own."""
    folder, lines = tmp_path / "wheels", []
    for name, version in STANDINS.items():
        # Where pyzmq has compiled files, the stand-in has an empty one for every Python.
        files = {f"{name}_stub.py": "", "zmq/backend/cython/_zmq.abi3.so": ""}
        files |= {f"zmq/backend/cython/_zmq.cpython-{n}-x.so": "" for n in ("310", "311")}
        path = write_wheel(folder, name, version, files if name == "pyzmq" else None)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        lines.append(f"{name}=={version} --hash=sha256:{digest}\n")
    lock = tmp_path / "vendor.lock"
    lock.write_text("".join(lines))
    monkeypatch.setattr(vendor, "LOCK", lock)
    return folder


@pytest.fixture
def unpacked(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same wheels, unpacked without pip, which takes seconds; `test_vendor.py` has it run."""

    def unpack(folder: Path, *_choice: object) -> None:
        for path in wheels.glob("*.whl"):
            with zipfile.ZipFile(path) as archive:
                archive.extractall(folder)

    monkeypatch.setattr(vendor, "install_wheels", unpack)
    return wheels


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home folder of a user who has nothing yet; the platform's folders lie in it."""
    home = tmp_path / "root" / "home" / "ann"
    home.mkdir(parents=True)
    for name in [name for name in os.environ if name.startswith(SETTINGS)]:
        monkeypatch.delenv(name)
    # The drawn packages take no room, however full this machine's disk is.
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Namespace(free=10**12))
    # What this machine's own pip is told is no matter here.
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("HOME", str(home))
    # pip asks for the version of rustc, and rustup would then write into the home folder.
    monkeypatch.setenv("RUSTUP_HOME", str(tmp_path / "rustup"))
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("SELCOLOR_RUNTIME_DIR", str(runtime))
    return home


@pytest.fixture
def machine(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """A Linux machine of that user, without any editor; it is taken for the one we run on."""
    drawn = Machine(System.LINUX, home, {}, tmp_path / "root")
    monkeypatch.setattr(Machine, "this", classmethod(lambda _cls: drawn))
    return drawn


@pytest.fixture
def offline(tmp_path: Path) -> Path:
    """A folder of wheels with version 1.0 of the stand-in."""
    return write_program(tmp_path / "offline").parent
