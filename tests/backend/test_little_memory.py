"""Where memory runs out on the processor, a job gives the same picture or says so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from selcolor_protocol.errors import OutOfMemory

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits address space so"),
]

LIMITS = (500, 60, 40, 30, 20, 15, 10, 5, 1)
"""MiB that a process may take beyond what it has."""

NO_LIMIT = "0"


def test_every_shortage_ends_in_the_same_picture_or_in_a_clear_error() -> None:
    script = Path(__file__).with_name("with_little_memory.py")
    command = [sys.executable, str(script), *map(str, LIMITS)]

    ended = subprocess.run(command, capture_output=True, text=True, check=False)

    assert ended.returncode == 0, ended.stderr
    became = json.loads(ended.stdout)
    assert set(became.values()) == {"same", OutOfMemory.code}, became
    assert became[str(LIMITS[0])] == "same"
    assert became[str(LIMITS[-1])] == OutOfMemory.code
    assert became[NO_LIMIT] == "same", "the next job is tried as ever"
