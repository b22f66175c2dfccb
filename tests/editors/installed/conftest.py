"""Users with fresh homes on this machine (Krita) and in Debian 13 in a folder (GIMP 3)."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from installed_user import User


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A short path (sockets are in it), seen in Debian 13, too; for all that the tests make."""
    folder = Path(tempfile.mkdtemp(prefix="selin-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def before(user: User) -> dict[str, str]:
    """The home before anything was installed."""
    return user.snapshot()


@pytest.fixture(scope="module")
def installed(user: User, before: dict[str, str]) -> str:
    """What the one command printed."""
    done = user.install()
    assert done.returncode == 0
    return done.stdout
