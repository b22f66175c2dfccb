"""Which program starts the daemon, and what it inherits from the editor."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from selcolor_plugin.daemon import daemon_command, record_path, write_record
from selcolor_protocol.environment import outside_environment
from selcolor_protocol.errors import DaemonNotFound


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELCOLOR_CONFIG_DIR", str(tmp_path / "config"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))


def program(tmp_path: Path) -> Path:
    path = tmp_path / "bin" / "selcolor"
    path.parent.mkdir()
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_installers_record_names_the_command() -> None:
    write_record([sys.executable, "-m", "selcolor_backend", "daemon"])

    assert daemon_command() == [sys.executable, "-m", "selcolor_backend", "daemon"]


def test_without_a_record_the_program_on_the_path_is_used(tmp_path: Path) -> None:
    found = program(tmp_path)

    assert daemon_command() == [str(found), "daemon", "--foreground"]


@pytest.mark.parametrize("content", ["", "[]", '{"command": "one text"}', '{"command": [1]}', "{}"])
def test_a_broken_record_is_as_none(tmp_path: Path, content: str) -> None:
    record_path().parent.mkdir()
    record_path().write_text(content)
    found = program(tmp_path)

    assert daemon_command()[0] == str(found)


def test_with_neither_a_sentence_says_that_only_the_plugin_is_there() -> None:
    with pytest.raises(DaemonNotFound, match="Only the plugin") as caught:
        daemon_command()

    assert "Install" in caught.value.hint


def test_a_program_that_is_gone_is_named() -> None:
    write_record(["/gone/python", "-m", "selcolor_backend"])

    with pytest.raises(DaemonNotFound, match="/gone/python"):
        daemon_command()


def test_the_editors_python_does_not_leak_into_the_daemon() -> None:
    inherited = {"PYTHONPATH": "/krita", "PYTHONHOME": "/krita", "HOME": "/home/user"}

    assert outside_environment(inherited) == {"HOME": "/home/user"}


def test_libraries_of_an_appimage_do_not_leak_into_the_daemon() -> None:
    inherited = {"APPIMAGE": "/k", "LD_LIBRARY_PATH": "/tmp/.mount", "LD_LIBRARY_PATH_ORIG": "/opt"}

    assert outside_environment(inherited)["LD_LIBRARY_PATH"] == "/opt"
    assert "LD_LIBRARY_PATH" not in outside_environment({"APPDIR": "/k", "LD_LIBRARY_PATH": "/m"})
    assert outside_environment({"LD_LIBRARY_PATH": "/own"}) == {"LD_LIBRARY_PATH": "/own"}
