"""Installs, step by step: builds beside what is there, colors one photo, and switches over then."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from selcolor_installer.standalone import environments, project, torch_builds
from selcolor_installer.standalone.environments import Identity, program_of, python_of
from selcolor_installer.standalone.failures import InstallationFailed, explain_program, in_words
from selcolor_installer.standalone.inherited import CACHE, own_environment
from selcolor_installer.standalone.packing import NAME as INSTALLER
from selcolor_installer.standalone.packing import make_bundle
from selcolor_installer.standalone.pip import (
    install_program,
    is_usable,
    make_environment,
    run,
    went_well,
)
from selcolor_protocol.errors import SelectiveColorizeError

STEPS, BEGAN = 6, time.monotonic()
DOWNLOADS, LOCK = "downloads", "lock"
GIGABYTE = 1_000_000_000
PHOTO = "from skimage import data, io; import sys; io.imsave(sys.argv[1], data.astronaut())"
DEVICE = "from selcolor_backend.models.devices import best_device; print(best_device())"


@dataclass(frozen=True)
class Size:
    """What an installation takes, in gigabytes: to download, when installed, and meanwhile."""

    download: float
    installed: float
    room: float


SMALL, LARGE = Size(0.4, 1.8, 3), Size(3.2, 6.1, 9.5)
"""For the CPU and for NVIDIA's GPUs (decision 124 says how they were measured)."""
MEASURED = ("torch==2.15.0", "torchvision==0.29.2")
"""With these; a test asks for new figures when others are installed."""


@dataclass(frozen=True)
class Wishes:
    """What the command line says.

    Attributes:
        wheels: a folder of wheels, to work offline.
        bundle: a folder to fill for another machine.
        torch: the build of PyTorch; what fits where left out.
        project: a wheel, a checkout or a name; this one's where left out.
    """

    wheels: Path | None = None
    bundle: Path | None = None
    torch: str | None = None
    project: str | None = None


def tell_step(number: int, text: str) -> None:
    """Say which step begins, and how long all has taken until now."""
    print(f"[{number}/{STEPS}] {text} ({time.monotonic() - BEGAN:.0f} s so far)", flush=True)


def install(wishes: Wishes) -> None:
    """Do every step, alone; what ends it early is left for `selcolor doctor`.

    Raises:
        InstallationFailed: one failed; an older installation still works.
        OSError: the system refused something; the same holds.
    """
    refuse_early(wishes)
    root = environments.root()
    environments.note_folders()
    root.mkdir(parents=True, exist_ok=True)
    with turn(root), downloads_kept(root):
        try:
            take_steps(root, wishes)
        except (OSError, SelectiveColorizeError) as error:
            environments.note_failure(in_words(error))
            raise


def refuse_early(wishes: Wishes) -> None:
    """Refuse what could only end badly, before anything is written.

    Raises:
        InstallationFailed: it is installed for the wrong user, on a machine without PyTorch, or
            with what is not there.
    """
    if wishes.torch and not torch_builds.is_known(wishes.torch):
        raise InstallationFailed(
            "unknown_build",
            f"There is no PyTorch that is called {wishes.torch}.",
            "Leave --torch out for the one that fits, or ask for cpu, cu126, cu130, rocm or xpu.",
        )
    if wishes.wheels and not any(wishes.wheels.glob("*.whl")):
        raise InstallationFailed(
            "no_wheels",
            f"There are no wheels in {wishes.wheels}.",
            "Give --wheels the folder that --bundle filled on a machine with network.",
        )
    # There has been no PyTorch for these since 2.2.
    if sys.platform == "darwin" and platform.machine() == "x86_64":
        raise InstallationFailed(
            "intel_mac",
            "There is no PyTorch any more for Macs with Intel's processors.",
            "Selective Colorize needs a Mac with Apple's processor, Linux or Windows.",
        )
    if sys.platform != "win32" and Path.home().exists():
        owner = Path.home().stat().st_uid
        if os.geteuid() == 0 and (owner != 0 or "SUDO_UID" in os.environ):
            raise InstallationFailed(
                "root_by_mistake",
                "This runs as root, but Selective Colorize is installed for one user.",
                "Run the same command without sudo, as the user who has Krita or GIMP.",
            )


def take_steps(root: Path, wishes: Wishes) -> None:
    """Do every step; raises as `install`."""
    fitting, why = torch_builds.choose(sys.platform, torch_builds.ask_nvidia())
    wanted = torch_builds.named(wishes.torch) if wishes.torch else fitting
    tell_step(1, f"Looking around: {f'PyTorch {wanted} was asked for.' if wishes.torch else why}")
    chosen = wishes.project or project.find_project(root, wishes.wheels)
    identity = Identity(project.describe(chosen), wanted, wanted)
    environment, identity = place_for(identity, insisted=wishes.torch is not None)
    problem = try_to_build(environment, identity, chosen, wishes)
    if problem and has_replacement(wishes):
        print(f"        {problem} PyTorch for the CPU takes its place.", flush=True)
        identity = Identity(identity.project, wanted, torch_builds.CPU)
        environment = environments.new_place(identity)
        build(environment, identity, chosen, wishes)
    elif problem:
        print(f"        {problem} The CPU computes in its place.", flush=True)
    tell_step(5, "Switching over")
    environments.switch_over(environment)
    for other in environments.unused():
        went_well(program_of(other, "stop", "--force"), is_quiet=True)
        shutil.rmtree(other, ignore_errors=True)
    program = environments.make_launcher(environment)
    tell_step(6, "Installing the plugins")
    offline = ("--wheels", str(wishes.wheels)) if wishes.wheels else ()
    plugins = went_well(program_of(environment, "install", "all", *offline))
    if wishes.bundle:
        make_bundle(environment, chosen, identity.build, wishes.bundle)
        print(f"For a machine without network: python3 {INSTALLER} --wheels {wishes.bundle}")
    tell_the_end(identity, program, plugins)


