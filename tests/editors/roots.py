"""Other releases of Debian in folders, for the editors that this one does not have.

`roots.py NAME…` makes them: `gimp` (Debian 13 with GIMP 3.0), `krita` (Debian 13 with Krita 5.2),
`unstable` (Debian unstable with Krita 5.3 and GIMP 3.2) and `languages` (as `gimp`, with all of its
translations). Each is made once and kept between runs, in the user's cache, under a name that
changes with what is in it. SELCOLOR_CHROOT_DIR moves them. What is run within sees the machine's
/tmp and this checkout at their own places, and the whole machine below /host. These mounts live in
a mount namespace of their own: they end with the command, and deleting a folder deletes nothing
else.

SELCOLOR_ROOT names the folder whose editors the tests drive; without it, they drive this machine's
Krita and the GIMP of Debian 13.
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
from dataclasses import dataclass
from pathlib import Path

TOOLS = {"mmdebstrap": "mmdebstrap", "unshare": "util-linux", "chroot": "coreutils"}
"""What makes and enters the folders, and the packages that have it."""

OPTIONS = (
    "--variant=apt",
    "--mode=root",
    '--aptopt=APT::Install-Recommends "false"',
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
)
WITH_LANGUAGES = OPTIONS[:-1]
ANY_AGE = '--aptopt=Acquire::Check-Valid-Until "false"'
"""Unstable is signed for a week at a time, and a mirror may be older than that."""

CHECKOUT = Path(__file__).resolve().parents[2]
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
    """A folder cannot be made; the message says why."""


@dataclass(frozen=True)
class Root:
    """A release of Debian in a folder.

    Attributes:
        title: what it is, for people.
        suite: Debian's name of the release.
        packages: what is installed in it.
        python: version of its Python, which its editors embed.
        gimp: version of its GIMP's folder of settings.
        options: of mmdebstrap.
    """

    title: str
    suite: str
    packages: tuple[str, ...]
    python: str
    gimp: str = ""
    options: tuple[str, ...] = OPTIONS

    @property
    def folder(self) -> Path:
        """Where it is, or will be."""
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        place = Path(os.environ.get("SELCOLOR_CHROOT_DIR") or cache / "selcolor-editors")
        content = " ".join((self.suite, *self.packages, *self.options)).encode()
        return place / f"{self.suite}-{hashlib.sha256(content).hexdigest()[:12]}"

    def within(self, command: Sequence[str]) -> list[str]:
        """The command that runs another one in there, as root."""
        enter = ["sh", "-ec", ENTER, "sh", str(self.folder), str(CHECKOUT)]
        return ["unshare", "--mount", "--propagation", "private", *enter, *command]


GIMP_PACKAGES = ("gimp", "python3-gi", "librsvg2-common", "adwaita-icon-theme", "fonts-dejavu-core")
KRITA_PACKAGES = ("krita", "python3-pyqt5", "fonts-dejavu-core")

GIMP_30 = Root("Debian 13 with GIMP 3.0", "trixie", GIMP_PACKAGES, "3.13", "3.0")
KRITA_52 = Root("Debian 13 with Krita 5.2", "trixie", KRITA_PACKAGES, "3.13")
UNSTABLE = Root(
    "Debian unstable with Krita 5.3 and GIMP 3.2",
    "sid",
    (*GIMP_PACKAGES, *KRITA_PACKAGES[:-1]),
    "3.14",
    "3.2",
    (*OPTIONS, ANY_AGE),
)
LANGUAGES = Root(
    "Debian 13 with GIMP 3.0 in all of its languages",
    "trixie",
    (*GIMP_PACKAGES, "fonts-noto-cjk", "locales-all"),
    "3.13",
    "3.0",
    WITH_LANGUAGES,
)
ROOTS = {"gimp": GIMP_30, "krita": KRITA_52, "unstable": UNSTABLE, "languages": LANGUAGES}


def chosen() -> Root | None:
    """The folder that SELCOLOR_ROOT names; None where it names none."""
    name = os.environ.get("SELCOLOR_ROOT")
    return ROOTS[name] if name else None


def on_host(command: Sequence[str]) -> list[str]:
    """For a process in such a folder: the command that runs another one on the machine itself."""
    return ["chroot", HOST, *command]


def build(root: Root) -> None:
    """Make the folder unless it is there, or is there when somebody else has made it.

    Raises:
        CannotBuild: it cannot be made; nothing half-made is left.
    """
    folder = root.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(folder.with_name(f".{folder.name}.lock")):
        if not folder.is_dir():
            check_machine()
            bootstrap(root)


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Wait until no other process is in here with the same file."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def bootstrap(root: Root) -> None:
    """Make the folder elsewhere and move it to its place; raises as `build`."""
    partial = root.folder.with_name(f".{root.folder.name}.{os.getpid()}")
    wanted = f"--include={','.join(root.packages)}"
    command = ["mmdebstrap", *root.options, wanted, root.suite, str(partial), mirror()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(partial, ignore_errors=True)
        raise CannotBuild(f"mmdebstrap failed ({done.returncode}):\n{done.stderr[-4000:]}")
    partial.rename(root.folder)


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


def main(names: Sequence[str]) -> int:
    """Make the folders and say so; loudly when one cannot be made."""
    for name in names:
        root, started = ROOTS[name], time.monotonic()
        try:
            build(root)
        except CannotBuild as error:
            print(f"\n*** {root.title} cannot be made here. ***\n{error}\n", file=sys.stderr)
            return 1
        print(f"{root.title} is in {root.folder} ({time.monotonic() - started:.0f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
