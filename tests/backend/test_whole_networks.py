"""Every published network through command line, daemon and batch, on random weights.

By hand (`make test-networks`), for it takes minutes a network and up to 6 GB of memory.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from daemon_home import DaemonHome, drawn_photo, own_home, until_running
from PIL import Image
from random_weights import PUBLISHED, write_random

from selcolor_backend.folders import MODELS_DIR_VARIABLE
from selcolor_backend.models.registry import Kind, Model, find_model
from selcolor_protocol.errors import JobCancelled
from selcolor_protocol.messages import Colorize, Progress
from selcolor_protocol.options import ColorizeOptions

pytestmark = [pytest.mark.networks, pytest.mark.timeout(7200)]

PATIENCE = 3600.0
SIZE = (160, 120)


@pytest.fixture(scope="module", params=PUBLISHED)
def network(request: pytest.FixtureRequest) -> Model:
    return find_model(str(request.param))


@pytest.fixture(scope="module")
def daemon(network: Model, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaemonHome]:
    """A daemon for each network: it would keep them all in memory."""
    folder = tmp_path_factory.mktemp(network.name)
    with own_home() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv(MODELS_DIR_VARIABLE, str(folder))
        home.environment[MODELS_DIR_VARIABLE] = str(folder)
        write_random(network)
        home.start()
        yield home
        network.path.unlink()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with a photo."""
    photo = drawn_photo(*SIZE)
    pixels = np.frombuffer(photo.pixels, np.uint8).reshape(SIZE[::-1])
    (tmp_path / "photos").mkdir()
    Image.fromarray(pixels).save(tmp_path / "photos" / "photo.png")
    return tmp_path / "photos"


def chosen(network: Model) -> tuple[str, ...]:
    """Options that let a network, and no other large one, work."""
    if network.kind is Kind.COLORIZER:
        return ("--colorizer", network.name, "--color", "everything")
    return ("--segmenter", network.name)


def check_result(folder: Path, network: Model) -> None:
    """The colorized picture is whole and names the network; random weights may color it gray."""
    with Image.open(next(folder.rglob("*-colorized.png"))) as picture:
        picture.load()
        assert picture.size == SIZE
        assert f"{network.name} sha256:{network.sha256}" in str(picture.info)


def test_the_command_line_colors_a_photo(
    network: Model, daemon: DaemonHome, photos: Path, tmp_path: Path
) -> None:
    command = ("colorize", str(photos / "photo.png"), "-o", str(tmp_path / "out"), "--json")

    done = daemon.run(*command, *chosen(network), timeout=PATIENCE)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])
    assert network.name in done.stdout
    check_result(tmp_path / "out", network)


def test_a_job_is_cancelled_within_the_network(network: Model, daemon: DaemonHome) -> None:
    options = ColorizeOptions(**{network.kind.value: network.name})  # type: ignore[arg-type]
    stage = "colorize" if network.kind is Kind.COLORIZER else "segment"
    asked_at = 0.0
    with daemon.client() as client:
        # Another photo than before, or the daemon would remember what the network said.
        job = client.colorize(Colorize("", 0, options, drawn_photo(200, 160)))
        until_running(client)
        workers = client.status().workers

        def cancel_once(progress: Progress) -> None:
            nonlocal asked_at
            if progress.stage == stage and not asked_at:
                asked_at = time.monotonic()
                client.cancel(job)

        with pytest.raises(JobCancelled):
            client.wait(job, cancel_once)
        print(f"\n{network.name}: told after {1000 * (time.monotonic() - asked_at):.0f} ms", end="")
        left = time.monotonic()
        next_job = client.colorize(
            Colorize("", 0, ColorizeOptions(), drawn_photo(64, 64), mask=drawn_photo(64, 64))
        )
        until_running(client)
        print(f", the worker has left it after {1000 * (time.monotonic() - left):.0f} ms more")
        client.wait(next_job)
        assert client.status().workers == workers, "the worker left it, and was not ended"
    assert all(psutil.pid_exists(pid) for pid in workers)


def test_a_batch_colors_a_folder(
    network: Model, daemon: DaemonHome, photos: Path, tmp_path: Path
) -> None:
    command = ("batch", str(photos), str(tmp_path / "out"), "--workers", "1")

    done = daemon.run(*command, *chosen(network), timeout=PATIENCE)

    assert done.returncode == 0, done.stdout + done.stderr
    check_result(tmp_path / "out", network)
