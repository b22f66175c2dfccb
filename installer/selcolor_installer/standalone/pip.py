"""Runs pip: makes the environment, installs into it, and repairs what is damaged in it."""

from __future__ import annotations

import csv
import hashlib
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from selcolor_installer.standalone.environments import python_of
from selcolor_installer.standalone.failures import InstallationFailed, explain
from selcolor_installer.standalone.inherited import (
    asking_environment,
    bare_environment,
    own_environment,
    settings_of_pip,
)
from selcolor_protocol.folders import APPLICATION

WIDTH = 79
REACH_SECONDS = 8
TORCH = ("torch", "torchvision")
PIP_WHEEL = (
    "https://files.pythonhosted.org/packages/07/25/"
    "ee8c38ae72d66b844ce8eb9711ba905dba21ca1a8a0c960057c41cd23337/pip-26.3-py3-none-any.whl"
)
PIP_DIGEST = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
"""For Debian's Python, which has `venv` but, without python3-venv, no pip to put into it."""
PACKAGES = ("lib/python3*/site-packages/*.dist-info", "Lib/site-packages/*.dist-info")
"""What pip notes of each package, on Unix and on Windows."""
NO_VENV = (
    "venv_missing",
    "This Python cannot make environments: its venv module is not whole.",
    "On Debian and Ubuntu: sudo apt install python3-venv. Then run the same command again.",
)

Explain = Callable[[str], tuple[str, str, str]]


