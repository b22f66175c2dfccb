"""The command line as a user meets it, in real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from daemon_home import DaemonHome, assert_failed
from PIL import Image

from selcolor_backend.version import VERSION
from selcolor_protocol import launch
from selcolor_protocol.connection import ConnectionInfo, connection_path, write_connection
from selcolor_protocol.notes import Note
from selcolor_protocol.runtime import private_runtime_folder

pytestmark = pytest.mark.slow


def test_a_photo_becomes_four_files(home: DaemonHome, folder: Path) -> None:
    out = folder / "out"

    result = home.run("colorize", str(folder / "photo.png"), "-o", str(out))

    assert result.returncode == 0, result.stderr
    assert sorted(os.listdir(out)) == [
        "photo-blended.png",
        "photo-colorized.png",
        "photo-mask.png",
        "photo.ora",
    ]
    assert zipfile.ZipFile(out / "photo.ora").read("mimetype") == b"image/openraster"


def test_results_are_not_replaced_unasked(home: DaemonHome, folder: Path) -> None:
    command = ("colorize", str(folder / "photo.png"), "-o", str(folder / "out"))
    assert home.run(*command).returncode == 0
    edited = folder / "out" / "photo-mask.png"
    edited.write_bytes(b"edited by hand")

    assert_failed(home.run(*command), "exists already", "--overwrite")
    assert edited.read_bytes() == b"edited by hand"
    assert home.run(*command, "--overwrite").returncode == 0


def test_tiff_and_ora_and_depth_are_written_as_asked(home: DaemonHome, folder: Path) -> None:
    photo = str(folder / "photo.png")

    tiff = home.run("colorize", photo, "-o", str(folder / "t"), "--format", "tiff", "--depth", "16")
    ora = home.run("colorize", photo, "-o", str(folder / "o"), "--format", "ora")

    assert (tiff.returncode, ora.returncode) == (0, 0), tiff.stderr + ora.stderr
    assert sorted(os.listdir(folder / "t"))[0] == "photo-blended.tiff"
    assert os.listdir(folder / "o") == ["photo.ora"]


def test_a_mask_of_ones_own_decides(home: DaemonHome, folder: Path) -> None:
    mask = np.zeros((160, 160), np.uint8)
    mask[:, 80:] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    photo, out = folder / "photo.png", folder / "out"

    result = home.run("colorize", str(photo), "-o", str(out), "--mask", str(folder / "mask.png"))

    assert result.returncode == 0, result.stderr
    before = np.asarray(Image.open(photo).convert("RGB"))
    blended = np.asarray(Image.open(out / "photo-blended.png"))
    colorized = np.asarray(Image.open(out / "photo-colorized.png"))
    assert (np.asarray(Image.open(out / "photo-mask.png")) == mask).all()
    assert (blended[:, :80] == before[:, :80]).all()
    assert (blended[:, 80:] == colorized[:, 80:]).all()


def test_a_selection_is_colored_exactly_or_limits_what_is_colored(
    home: DaemonHome, folder: Path
) -> None:
    selection = np.zeros((160, 160), np.uint8)
    selection[40:, 80:] = 255
    selection[40:, 70:80] = 100
    Image.fromarray(selection).save(folder / "selection.png")
    command = ("colorize", str(folder / "photo.png"), "--selection", str(folder / "selection.png"))

    exact = home.run(*command, "--color", "selection", "-o", str(folder / "exact"))
    within = home.run(*command, "--color", "everything", "-o", str(folder / "within"))
    main = home.run(*command, "-o", str(folder / "main"))

    assert [r.returncode for r in (exact, within, main)] == [0, 0, 0], exact.stderr + main.stderr
    for name in ("exact", "within"):
        assert (np.asarray(Image.open(folder / name / "photo-mask.png")) == selection).all()
    found = np.asarray(Image.open(folder / "main" / "photo-mask.png"))
    assert (found <= selection).all()


def test_the_subject_at_a_point_is_a_part_of_the_main_subject(
    home: DaemonHome, folder: Path
) -> None:
    photo = str(folder / "photo.png")

    at = home.run("colorize", photo, "--at", "75,60", "--no-refine", "-o", str(folder / "at"))
    aside = home.run("colorize", photo, "--at", "0,0", "--json", "-o", str(folder / "aside"))

    assert (at.returncode, aside.returncode) == (0, 0), at.stderr + aside.stderr
    assert np.asarray(Image.open(folder / "at" / "photo-mask.png"))[60, 75] > 127
    (record,) = json.loads(aside.stdout)
    assert [note["code"] for note in record["notes"]] == [Note.NOTHING_AT_POINT.value]


def test_notes_on_masks_are_told(home: DaemonHome, folder: Path) -> None:
    photo, out = str(folder / "photo.png"), folder / "out"
    Image.new("L", (160, 160), 0).save(folder / "black.png")
    cutout = np.zeros((160, 160, 4), np.uint8)
    cutout[:80, :, :3], cutout[:80, :, 3] = (90, 120, 60), 255
    Image.fromarray(cutout).save(folder / "cutout.png")
    notes = {}
    for name in ("black", "cutout"):
        mask = str(folder / f"{name}.png")
        result = home.run("colorize", photo, "--mask", mask, "--json", "-o", str(out / name))
        (record,) = json.loads(result.stdout)
        notes[name] = [note["code"] for note in record["notes"]]

    assert notes["black"] == [Note.MASK_IS_EMPTY.value]
    assert notes["cutout"] == [Note.MASK_ALPHA_WAS_USED.value]
    mask_used = np.asarray(Image.open(out / "cutout" / "photo-mask.png"))
    assert (mask_used == cutout[..., 3]).all()


def test_hints_color_what_they_are_painted_on_and_come_back_as_a_layer(
    home: DaemonHome, folder: Path
) -> None:
    photo, hints = str(folder / "photo.png"), folder / "hints.png"
    assert home.run("hints", photo, "-o", str(hints)).returncode == 0
    assert_failed(home.run("hints", photo, "-o", str(hints)), "exists already", "--overwrite")
    pixels = np.array(Image.open(hints))
    pixels[120:130, 20:60] = (60, 150, 60, 255)
    Image.fromarray(pixels).save(hints)

    def colorized(out: str, *options: str) -> np.ndarray:
        command = ("colorize", photo, "-o", str(folder / out), "--color", "everything")
        result = home.run(*command, *options)
        assert result.returncode == 0, result.stderr
        return np.asarray(Image.open(folder / out / "photo-colorized.png")).astype(int)

    plain, hinted = colorized("a"), colorized("b", "--hints", str(hints), "--sidecar")
    again = colorized("c", "--hints", str(folder / "b" / "photo.ora"))
    assert np.ptp(hinted[125, 40]) > np.ptp(plain[125, 40])
    assert hinted[125, 40].argmax() == 1
    assert np.array_equal(hinted, again)
    record = str(folder / "b" / "photo.json")
    assert home.run("colorize", "--again", record, "-o", str(folder / "d")).returncode == 0
    hints.write_bytes((folder / "hints.png").read_bytes() + b"\0")
    assert_failed(
        home.run("colorize", "--again", record, "-o", str(folder / "e")), "hints", "changed"
    )


def test_blend_repeats_the_composite(home: DaemonHome, folder: Path) -> None:
    photo, out = folder / "photo.png", folder / "out"
    assert home.run("colorize", str(photo), "-o", str(out)).returncode == 0
    layers = [str(photo), str(out / "photo-colorized.png"), str(out / "photo-mask.png")]

    result = home.run("blend", *layers, "-o", str(out / "again.png"))

    assert result.returncode == 0, result.stderr
    again = np.asarray(Image.open(out / "again.png"))
    assert (again == np.asarray(Image.open(out / "photo-blended.png"))).all()


def test_a_second_daemon_says_that_there_is_one(home: DaemonHome) -> None:
    assert home.run("daemon").returncode == 0

    second = home.run("daemon")

    assert_failed(second, "already runs")
    assert second.returncode == launch.EXIT_ALREADY_RUNNING


def test_status_and_stop_tell_the_truth(home: DaemonHome) -> None:
    assert_failed(home.run("status"), "No daemon runs")
    assert home.run("daemon").returncode == 0
    assert json.loads(home.run("status", "--json").stdout)["daemon_version"] == VERSION
    assert "has stopped" in home.run("stop").stdout
    assert "No daemon runs" in home.run("stop").stdout


def test_doctor_finds_all_well(home: DaemonHome) -> None:
    result = home.run("doctor", "--json")

    findings = json.loads(result.stdout)
    assert result.returncode == 0, [finding for finding in findings if not finding["well"]]
    assert "networks run on" in next(f["detail"] for f in findings if f["subject"] == "daemon")


def test_doctor_names_a_folder_that_others_may_enter(home: DaemonHome) -> None:
    home.runtime.mkdir(mode=0o755)
    home.runtime.chmod(0o755)

    result = home.run("doctor")

    assert result.returncode == 1
    assert "chmod 700" in result.stdout


def test_models_are_listed_with_their_state(home: DaemonHome) -> None:
    models = {m["name"]: m for m in json.loads(home.run("models", "list", "--json").stdout)}

    assert models["vit-lsgan-lite"]["state"] == "embedded"
    assert models["vit-lsgan"]["state"] == "local-only"


def test_help_and_version_answer(home: DaemonHome) -> None:
    assert "examples:" in home.run("--help").stdout
    assert "--saturation" in home.run("colorize", "--help").stdout
    assert home.run("--version").stdout == f"selcolor {VERSION}\n"


@pytest.mark.parametrize(
    ("command", "spared"),
    [
        ("daemon", ("numpy", "PIL", "httpx2")),
        ("colorize", ("httpx2", "tqdm", "torch", "tifffile")),
    ],
)
def test_a_command_imports_only_what_it_needs(command: str, spared: tuple[str, ...]) -> None:
    script = f"""
