"""A server of the S3 protocol on this machine, and what a client needs to find it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from daemon_home import PATIENCE, wait_until

from selcolor_backend.archive import stores

SECRET = "a-secret-that-nobody-must-see"


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve until the end; gives the address.

    Args:
        folder: for what the server says.
    """
    said = folder / "server.log"
    command = [sys.executable, "-u", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with said.open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        assert wait_until(lambda: b"Running on" in said.read_bytes(), PATIENCE)
        yield next(word for word in said.read_text().split() if word.startswith("http://"))
    finally:
        server.kill()
        server.wait()


def use(patch: pytest.MonkeyPatch, endpoint: str, home: Path) -> None:
    """Have clients of this process, and of those that it starts, use a server and nothing else."""
    patch.setenv("AWS_ENDPOINT_URL", endpoint)
    patch.setenv("AWS_ACCESS_KEY_ID", "AKIA-SOMEBODY")
    patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    patch.setenv("AWS_MAX_ATTEMPTS", "1")
    patch.setenv("AWS_CONFIG_FILE", str(home / "none"))
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(home / "none"))
    stores._filesystem.cache_clear()
