"""A user with a fresh home who installs the program with its one command, and uses it.

Nothing of the tests' own Python, settings or daemon is seen by this user; only what the machine
says of its network (proxy, certificates, pip's settings) is kept.
"""

from __future__ import annotations

import hashlib
import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import roots
from driven import PRIVATE, end_daemon

from selcolor_protocol.connection import ConnectionInfo, read_connection

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[2]
INSTALLER = CHECKOUT / "installer" / "install.py"
PROMISED_SECONDS = 360
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
NAMES = ("selcolor", "selective-colorize", "selective_colorize", "Selective Colorize")
"""One of these is in the name or the content of all that is ours (Krita has a `SelColor`)."""


@dataclass
class User:
    """Somebody with a home folder.

    Attributes:
        home: the home folder; made here.
        session: what would be /run/user/1000; made here.
        is_within: whether this is a user of the Debian 13 in a folder, not of this machine.
        extra: further environment variables.
    """

    home: Path
    session: Path
    is_within: bool = False
    extra: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True)
        self.session.mkdir(mode=0o700)

    @property
    def variables(self) -> dict[str, str]:
        """The user's environment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(PRIVATE)}
        if self.is_within:
            kept = {name: on_machine(name, value) for name, value in kept.items()}
        own = {"HOME": self.home, "XDG_RUNTIME_DIR": self.session}
        plain = {"PATH": SYSTEM_PATH, "LANG": "C.UTF-8"}
        return kept | plain | {name: str(path) for name, path in own.items()} | self.extra

    def command(self, *words: str | Path) -> list[str]:
        """What runs a command as this user."""
        plain = list(map(str, words))
        return roots.GIMP_30.within(plain) if self.is_within else plain

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; its output is shown, and is in `stdout`."""
        done = subprocess.run(
            self.command(*words),
            env=self.variables,
            cwd="/",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        print(done.stdout, flush=True)
        return done

    def install(self, *options: str) -> subprocess.CompletedProcess[str]:
        """Run the installer with the system's Python, and tell how long it took."""
        started, before = time.monotonic(), os.getloadavg()
        done = self.run("/usr/bin/python3", INSTALLER, *options)
        seconds = time.monotonic() - started
        print(
            f"*** install.py {' '.join(options)}: {seconds:.0f} s, "
            f"{seconds / PROMISED_SECONDS:.2f} of 6 minutes; load {before[0]:.1f} before, "
            f"{os.getloadavg()[0]:.1f} after, on {os.cpu_count()} cores ***",
            flush=True,
        )
        return done

    def install_and_kill(self, step: str, seconds: float, *options: str) -> None:
        """Begin to install, and kill the installer (-9) some seconds after a step has begun."""
        command = self.command("/usr/bin/python3", "-u", INSTALLER, *options)
        with subprocess.Popen(
            command, env=self.variables, cwd="/", stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                print(line, end="", flush=True)
                if step in line:
                    break
            time.sleep(seconds)
            assert process.poll() is None, "it was quicker than the kill"
            children = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGKILL)
        print(f"*** killed; left alive: {[child.name() for child in children]} ***", flush=True)

    def selcolor(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        """Run the launcher that the installer left."""
        return self.run(self.home / ".local/bin/selcolor", *words)

    @property
    def data(self) -> Path:
        """Where the installer puts what it installs."""
        return self.home / ".local/share/selective-colorize"

    @property
    def environment(self) -> Path:
        """The private environment in use."""
        root = self.data / "environments"
        return root / (root / "current").read_text().strip()

    def daemon(self) -> ConnectionInfo | None:
        """The daemon that this user's editors have started."""
        return read_connection(self.session / "selective-colorize/connection.json")

    def end_daemon(self) -> None:
        """End it and its workers, if it runs."""
        end_daemon(self.session / "selective-colorize")

    def snapshot(self) -> dict[str, str]:
        """Every file, link and folder of the home, with its mode and what is in it."""
        return {str(path.relative_to(self.home)): look(path) for path in self.home.rglob("*")}

    def traces(self) -> Iterator[str]:
        """Every file of the home that names us, or whose content does."""
        for path in sorted(self.home.rglob("*")):
            content = path.read_bytes() if path.is_file() else b""
            if any(name in path.name or name.encode() in content for name in NAMES):
                yield str(path.relative_to(self.home))


def on_machine(name: str, value: str) -> str:
    """A variable that names a file of this machine, as it is seen within Debian 13."""
    is_file = name.startswith("PIP_") or "CERT" in name or name.endswith("CA_BUNDLE")
    return roots.HOST + value if is_file and value.startswith("/") else value


def look(path: Path) -> str:
    """A file's kind, mode and content."""
    found = path.lstat()
    mode = stat.filemode(found.st_mode)
    if path.is_symlink():
        return f"{mode} {os.readlink(path)}"
    if path.is_file():
        return f"{mode} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    return mode


def differences(before: dict[str, str], after: dict[str, str]) -> dict[str, list[str]]:
    """What came, what went, and what is another than before."""
    return {
        "came": sorted(after.keys() - before.keys()),
        "went": sorted(before.keys() - after.keys()),
        "changed": sorted(
            path for path in before.keys() & after.keys() if before[path] != after[path]
        ),
    }
