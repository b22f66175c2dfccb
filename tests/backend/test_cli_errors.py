"""Every mistake that a user can make at the command line, and every accident."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from daemon_home import DaemonHome, assert_failed
from PIL import Image
from skimage import data

from selcolor_backend.cli import blend, coloring
from selcolor_backend.cli.main import ended_in_order, main
from selcolor_protocol import launch
from selcolor_protocol.connection import connection_path
from selcolor_protocol.notes import Note

pytestmark = pytest.mark.slow


def test_one_bad_photo_does_not_stop_the_others(home: DaemonHome, folder: Path) -> None:
    (folder / "notes.jpg").write_text("shopping list")
    shutil.copy(folder / "photo.png", folder / "second.png")
    photos = [str(folder / name) for name in ("photo.png", "notes.jpg", "second.png")]

    result = home.run("colorize", *photos, "-o", str(folder / "out"))

    assert_failed(result, "notes.jpg", "1 of 3 photos failed")
    assert (folder / "out" / "second-blended.png").exists()


def write_bad_pictures(folder: Path) -> dict[str, tuple[Path, str]]:
    """Files that cannot be colorized, and a word that the error has to say."""
    good = Image.fromarray(data.astronaut())
    names = ("text.jpg", "cut.png", "empty.png", "dot.png", "line.png", "print.jpg")
    paths = {name: folder / name for name in (*names, "moving.gif", "missing.png")}
    paths["text.jpg"].write_text("not a picture")
    good.save(paths["cut.png"])
    paths["cut.png"].write_bytes(paths["cut.png"].read_bytes()[:20_000])
    paths["empty.png"].touch()
    Image.new("L", (1, 1)).save(paths["dot.png"])
    Image.new("L", (20_000, 1)).save(paths["line.png"])
    good.convert("CMYK").save(paths["print.jpg"])
    frames = [Image.new("L", (64, 64), shade) for shade in (0, 128)]
    frames[0].save(paths["moving.gif"], save_all=True, append_images=frames[1:])
    said = {
        "missing.png": "no file",
        "text.jpg": "not a picture",
        "cut.png": "damaged",
        "empty.png": "empty",
        "dot.png": "too small",
        "line.png": "too small",
        "print.jpg": "CMYK",
        "moving.gif": "animat",
    }
    return {name: (paths[name], word) for name, word in said.items()}


def test_every_kind_of_bad_picture_is_explained(home: DaemonHome, folder: Path) -> None:
    out = folder / "out"
    for path, word in write_bad_pictures(folder).values():
        result = home.run("colorize", str(path), "-o", str(out))
        assert_failed(result, path.name, results=out)
        assert word.lower() in result.stderr.lower(), result.stderr


def test_an_unwritable_folder_is_found_before_the_work(home: DaemonHome, folder: Path) -> None:
    in_the_way = folder / "file"
    in_the_way.touch()

    result = home.run("colorize", str(folder / "photo.png"), "-o", str(in_the_way / "out"))

    assert_failed(result, "cannot be written", "-o")
    assert launch.find_daemon() is None


def test_a_read_only_disk_is_an_error_with_a_way_out(home: DaemonHome, folder: Path) -> None:
    result = home.run("colorize", str(folder / "photo.png"), "-o", "/proc/nowhere")

    assert_failed(result, "/proc/nowhere")


def test_unknown_names_are_answered_with_the_known_ones(home: DaemonHome, folder: Path) -> None:
    command = ("colorize", str(folder / "photo.png"), "-o", str(folder / "out"))

    assert_failed(home.run(*command, "--colorizer", "nobody"), "vit-lsgan-lite")
    assert_failed(home.run(*command, "--color", "unicorn"), "person", "cat")
    assert_failed(home.run(*command, "--colorizer", "vit-lsgan"), "selcolor models get vit-lsgan")
    assert_failed(home.run(*command, "--gain", "99"), "0.25")


def test_a_picture_without_a_subject_is_colored_and_says_so(home: DaemonHome, folder: Path) -> None:
    Image.new("L", (200, 200), 128).save(folder / "wall.png")
    command = ("colorize", str(folder / "wall.png"), "--color", "cat", "-o")

    plain = home.run(*command, str(folder / "plain"))
    asked = home.run(*command, str(folder / "json"), "--json")

    assert (plain.returncode, asked.returncode) == (0, 0)
    assert "note: Nothing was found" in plain.stdout
    (record,) = json.loads(asked.stdout)
    assert [note["code"] for note in record["notes"]] == [Note.NOTHING_FOUND.value]
    mask = Image.open(folder / "plain" / "wall-mask.png")
    assert mask.getextrema() == (0, 0)


def test_corrupt_weights_are_never_used(
    home: DaemonHome, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = folder / "models"
    models.mkdir()
    home.environment["SELCOLOR_MODELS_DIR"] = str(models)
    (models / "deeplabv3_resnet101_coco-586e9e4e.pth").write_bytes(b"spoiled")
    command = ("colorize", str(folder / "photo.png"), "-o", str(folder / "out"))

    result = home.run(*command, "--segmenter", "deeplabv3-resnet101")

    assert_failed(result, "deeplabv3-resnet101", "selcolor models get", results=folder / "out")
    assert home.run("models", "verify").returncode == 1


def test_a_daemon_killed_in_mid_job_leaves_an_error_and_no_file(
    home: DaemonHome, folder: Path
) -> None:
    out = folder / "out"
    Image.fromarray(data.camera()).resize((5000, 4000)).save(folder / "large.png")
    # One that the command began to start would be found by nobody: it is ended before that runs.
    home.start()
    home.client().close()
    command = [sys.executable, "-m", "selcolor_backend", "colorize", str(folder / "large.png")]
    process = subprocess.Popen(
        [*command, "-o", str(out)], env=home.environment, stderr=subprocess.PIPE, text=True
    )
    killed = kill_daemon_at_work(deadline=time.monotonic() + 60)
    stderr = process.communicate(timeout=30)[1]

    assert killed
    assert process.returncode == 1
    assert "stopped answering" in stderr
    assert "Traceback" not in stderr
    assert not out.exists()
    assert home.run("colorize", str(folder / "photo.png"), "-o", str(out)).returncode == 0


def kill_daemon_at_work(deadline: float) -> bool:
    """Kill the daemon with SIGKILL as soon as it works on a job; whether that happened."""
    while time.monotonic() < deadline:
        client = launch.connect("killer", "0")
        if client is None:
            time.sleep(0.05)
            continue
        with client:
            while time.monotonic() < deadline:
                if any(job.state.value == "running" for job in client.status().jobs):
                    psutil.Process(client.info.pid).kill()
                    return True
                time.sleep(0.02)
    return False


@pytest.fixture
def interruptible() -> Iterator[None]:
    """A shell's background jobs are deaf to Ctrl+C, and so would be what such a test run starts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_interrupting_leaves_no_half_written_file(home: DaemonHome, folder: Path) -> None:
    out = folder / "out"
    Image.fromarray(data.camera()).resize((5000, 4000)).save(folder / "large.png")
    # One that the command began to start would be found by nobody: it is ended before that runs.
    home.start()
    home.client().close()
    command = [sys.executable, "-m", "selcolor_backend", "colorize", str(folder / "large.png")]
    process = subprocess.Popen(
        [*command, "-o", str(out)], env=home.environment, stderr=subprocess.PIPE, text=True
    )
    with home.client() as client:
        while not client.status().jobs:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        stderr = process.communicate(timeout=30)[1]
        deadline = time.monotonic() + 10
        while client.status().jobs and time.monotonic() < deadline:
            time.sleep(0.05)

        assert client.status().jobs == ()
    assert process.returncode == 130
    assert "Traceback" not in stderr
    assert os.listdir(out) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_ending_the_program_leaves_no_hidden_folder(
    home: DaemonHome, folder: Path, number: signal.Signals
) -> None:
    out = folder / "out"
    Image.fromarray(data.camera()).resize((5000, 4000)).save(folder / "large.png")
    # One that the command began to start would be found by nobody: it is ended before that runs.
    home.start()
    home.client().close()
    command = [sys.executable, "-m", "selcolor_backend", "colorize", str(folder / "large.png")]
    process = subprocess.Popen(
        [*command, "-o", str(out)], env=home.environment, stderr=subprocess.PIPE, text=True
    )
    while not list(out.glob(".selcolor-*/*")):
        time.sleep(0.01)
    process.send_signal(number)
    stderr = process.communicate(timeout=60)[1]

    assert process.returncode == 128 + number
    assert "Interrupted" in stderr
    assert "Traceback" not in stderr
    assert os.listdir(out) == []


