"""Which program starts the daemon, and what it inherits from the editor."""

from __future__ import annotations

import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from selcolor_plugin.daemon import daemon_command, record_path, start, write_record
from selcolor_protocol import environment
from selcolor_protocol.environment import outside_environment
from selcolor_protocol.errors import DaemonNotFound, RelayFailed
from selcolor_protocol.relay_wire import start_relay
from selcolor_protocol.runtime import bell_path


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

    assert "installer" in caught.value.hint


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


@pytest.fixture
def flatpak(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A sandbox as Flatpak marks it, and a home with a name that is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="selcolor-", dir="/tmp") as home:
        mark = Path(home, ".flatpak-info")
        mark.touch()
        monkeypatch.setattr(environment, "FLATPAK", mark)
        monkeypatch.setenv("HOME", home)
        yield


@pytest.mark.usefixtures("flatpak")
@pytest.mark.skipif(sys.platform != "linux", reason="Flatpak is Linux's")
def test_in_a_flatpak_the_system_is_asked_to_start_it() -> None:
    with pytest.raises(DaemonNotFound, match="Only the plugin"):
        start()
    write_record(["/not/seen/in/there", "-m", "selcolor_backend"])
    with pytest.raises(DaemonNotFound) as caught:
        start()
    assert "Log out and in again" in caught.value.hint

    bell_path().parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(bell_path()))
        listener.listen()
        begun = start()
        listener.accept()[0].close()

    assert begun.poll() is None
    assert begun.pid == 0


@pytest.mark.usefixtures("flatpak")
def test_in_a_flatpak_there_is_no_relay() -> None:
    with pytest.raises(RelayFailed) as caught:
        start_relay([sys.executable])

    assert "Run the installer again" in caught.value.hint
