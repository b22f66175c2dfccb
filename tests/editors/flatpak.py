"""A sandbox with the mounts of a Flatpak, made by bubblewrap, and the user's own systemd outside.

What is shared is what both editors' manifests on Flathub grant: the home folder and the network.
Processes, /tmp and /run are the sandbox's own, `/.flatpak-info` and the variables are as Flatpak
sets them. No Flatpak itself has been run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from selcolor_protocol.connection import ConnectionInfo, read_connection

TOOLS = ("bwrap", "unshare", "systemctl")
SYSTEMD = Path("/lib/systemd/systemd")
MANAGER = """
mount -t tmpfs none /run && mkdir -p /run/systemd/system && exec "$@"
"""
"""systemd asks whether the machine was booted with it, which a container was not."""
PYTHON = f"/app/bin/python3.{sys.version_info.minor}"
"""This Python without our packages, as a program's own Python is in its Flatpak."""
PATIENCE = 60.0
PRIVATE = ("XDG_", "SELCOLOR_", "PYTHON", "DBUS_")
KRITA, GIMP = "org.kde.krita", "org.gimp.GIMP"
FILES = "var/lib/flatpak/app/{}/current/active/files"


class Ann:
    """Somebody with both editors as Flatpaks.

    Attributes:
        home: her home folder.
        session: what would be /run/user/1000.
        own: her folders of that Krita.
        plug_ins: where that GIMP looks for hers.
        runtime: where the daemon is to be.
    """

    def __init__(self, folder: Path, python: str, kritarc: str) -> None:
        """Draw the Flatpak's folders.

        Args:
            folder: the root of her machine, with a short name, so that sockets fit in it.
            python: the version in her Krita.
            kritarc: what she has set.
        """
        self.home, self.session = folder / "ann", folder / "session"
        self.own = self.home / ".var/app" / KRITA
        self.plug_ins = self.home / ".var/app" / GIMP / "config/GIMP/3.0/plug-ins"
        self.runtime = self.home / ".local/state/selective-colorize/run"
        self.session.mkdir(mode=0o700)
        (self.own / "config").mkdir(parents=True)
        (self.own / "config/kritarc").write_text(kritarc)
        library = folder / FILES.format(KRITA) / "lib/kritaplugins/kritapykrita.so"
        library.parent.mkdir(parents=True)
        library.write_text(f"libpython{python}.so.1.0")
        program = folder / FILES.format(GIMP) / "bin/gimp-3.0"
        program.parent.mkdir(parents=True)
        program.touch()

    def daemon(self) -> ConnectionInfo | None:
        """Which one runs."""
        return read_connection(self.runtime / "connection.json")


def can_be_made() -> bool:
    """Whether this machine has the tools, and lets them make namespaces."""
    if not SYSTEMD.exists() or not all(map(shutil.which, TOOLS)) or os.geteuid() != 0:
        return False
    sandbox = within("x", Path("/mnt"))
    return not subprocess.run([*sandbox, "/usr/bin/true"], capture_output=True).returncode


def within(app: str, home: Path, shared: Sequence[Path] = (), root: Path = Path("/")) -> list[str]:
    """What runs a command as that Flatpak does.

    Args:
        app: such as `org.kde.krita`.
        home: of the user.
        shared: what else is seen in there, for those who watch.
        root: of the Debian whose programs are in there.
    """
    own, runtime = home / ".var/app" / app, f"/run/user/{os.getuid()}"
    links = [("usr/lib", "/lib"), ("usr/lib64", "/lib64"), ("usr/bin", "/bin")]
    variables = {
        "HOME": home,
        "FLATPAK_ID": app,
        "XDG_RUNTIME_DIR": runtime,
        "XDG_CONFIG_HOME": own / "config",
        "XDG_DATA_HOME": own / "data",
        "XDG_CACHE_HOME": own / "cache",
        "XDG_STATE_HOME": own / ".local/state",
    }
    return [
        *("bwrap", "--unshare-pid", "--unshare-ipc", "--die-with-parent", "--new-session"),
        *("--ro-bind", str(root / "usr"), "/usr", "--ro-bind", str(root / "etc"), "/etc"),
        *("--ro-bind", sys.base_prefix, "/app"),
        *(word for target, link in links for word in ("--symlink", target, link)),
        *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--perms", "0700"),
        *("--dir", runtime, "--ro-bind", os.devnull, "/.flatpak-info"),
        *(word for path in (home, *shared) for word in ("--bind", str(path), str(path))),
        *(word for name, value in variables.items() for word in ("--setenv", name, str(value))),
    ]


def own_variables(home: Path, session: Path) -> dict[str, str]:
    """The environment of a user who has logged in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE)}
    return kept | {"HOME": str(home), "XDG_RUNTIME_DIR": str(session)}


@contextmanager
def logged_in(home: Path, session: Path) -> Iterator[None]:
    """The user's systemd, as it is from login to logout."""
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-ec", MANAGER, "sh"]
    with (session.with_suffix(".log")).open("wb") as log:
        manager = subprocess.Popen(
            [*command, str(SYSTEMD), "--user", "--log-target=console"],
            env=own_variables(home, session),
            stdout=log,
            stderr=log,
        )
    try:
        wait_until((session / "systemd/private").is_socket)
        yield
    finally:
        manager.terminate()
        manager.wait(PATIENCE)


def wait_until(condition: object) -> None:
    """Wait until something is so.

    Raises:
        TimeoutError: it takes too long.
    """
    assert callable(condition)
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)


def run_within(app: str, home: Path, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command in the sandbox to its end."""
    return subprocess.run(
        [*within(app, home), *words],
        env={"PATH": "/usr/bin", "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        timeout=5 * PATIENCE,
    )
