"""Debian 13 in a folder, for the GIMP 3 that Debian 12 does not have: `trixie.py` makes it.

The folder is made once and kept between runs, in the user's cache, under a name that changes with
what is in it. SELCOLOR_CHROOT_DIR moves it. What is run within sees the machine's /tmp and this
checkout at their own places, and the whole machine below /host. These mounts live in a mount
namespace of their own: they end with the command, and deleting the folder deletes nothing else.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SUITE = "trixie"
PACKAGES = ("gimp", "python3-gi", "librsvg2-common", "adwaita-icon-theme", "fonts-dejavu-core")
TOOLS = {"mmdebstrap": "mmdebstrap", "unshare": "util-linux", "chroot": "coreutils"}
"""What makes and enters the folder, and the packages that have it."""

OPTIONS = (
    "--variant=apt",
    "--mode=root",
    '--aptopt=APT::Install-Recommends "false"',
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
)
CHECKOUT = Path(__file__).resolve().parents[3]
HOST = "/host"

ENTER = """
root=$1 checkout=$2; shift 2
mkdir -p "$root/host" "$root$checkout"
mount --rbind / "$root/host"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --bind /tmp "$root/tmp"
mount --bind "$checkout" "$root$checkout"
exec chroot "$root" "$@"
"""


class CannotBuild(Exception):
    """The folder cannot be made; the message says why."""


def root_folder() -> Path:
    """Where Debian 13 is, or will be."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("SELCOLOR_CHROOT_DIR") or cache / "selcolor-editors")
    content = " ".join((SUITE, *PACKAGES, *OPTIONS)).encode()
    return folder / f"{SUITE}-{hashlib.sha256(content).hexdigest()[:12]}"


def within(command: Sequence[str]) -> list[str]:
    """The command that runs another one in Debian 13, as root."""
    enter = ["sh", "-ec", ENTER, "sh", str(root_folder()), str(CHECKOUT)]
    return ["unshare", "--mount", "--propagation", "private", *enter, *command]


def on_host(command: Sequence[str]) -> list[str]:
    """For a process in Debian 13: the command that runs another one on the machine itself."""
    return ["chroot", HOST, *command]


def build() -> Path:
    """Make the folder unless it is there, or is there when somebody else has made it.

    Raises:
        CannotBuild: it cannot be made; nothing half-made is left.
    """
    root = root_folder()
    root.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(root.with_name(f".{root.name}.lock")):
        if not root.is_dir():
            check_machine()
            bootstrap(root)
    return root


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is in here with the same file."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def bootstrap(root: Path) -> None:
    """Make the folder elsewhere and move it to its place; raises as `build`."""
    partial = root.with_name(f".{root.name}.{os.getpid()}")
    command = ["mmdebstrap", *OPTIONS, f"--include={','.join(PACKAGES)}", SUITE, str(partial)]
    done = subprocess.run([*command, mirror()], capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(partial, ignore_errors=True)
        raise CannotBuild(f"mmdebstrap failed ({done.returncode}):\n{done.stderr[-4000:]}")
    partial.rename(root)


def check_machine() -> None:
    """Refuse a machine that cannot do it, or install what is missing; raises as `build`."""
    if sys.platform != "linux" or os.geteuid() != 0:
        raise CannotBuild("It needs Linux and root (a container will do).")
    missing = [package for tool, package in TOOLS.items() if shutil.which(tool) is None]
    if missing:
        install = (
            f"apt-get update && apt-get install -y --no-install-recommends {' '.join(missing)}"
        )
        done = subprocess.run(["sh", "-c", install], capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotBuild(f"`{install}` failed:\n{done.stderr[-4000:]}")
    if subprocess.run(["unshare", "--mount", "true"], check=False).returncode:
        raise CannotBuild("This machine allows no mount namespaces (unshare --mount).")


def mirror() -> str:
    """The Debian mirror that this machine uses itself."""
    sources = Path("/etc/apt/sources.list.d/debian.sources")
    if sources.exists():
        for line in sources.read_text().splitlines():
            if line.startswith("URIs:"):
                return line.split()[1]
    return "http://deb.debian.org/debian"


def main() -> int:
    """Make the folder and say so; loudly when it cannot be made."""
    started = time.monotonic()
    try:
        root = build()
    except CannotBuild as error:
        print(f"\n*** Debian 13 with GIMP 3 cannot be made here. ***\n{error}\n", file=sys.stderr)
        return 1
    print(f"Debian 13 with GIMP 3 is in {root} ({time.monotonic() - started:.0f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
