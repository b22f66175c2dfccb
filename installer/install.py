#!/usr/bin/env python3
"""Installs Selective Colorize for one user: `python3 installer/install.py`. Nothing else is needed.

One file, standard library only, so that it runs before anything is installed; packed with the
program it is `selective-colorize-installer.pyz` (see `pack.py`). It makes a private environment,

    DATA/environments/1, 2, …   one is built beside the other; a whole one has a file `complete`
    DATA/environments/current   is switched over at the end: a failure leaves the old one working
    DATA/environments/downloads what pip or uv fetched; goes when the installation is whole

installs the program with the PyTorch that fits the machine, has it color one photo, and lets
`selcolor install` put the plugins into the editors. Running it again goes on, repairs, or upgrades.
"""

from __future__ import annotations

import argparse
import ast
import csv
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

APPLICATION = "selective-colorize"
OLDEST_PYTHON = (3, 11)
FOLDER, CURRENT, COMPLETE = "environments", "current", "complete"
FAILURE, MADE = "failure.json", "made.json"
DOWNLOADS, LOCK = "downloads", "lock"
GIGABYTE = 1_000_000_000
TORCH = ("torch", "torchvision")
TORCH_INDEX = "https://download.pytorch.org/whl/"
CUDA_DRIVERS = ((580, "cu130"), (525, "cu126"))
"""The oldest NVIDIA driver for a build, newest first."""
ROOM = {"cpu": 3 * GIGABYTE, "mps": 3 * GIGABYTE}
ROOM_OF_GPU_BUILDS = 9 * GIGABYTE
REACH_SECONDS = 8
PIP_WHEEL = (
    "https://files.pythonhosted.org/packages/07/25/"
    "ee8c38ae72d66b844ce8eb9711ba905dba21ca1a8a0c960057c41cd23337/pip-26.3-py3-none-any.whl"
)
PIP_DIGEST = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
"""For Debian's Python, which has `venv` but, without python3-venv, no pip to put into it."""
PACKAGES = ("lib/python3*/site-packages/*.dist-info", "Lib/site-packages/*.dist-info")
"""What pip notes of each package, on Unix and on Windows."""
NEEDED_OF_PIP = {
    "cert": "PIP_CERT",
    "client-cert": "PIP_CLIENT_CERT",
    "default-timeout": "PIP_DEFAULT_TIMEOUT",
    "extra-index-url": "PIP_EXTRA_INDEX_URL",
    "find-links": "PIP_FIND_LINKS",
    "index-url": "PIP_INDEX_URL",
    "keyring-provider": "PIP_KEYRING_PROVIDER",
    "proxy": "PIP_PROXY",
    "retries": "PIP_RETRIES",
    "timeout": "PIP_TIMEOUT",
    "trusted-host": "PIP_TRUSTED_HOST",
}
"""A person's settings of pip that say where packages lie and how they are reached: their names in
configuration files, and the variables that say the same."""
NEEDED_OF_UV = {
    "allow-insecure-host": "UV_INSECURE_HOST",
    "extra-index-url": "UV_EXTRA_INDEX_URL",
    "find-links": "UV_FIND_LINKS",
    "http-proxy": "HTTP_PROXY",
    "https-proxy": "HTTPS_PROXY",
    "index-url": "UV_DEFAULT_INDEX",
    "keyring-provider": "UV_KEYRING_PROVIDER",
    "native-tls": "UV_NATIVE_TLS",
    "no-proxy": "NO_PROXY",
    "system-certs": "UV_SYSTEM_CERTS",
}
"""The same for uv."""
VARIABLES_OF_UV = re.compile(
    "|".join(NEEDED_OF_UV.values())
    + r"|UV_INDEX|UV_INDEX_URL|UV_INDEX_\w+_(USERNAME|PASSWORD)|UV_CREDENTIALS_DIR"
    "|UV_HTTP_TIMEOUT|UV_REQUEST_TIMEOUT|UV_HTTP_CONNECT_TIMEOUT|UV_HTTP_RETRIES"
)
"""The variables of uv that a person cannot do without; some have no name in a file."""
CACHES = ("PIP_CACHE_DIR", "UV_CACHE_DIR")
WIDTH = 79

