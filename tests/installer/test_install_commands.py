"""`selcolor install`, `uninstall`, `wheels` and `login`, from the command line to the files."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from drawn_machine import draw
from editors_at_home import add_gimp, add_krita, snapshot

from selcolor_backend import folders
from selcolor_backend.cli.main import main
from selcolor_installer import commands, plugins, removal, service
from selcolor_installer.editors import EditorName, Place
from selcolor_installer.finding import find_editors
from selcolor_installer.machine import Machine
from selcolor_installer.plugins import install_plugin
from selcolor_installer.standalone import environments
from selcolor_installer.standalone.failures import InstallationFailed
from selcolor_plugin.settings import Settings, save_settings, settings_path
from selcolor_protocol.runtime import LOCK_NAME, default_runtime_folder

PLUGIN = "pykrita/selective_colorize"
PLUG_IN = ".config/GIMP/3.0/plug-ins/selective-colorize/selective-colorize.py"


@pytest.fixture(autouse=True)
def no_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    """No daemon runs in the home folders of these tests; asking costs seconds."""
    monkeypatch.setattr(service, "stop_daemon", lambda *_run: True)


@pytest.fixture
def krita(machine: Machine) -> Machine:
    add_krita(machine)
    return machine


def test_both_editors_get_their_plugin_and_lose_it_again(
    machine: Machine, home: Path, unpacked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_krita(machine)
    add_gimp(machine)
    (home / ".config").mkdir()
    (home / ".config" / "kritarc").write_text("[theirs]\nkey=1\n")
    before = snapshot(home)

    assert main(["install", "--wheels", str(unpacked)]) == 0

    assert (home / ".local/share/krita" / PLUGIN / "vendor/selcolor_protocol").is_dir()
    assert os.access(home / PLUG_IN, os.X_OK)
    record = json.loads((home / ".config/selective-colorize/daemon.json").read_text())
    assert record["command"] == [sys.executable, *plugins.DAEMON_COMMAND]
    assert "Colors › Selective Colorize…" in capsys.readouterr().out

    assert main(["uninstall"]) == 0
    assert snapshot(home) == before


def test_removing_one_editors_plugin_keeps_the_other(
    machine: Machine, home: Path, unpacked: Path
) -> None:
    add_krita(machine)
    add_gimp(machine)
    main(["install", "all", "--wheels", str(unpacked)])

    assert main(["uninstall", "krita"]) == 0

    assert not (home / ".local/share/krita").exists()
    assert (home / PLUG_IN).exists()
    assert (home / ".config/selective-colorize/daemon.json").exists()


def test_what_the_user_put_beside_the_plugin_stays(
    krita: Machine, home: Path, unpacked: Path
) -> None:
    main(["install", "krita", "--wheels", str(unpacked)])
    theirs = home / ".local/share/krita/pykrita/theirs.desktop"
    theirs.write_text("")

    main(["uninstall"])

    assert theirs.exists()
    assert list(theirs.parent.iterdir()) == [theirs]


def test_settings_and_models_are_kept_unless_told_otherwise(
    krita: Machine, home: Path, unpacked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(home)
    main(["install", "--wheels", str(unpacked)])
    save_settings(Settings())
    model = folders.models_folder() / "large.safetensors"
    model.parent.mkdir(parents=True)
    model.write_text("")
    folders.log_folder().mkdir(parents=True, exist_ok=True)
    (folders.log_folder() / "daemon.log").write_text("")

    main(["uninstall"])

    assert settings_path().exists()
    assert model.exists()
    assert not folders.log_folder().exists()
    kept = capsys.readouterr().out
    assert "--settings removes them" in kept
    assert "--models removes them" in kept

    main(["install", "--wheels", str(unpacked)])
    main(["uninstall", "--settings", "--models"])
    assert not settings_path().exists()
    assert not model.exists()
    assert set(snapshot(home)) - set(before) <= {
        ".config",
        ".local",
        ".local/share",
        ".local/state",
    }


def test_the_lock_that_a_daemon_leaves_goes_and_what_is_not_ours_stays(
    krita: Machine, unpacked: Path
) -> None:
    runtime = default_runtime_folder()
    for theirs in (None, runtime / "theirs"):
        main(["install", "--wheels", str(unpacked)])
        runtime.mkdir(exist_ok=True)
        (runtime / LOCK_NAME).write_text("")
        if theirs:
            theirs.write_text("")

        main(["uninstall"])

        assert not (runtime / LOCK_NAME).exists()
        assert runtime.exists() is bool(theirs)


def test_an_editor_without_a_python_for_it_is_named_with_the_reason(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    add_krita(machine, python="3.8")

    assert main(["install", "krita"]) == 1

    printed = capsys.readouterr()
    assert "skipped. This Krita brings Python 3.8" in printed.out
    assert "No Krita was found that the plugin works in." in printed.err


def test_a_flatpak_is_served_from_the_next_login_on_where_systemd_does_not_run(
    machine: Machine,
    home: Path,
    unpacked: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(service, "IPC_PATH_BYTES", 1000)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/nowhere")
    files = "var/lib/flatpak/app/org.kde.krita/current/active/files"
    draw(machine.root, {f"{files}/lib/kritaplugins/kritapykrita.so": b"libpython3.13.so"})
    before = snapshot(home)

    assert main(["install", "krita", "--wheels", str(unpacked)]) == 0

    own = home / ".var/app/org.kde.krita"
    assert "Log out and in again, start Krita" in capsys.readouterr().out
    assert (own / "data/krita" / PLUGIN / "vendor/selcolor_plugin").is_dir()
    assert sys.executable in (own / "config/selective-colorize/daemon.json").read_text()
    assert main(["uninstall"]) == 0
    assert snapshot(home) == before


def test_without_an_editor_the_hint_names_some(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["install"]) == 1

    printed = capsys.readouterr().err
    assert "No Krita or GIMP was found" in printed
    assert "GIMP 3.0 or newer" in printed


def test_one_editor_that_fails_does_not_keep_the_other_from_its_plugin(
    machine: Machine, home: Path, unpacked: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add_krita(machine)
    add_gimp(machine)
    (home / ".local/share").mkdir(parents=True)
    (home / ".local/share/krita").write_text("a file where Krita has a folder")

    assert main(["install", "--wheels", str(unpacked)]) == 1

    assert "cannot be written" in capsys.readouterr().err
    assert (home / PLUG_IN).exists()


def test_a_plugin_that_cannot_be_removed_is_told(
    krita: Machine, home: Path, unpacked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    main(["install", "--wheels", str(unpacked)])

    def refuse(record: object) -> None:
        raise PermissionError(13, "Permission denied", "x")

    monkeypatch.setattr(removal, "remove_paths", refuse)

    with pytest.raises(InstallationFailed, match="x could not be removed"):
        list(removal.remove_plugins([EditorName.KRITA]))


def test_a_repair_replaces_what_was_damaged(krita: Machine, home: Path, unpacked: Path) -> None:
    (editor,) = find_editors(krita)
    place = Place(editor.name, editor.folder, editor.config, (editor,))
    install_plugin(place, unpacked)
    program = editor.folder / PLUGIN / "__init__.py"
    program.write_text("damaged")

    install_plugin(place, unpacked)

    assert program.read_text() != "damaged"


def test_wheels_are_collected_for_every_python(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    unpacked: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(
        commands, "collect_wheels", lambda _folder, versions: asked.append(versions)
    )

    assert main(["wheels", str(tmp_path / "bundle")]) == 0

    assert asked == [("3.10", "3.11", "3.12", "3.13", "3.14")]
    assert "selcolor install --wheels" in capsys.readouterr().out


def test_uninstalling_removes_the_private_environments_and_the_link(
    krita: Machine, home: Path
) -> None:
    environment = environments.root() / "1"
    (environment / "bin").mkdir(parents=True)
    link, other = home / ".local/bin/selcolor", home / ".local/bin/theirs"
    link.parent.mkdir()
    link.symlink_to(environment / "bin/selcolor")
    other.symlink_to("/usr/bin/true")

    assert main(["uninstall"]) == 0

    assert not environments.root().exists()
    assert list(link.parent.iterdir()) == [other]


def test_on_windows_the_running_environment_is_left_and_named(
    krita: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setattr(sys, "platform", "win32")
    program = environments.root() / "1" / "Scripts" / "python.exe"
    program.parent.mkdir(parents=True)
    monkeypatch.setattr(sys, "executable", str(program))

    (sentence,) = environments.remove_all()

    assert "install.py --uninstall" in sentence
    assert environments.root().exists()


def test_login_is_switched_on_and_off(
    machine: Machine,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    begun = iter([True, False])
    real = commands.start_at_login
    monkeypatch.setattr(
        commands, "start_at_login", lambda machine: real(machine, lambda _: next(begun))
    )

    assert main(["login", "on"]) == 0
    assert "starts at every login." in capsys.readouterr().out
    assert main(["login", "off"]) == 0
    assert "not start at login any more" in capsys.readouterr().out
    assert main(["login", "off"]) == 0
    assert "did not start" in capsys.readouterr().out
    assert snapshot(home) == {}