def place_for(identity: Identity, insisted: bool) -> tuple[Path, Identity]:
    """Where to install, and what: the environment in use is repaired where it is the same.

    The CPU's PyTorch that once took the place of another stays, unless that is insisted on.
    """
    used = environments.current()
    known = environments.identity_of(used)
    if used and known and is_usable(used):
        is_same = (known.project, known.wanted) == (identity.project, identity.wanted)
        if is_same and (known.build == identity.build or not insisted):
            return used, known
    return environments.new_place(identity), identity


def try_to_build(environment: Path, identity: Identity, chosen: str, wishes: Wishes) -> str:
    """Build; why the GPU cannot be used, or nothing. Raises as `install`."""
    try:
        build(environment, identity, chosen, wishes)
    except InstallationFailed as error:
        is_for_gpu = torch_builds.uses_gpu(identity.build)
        if error.code == "program_failed" and is_for_gpu and has_replacement(wishes):
            return f"PyTorch {identity.build} was installed, but does not work on this machine."
        raise
    if torch_builds.uses_gpu(identity.build) and device(environment) == torch_builds.CPU:
        return f"PyTorch {identity.build} was installed, but cannot use the GPU of this machine."
    return ""


def build(environment: Path, identity: Identity, chosen: str, wishes: Wishes) -> None:
    """Make the environment, install into it, and color a photo with it; raises as `install`."""
    own = wishes.project is None
    wanted = project.wanted(chosen, identity.build, wishes.wheels, environments.root(), own)
    if not environment.exists():
        is_large = torch_builds.uses_gpu(identity.build) or (
            sys.platform == "linux" and not wanted.index and not wishes.wheels
        )
        check_room(environment, LARGE if is_large else SMALL, offline=wishes.wheels is not None)
    tell_step(2, f"Making a private environment in {environment}")
    make_environment(environment, wishes.wheels)
    environments.begin(environment, identity)
    tell_step(3, "Installing PyTorch and Selective Colorize; this takes some minutes")
    install_program(environment, wanted)
    tell_step(4, "Coloring one photo, to see that it works")
    color_one_photo(environment)


def check_room(folder: Path, size: Size, offline: bool) -> None:
    """Say what comes, and refuse early where the disk is too small; raises as `install`."""
    fetched = "" if offline else f"About {size.download:g} GB will be downloaded. "
    print(f"        {fetched}{size.installed:g} GB of the disk will be taken in {folder.parent}.")
    free = shutil.disk_usage(next(path for path in folder.parents if path.exists())).free
    if free < size.room * GIGABYTE:
        raise InstallationFailed(
            "disk_full",
            f"{size.room:g} GB are needed in {folder.parent}, {free / GIGABYTE:.1f} are free.",
            "Free some space and run the same command again.",
        )


def color_one_photo(environment: Path) -> None:
    """Color a photo by a daemon of its own; raises as `run`."""
    with tempfile.TemporaryDirectory(prefix="selcolor-") as folder:
        private = {
            **own_environment(),
            "SELCOLOR_RUNTIME_DIR": f"{folder}/run",
            "SELCOLOR_LOG_DIR": f"{folder}/log",
        }
        photo, out = f"{folder}/photo.png", f"{folder}/out"
        colorize = program_of(environment, "colorize", photo, "-o", out)
        try:
            run([str(python_of(environment)), "-c", PHOTO, photo], private, explain_program)
            run(colorize, private, explain_program)
        finally:
            went_well(program_of(environment, "stop", "--force"), private, is_quiet=True)


def device(environment: Path) -> str:
    """What the installed program would compute on; raises as `run`."""
    ask = [str(python_of(environment)), "-c", DEVICE]
    return run(ask, own_environment(), explain_program).split()[-1]


def has_replacement(wishes: Wishes) -> bool:
    """Whether PyTorch for the CPU can be had in the place of one for a GPU."""
    return not wishes.wheels and bool(project.torch_index(torch_builds.CPU))


def tell_the_end(identity: Identity, program: Path, plugins: bool) -> None:
    """Say what is there now, and where."""
    kind = identity.build
    if identity.build != identity.wanted:
        kind = f"{identity.build}, because {identity.wanted} did not work"
    print(f"\nSelective Colorize is installed, and has colored a photo on this machine ({kind}).")
    print(
        "Restart Krita or GIMP: it is under Tools › Scripts, or under Colors."
        if plugins
        else "No editor has it yet: the lines above say why. `selcolor install` tries again."
    )
    print(f"In a terminal: {program} --help. If anything is wrong: {program} doctor")


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
    """Let pip keep downloads here until all went well, unless the user chose a place."""
    chosen = os.environ.get(CACHE)
    os.environ[CACHE] = chosen or str(root / DOWNLOADS)
    try:
        yield
        shutil.rmtree(root / DOWNLOADS, ignore_errors=True)
    finally:
        if not chosen:
            del os.environ[CACHE]
