"""What a job has freed goes back to the system."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from selcolor_plugin import memory

FREED = """
from pathlib import Path
from selcolor_plugin.memory import give_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1])

blocks = [bytearray(4096) for _ in range(20000)]
kept = bytearray(4096)
full = resident()
del blocks
freed = resident()
done = give_back()
print(done, full - resident() > 0.8 * 20000, full - freed > 0.8 * 20000)
"""


@pytest.mark.skipif(not Path("/lib64/ld-linux-x86-64.so.2").exists(), reason="another C library")
def test_what_is_free_is_given_back_to_the_system() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", FREED],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ},
    )

    assert answer.stdout.split() == ["True", "True", "False"]


def test_another_system_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.sys, "platform", "win32")

    assert not memory.give_back()


def test_another_c_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "GLIBC", "libno-such-library.so.0")

    assert not memory.give_back()