def run(
    command: list[str], environment: dict[str, str] | None = None, told: Explain = explain
) -> str:
    """Run a command to its end, its last line being shown on a terminal; what it printed.

    Args:
        command: the program and its arguments.
        environment: what it inherits; `bare_environment` by default.
        told: what its failure means, from what it printed.

    Raises:
        InstallationFailed: it failed.
    """
    lines = []
    with subprocess.Popen(  # noqa: S603 - our own command
        command,
        env=bare_environment() if environment is None else environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        close_fds=False,  # the lock stays taken while this runs, even if the installer is killed
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if sys.stdout.isatty():
                print(f"\r        {line.strip()[: WIDTH - 9]:{WIDTH - 9}}", end="", flush=True)
    if sys.stdout.isatty():
        print(f"\r{'':{WIDTH}}\r", end="", flush=True)
    if process.returncode:
        print("".join(lines[-15:]), file=sys.stderr)
        raise InstallationFailed(*told("".join(lines)))
    return "".join(lines)


def went_well(
    command: Sequence[str], environment: dict[str, str] | None = None, is_quiet: bool = False
) -> bool:
    """Run a command that speaks for itself, or quietly; whether there is one and it ended well."""
    inherited = environment or own_environment()
    try:
        done = subprocess.run(command, env=inherited, capture_output=is_quiet, check=False)  # noqa: S603 - our own command
    except OSError:
        return False
    return done.returncode == 0


def pip_environment(python: str) -> dict[str, str]:
    """What pip inherits: index, proxy, certificates and time-outs of a person; raises as `run`."""
    listing = run([python, "-m", "pip", "config", "list"], asking_environment())
    return {**bare_environment(), **settings_of_pip(listing)}


def make_environment(environment: Path, wheels: Path | None = None) -> None:
    """Make the environment, unless a former run did.

    Raises:
        InstallationFailed: this Python cannot.
    """
    if is_usable(environment):
        return
    shutil.rmtree(environment, ignore_errors=True)
    try:
        run([sys.executable, "-m", "venv", "--without-pip", str(environment)])
        install_pip(environment, wheels)
    except InstallationFailed as error:
        shutil.rmtree(environment, ignore_errors=True)
        if error.code == "pip_failed":
            raise InstallationFailed(*NO_VENV) from error
        raise


def is_usable(environment: Path) -> bool:
    """Whether something can be installed into an environment: not into one that was broken off."""
    command = [str(python_of(environment)), "-m", "pip", "--version"]
    return went_well(command, bare_environment(), is_quiet=True)


def install_pip(environment: Path, wheels: Path | None) -> None:
    """Put pip into an environment: this Python's own, or that of the wheels, or a fetched one.

    `venv` could do so, too, but compiles all of it, which takes longer; Debian's cannot.

    Raises:
        InstallationFailed: pip cannot be had.
    """
    with tempfile.TemporaryDirectory(prefix="selcolor-") as folder:
        found = [*(wheels.glob("pip-*.whl") if wheels else ()), *bundled_pips()]
        if not found and wheels:
            raise InstallationFailed(*NO_VENV)
        wheel = found[0] if found else fetch_pip(Path(folder))
        command = [str(python_of(environment)), f"{wheel}/pip", "install", "--no-index"]
        run([*command, "--no-compile", "--no-deps", str(wheel)])


def bundled_pips() -> list[Path]:
    """The wheel of pip that comes with this Python; Debian's has it in a package of its own."""
    debians = sysconfig.get_config_var("WHEEL_PKG_DIR")
    spec = find_spec("ensurepip")
    of_python = Path(spec.origin).parent / "_bundled" if spec and spec.origin else None
    folders = [Path(debians) if debians else None, of_python]
    return [wheel for folder in folders if folder for wheel in sorted(folder.glob("pip-*.whl"))]


def fetch_pip(folder: Path) -> Path:
    """Download pip's wheel.

    Raises:
        InstallationFailed: it cannot be had, or is another than was published.
    """
    wheel = folder / PIP_WHEEL.rpartition("/")[2]
    try:
        with urllib.request.urlopen(PIP_WHEEL, timeout=REACH_SECONDS) as answer:
            wheel.write_bytes(answer.read())
    except OSError as error:
        raise InstallationFailed(*NO_VENV) from error
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != PIP_DIGEST:
        raise InstallationFailed(*explain("do not match the hashes"))
    return wheel


@dataclass(frozen=True)
class Wanted:
    """What is to be installed, and from where.

    Attributes:
        project: the program: a wheel, a checkout or a name.
        torch: PyTorch's packages, with their versions where those were tested.
        index: arguments of pip that say where PyTorch's build lies.
        pins: arguments of pip that hold all else to the versions that were tested.
        wheels: a folder of wheels, to work offline.
    """

    project: str
    torch: tuple[str, ...]
    index: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    wheels: Path | None = None


def install_program(environment: Path, wanted: Wanted) -> None:
    """Install PyTorch and the program, or what lacks of them; raises as `run`."""
    offline = ("--no-index", "--find-links", str(wanted.wheels)) if wanted.wheels else ()
    python = str(python_of(environment))
    inherited = bare_environment() if wanted.wheels else pip_environment(python)
    # Compiling every module takes longer than what is imported of them ever will.
    install = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-compile"]
    for package in damaged_packages(environment):
        print(f"        {package} is damaged, so it is installed again.", flush=True)
        name = package.partition("==")[0]
        again = wanted.project if name == APPLICATION.replace("-", "_") else package
        where = offline or (wanted.index if name in TORCH else ())
        run([*install, "--force-reinstall", "--no-deps", *where, again], inherited)
    if not offline:
        run([*install, *wanted.index, *wanted.torch], inherited)
    run([*install, *offline, *wanted.pins, wanted.project], inherited)


def damaged_packages(environment: Path) -> list[str]:
    """Packages that lack a file, as `name==version`.

    One that was broken off in mid-installation has no list of files: pip is made to forget it.
    """
    damaged = []
    for info in sorted(info for pattern in PACKAGES for info in environment.glob(pattern)):
        if not (info / "RECORD").exists():
            shutil.rmtree(info)
        elif not is_whole(info):
            damaged.append("==".join(info.stem.split("-", 1)))
    return damaged


def is_whole(info: Path) -> bool:
    """Whether a package's files are there in full length; compiled ones come by themselves."""
    lines = (info / "RECORD").read_text(encoding="utf-8").splitlines()
    noted = {info.parent / row[0]: row[2] for row in csv.reader(lines)}
    return all(
        path.exists() and (not size or path.stat().st_size == int(size))
        for path, size in noted.items()
        if path.suffix != ".pyc"
    )