FAILURES = (
    (
        ("no space left on device", "errno 28", "disk quota exceeded"),
        "disk_full",
        "The disk is full.",
        "Free some space and run the same command again: it goes on from there.",
    ),
    (
        ("proxyerror", "proxy auth", "tunnel connection failed", "tunnel error"),
        "proxy",
        "The proxy between this machine and the network refused or did not answer.",
        "Set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT of your proxy and run it again.",
    ),
    (
        ("do not match the hashes",),
        "wrong_digest",
        "A downloaded package is not the one that was published: its digest differs.",
        "Run it again; if it fails again, the package index or the mirror is wrong.",
    ),
    (
        ("newconnectionerror", "failed to establish", "connecttimeout", "dns error"),
        "no_network",
        "The package index cannot be reached.",
        "Check the network; behind a proxy set HTTPS_PROXY; offline use --wheels FOLDER.",
    ),
    (
        (
            "incompleteread",
            "connection broken: ",
            "read timed out",
            "connection reset",
            "incomplete-download",
            "download failed after",
            "is invalid.",
        ),
        "network_lost",
        "The network was lost in the middle of a download.",
        "Check the network and run the same command again: finished downloads are kept.",
    ),
    (
        ("no matching distribution", "could not find a version", "no solution found"),
        "no_wheel",
        "A package cannot be had for this Python or this machine.",
        "Offline, the folder of wheels must be made on a machine of the same kind.",
    ),
)
NO_VENV = (
    "venv_missing",
    "This Python cannot make environments: its venv module is not whole.",
    "On Debian and Ubuntu: sudo apt install python3-venv. Then run the same command again.",
)
PHOTO = "from skimage import data, io; import sys; io.imsave(sys.argv[1], data.astronaut())"


class InstallationFailed(Exception):
    """A step failed; `code` for programs, `sentence` and `hint` for people."""

    def __init__(self, code: str, sentence: str, hint: str) -> None:
        super().__init__(sentence)
        self.code, self.sentence, self.hint = code, sentence, hint


def explain(output: str) -> tuple[str, str, str]:
    """Code, sentence and hint for what pip or uv printed."""
    text = output.lower()
    for words, code, sentence, hint in FAILURES:
        if any(word in text for word in words):
            return code, sentence, hint
    return "pip_failed", "pip failed.", "Read the last lines of its output above."


# Where things are -------------------------------------------------------------------------------