def test_a_signal_that_is_to_be_ignored_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ended_in_order():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) not in (signal.SIG_DFL, signal.SIG_IGN)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGHUP, before)


def test_a_refusal_of_the_system_is_not_taken_for_one_of_the_output(home: DaemonHome) -> None:
    (home.runtime / "daemon.lock").mkdir(parents=True)
    home.runtime.chmod(0o700)

    result = home.run("daemon", "--foreground")

    assert_failed(result, f"The daemon cannot write in {home.runtime}", "directory")
    assert "output" not in result.stderr


@pytest.mark.parametrize("error", [MemoryError(), OSError(5, "Input/output error")])
def test_what_goes_wrong_with_one_photo_does_not_end_the_batch(
    home: DaemonHome,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    error: Exception,
) -> None:
    shutil.copy(folder / "photo.png", folder / "heavy.png")

    def read(path: Path, wanted: int | None) -> object:
        if path.name == "heavy.png":
            raise error
        return reading(path, wanted)

    reading = coloring.read_photo
    monkeypatch.setattr(coloring, "read_photo", read)
    home.start()
    home.client().close()  # once it answers
    photos = [str(folder / name) for name in ("heavy.png", "photo.png")]

    status = main(["colorize", *photos, "-o", str(folder / "out")])

    said = capsys.readouterr().err
    assert status == 1
    assert "heavy.png" in said
    assert "untouched" in said
    assert (folder / "out" / "photo-blended.png").exists()


