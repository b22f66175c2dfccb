"""What refuses leaves the home folder as it was, and so does whatever is undone."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from drawn_machine import draw
from editors_at_home import add_gimp, add_krita, snapshot

from selcolor_backend.cli import doctor
from selcolor_backend.cli.main import main as selcolor
from selcolor_installer import checks, service
from selcolor_installer.machine import Machine
from selcolor_installer.standalone import environments, main

KRITARC = ".config/kritarc"


@pytest.fixture(autouse=True)
def no_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    """No daemon runs in the home folders of these tests; asking costs seconds."""
    monkeypatch.setattr(service, "stop_daemon", lambda *_run: True)


# Refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--uninstall"], "not installed for this user; nothing was changed"),
        (["--torch", "cuda"], "no PyTorch that is called cuda"),
        (["--wheels", "/nowhere"], "no wheels in /nowhere"),
    ],
)
def test_what_is_refused_is_told_and_leaves_nothing(
    machine: Machine,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    for _time in range(2):
        assert main.main(arguments) == 1
        assert words in capsys.readouterr().err

    assert snapshot(home) == {}


def test_what_goes_with_removing_does_not_install(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main.main(["--settings"])

    assert "go with --uninstall; nothing was changed" in capsys.readouterr().err
    assert snapshot(home) == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's home can only be made by root")
def test_root_by_mistake_leaves_nothing_in_the_users_home(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.chown(home, 1000, 1000)

    assert main.main([]) == 1

    assert "This runs as root" in capsys.readouterr().err
    assert snapshot(home) == {}


def test_that_there_was_nothing_to_remove_is_said(
    machine: Machine, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert selcolor(["uninstall", "krita"]) == 0
    assert capsys.readouterr().out == "No plugin was found in Krita.\n"
    assert selcolor(["uninstall"]) == 0
    assert capsys.readouterr().out == "No plugin was found in Krita or GIMP.\n"


# Settings of Krita --------------------------------------------------------------------------------


@pytest.fixture
def kritarc(machine: Machine, home: Path) -> Path:
    """Somebody's settings of Krita, for this user alone, with a path in an old encoding."""
    add_krita(machine)
    file = home / KRITARC
    file.parent.mkdir()
    file.write_bytes(b"[theirs]\nfolder=/home/ann/r\xe9sum\xe9\n")
    file.chmod(0o600)
    return file


def test_kritas_settings_keep_their_mode_and_what_is_not_utf_8(
    kritarc: Path, unpacked: Path
) -> None:
    before = kritarc.read_bytes()

    assert selcolor(["install", "--wheels", str(unpacked)]) == 0

    assert b"r\xe9sum\xe9\n[python]\nenable_selective_colorize=true\n" in kritarc.read_bytes()
    assert kritarc.stat().st_mode & 0o777 == 0o600
    assert selcolor(["uninstall"]) == 0
    assert kritarc.read_bytes() == before
    assert kritarc.stat().st_mode & 0o777 == 0o600


def test_settings_that_are_a_link_stay_one(kritarc: Path, home: Path, unpacked: Path) -> None:
    kept = home / "dotfiles"
    shutil.move(kritarc, kept)
    kritarc.symlink_to(kept)
    before = kept.read_bytes()

    assert selcolor(["install", "--wheels", str(unpacked)]) == 0

    assert kritarc.readlink() == kept
    assert b"enable_selective_colorize=true" in kept.read_bytes()
    assert selcolor(["uninstall"]) == 0
    assert kritarc.readlink() == kept
    assert kept.read_bytes() == before


@pytest.mark.parametrize("is_remembered", [True, False])
def test_two_kritas_that_share_the_plugin_but_not_their_settings_both_lose_it(
    kritarc: Path, machine: Machine, home: Path, unpacked: Path, is_remembered: bool
) -> None:
    program = "Applications/krita-5.2.9.appimage"
    portable = f"{program}.config/kritarc"
    draw(home, {program: "", portable: "[portable]\nkey=1\n"})
    before = snapshot(home)

    assert selcolor(["install", "--wheels", str(unpacked)]) == 0

    for file in (kritarc, home / portable):
        assert b"enable_selective_colorize=true" in file.read_bytes()
    if not is_remembered:
        (environments.root().parent / "manifest.json").unlink()
        for settings in (home / ".config", home / f"{program}.config"):
            shutil.rmtree(settings / "selective-colorize")
    assert selcolor(["uninstall"]) == 0
    left = snapshot(home)
    if is_remembered:
        assert left == before
    for path in before:
        assert left[path] == before[path]
    assert [path for path in left if "elective" in path] == []


# What cannot be read or removed -------------------------------------------------------------------


def test_what_cannot_be_removed_is_named_with_what_to_do(
    machine: Machine,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    environments.root().mkdir(parents=True)

    def refuse(path: object, **_options: object) -> None:
        if path == environments.root():
            raise PermissionError(13, "Permission denied", f"{path}/1/of-root.pyc")

    monkeypatch.setattr(shutil, "rmtree", refuse)

    assert selcolor(["uninstall"]) == 1

    said = capsys.readouterr().err
    assert "of-root.pyc could not be removed; the rest is kept (Permission denied)." in said
    assert "make it yours, then run the same command again" in said


def test_the_doctor_goes_on_where_editors_cannot_be_looked_for(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_machine: Machine) -> None:
        raise PermissionError(13, "Permission denied", "/home/ann/Applications")

    monkeypatch.setattr(checks, "find_editors", refuse)
    last = doctor.Finding("daemon", False, "looked at all the same")
    monkeypatch.setattr(checks.daemon, "examine", lambda: iter([last]))

    *_first, refused, seen = checks.examine()

    assert refused.code == "not_readable"
    assert refused.detail == "/home/ann/Applications cannot be looked at (Permission denied)."
    assert "as the user whose it is" in refused.advice
    assert seen == last


def test_a_plugin_that_cannot_be_looked_at_does_not_hide_the_next(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_krita(machine)
    add_gimp(machine)

    def refuse(*_place: object) -> None:
        raise PermissionError(13, "Permission denied", "/home/ann/.local/share/krita")

    monkeypatch.setattr(checks.krita, "examine", refuse)

    found = [finding for finding in checks.examine() if finding.subject in ("doctor", "gimp")]

    assert [finding.well for finding in found] == [False, True]
