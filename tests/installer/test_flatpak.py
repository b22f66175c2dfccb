"""An editor in a sandbox like Flatpak's meets a daemon that runs outside, or says what to do."""

from __future__ import annotations

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import flatpak
import psutil
import pytest
from editors_at_home import snapshot
from flatpak import Ann
from test_relayed_plugin import EDITOR

from selcolor_backend.cli.main import main
from selcolor_installer import vendor
from selcolor_installer.checks.daemon import examine_bell
from selcolor_installer.machine import Machine, System

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not flatpak.can_be_made(), reason="needs root, bubblewrap and systemd"),
]

PLUGIN = "data/krita/pykrita/selective_colorize"
WHOLE = 3 * 64 * 48
"""Bytes of a colorized photo of EDITOR's."""


def color(ann: Ann) -> list[str]:
    """Color a photo in the sandbox; what its editor printed."""
    command = [flatpak.PYTHON, "-I", "-S", "-c", EDITOR, str(ann.own / PLUGIN / "vendor")]
    done = flatpak.run_within(flatpak.KRITA, ann.home, command)
    assert done.stdout, done.stderr
    return done.stdout.splitlines()


def copy_wheels(folder: Path, *_choice: object) -> None:
    """The wheels of this Python, unpacked as they are here; nothing is downloaded."""
    for name in ("zmq", "msgpack"):
        spec = find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        package = Path(spec.origin).parent
        for part in (package, *package.parent.glob(f"py{name}.libs")):
            shutil.copytree(part, folder / part.name, dirs_exist_ok=True)


@pytest.fixture
def ann(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ann]:
    """Her home has a short name, so that sockets fit in it."""
    folder = Path(tempfile.mkdtemp(prefix="selfp-", dir="/tmp"))
    ann = Ann(folder, f"3.{sys.version_info.minor}", "[theirs]\nkey=1\n")
    for name in [name for name in os.environ if name.startswith(flatpak.PRIVATE)]:
        monkeypatch.delenv(name)
    for name, value in flatpak.own_variables(ann.home, ann.session).items():
        monkeypatch.setenv(name, value)
    drawn = Machine(System.LINUX, ann.home, {}, folder)
    monkeypatch.setattr(Machine, "this", classmethod(lambda _cls: drawn))
    monkeypatch.setattr(vendor, "install_wheels", copy_wheels)
    yield ann
    shutil.rmtree(folder)


def test_it_colors_in_the_sandbox_and_leaves_the_home_as_it_was(
    ann: Ann, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(ann.home)
    with flatpak.logged_in(ann.home, ann.session):
        assert main(["install"]) == 0
        told = capsys.readouterr().out
        assert "installed. Restart Krita" in told
        assert "installed. Restart GIMP" in told
        assert os.access(ann.plug_ins / "selective-colorize/selective-colorize.py", os.X_OK)
        assert stat.S_IMODE(ann.runtime.stat().st_mode) == 0o700
        assert stat.S_IMODE((ann.runtime / "start").stat().st_mode) == 0o600

        *_, done, size, _place = color(ann)

        assert (done, size) == ("done None", str(WHOLE))
        info = ann.daemon()
        assert info is not None
        assert info.control.startswith("ipc://")
        daemon = psutil.Process(info.pid)
        assert daemon.cmdline()[0] == sys.executable
        daemon.kill()
        daemon.wait(flatpak.PATIENCE)
        assert color(ann)[-3:-1] == ["done None", str(WHOLE)], "a killed one is started anew"

        assert main(["uninstall", "--settings"]) == 0
    assert snapshot(ann.home) == before


def test_where_nothing_listens_one_sentence_tells_what_to_do(
    ann: Ann, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["install"]) == 0
    assert "Log out and in again, start Krita" in capsys.readouterr().out

    (told,) = [line for line in color(ann) if line.startswith("failed")]

    assert "Flatpak" in told
    assert "Log out and in again" in told
    (finding,) = examine_bell()
    assert "nothing listens" in finding.detail
    with flatpak.logged_in(ann.home, ann.session):
        flatpak.wait_until((ann.runtime / "start").is_socket)
        assert color(ann)[-3] == "done None", "the next login suffices"
        assert list(examine_bell()) == []


def test_a_plugin_alone_says_how_to_get_the_program(ann: Ann) -> None:
    vendor.fill_vendor(ann.own / PLUGIN / "vendor", ("3.11",))

    (told,) = [line for line in color(ann) if line.startswith("failed")]

    assert "Only the plugin is installed here" in told


def test_a_plugin_without_pyzmq_asks_for_the_installer(ann: Ann) -> None:
    with flatpak.logged_in(ann.home, ann.session):
        assert main(["install"]) == 0
        shutil.rmtree(ann.own / PLUGIN / "vendor/zmq")

        (told,) = [line for line in color(ann) if line.startswith("failed")]

    assert "Run the installer again" in told
