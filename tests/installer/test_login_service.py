"""Starting at login and for Flatpaks: what each system gets written, and that it goes again."""

from __future__ import annotations

import configparser
import plistlib
from collections.abc import Sequence
from pathlib import Path

import pytest
from editors_at_home import snapshot

from selcolor_installer import service
from selcolor_installer.machine import Machine, System
from selcolor_installer.service import (
    FLATPAKS,
    LOGIN,
    bell_for,
    end,
    login_for,
    renew,
    run_quietly,
    start_at_login,
    start_for_flatpaks,
)
from selcolor_installer.standalone.failures import InstallationFailed
from selcolor_protocol.runtime import shared_folder

PYTHON = "/home/ann/my env/50%/bin/python"


def succeed(command: Sequence[str]) -> bool:
    return True


def fail(command: Sequence[str]) -> bool:
    return False


def test_systemd_gets_a_unit_that_is_enabled_by_a_link(home: Path) -> None:
    service = login_for(Machine(System.LINUX, home), PYTHON)

    (path, text), (link, target) = service.files.items()
    assert isinstance(text, str)
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(text)
    assert path == home / ".config/systemd/user/selective-colorize.service"
    assert unit["Service"]["ExecStart"].startswith('"/home/ann/my env/50%%/bin/python" "-m"')
    assert '"--stay"' in unit["Service"]["ExecStart"]
    assert unit["Install"]["WantedBy"] == "default.target"
    assert (link.parent / target).resolve() == path


def test_launchd_gets_an_agent(home: Path) -> None:
    service = login_for(Machine(System.MACOS, home), PYTHON)

    ((path, text),) = service.files.items()
    assert isinstance(text, str)
    content = plistlib.loads(text.encode())
    assert path.parent == home / "Library/LaunchAgents"
    assert content["ProgramArguments"][0] == PYTHON
    assert content["RunAtLoad"] is True
    assert service.begin == (("launchctl", "load", str(path)),)


def test_windows_gets_a_task_without_a_window(home: Path) -> None:
    service = login_for(Machine(System.WINDOWS, home), r"C:\my env\Scripts\python.exe")

    create = service.begin[0]
    assert create[:6] == ("schtasks", "/Create", "/F", "/SC", "ONLOGON", "/TN")
    assert create[-1].startswith(r'"C:\my env\Scripts\pythonw.exe" -m selcolor_backend')
    assert service.end[-1][1] == "/Delete"


def test_it_is_written_and_removed_without_a_trace(machine: Machine, home: Path) -> None:
    assert start_at_login(machine, succeed)
    link = home / ".config/systemd/user/default.target.wants/selective-colorize.service"
    assert "ExecStart" in link.read_text()
    assert start_at_login(machine, succeed)

    assert end(machine, LOGIN, run=succeed)
    assert not end(machine, LOGIN, run=succeed)
    assert snapshot(home) == {}


def test_without_systemd_it_begins_at_the_next_login(machine: Machine) -> None:
    assert not start_at_login(machine, fail)


def test_a_refused_task_leaves_nothing(home: Path, tmp_path: Path) -> None:
    machine = Machine(System.WINDOWS, home, {}, tmp_path)

    with pytest.raises(InstallationFailed):
        start_at_login(machine, fail)

    assert not end(machine, LOGIN, run=succeed)


def test_a_folder_that_cannot_be_written_is_told(machine: Machine, home: Path) -> None:
    (home / ".config").mkdir()
    (home / ".config" / "systemd").write_text("a file")

    with pytest.raises(InstallationFailed, match="cannot be written"):
        start_at_login(machine, succeed)


def test_commands_of_the_system_may_be_missing() -> None:
    assert run_quietly(["true"])
    assert not run_quietly(["false"])
    assert not run_quietly(["no-such-program-of-any-system"])


@pytest.fixture
def short_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sockets fit in it, however long the test's own folder is."""
    monkeypatch.setattr(service, "IPC_PATH_BYTES", 1000)
    return home


def test_systemd_listens_for_flatpaks_in_the_home_folder(home: Path) -> None:
    bell, rung, _link = bell_for(Machine(System.LINUX, home), PYTHON).files.values()

    assert isinstance(bell, str)
    assert isinstance(rung, str)
    assert "ListenStream=%h/.local/state/selective-colorize/run/start\n" in bell
    assert "SocketMode=0600\n" in bell
    assert '"/home/ann/my env/50%%/bin/python" "-m" "selcolor_backend"' in rung
    assert "--stay" not in rung


def test_flatpaks_are_served_and_forgotten_without_a_trace(
    machine: Machine, short_home: Path
) -> None:
    commands: list[Sequence[str]] = []
    assert start_for_flatpaks(machine, lambda command: not commands.append(command))
    assert next(command[-2:] for command in commands) == ("stop", "--force"), "it moves"
    assert shared_folder().stat().st_mode & 0o777 == 0o700
    commands.clear()

    renew(machine, lambda command: not commands.append(command))

    assert ("systemctl", "--user", "start", "selective-colorize.socket") in commands
    assert not [command for command in commands if "stop" in command], "it has moved already"
    assert end(machine, FLATPAKS, run=succeed)
    assert snapshot(short_home) == {}


def test_an_upgrade_renews_only_what_was_asked_for(machine: Machine, home: Path) -> None:
    renew(machine, fail)
    assert snapshot(home) == {}


@pytest.mark.parametrize("why", ["too long a name", "shared"])
def test_a_home_without_room_for_a_socket_is_refused(
    machine: Machine, short_home: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    if why == "shared":
        monkeypatch.setattr(service, "file_system_of", lambda _folder: "nfs4")
    else:
        monkeypatch.setattr(service, "IPC_PATH_BYTES", 5)

    with pytest.raises(InstallationFailed, match=why):
        start_for_flatpaks(machine, succeed)

    assert snapshot(short_home) == {}
