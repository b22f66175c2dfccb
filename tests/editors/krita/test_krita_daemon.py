"""The daemon seen from Krita: long jobs, cancel, death, another version, two editors at once."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from driven import SLOWNESS, end_daemon, environment
from krita_process import Krita
from numpy.typing import NDArray
from raw import SRGB, luminance, photo_values, rgba, write_pixels
from skimage import data

from selcolor_protocol import launch, processes
from selcolor_protocol.connection import read_connection

pytestmark = pytest.mark.editors


def test_krita_does_not_stall_while_a_long_job_runs(krita: Krita, large_photo: Path) -> None:
    facts = krita.run("daemon.long_job", photo=str(large_photo), at_least=3.0)

    # Insertion counts, too: waiting for Krita's threads, it alone takes a third of a job's time.
    assert facts["share"] <= 0.2, facts
    assert "Reading the photo…" in facts["stages"]
    assert "Blending…" in facts["stages"]


@pytest.mark.parametrize("stage", ["", "Reading", "Blending"])
def test_cancel_gives_the_editor_back_and_leaves_the_image(
    krita: Krita, large_photo: Path, stage: str
) -> None:
    facts = krita.run("daemon.cancelled_job", photo=str(large_photo), stage=stage)

    assert facts["returned"] <= 0.3 * SLOWNESS
    assert facts["unchanged"]
    assert not facts["message"]


def test_a_cancel_in_the_middle_of_a_turn_is_told_after_it(krita: Krita, photo: Path) -> None:
    told = krita.run("daemon.cancelled_within_a_turn", photo=str(photo))

    assert told == ["went on", "cancelled", "over"]


def test_a_daemon_that_is_absent_is_started_and_the_action_succeeds(
    krita: Krita, photo: Path, runtime: Path
) -> None:
    end_daemon(runtime)
    (runtime / "connection.json").unlink(missing_ok=True)

    facts = krita.run("daemon.absent_daemon", photo=str(photo))

    info = read_connection(runtime / "connection.json")
    assert info is not None
    assert processes.process_lives(info.pid)
    assert "Starting the program that colorizes…" in facts["stages"]
    assert len(facts["later"]["children"]) == 2


@pytest.mark.parametrize("where", ["run", "dialog"])
def test_a_fault_of_the_plugin_is_told_once_and_ends_the_run(
    krita: Krita, photo: Path, where: str
) -> None:
    facts = krita.run(f"daemon.broken_{where}", photo=str(photo))

    assert "RuntimeError: a fault of the plugin" in facts["text"]
    assert "report" in facts["text"]
    assert not facts["again"]
    assert not facts.get("window")
    assert facts.get("unchanged", True)


def test_a_killed_daemon_is_told_and_the_next_run_works(
    krita: Krita, large_photo: Path, runtime: Path
) -> None:
    facts = krita.run(
        "daemon.killed_daemon", photo=str(large_photo), pid_file=str(runtime / "connection.json")
    )

    assert facts["seconds"] <= 5.0 * SLOWNESS
    assert "stopped answering" in facts["text"]
    assert "Try again" in facts["hint"]
    assert facts["unchanged"]
    assert len(facts["later"]["children"]) == 2


def test_a_daemon_of_another_version_is_named_with_the_side_to_update(
    krita: Krita, photo: Path, runtime: Path
) -> None:
    end_daemon(runtime)
    path = runtime / "connection.json"
    path.write_text(
        json.dumps(
            {
                "control": "ipc:///nowhere",
                "data": "ipc:///nowhere",
                "protocol": 8,
                "relay": [],
                "version": "9.9",
                "pid": os.getpid(),
                "started": time.time(),
                "keys": None,
            }
        )
    )
    path.chmod(0o600)
    try:
        facts = krita.run("daemon.refused_by_daemon", photo=str(photo))
    finally:
        path.unlink()

    assert "speaks protocol 1," in facts["text"]
    assert "9.9 speaks protocol 8" in facts["text"]
    assert "Update Krita's plugin" in facts["text"]
    assert facts["unchanged"]


@pytest.fixture(scope="module")
def twin(place: Path, second_home: Path) -> Iterator[Krita]:
    """A second Krita, with the same daemon."""
    with Krita(environment(second_home, place / "run"), place / "twin-driver") as twin:
        yield twin


def test_two_kritas_share_one_daemon_and_get_their_own_pixels(
    krita: Krita, twin: Krita, place: Path
) -> None:
    pictures = {"one": data.camera(), "two": data.camera()[:, ::-1]}
    tickets = [
        (editor, editor.begin("documents.colorize_pixels", **shared(place, name, picture)))
        for editor, (name, picture) in zip((krita, twin), pictures.items(), strict=True)
    ]
    for editor, ticket in tickets:
        editor.result(ticket)

    for name in pictures:
        folder = place / f"shared-{name}"
        original, found = (
            luminance(rgba(folder / file, 160, 120), False)
            for file in ("source.raw", "result-colorized.raw")
        )
        assert np.abs(original - found).max() <= 1.0, name


def test_krita_can_quit_in_mid_job_and_the_daemon_drops_the_job(
    krita: Krita, twin: Krita, large_photo: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    twin.run("daemon.begin_only", photo=str(large_photo))
    twin.quit()

    monkeypatch.setenv("SELCOLOR_RUNTIME_DIR", str(runtime))
    client = launch.connect("test", "0")
    assert client is not None, "the daemon is there for others"
    with client:
        deadline = time.monotonic() + 30 * SLOWNESS
        while client.status().jobs:
            assert time.monotonic() < deadline, "the job of a Krita that is gone still runs"


def shared(place: Path, name: str, picture: NDArray[np.uint8]) -> dict[str, Any]:
    """What the scenario `colorize_pixels` needs for a gray picture."""
    folder = place / f"shared-{name}"
    pixels = write_pixels(photo_values(picture, 160, 120), "RGBA", "U8", folder / "pixels.raw")
    color = ["RGBA", "U8", SRGB]
    return {"folder": str(folder), "size": [160, 120], "color": color, "pixels": str(pixels)}
