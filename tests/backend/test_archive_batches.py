"""`selcolor batch` by real processes: going on after any end, and what is never lost."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from archive_photos import make_archive
from daemon_home import wait_until
from PIL import Image

from selcolor_backend.archive.entry import Entry, State
from selcolor_backend.archive.manifest import all_entries, manifest_path
from selcolor_backend.cli.main import main

pytestmark = pytest.mark.slow

QUICK = ("--color", "everything", "--layers", "colorized,blended")
"""No subject has to be found, and few files are written."""


DATE = "1700000000"


@pytest.fixture(autouse=True)
def logs_and_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELCOLOR_LOG_DIR", str(tmp_path / "logs"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", DATE)


@pytest.fixture(scope="module")
def colored_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scans (three photos and one that is broken), and what a batch made of them."""
    folder = tmp_path_factory.mktemp("archive")
    make_archive(folder / "scans", 4, broken=(1,))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SELCOLOR_LOG_DIR", str(folder / "logs"))
        patch.setenv("SOURCE_DATE_EPOCH", DATE)
        assert batch(folder / "scans", folder / "out") == 1
    return folder


@pytest.fixture
def archive(colored_archive: Path, tmp_path: Path) -> Path:
    """A copy of it, at another place."""
    return Path(shutil.copytree(colored_archive, tmp_path / "archive"))


def batch(scans: Path, out: Path, *options: str) -> int:
    return main(["batch", str(scans), str(out), *QUICK, "--workers", "1", *options])


def entries(out: Path) -> dict[str, Entry]:
    return {entry.photo: entry for _, entry in all_entries(out)}


def states(out: Path) -> list[str]:
    return sorted(entry.state.value for entry in entries(out).values())


def runs(out: Path) -> list[int]:
    return [entry.runs for entry in entries(out).values() if entry.state is State.DONE]