def data_folder() -> Path:
    """The user's data folder of this program, as `selcolor_backend.folders` has it."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    return base / APPLICATION


def python_of(environment: Path) -> Path:
    """The Python inside an environment."""
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def current_environment(root: Path) -> Path | None:
    """The environment in use; None when there is none that is whole."""
    try:
        chosen = root / (root / CURRENT).read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return chosen if (chosen / COMPLETE).exists() else None


def next_environment(root: Path, current: Path | None, identity: str) -> Path:
    """Where to install: the current one to repair it, a half made one to go on, or a new one."""
    known = (current / COMPLETE).read_text(encoding="utf-8") if current else ""
    if current and known == identity and is_usable(current):
        return current
    numbers = [int(path.name) for path in root.glob("*") if path.name.isdigit()]
    for number in sorted(numbers):
        if not (root / str(number) / COMPLETE).exists():
            return root / str(number)
    return root / str(max(numbers, default=0) + 1)


def find_project(root: Path, wheels: Path | None = None) -> str:
    """What pip shall install: a wheel of that folder, the one packed with this file, a checkout."""
    here = Path(__file__).resolve().parent
    if wheels is not None:
        return str(max(wheels.glob(f"{APPLICATION.replace('-', '_')}-*.whl"), default=APPLICATION))
    if here.is_file():
        with zipfile.ZipFile(here) as packed:
            packed_wheels = [name for name in packed.namelist() if name.endswith(".whl")]
            return packed.extract(packed_wheels[0], root)
    checkout = here.parent
    return str(checkout) if (checkout / "pyproject.toml").is_file() else APPLICATION


def identity_of(project: str) -> str:
    """What tells one version of the program from another: the same one is repaired in place."""
    path = Path(project)
    if path.is_file():
        return f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    if path.is_dir():
        text = (path / "plugin/selcolor_plugin/version.py").read_text(encoding="utf-8")
        return f"{path} {re.findall(r'(?m)^VERSION = .*$', text)}"
    # What the package index has by now is not known: it is built beside.
    return f"{project} {time.time()}"


# Which PyTorch -----------------------------------------------------------------------------------


def nvidia_driver() -> int | None:
    """The major version of the NVIDIA driver; None without one."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    question = [program, "--query-gpu=driver_version", "--format=csv,noheader"]
    done = subprocess.run(question, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    found = re.match(r"\s*(\d+)\.", done.stdout)
    return int(found.group(1)) if found else None


def choose_torch(platform: str, driver: int | None, root: Path = Path("/")) -> tuple[str, str]:
    """The build of PyTorch for this machine, and why in one sentence.

    Args:
        platform: as `sys.platform`.
        driver: as `nvidia_driver`.
        root: of the file system.
    """
    if platform == "darwin":
        return "mps", "This is a Mac: PyTorch uses its GPU where there is one."
    for oldest, build in CUDA_DRIVERS:
        if driver is not None and driver >= oldest:
            return build, f"An NVIDIA GPU with driver {driver} was found."
    if driver is not None:
        oldest = CUDA_DRIVERS[-1][0]
        return "cpu", f"The NVIDIA driver {driver} is too old ({oldest} is needed): CPU only."
    if platform == "linux" and (root / "dev/kfd").exists() and (root / "opt/rocm").exists():
        return "rocm6.4", "An AMD GPU with ROCm was found."
    if platform == "linux" and any(root.glob("usr/lib/*/libze_intel_gpu.so*")):
        return "xpu", "An Intel GPU with its compute driver was found."
    return "cpu", "No GPU was found that PyTorch can use."


def torch_source(build: str) -> list[str]:
    """What tells pip where that build lies; the package index's own where it cannot be reached."""
    if build == "mps":
        return []
    index = TORCH_INDEX + build
    try:
        urllib.request.urlopen(f"{index}/torch/", timeout=REACH_SECONDS).close()  # noqa: S310 - https, above
    except (urllib.error.URLError, OSError):
        print(f"        {index} cannot be reached; the package index has a larger build.")
        return []
    return ["--index-url", index]


# What pip and uv inherit --------------------------------------------------------------------------


def own_environment() -> dict[str, str]:
    """What the installed program inherits: nothing that is meant for another Python."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def bare_environment() -> dict[str, str]:
    """What an installing program inherits: no setting that changes what is installed, or where."""
    kept = {
        name: value
        for name, value in own_environment().items()
        if name in CACHES or not name.startswith(("PIP_", "UV_"))
    }
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "UV_NO_CONFIG": "1"}


def asking_environment() -> dict[str, str]:
    """What `pip config list` inherits: it reads the configuration files, and is not silent."""
    files = os.environ.get("PIP_CONFIG_FILE", "")
    return {**bare_environment(), "PIP_CONFIG_FILE": files, "PIP_QUIET": "0"}


def settings_of_pip(listing: str) -> dict[str, str]:
    """What a person needs of pip's settings, as variables; those that are set already win.

    Args:
        listing: what `pip config list` printed.
    """
    lines = re.findall(r"(?m)^(global|install)\.([\w-]+)=(.*)$", listing)
    # pip may list every file with a setting, the strongest last: their order has to stay.
    lines.sort(key=lambda line: line[0])
    found = {name: ast.literal_eval(text.strip()) for _section, name, text in lines}
    read = {NEEDED_OF_PIP[name]: text for name, text in found.items() if name in NEEDED_OF_PIP}
    chosen = {name: os.environ[name] for name in NEEDED_OF_PIP.values() if name in os.environ}
    return {**read, **chosen}


def pip_environment(python: str) -> dict[str, str]:
    """What pip inherits: index, proxy, certificates and time-outs of a person; raises as `run`."""
    listing = run([python, "-m", "pip", "config", "list"], asking_environment())
    return {**bare_environment(), **settings_of_pip(listing)}


def uv_files() -> list[Path]:
    """Where uv's configuration may be, the strongest last."""
    if chosen := os.environ.get("UV_CONFIG_FILE"):
        return [Path(chosen)]
    if os.environ.get("UV_NO_CONFIG"):
        return []
    if sys.platform == "win32":
        folders = [os.environ[name] for name in ("PROGRAMDATA", "APPDATA") if name in os.environ]
    else:
        everyones = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
        own = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        folders = ["/etc", *everyones.split(os.pathsep), own]
    return [Path(folder, "uv", "uv.toml") for folder in folders]


def settings_of_uv() -> dict[str, str]:
    """What a person needs of uv's configuration files, as variables.

    Raises:
        InstallationFailed: a file is not as uv wants it.
    """
    import tomllib  # not there in the older Pythons that are to be told that they are

    settings: dict[str, str] = {}
    for path in filter(Path.is_file, uv_files()):
        try:
            settings.update(variables_of_uv(tomllib.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError) as error:
            raise InstallationFailed(
                "uv_configuration",
                f"uv's configuration {path} cannot be read ({error}).",
                "Mend it or move it away, then run the same command again.",
            ) from error
    return settings


def variables_of_uv(content: dict) -> dict[str, str]:
    """What a configuration file of uv says about indexes and connections, as variables."""
    content = {**content, **content.get("pip", {})}
    found = {NEEDED_OF_UV[name]: content[name] for name in NEEDED_OF_UV if name in content}
    for index in content.get("index", []):
        if index.get("default"):
            found["UV_DEFAULT_INDEX"] = index["url"]
        elif not index.get("explicit"):
            name = f"{index['name']}=" if "name" in index else ""
            found.setdefault("UV_INDEX", []).append(name + index["url"])
    return {name: spelled(value, name) for name, value in found.items()}


def spelled(value: object, name: str) -> str:
    """A value of a configuration file as uv expects it in a variable of that name."""
    if isinstance(value, list):
        return ("," if name == "UV_FIND_LINKS" else " ").join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def uv_environment() -> dict[str, str]:
    """What uv inherits: a person's index, certificates and time-outs; raises `settings_of_uv`'s."""
    chosen = {name: os.environ[name] for name in os.environ if VARIABLES_OF_UV.fullmatch(name)}
    return {**bare_environment(), **settings_of_uv(), **chosen}


def installing_environment(environment: Path, wheels: Path | None) -> dict[str, str]:
    """What inherits who installs into an environment; offline there is no index to know of."""
    if wheels:
        return bare_environment()
    return uv_environment() if shutil.which("uv") else pip_environment(str(python_of(environment)))


# Steps -------------------------------------------------------------------------------------------


def run(command: list[str], environment: dict[str, str] | None = None) -> str:
    """Run a command to its end, its last line being shown on a terminal; what it printed.

    Args:
        command: the program and its arguments.
        environment: what it inherits; `bare_environment` by default.

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
    output = "".join(lines)
    if process.returncode:
        print("".join(lines[-15:]), file=sys.stderr)
        raise InstallationFailed(*explain(output))
    return output


@contextmanager
def turn(root: Path) -> Iterator[None]:
    """Wait until no other installer works here, nor what a killed one has left running.

    The lock goes to every command of `run`, and ends with the last process that has it. Windows has
    no such locks: there, two at once are not kept apart.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with (root / LOCK).open("a") as file:
        os.set_inheritable(file.fileno(), True)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another installation is still under way here; waiting for its end…", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def downloads_kept(root: Path) -> Iterator[None]:
    """Let pip and uv keep downloads here until all went well, unless the user chose a place."""
    places = {"PIP_CACHE_DIR": "pip", "UV_CACHE_DIR": "uv"}
    ours = {name: folder for name, folder in places.items() if name not in os.environ}
    os.environ.update({name: str(root / DOWNLOADS / folder) for name, folder in ours.items()})
    try:
        yield
        shutil.rmtree(root / DOWNLOADS, ignore_errors=True)
    finally:
        for name in ours:
            del os.environ[name]


def room_for(build: str, source: list[str]) -> str:
    """The build whose room is needed: on Linux, the package index has one for GPUs."""
    return build if source or sys.platform != "linux" else "gpu"


def check_room(folder: Path, build: str) -> None:
    """Refuse early where the disk is too small.

    Raises:
        InstallationFailed: it is.
    """
    needed = ROOM.get(build, ROOM_OF_GPU_BUILDS)
    free = shutil.disk_usage(next(path for path in (folder, *folder.parents) if path.exists())).free
    if free < needed:
        raise InstallationFailed(
            "disk_full",
            f"{needed / GIGABYTE:.0f} GB are needed in {folder}, {free / GIGABYTE:.1f} are free.",
            "Free some space and run the same command again.",
        )


def make_environment(environment: Path, wheels: Path | None = None) -> None:
    """Make the environment, unless a former run did; by uv where there is one.

    Raises:
        InstallationFailed: this Python cannot.
    """
    if is_usable(environment):
        return
    uv = shutil.which("uv")
    shutil.rmtree(environment, ignore_errors=True)
    made_by = [uv, "venv", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    has_pip = bool(uv) or find_spec("ensurepip") is not None
    try:
        run([*made_by, *([] if has_pip else ["--without-pip"]), str(environment)])
        if not has_pip:
            install_pip(environment, wheels)
    except InstallationFailed as error:
        shutil.rmtree(environment, ignore_errors=True)
        if error.code == "pip_failed":
            raise InstallationFailed(*NO_VENV) from error
        raise


def is_usable(environment: Path) -> bool:
    """Whether something can be installed into an environment: not into one that was broken off."""
    arguments = ["--version"] if shutil.which("uv") else ["-m", "pip", "--version"]
    command = [str(python_of(environment)), *arguments]
    try:
        done = subprocess.run(command, env=bare_environment(), capture_output=True, check=False)  # noqa: S603 - our own command
    except OSError:
        return False
    return done.returncode == 0


def install_pip(environment: Path, wheels: Path | None) -> None:
    """Put pip into an environment that was made without; raises as `run`."""
    with tempfile.TemporaryDirectory(prefix="selcolor-") as folder:
        found = sorted(wheels.glob("pip-*.whl")) if wheels else [fetch_pip(Path(folder))]
        if not found:
            raise InstallationFailed(*NO_VENV)
        command = [str(python_of(environment)), f"{found[-1]}/pip", "install", "--no-index"]
        run([*command, "--no-deps", str(found[-1])])


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
    rows = [row for row in csv.reader(lines) if not row[0].endswith(".pyc")]
    return all(has_size(info.parent / row[0], row[2]) for row in rows)


def has_size(path: Path, size: str) -> bool:
    """Whether a file is there, and as long as noted."""
    return path.exists() and (not size or path.stat().st_size == int(size))


def pip_install(environment: Path, inherited: dict[str, str], *arguments: str) -> None:
    """Install into the environment; raises as `run`."""
    python = str(python_of(environment))
    if uv := shutil.which("uv"):
        run([uv, "pip", "install", "--python", python, *arguments], inherited)
    else:
        # Compiling every module takes longer than what is imported of them ever will.
        quick = ["--disable-pip-version-check", "--no-compile"]
        run([python, "-m", "pip", "install", *quick, *arguments], inherited)


def install_program(
    environment: Path, project: str, source: list[str], wheels: Path | None
) -> None:
    """Install PyTorch and the program, or what lacks of them; raises as `run`."""
    offline = ["--no-index", "--find-links", str(wheels)] if wheels else []
    inherited = installing_environment(environment, wheels)
    for package in damaged_packages(environment):
        print(f"        {package} is damaged, so it is installed again.", flush=True)
        name = package.partition("==")[0]
        wanted = project if name == APPLICATION.replace("-", "_") else package
        where = offline or (source if name in TORCH else [])
        pip_install(environment, inherited, "--force-reinstall", "--no-deps", *where, wanted)
    if not offline:
        pip_install(environment, inherited, *source, *TORCH)
    pip_install(environment, inherited, *offline, project)


def color_one_photo(environment: Path) -> None:
    """Color a photo by a daemon of its own; raises as `run`."""
    python = str(python_of(environment))
    with tempfile.TemporaryDirectory(prefix="selcolor-") as folder:
        private = {
            **own_environment(),
            "SELCOLOR_RUNTIME_DIR": f"{folder}/run",
            "SELCOLOR_LOG_DIR": f"{folder}/log",
        }
        photo, out = f"{folder}/photo.png", f"{folder}/out"
        try:
            run([python, "-c", PHOTO, photo], private)
            run([python, "-m", "selcolor_backend", "colorize", photo, "-o", out], private)
        finally:
            stop_daemon(environment, private)


def stop_daemon(environment: Path, inherited: dict[str, str] | None = None) -> None:
    """Stop a daemon; that there is none, or that it does not stop, is no matter here."""
    if not python_of(environment).exists():
        return
    command = [str(python_of(environment)), "-m", "selcolor_backend", "stop", "--force"]
    inherited = inherited or own_environment()
    subprocess.run(command, env=inherited, capture_output=True, check=False)  # noqa: S603 - our own command


def switch_over(root: Path, environment: Path, identity: str) -> None:
    """Make an environment the one in use, and remove the others."""
    (environment / COMPLETE).write_text(identity, encoding="utf-8")
    partial = root / f".{CURRENT}"
    partial.write_text(environment.name + "\n", encoding="utf-8")
    os.replace(partial, root / CURRENT)
    (root / FAILURE).unlink(missing_ok=True)
    for other in root.glob("*"):
        if other.name.isdigit() and other != environment:
            stop_daemon(other)
            shutil.rmtree(other, ignore_errors=True)


def make_launcher(root: Path, environment: Path) -> Path:
    """`~/.local/bin/selcolor`, unless something else has that name; where `selcolor` is."""
    program = python_of(environment).with_name("selcolor")
    launcher = Path.home() / ".local/bin/selcolor"
    ours = launcher.is_symlink() and root in Path(os.readlink(launcher)).parents
    if sys.platform == "win32" or (os.path.lexists(launcher) and not ours):
        return program
    remember(root, missing_folders(launcher), [launcher])
    launcher.parent.mkdir(parents=True, exist_ok=True)
    launcher.unlink(missing_ok=True)
    launcher.symlink_to(program)
    return launcher


def missing_folders(path: Path) -> list[Path]:
    """The folders that have to be made for this path."""
    return [folder for folder in path.parents if not folder.exists()]


def remember(root: Path, folders: list[Path], launchers: list[Path]) -> None:
    """Remember what is made outside, so that uninstalling removes that and nothing else."""
    file = root / MADE
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    new = {"folders": folders, "launchers": launchers}
    content = {name: [*kept.get(name, []), *map(str, paths)] for name, paths in new.items()}
    file.write_text(json.dumps({name: sorted(set(content[name])) for name in content}))


def install_plugins(environment: Path, wheels: Path | None) -> bool:
    """Let the program put its plugins into the editors; whether that went well."""
    command = [str(python_of(environment)), "-m", "selcolor_backend", "install", "all"]
    command += ["--wheels", str(wheels)] if wheels else []
    done = subprocess.run(command, env=own_environment(), check=False)  # noqa: S603 - our own command
    return done.returncode == 0


def make_bundle(environment: Path, project: str, build: str, folder: Path) -> None:
    """Collect in a folder all that another machine of this kind needs; raises as `run`."""
    python = str(python_of(environment))
    folder.mkdir(parents=True, exist_ok=True)
    inherited = pip_environment(python)
    frozen = run([python, "-m", "pip", "freeze", "--exclude", APPLICATION])
    pinned = [line for line in frozen.splitlines() if "==" in line]
    listing = folder / "requirements.txt"
    listing.write_text("\n".join(pinned) + "\n", encoding="utf-8")
    download = [python, "-m", "pip", "download", "--no-deps", "--dest", str(folder)]
    more = ["--extra-index-url", TORCH_INDEX + build] if "+" in frozen else []
    run([*download, *more, "--requirement", str(listing), "pip"], inherited)
    run([python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(folder), project], inherited)
    run([python, "-m", "selcolor_backend", "wheels", str(folder)], own_environment())
    here = Path(__file__).resolve()
    shutil.copy(here.parent if here.parent.is_file() else here, folder)


# The whole ---------------------------------------------------------------------------------------


class Steps:
    """Says which step is being done, and how long the last one took."""

    def __init__(self, count: int) -> None:
        self.count, self.number, self.began = count, 0, time.monotonic()

    def begin(self, text: str) -> None:
        """Say what comes next."""
        self.number += 1
        seconds = time.monotonic() - self.began
        print(f"[{self.number}/{self.count}] {text} ({seconds:.0f} s so far)", flush=True)


def install(chosen: argparse.Namespace) -> None:
    """Do every step, alone.

    Raises:
        InstallationFailed: one failed; an older installation still works.
    """
    root = data_folder() / FOLDER
    missing = missing_folders(root)
    root.mkdir(parents=True, exist_ok=True)
    remember(root, missing, [])
    with turn(root), downloads_kept(root):
        take_steps(root, chosen)


def take_steps(root: Path, chosen: argparse.Namespace) -> None:
    """Do every step; raises as `install`."""
    current = current_environment(root)
    build, why = choose_torch(sys.platform, nvidia_driver())
    build = chosen.torch or build
    project = chosen.project or find_project(root, chosen.wheels)
    identity = identity_of(project)
    steps = Steps(6)
    steps.begin(f"Looking around: {why}")
    source = [] if chosen.wheels else torch_source(build)
    environment = next_environment(root, current, identity)
    if not environment.exists():
        check_room(root, build if chosen.wheels else room_for(build, source))
    steps.begin(f"Making a private environment in {environment}")
    make_environment(environment, chosen.wheels)
    steps.begin("Installing PyTorch and Selective Colorize; this takes some minutes")
    install_program(environment, project, source, chosen.wheels)
    steps.begin("Coloring one photo, to see that it works")
    color_one_photo(environment)
    steps.begin("Switching over")
    switch_over(root, environment, identity)
    program = make_launcher(root, environment)
    steps.begin("Installing the plugins")
    plugins = install_plugins(environment, chosen.wheels)
    if chosen.bundle:
        make_bundle(environment, project, build, chosen.bundle)
        print(f"For a machine without network: python3 install.py --wheels {chosen.bundle}")
    print(f"\nSelective Colorize is installed, and has colored a photo on this machine ({build}).")
    print(
        "Restart Krita or GIMP: it is under Tools › Scripts, or under Colors."
        if plugins
        else "No editor has it yet: the lines above say why. `selcolor install` tries again."
    )
    print(f"In a terminal: {program} --help. If anything is wrong: {program} doctor")


def uninstall(arguments: list[str]) -> None:
    """Let the program remove what it wrote, then remove the environments.

    Raises:
        InstallationFailed: it is not installed.
    """
    root = data_folder() / FOLDER
    current = current_environment(root)
    if current is None:
        raise InstallationFailed(
            "not_installed",
            "No complete installation of Selective Colorize was found here.",
            f"What a broken one left is in {root}; it can be deleted.",
        )
    command = [str(python_of(current)), "-m", "selcolor_backend", "uninstall", "all", *arguments]
    if subprocess.run(command, env=own_environment(), check=False).returncode:  # noqa: S603 - our own command
        raise InstallationFailed(
            "not_removed",
            "Not everything could be removed; the lines above say what and why.",
            "Mend that and run the same command again.",
        )
    shutil.rmtree(root, ignore_errors=True)


def note_failure(error: InstallationFailed) -> None:
    """Leave what went wrong for `selcolor doctor`; a full disk may refuse even that."""
    root = data_folder() / FOLDER
    content = {"code": error.code, "sentence": error.sentence, "hint": error.hint}
    try:
        root.mkdir(parents=True, exist_ok=True)
        (root / FAILURE).write_text(json.dumps(content), encoding="utf-8")
    except OSError:
        print(f"({root} cannot be written.)", file=sys.stderr)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Install Selective Colorize for this user.")
    parser.add_argument("--wheels", type=Path, metavar="DIR", help="work offline, from this folder")
    parser.add_argument("--bundle", type=Path, metavar="DIR", help="also fill such a folder")
    parser.add_argument("--torch", metavar="BUILD", help="such as cpu, cu126 (default: what fits)")
    parser.add_argument("--project", help="a wheel, a checkout or a name (default: this one's)")
    parser.add_argument("--uninstall", action="store_true", help="remove everything again")
    parser.add_argument("--settings", action="store_true", help="… your settings, too")
    parser.add_argument("--models", action="store_true", help="… and downloaded networks")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Install or uninstall; 0 when all went well."""
    if sys.version_info < OLDEST_PYTHON:
        print("Python 3.11 or newer is needed. Install one and run this with it.", file=sys.stderr)
        return 1
    chosen = parse(arguments)
    try:
        if chosen.uninstall:
            flags = [f"--{name}" for name in ("settings", "models") if getattr(chosen, name)]
            uninstall(flags)
        else:
            install(chosen)
    except InstallationFailed as error:
        note_failure(error)
        print(f"{error.sentence}\n{error.hint}", file=sys.stderr)
        return 1
    except OSError as error:
        code, sentence, hint = explain(str(error))
        note_failure(InstallationFailed(code, sentence, hint))
        print(f"{sentence} ({error})\n{hint}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again: it goes on from there.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