import sys
from selcolor_backend.cli.main import modules_for
assert len(list(modules_for(["{command}", "--help"]))) == 1
print(*sys.modules)
"""
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert not set(spared) & set(loaded.stdout.split())


def test_stop_ends_a_daemon_of_another_version(home: DaemonHome) -> None:
    assert home.run("daemon").returncode == 0
    content = json.loads(connection_path().read_text()) | {"protocol": 9}
    connection_path().write_text(json.dumps(content))

    assert "has stopped" in home.run("stop").stdout
    assert launch.find_daemon() is None


def test_stop_by_force_ends_a_daemon_that_hangs(home: DaemonHome) -> None:
    assert home.run("daemon").returncode == 0
    info = launch.find_daemon()
    assert info is not None
    os.kill(info.pid, signal.SIGSTOP)

    assert_failed(home.run("stop"), "--force")
    assert "has stopped" in home.run("stop", "--force").stdout
    assert launch.find_daemon() is None


def test_stop_never_ends_a_stranger_with_the_daemons_number(home: DaemonHome) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    private_runtime_folder()
    long_ago = ConnectionInfo("ipc:///c", "ipc:///d", 1, "0", stranger.pid, 1.0)
    write_connection(long_ago, connection_path())

    assert "No daemon runs" in home.run("stop", "--force").stdout
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()
