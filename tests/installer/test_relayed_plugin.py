"""A plugin for a Python without wheels: made by the installer, run by a Python without packages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from selcolor_installer.plugins import record_daemon
from selcolor_installer.service import stop_daemon
from selcolor_installer.vendor import fill_vendor

EDITOR = """
import sys, time
sys.path.insert(0, sys.argv[1])
try:
    import zmq
except ImportError:
    print("no pyzmq")
import msgpack
print(msgpack.Packer.__module__)
from selcolor_plugin import daemon, texts
from selcolor_plugin.job import Job
from selcolor_plugin.translation import use_languages
from selcolor_protocol.messages import Colorize
from selcolor_protocol.options import ColorizeOptions
from selcolor_protocol.raster import Channels, Raster, RasterFormat, SampleType
size = RasterFormat(64, 48, Channels.GRAY, SampleType.U8)
ramp = Raster(size, bytes(4 * (row + column) % 256 for row in range(48) for column in range(64)))
white = Raster(size, b"\\xff" * 64 * 48)
request = Colorize("", 0, ColorizeOptions(), ramp, mask=white)
job = Job(request, lambda: daemon.open_session("Editor"))
use_languages(["en"])
place = ""
while not job.is_over:
    job.poll()
    place = texts.place_text(job) or place
    time.sleep(0.05)
print(job.phase.value, job.error)
print(len(job.result.colorized.pixels))
print(place)
"""


@pytest.fixture
def no_daemon_left(home: Path) -> Iterator[None]:
    """The daemon that the plugin starts ends with the test."""
    yield
    stop_daemon()


@pytest.mark.slow
@pytest.mark.usefixtures("no_daemon_left")
def test_it_starts_the_daemon_and_colors_a_photo(tmp_path: Path) -> None:
    fill_vendor(tmp_path / "vendor", ())
    record_daemon()
    editor = [sys.executable, "-I", "-S", "-c", EDITOR, str(tmp_path / "vendor")]

    done = subprocess.run(editor, capture_output=True, text=True, timeout=200)

    assert done.stderr == ""
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".so", ".pyd")]
    *lines, place = done.stdout.splitlines()
    assert lines == ["no pyzmq", "msgpack.fallback", "done None", str(3 * 64 * 48)]
    assert "eady on this computer" in place