@pytest.mark.parametrize("kind", ["a link to itself", "a name too long", "a link to a long name"])
def test_a_path_that_the_system_refuses_fails_by_name_alone(
    home: DaemonHome, folder: Path, kind: str
) -> None:
    odd = folder / "odd.png"
    if kind == "a name too long":
        odd = folder / f"{'x' * 300}.png"
    else:
        odd.symlink_to("odd.png" if kind == "a link to itself" else "x" * 250)

    result = home.run(
        "colorize", str(odd), str(folder / "photo.png"), "-o", str(folder / "out"), "--json"
    )

    refused, colored = json.loads(result.stdout)
    assert result.returncode == 1
    assert odd.name[:20] in refused["error"]["sentence"]
    assert len(colored["files"]) == 4


def test_a_daemon_of_another_version_is_explained(home: DaemonHome, folder: Path) -> None:
    assert home.run("daemon").returncode == 0
    content = json.loads(connection_path().read_text()) | {"protocol": 9}
    connection_path().write_text(json.dumps(content))

    result = home.run("colorize", str(folder / "photo.png"), "-o", str(folder / "out"))

    assert_failed(result, "speaks protocol 9", "Update")


def test_a_photo_is_never_replaced_by_results(home: DaemonHome, folder: Path) -> None:
    shutil.copy(folder / "photo.png", folder / "photo-blended.png")
    shutil.copy(folder / "photo.png", folder / "other-mask.png")
    shutil.copy(folder / "photo.png", folder / "other.png")
    both = [str(folder / "photo.png"), str(folder / "photo-blended.png")]
    kept = (folder / "photo-blended.png").read_bytes()
    other = ["colorize", str(folder / "other.png"), "--selection", str(folder / "other-mask.png")]

    assert_failed(home.run("colorize", *both, "-o", str(folder), "--overwrite"), "would replace")
    assert_failed(home.run(*other, "-o", str(folder), "--overwrite"), "would replace")
    assert (folder / "photo-blended.png").read_bytes() == kept
    assert not (folder / "photo-mask.png").exists()
    assert not (folder / "other-blended.png").exists()


