"""`selcolor models try`: what a network takes on this machine is told, and shown in the table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from selcolor_backend import folders
from selcolor_backend.cli.main import main
from selcolor_backend.models.speeds import read_speeds, remember_speed, speeds_file

NAME = "vit-lsgan-lite"


@pytest.fixture(autouse=True)
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(folders.MODELS_DIR_VARIABLE, str(tmp_path / "models"))
    return tmp_path / "models"


def test_trying_a_model_tells_what_it_takes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "try", NAME, "--device", "cpu", "--json"]) == 0

    trial = json.loads(capsys.readouterr().out)
    assert (trial["name"], trial["device"]) == (NAME, "cpu")
    assert trial["seconds"] > 0
    assert trial["peak_bytes"] > 100e6
    assert read_speeds() == {NAME: round(trial["seconds"], 3)}


def test_the_table_has_the_seconds_of_those_that_were_tried(
    capsys: pytest.CaptureFixture[str],
) -> None:
    remember_speed(NAME, 12.34)

    assert main(["models", "list"]) == 0

    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line}
    assert "12.3 s" in lines[NAME]
    assert "–  MIT" in lines["birefnet-lite"]


def test_a_model_that_is_not_here_cannot_be_tried(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "try", "ddcolor-tiny"]) == 1

    assert "selcolor models get ddcolor-tiny" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["", "[]", '{"a": "b"}', "{"])
def test_spoiled_figures_are_measured_anew(content: str) -> None:
    speeds_file().parent.mkdir()
    speeds_file().write_text(content)
    assert read_speeds() == {}

    remember_speed(NAME, 1.0)
    assert read_speeds() == {NAME: 1.0}
