"""States that an installation is met in, each made for real: what is gone, moved, or another's."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from drawn_machine import draw
from editors_at_home import add_gimp, add_krita, snapshot
from install_script import FILE

from selcolor_backend.cli.main import main as selcolor
from selcolor_installer import service
from selcolor_installer.finding import find_editors
from selcolor_installer.machine import Machine, System
from selcolor_installer.manifest import read_manifest
from selcolor_installer.standalone import environments, failures, installing, main, project
from selcolor_plugin.daemon import record_path
from selcolor_protocol.connection import ConnectionInfo, connection_path, write_connection
from selcolor_protocol.processes import beginning


@pytest.fixture(autouse=True)
def no_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    """No daemon runs in the home folders of these tests; asking costs seconds."""
    monkeypatch.setattr(service, "stop_daemon", lambda *_run: True)


def remove_with_another_python(home: Path) -> subprocess.CompletedProcess[str]:
    """`install.py --uninstall` with a Python that has no package."""
    command = [sys.executable, "-I", "-S", str(FILE), "--uninstall"]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ})


# The program's Python is gone, as after an upgrade of the distribution ---------------------------


@pytest.mark.slow
def test_what_has_lost_its_python_is_removed_by_any_other(
    home: Path, machine: Machine, offline: Path, unpacked: Path
) -> None:
    add_krita(machine)
    add_gimp(machine)
    (home / ".config").mkdir()
    (home / ".config/kritarc").write_text("[theirs]\nkey=1\n")
    before = snapshot(home)
    assert main.main(["--wheels", str(offline)]) == 0
    assert selcolor(["install"]) == 0
    python = environments.python_of(environments.root() / "1")
    python.unlink()
    python.symlink_to("/nowhere/python3.9")

    done = remove_with_another_python(home)

    assert done.returncode == 0, done.stderr
    assert "The program's own Python is gone" in done.stdout
    left = snapshot(home)
    left.pop("calls.txt")  # the stand-in's own
    assert left == before


def test_a_damaged_manifest_is_told_and_nothing_is_removed(home: Path) -> None:
    folder = environments.root().parent
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{")
    environments.root().mkdir()

    done = remove_with_another_python(home)

    assert done.returncode == 1
    assert "manifest.json, cannot be read; nothing was changed" in done.stderr
    assert environments.root().exists()


@pytest.mark.parametrize("editor", [add_krita, add_gimp])
def test_a_plugin_that_no_manifest_knows_is_removed_all_the_same(
    machine: Machine,
    home: Path,
    unpacked: Path,
    capsys: pytest.CaptureFixture[str],
    editor: Callable[[Machine], None],
) -> None:
    editor(machine)
    assert selcolor(["install"]) == 0
    (environments.root().parent / "manifest.json").unlink()

    assert selcolor(["uninstall"]) == 0

    assert "where it was put by hand" in capsys.readouterr().out
    assert [path for path in snapshot(home) if "elective" in path] == []


# An editor has moved, or is on a disk that is not there ------------------------------------------


def test_an_editor_that_is_gone_keeps_a_plugin_that_knows_the_new_program(
    machine: Machine, home: Path, unpacked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_krita(machine)
    assert selcolor(["install", "--wheels", str(unpacked)]) == 0
    shutil.rmtree(machine.root / "usr")
    record_path().write_text('{"command": ["/old/environments/1/bin/python"]}')
    program = home / ".local/share/krita/pykrita/selective_colorize/extension.py"
    program.write_text("of the old version")

    assert selcolor(["install", "--wheels", str(unpacked)]) == 0

    assert sys.executable in record_path().read_text()
    assert program.read_text() != "of the old version"
    assert "Krita in" in capsys.readouterr().out


def test_a_disk_that_is_not_there_is_left_as_it_is(
    machine: Machine, home: Path, unpacked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_krita(machine)
    assert selcolor(["install", "--wheels", str(unpacked)]) == 0
    shutil.rmtree(machine.root / "usr")
    shutil.move(home / ".local/share/krita", home / "unmounted")
    record_path().unlink()

    assert selcolor(["install"]) == 1

    printed = capsys.readouterr()
    assert "is not there now; it is left as it is" in printed.out
    assert "No Krita or GIMP was found" in printed.err
    assert sys.executable in record_path().read_text(), "what works again goes on working"


@pytest.mark.parametrize(
    ("folders", "data", "config"),
    [
        ((), ".local/share", ".config"),
        (("config",), ".local/share", "Applications/krita-5.2.9.appimage.config"),
        (
            ("home",),
            "Applications/krita-5.2.9.appimage.home/.local/share",
            "Applications/krita-5.2.9.appimage.home/.config",
        ),
    ],
)
def test_a_portable_appimage_has_folders_beside_it(
    tmp_path: Path, folders: tuple[str, ...], data: str, config: str
) -> None:
    home = tmp_path / "home/ann"
    program = "home/ann/Applications/krita-5.2.9.appimage"
    draw(tmp_path, {program: "", **{f"{program}.{name}/": "" for name in folders}})

    (editor,) = find_editors(Machine(System.LINUX, home, {}, tmp_path))

    assert editor.folder == home / data / "krita"
    assert editor.config == home / config / "kritarc"
    assert editor.settings == (home / config if folders else None)


def test_a_portable_editor_is_told_where_the_program_is_and_loses_it_again(
    machine: Machine, home: Path, unpacked: Path
) -> None:
    program = home / "Applications/krita-5.2.9.appimage"
    draw(
        home, {"Applications/krita-5.2.9.appimage": "", f"Applications/{program.name}.config/": ""}
    )
    before = snapshot(home)

    assert selcolor(["install", "--wheels", str(unpacked)]) == 0

    told = program.with_name(f"{program.name}.config") / "selective-colorize/daemon.json"
    assert sys.executable in told.read_text()
    (told.parent / "settings.json").write_text("{}")
    assert selcolor(["uninstall", "--settings"]) == 0
    assert snapshot(home) == before


# Somebody else's ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_one_user_does_not_see_and_cannot_remove_what_another_has(
    home: Path, offline: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["--wheels", str(offline)]) == 0
    before, other = snapshot(home), home.with_name("ben")
    other.mkdir()
    monkeypatch.setenv("HOME", str(other))

    assert main.main(["--uninstall"]) == 1
    assert "not installed for this user" in capsys.readouterr().err
    assert main.main(["--wheels", str(offline)]) == 0
    assert main.main(["--uninstall"]) == 0

    assert snapshot(home) == before
    monkeypatch.setenv("HOME", str(home))
    assert environments.current() == environments.root() / "1"


def test_of_several_checkouts_the_last_one_has_the_plugins_and_any_removes_them(
    machine: Machine, home: Path, unpacked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_krita(machine)
    add_gimp(machine)
    before, own = snapshot(home), sys.executable
    for checkout in ("one", "two"):
        monkeypatch.setattr(sys, "executable", f"/checkouts/{checkout}/.venv/bin/python")
        assert selcolor(["install"]) == 0
        assert f"/checkouts/{checkout}/" in record_path().read_text()
    assert len(read_manifest()) == 3, "Krita, GIMP, and the record of the program"
    monkeypatch.setattr(sys, "executable", own)

    assert selcolor(["uninstall"]) == 0

    assert snapshot(home) == before


def test_another_checkout_is_installed_beside_and_the_same_one_repaired(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = "plugin/selcolor_plugin/version.py"
    draw(tmp_path, {f"{name}/{version}": 'VERSION = "1.0"\n' for name in ("one", "two")})
    one, two = (
        environments.Identity(project.describe(str(tmp_path / name)), "cpu", "cpu")
        for name in ("one", "two")
    )
    first = environments.new_place(one)
    first.mkdir(parents=True)
    environments.begin(first, one)
    environments.switch_over(first)
    monkeypatch.setattr(installing, "is_usable", lambda _environment: True)

    assert installing.place_for(one, insisted=False) == (first, one)
    assert installing.place_for(two, insisted=False) == (environments.root() / "2", two)


@pytest.mark.parametrize(
    ("user", "owner", "variable", "refused"),
    [(0, 1000, "", True), (0, 0, "SUDO_UID", True), (0, 0, "", False), (1000, 1000, "", False)],
)
def test_root_by_mistake_is_refused_before_anything_is_done(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    user: int,
    owner: int,
    variable: str,
    refused: bool,
) -> None:
    monkeypatch.delenv("SUDO_UID", raising=False)
    if variable:
        monkeypatch.setenv(variable, "1000")
    if owner and os.geteuid() == 0:
        os.chown(home, owner, owner)
    elif owner != os.geteuid():
        pytest.skip("another user's home can only be made by root")
    monkeypatch.setattr(os, "geteuid", lambda: user)

    if not refused:
        installing.refuse_early(installing.Wishes())
        return
    with pytest.raises(failures.InstallationFailed, match="runs as root"):
        installing.refuse_early(installing.Wishes())
    assert snapshot(home) == {}


def test_a_mac_with_intels_processor_is_refused_at_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")

    with pytest.raises(failures.InstallationFailed) as caught:
        installing.refuse_early(installing.Wishes())

    assert caught.value.code == "intel_mac"


# What the system refuses is not pip's fault ------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (
            FileNotFoundError(errno.ENOENT, "No such file", "/x/bin/python"),
            "refused_by_system",
            "/x/",
        ),
        (PermissionError(errno.EACCES, "Permission denied", "/y"), "refused_by_system", "/y"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full", "disk is full"),
        (OSError(errno.EROFS, "Read-only file system", "/z"), "refused_by_system", "Read-only"),
    ],
)
def test_what_the_system_refuses_is_told_as_that(
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: OSError,
    code: str,
    words: str,
) -> None:
    def refuse(*_wishes: object) -> None:
        raise error

    monkeypatch.setattr(installing, "take_steps", refuse)

    assert main.main([]) == 1

    said = capsys.readouterr().err
    assert words in said
    assert "pip" not in said
    told = environments.last_failure()
    assert told is not None
    assert told.code == code


# Half an installation ----------------------------------------------------------------------------


def test_half_an_installation_is_removed_from_here(
    home: Path, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(home)
    environments.note_folders()
    (environments.root() / "1").mkdir(parents=True)

    assert main.main(["--uninstall"]) == 0

    assert "No whole installation was found" in capsys.readouterr().out
    assert snapshot(home) == before


def test_what_cannot_be_removed_from_here_is_told(
    home: Path, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    environments.root().mkdir(parents=True)
    (environments.root().parent / "manifest.json").write_text("{")

    assert main.main(["--uninstall"]) == 1

    assert "nothing was changed" in capsys.readouterr().err


def test_a_daemon_without_a_program_to_ask_it_is_ended(
    home: Path, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "stop_daemon", lambda: False)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        began = beginning(process.pid)
        info = ConnectionInfo("ipc:///a", "ipc:///b", 1, "0", process.pid, 0.0, began=began)
        write_connection(info, connection_path())

        assert selcolor(["uninstall"]) == 0

        assert process.wait() == -signal.SIGTERM
    connection_path().write_text("{")
    assert selcolor(["uninstall"]) == 0, "what cannot be trusted names nothing to be ended"
