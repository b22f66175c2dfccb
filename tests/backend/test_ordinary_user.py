"""What an ordinary user meets who may not do everything: closed folders, other people's files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_home import DaemonHome, assert_failed
from other_user import NOBODY, run_as_ordinary_user
from PIL import Image
from skimage import data

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(shared_home: DaemonHome) -> Iterator[DaemonHome]:
    """One daemon for all, which is that user's own."""
    yield shared_home
    if shared_home.runtime.exists():  # nobody else may talk to it
        run_as_ordinary_user(shared_home, "stop", "--force")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody may enter, with a photo that everybody may read."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    Image.fromarray(data.camera()).resize((160, 160)).save(folder / "photo.png")
    (folder / "out").mkdir()
    if os.getuid() == 0:
        os.chown(folder / "out", NOBODY, NOBODY)
    (folder / "closed").mkdir()
    shutil.copy(folder / "photo.png", folder / "closed" / "inner.png")
    (folder / "closed").chmod(0)
    yield folder
    (folder / "closed").chmod(0o700)
    shutil.rmtree(folder)


def test_a_photo_in_a_closed_folder_fails_by_its_name_and_others_are_colored(
    home: DaemonHome, place: Path
) -> None:
    photos = [str(place / "closed" / "inner.png"), str(place / "photo.png")]

    result = run_as_ordinary_user(
        home, "colorize", *photos, "-o", str(place / "out"), "--json", "--layers", "blended"
    )

    refused, colored = json.loads(result.stdout)
    assert result.returncode == 1
    assert "inner.png may not be read" in refused["error"]["sentence"]
    assert colored.get("files") == [str(place / "out" / "photo-blended.png")], colored


def test_a_folder_with_a_closed_one_in_it_is_colored_but_for_that(
    home: DaemonHome, place: Path
) -> None:
    result = run_as_ordinary_user(
        home, "colorize", str(place), "-o", str(place / "out"), "--json", "--layers", "blended"
    )

    refused, colored = json.loads(result.stdout)
    assert result.returncode == 1
    assert f"{place / 'closed'} cannot be entered" in refused["error"]["sentence"]
    assert colored.get("files") == [str(place / "out" / "photo-blended.png")], colored


@pytest.mark.parametrize("option", ["--mask", "--selection"])
def test_a_mask_in_a_closed_folder_is_named(home: DaemonHome, place: Path, option: str) -> None:
    mask = str(place / "closed" / "inner.png")
    command = ("colorize", str(place / "photo.png"), option, mask, "-o", str(place / "out"))

    assert_failed(run_as_ordinary_user(home, *command), "inner.png may not be read")


@pytest.mark.parametrize("where", ["closed", "closed/deep/er", "."])
def test_a_place_that_may_not_be_written_is_named(
    home: DaemonHome, place: Path, where: str
) -> None:
    if os.getuid() != 0 and where == ".":
        pytest.skip("the folder is this user's own")
    command = ("colorize", str(place / "photo.png"), "-o", str(place / where))

    result = run_as_ordinary_user(home, *command)

    assert_failed(result, "cannot be written", "Choose another folder")
    assert sorted(os.listdir(place)) == ["closed", "out", "photo.png"]


def test_results_that_belong_to_somebody_else_stay_as_they_are(
    home: DaemonHome, place: Path
) -> None:
    if os.getuid() != 0:
        pytest.skip("only root can make another user's files")
    theirs = place / "out" / "photo-mask.png"
    theirs.write_bytes(b"theirs")
    os.chown(place / "out", 0, 0)
    (place / "out").chmod(0o1777)  # as a folder for everybody has it
    command = ("colorize", str(place / "photo.png"), "-o", str(place / "out"), "--overwrite")

    result = run_as_ordinary_user(home, *command)

    assert_failed(result)
    assert theirs.read_bytes() == b"theirs"
    assert [name for name in os.listdir(place / "out") if name.startswith(".")] == []


@pytest.fixture
def tiny_disk(place: Path) -> Iterator[Path]:
    """A disk on which 64 KiB fit."""
    folder = place / "disk"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size=64k,uid={NOBODY}", "none", str(folder)]
    can_mount = os.getuid() == 0 and shutil.which("mount") is not None
    if not can_mount or subprocess.run(["mount", *options], capture_output=True).returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_nothing_half_written_stays(
    home: DaemonHome, place: Path, tiny_disk: Path
) -> None:
    command = ("colorize", str(place / "photo.png"), "-o", str(tiny_disk))

    assert_failed(run_as_ordinary_user(home, *command), "the disk is full", results=tiny_disk)
