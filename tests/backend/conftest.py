"""Fixtures for tests that run a real daemon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from daemon_home import DaemonHome, drawn_photo, own_home
from PIL import Image
from skimage import data
from weight_server import Server, serving

from selcolor_protocol.raster import Raster

# Threads that wait for each other take the processors from whatever else computes: beside busy
# programs, some tests took ten times as long. The daemon's workers have their own way (007).
torch.set_num_threads(1)


@pytest.fixture
def home() -> Iterator[DaemonHome]:
    """Runtime and log folders of the test's own; daemons started there are ended afterwards."""
    with own_home() as home:
        yield home


@pytest.fixture(scope="module")
def shared_home() -> Iterator[DaemonHome]:
    """The same for all tests of a file that leave the daemon as it is."""
    with own_home() as home:
        yield home


@pytest.fixture
def photo() -> Raster:
    """A small photo."""
    return drawn_photo(160, 120)


@pytest.fixture(scope="session")
def large_photo() -> Raster:
    """A photo of 24 megapixels, which takes seconds."""
    tile = drawn_photo(1500, 1000)
    pixels = np.frombuffer(tile.pixels, np.uint8).reshape(1000, 1500)
    size = replace(tile.format, width=6000, height=4000)
    return Raster(size, np.tile(pixels, (4, 4)).tobytes())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where photos lie; results go to `folder / out`."""
    Image.fromarray(data.camera()).resize((160, 160)).save(tmp_path / "photo.png")
    return tmp_path


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running