def digests(out: Path) -> dict[str, str]:
    return {
        str(path.relative_to(out)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*.png"))
    }


def test_every_photo_is_done_or_set_aside_with_its_reason(colored_archive: Path) -> None:
    found = entries(colored_archive / "out")
    assert states(colored_archive / "out") == ["done"] * 3 + ["failed"]
    assert "is not a picture" in found["box-00/p0001.png"].sentence
    done = found["box-00/p0002.tif"]
    assert done.sha256 == hashlib.sha256(Path(done.source).read_bytes()).hexdigest()
    assert done.networks[0].startswith("vit-lsgan-lite sha256:")
    assert (done.device, done.notes, done.runs, done.width) == ("cpu", (), 1, 320)
    assert [file.name for file in done.files] == ["p0002-colorized.png", "p0002-blended.png"]
    assert (colored_archive / "out" / "selcolor-report.html").exists()


def test_a_moved_archive_is_done_already(archive: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert batch(archive / "scans", archive / "out") == 1
    assert batch(archive / "scans", archive / "out") == 1

    assert runs(archive / "out") == [1, 1, 1]
    said = capfd.readouterr()
    assert said.out.count("0 photos colored, 3 were done already") == 2
    assert said.err.count("1 photo failed; set aside") == 2


def test_what_changed_is_done_again_and_nothing_else(archive: Path) -> None:
    scans, out = archive / "scans", archive / "out"
    Image.new("L", (80, 60), 90).save(scans / "box-00" / "p0000.jpg")
    (out / "box-00" / "p0003-blended.png").unlink()

    batch(scans, out)

    found = entries(out)
    assert found["box-00/p0000.jpg"].width == 80
    assert (out / "box-00" / "p0003-blended.png").exists()
    assert {photo: entry.runs for photo, entry in found.items() if entry.runs} == {
        "box-00/p0000.jpg": 2,
        "box-00/p0002.tif": 1,
        "box-00/p0003.png": 2,
    }


def test_other_settings_replace_results_but_none_that_somebody_edited(archive: Path) -> None:
    scans, out = archive / "scans", archive / "out"
    edited = out / "box-00" / "p0002-blended.png"
    edited.write_bytes(b"hours of work")
    before = digests(out)

    assert batch(scans, out, "--saturation", "1.5") == 1

    changed = {name for name, digest in digests(out).items() if digest != before[name]}
    assert changed == {name for name in before if "p0002" not in name}
    assert edited.read_bytes() == b"hours of work"
    assert "exists already" in entries(out)["box-00/p0002.tif"].sentence


def test_failures_are_tried_again_alone(archive: Path) -> None:
    scans, out = archive / "scans", archive / "out"
    Image.new("L", (80, 60), 90).save(scans / "box-00" / "new.png")
    Image.new("L", (80, 60), 90).save(scans / "box-00" / "p0001.png")

    assert batch(scans, out, "--retry-failed") == 0

    assert states(out) == ["done"] * 4
    assert "box-00/new.png" not in entries(out)


def test_shards_do_an_archive_together(archive: Path, tmp_path: Path) -> None:
    out = tmp_path / "shards"
    for part in ("1/2", "2/2"):
        batch(archive / "scans", out, "--shard", part)
    assert not manifest_path(out).exists()

    assert main(["batch", "--merge", str(out)]) == 0

    assert states(out) == ["done"] * 3 + ["failed"]
    assert digests(out) == digests(archive / "out")


def start(scans: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "selcolor_backend", "batch", str(scans), str(out)]
    return subprocess.Popen([*command, *QUICK, "--workers", "2"], stderr=subprocess.DEVNULL)


def done(out: Path) -> int:
    return states(out).count("done") if manifest_path(out).exists() else 0


def children(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def kill_after(count: int, scans: Path, out: Path, kill: Callable[[psutil.Process], None]) -> None:
    process = start(scans, out)
    assert wait_until(lambda: done(out) >= count or process.poll() is not None, 120)
    started = children(process)
    kill(psutil.Process(process.pid))
    process.wait()
    assert wait_until(lambda: not any(map(psutil.Process.is_running, started)), 60)


def runs_of_the_done(out: Path) -> dict[str, int]:
    done = {name: each for name, each in entries(out).items() if each.state is State.DONE}
    return {name: each.runs for name, each in done.items()}


def test_after_sigkill_nothing_is_missing_and_nothing_done_twice(tmp_path: Path) -> None:
    scans, calm, killed = tmp_path / "scans", tmp_path / "calm", tmp_path / "killed"
    make_archive(scans, 8, broken=(7,))
    finished: dict[str, int] = {}
    for count in (1, 3):
        kill_after(count, scans, killed, psutil.Process.kill)
        assert done(killed) < 7
        finished = runs_of_the_done(killed) | finished

    assert batch(scans, killed) == batch(scans, calm) == 1

    assert states(killed) == ["done"] * 7 + ["failed"]
    # What was under way when it was killed may be made once more; what was done then, never.
    assert finished.items() <= runs_of_the_done(killed).items()
    assert digests(killed) == digests(calm)
    assert not list(killed.rglob(".selcolor-*"))


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise there")
def test_a_worker_that_dies_costs_no_photo_and_ctrl_c_finishes_what_is_under_way(
    tmp_path: Path,
) -> None:
    scans, out = tmp_path / "scans", tmp_path / "out"
    make_archive(scans, 24)
    process = start(scans, out)
    assert wait_until(lambda: done(out) >= 1 or process.poll() is not None, 120)
    workers = [each for each in children(process) if each.ppid() != process.pid]

    workers[0].kill()
    finished = done(out)
    assert wait_until(lambda: done(out) >= finished + 4 or process.poll() is not None, 120)
    process.send_signal(signal.SIGINT)

    assert process.wait(120) == 130
    assert "failed" not in states(out)
    assert finished + 4 <= done(out) < 24
    assert not list(out.rglob(".selcolor-*"))
