"""Runs all tests three times in random order, where much is other than usual: `make test-hostile`.

Each time an ordinary user, with spaces in the home folder, no XDG folders, a module path and
settings of pip, runs them in another language and time zone while a program beside keeps a
processor busy. What follows the command is handed on to pytest.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
ROUNDS = (
    {"LANG": "C", "TZ": "Pacific/Chatham"},
    {"LANG": "de_DE.UTF-8", "TZ": "America/St_Johns"},
    {"LANG": "C.UTF-8", "TZ": "Asia/Kathmandu"},
)
"""Languages, and time zones of odd quarters of an hour; the number of a round is its seed."""
ORDINARY = "nobody"
"""The user whom root becomes."""
DROPPED = ("XDG_", "LC_", "LANGUAGE")
GERMAN = "apt install locales && localedef -i de_DE -f UTF-8 de_DE.UTF-8"
BUSY = "import os\nparent = os.getppid()\nwhile os.getppid() == parent: pass"
"""It ends with the tests, even where they are killed."""


def main(arguments: list[str]) -> int:
    """Run every round; 0 when all tests passed in all of them."""
    user = ordinary_user()
    if hindrance := what_hinders(user):
        print(hindrance, file=sys.stderr)
        return 2
    passed = [run_tests(seed, ROUNDS[seed - 1], user, arguments) for seed in (1, 2, 3)]
    return 0 if all(passed) else 1


def ordinary_user() -> pwd.struct_passwd | None:
    """Who runs the tests; None where that is who runs this."""
    return pwd.getpwnam(ORDINARY) if os.geteuid() == 0 else None


def what_hinders(user: pwd.struct_passwd | None) -> str:
    """What keeps the tests from being run like this, and what to do; empty when nothing does."""
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.split()
    if "de_DE.utf8" not in known:
        return f"There is no German on this machine. On Debian and Ubuntu, as root: {GERMAN}"
    command = [sys.executable, "-c", "import pytest"]
    try:
        subprocess.run(command, check=True, cwd=CHECKOUT, **as_user(user))
    except (OSError, subprocess.CalledProcessError):
        return f"{ORDINARY} may not read {sys.executable} or {CHECKOUT}: clone where everybody may."
    return ""


def as_user(user: pwd.struct_passwd | None) -> dict[str, object]:
    """What lets `subprocess` start something as that user."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def run_tests(
    seed: int, settings: dict[str, str], user: pwd.struct_passwd | None, arguments: list[str]
) -> bool:
    """Run all tests once in the order of that seed; whether they passed."""
    print(f"Seed {seed}, {settings}", flush=True)
    with tempfile.TemporaryDirectory(prefix="selcolor-hostile-") as folder, busy_program():
        inherited = environment(Path(folder), settings)
        for path in (folder, *Path(folder).rglob("*")):
            os.chown(path, *(user.pw_uid, user.pw_gid) if user else (-1, -1))
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
        command += ["--random-order", f"--random-order-seed={seed}", *arguments]
        done = subprocess.run(command, cwd=CHECKOUT, env=inherited, **as_user(user))
    return done.returncode == 0


def environment(folder: Path, settings: dict[str, str]) -> dict[str, str]:
    """What the tests inherit, and the folders that it names."""
    home, modules = folder / "home of somebody", folder / "modules of somebody"
    home.mkdir()
    modules.mkdir()
    (modules / "helpers.py").write_text("raise ImportError('the wrong helpers')\n")
    constraints = folder / "constraints.txt"
    constraints.write_text("torch<=2.6\ntorchvision<=0.21\n")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(DROPPED)}
    return {
        **kept,
        **settings,
        "HOME": str(home),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder),
        "PYTHONPATH": str(modules),
        "PIP_CONSTRAINT": str(constraints),
        "PIP_USER": "true",
    }


@contextmanager
def busy_program() -> Iterator[None]:
    """A program that keeps one processor busy meanwhile."""
    with subprocess.Popen([sys.executable, "-c", BUSY]) as program:
        try:
            yield
        finally:
            program.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