def test_blend_does_not_replace_what_was_written_meanwhile(
    home: DaemonHome, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    home.start()
    home.client().close()  # once it answers
    photo, target = str(folder / "photo.png"), folder / "final.png"

    def prepare_slowly(chosen: argparse.Namespace) -> object:
        target.write_bytes(b"precious")
        return prepared(chosen)

    prepared = blend.prepare
    monkeypatch.setattr(blend, "prepare", prepare_slowly)

    assert main(["blend", photo, photo, photo, "-o", str(target)]) == 1
    assert "exists already" in capsys.readouterr().err
    assert target.read_bytes() == b"precious"
    assert sorted(os.listdir(folder)) == ["final.png", "photo.png"]


@pytest.mark.parametrize("place", ["nowhere/final.png", "photo.png/final.png"])
def test_blend_looks_at_its_folder_before_any_work(
    home: DaemonHome, folder: Path, place: str
) -> None:
    missing = str(folder / "missing.png")

    result = home.run("blend", missing, missing, missing, "-o", str(folder / place))

    assert_failed(result, "final.png cannot be written", "Choose another folder")
    assert "missing.png" not in result.stderr
    assert launch.find_daemon() is None


def test_blend_never_replaces_what_it_reads(home: DaemonHome, folder: Path) -> None:
    photo = str(folder / "photo.png")

    result = home.run("blend", photo, photo, photo, "-o", photo, "--overwrite")

    assert_failed(result, "one of the pictures to blend")


def test_a_name_too_long_for_its_results_is_refused(home: DaemonHome, folder: Path) -> None:
    photo = folder / f"{'long' * 61}.png"
    shutil.copy(folder / "photo.png", photo)

    assert_failed(home.run("colorize", str(photo), "-o", str(folder / "out")), "too long")


def test_two_programs_never_write_the_same_file(home: DaemonHome, folder: Path) -> None:
    command = [sys.executable, "-m", "selcolor_backend", "colorize", str(folder / "photo.png")]
    pair = [
        subprocess.Popen(
            [*command, "-o", str(folder / "out")],
            env=home.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    errors = [process.communicate(timeout=120)[1] for process in pair]

    assert sorted(process.returncode for process in pair) == [0, 1]
    assert any("exists already" in error for error in errors)


def test_names_in_any_language_are_printed_on_any_terminal(home: DaemonHome, folder: Path) -> None:
    photo = folder / "Grüße ñ.png"
    shutil.copy(folder / "photo.png", photo)
    home.environment["PYTHONIOENCODING"] = "ascii"

    result = home.run("colorize", str(photo), "-o", str(folder / "out"))

    assert result.returncode == 0, result.stderr
    assert "Traceback" not in home.run("models", "list").stderr


def test_an_output_that_is_full_is_no_traceback(home: DaemonHome) -> None:
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [sys.executable, "-m", "selcolor_backend", "models", "list"],
            env=home.environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )

    assert result.returncode == 1
    assert "cannot be written" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_mask_and_classes_exclude_each_other(home: DaemonHome, folder: Path) -> None:
    photo = str(folder / "photo.png")

    result = home.run("colorize", photo, "-o", str(folder), "--mask", photo, "--color", "cat")

    assert_failed(result, "exclude each other")


def test_a_failed_run_leaves_no_empty_folder(home: DaemonHome, folder: Path) -> None:
    out = folder / "out"

    home.run("colorize", str(folder / "photo.png"), "-o", str(out), "--colorizer", "nobody")

    assert not out.exists()
