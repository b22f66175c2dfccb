"""What a large photo took is given back when its job is done."""

from __future__ import annotations

import sys

import psutil
import pytest
from daemon_home import DaemonHome, colorize, wait_until

from selcolor_protocol.raster import Raster


def resident(pid: int) -> int:
    return int(psutil.Process(pid).memory_info().rss)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="what is kept is the C library's affair")
def test_daemon_and_worker_give_back_what_a_large_photo_took(
    home: DaemonHome, photo: Raster, large_photo: Raster
) -> None:
    daemon = home.start().pid
    with home.client() as client:
        client.wait(client.colorize(colorize(photo)))
        worker = client.status().workers[0]
        before = {pid: resident(pid) for pid in (daemon, worker)}
        for _ in range(2):
            client.wait(client.colorize(colorize(large_photo)))

        # Its two color layers alone have six times the bytes of the gray photo.
        allowed = {daemon: len(large_photo.pixels) // 2, worker: 3 * len(large_photo.pixels)}
        for pid, bound in allowed.items():
            assert wait_until(lambda pid=pid, bound=bound: resident(pid) - before[pid] < bound), pid
