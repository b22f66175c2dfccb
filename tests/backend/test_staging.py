"""Files that appear whole or not at all, and what killed programs leave behind."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from selcolor_backend.cli import staging
from selcolor_backend.cli.staging import check_folder, commit, staging_folder, sweep
from selcolor_protocol.errors import CannotWrite


def stage(folder: Path, *names: str) -> list[tuple[Path, Path]]:
    for name in names:
        (folder / name).write_text(f"new {name}")
    return [(folder / name, folder.parent / name) for name in names]


def test_files_get_their_names_and_nothing_else_is_left(tmp_path: Path) -> None:
    with staging_folder(tmp_path) as folder:
        commit(stage(folder, "a", "b"), overwrite=False)
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]
    assert (tmp_path / "b").read_text() == "new b"


def test_a_name_that_was_taken_meanwhile_is_kept_and_none_appears(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("precious")
    with staging_folder(tmp_path) as folder, pytest.raises(CannotWrite, match="exists already"):
        commit(stage(folder, "a", "b"), overwrite=False)
    assert os.listdir(tmp_path) == ["b"]
    assert (tmp_path / "b").read_text() == "precious"


def test_overwriting_replaces(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("earlier")
    with staging_folder(tmp_path) as folder:
        commit(stage(folder, "a", "b"), overwrite=True)
    assert (tmp_path / "b").read_text() == "new b"


def test_without_hard_links_names_are_still_not_taken_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    (tmp_path / "b").write_text("precious")
    with staging_folder(tmp_path) as folder:
        commit(stage(folder, "a"), overwrite=False)
    with staging_folder(tmp_path) as folder, pytest.raises(CannotWrite):
        commit(stage(folder, "b"), overwrite=False)
    assert (tmp_path / "a").read_text() == "new a"
    assert (tmp_path / "b").read_text() == "precious"


def test_every_file_and_their_folder_are_on_the_disk_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []

    def note(descriptor: int) -> None:
        synced.append(os.path.basename(os.readlink(f"/proc/self/fd/{descriptor}")))

    monkeypatch.setattr(os, "fsync", note)
    with staging_folder(tmp_path) as folder:
        commit(stage(folder, "a", "b"), overwrite=False)
    assert synced == ["a", "b", tmp_path.name]


@pytest.mark.parametrize(
    ("function", "number", "words"),
    [
        ("os.fsync", errno.ENOSPC, "the disk is full"),
        ("os.replace", errno.EROFS, "the folder is read-only"),
        ("os.replace", errno.EACCES, "may not be written"),
    ],
)
def test_refusals_of_the_system_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, function: str, number: int, words: str
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(function, refuse)
    with pytest.raises(CannotWrite, match=words), staging_folder(tmp_path) as folder:
        commit(stage(folder, "a"), overwrite=True)
    assert os.listdir(tmp_path) == []


def test_a_disk_that_fills_up_in_mid_file_leaves_nothing(tmp_path: Path) -> None:
    """The system really refuses in the middle of the file: its size is limited."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(CannotWrite, match="larger than"), staging_folder(tmp_path) as folder:
            (folder / "a").write_bytes(bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert os.listdir(tmp_path) == []


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with staging_folder(tmp_path) as folder:
            stage(folder, "a")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert os.listdir(tmp_path) == []


def test_a_file_gets_the_permissions_that_others_get(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    with staging_folder(tmp_path) as folder:
        commit(stage(folder, "a"), overwrite=False)
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("place", ["none", "file"])
def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CannotWrite, match=r"does not exist|is a file"):
        check_folder(tmp_path / place, "a.png")


# What killed programs leave

HOLD = """
import sys, time
from pathlib import Path
from selcolor_backend.cli.staging import staging_folder
with staging_folder(Path(sys.argv[1])) as folder:
    (folder / "half").write_text("half")
    print("here", flush=True)
    time.sleep(60)
"""


def left_by_a_killed_program(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert len(os.listdir(folder)) == 1


def test_the_next_program_clears_away_what_a_killed_one_left(tmp_path: Path) -> None:
    left_by_a_killed_program(tmp_path)
    with staging_folder(tmp_path) as folder:
        assert os.listdir(tmp_path) == [folder.name]
    assert os.listdir(tmp_path) == []


def test_a_program_at_work_keeps_its_folder(tmp_path: Path) -> None:
    with staging_folder(tmp_path) as first:
        with staging_folder(tmp_path):
            pass
        assert first.is_dir()


def test_another_machines_folder_is_kept_for_a_day(tmp_path: Path) -> None:
    left_by_a_killed_program(tmp_path)
    (left,) = tmp_path.iterdir()
    foreign = left.rename(tmp_path / ".selcolor-00000000-1-abc")
    sweep(tmp_path)
    assert foreign.is_dir()
    old = time.time() - 2 * staging.LONG_AGO
    os.utime(foreign, (old, old))
    sweep(tmp_path)
    assert os.listdir(tmp_path) == []


def test_files_and_folders_of_others_are_never_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".selcolor-notes").write_text("mine")
    (tmp_path / "photos").mkdir()
    sweep(tmp_path)
    assert sorted(os.listdir(tmp_path)) == [".selcolor-notes", "photos"]
