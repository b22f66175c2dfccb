"""Real Krita and real GIMP in sandboxes with the mounts of their Flatpaks; the daemon runs outside.

The editors are Debian's. `make editors-flatpak` installs what this needs.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flatpak
import gimp_process
import krita_process
import numpy as np
import psutil
import pytest
import roots
from display import Display
from driven import DAEMON, Editor
from flatpak import Ann
from raw import rgba, write_photo

from selcolor_backend.cli.main import main
from selcolor_installer.machine import Machine, System

pytestmark = pytest.mark.editors

DRIVER = krita_process.DRIVER
DEBIAN_13 = roots.GIMP_30.folder
WIDTH, HEIGHT = 200, 160


@pytest.fixture
def display() -> Iterator[Display]:
    """What she looks at."""
    display = Display()
    yield display
    display.end()


@pytest.fixture
def ann(monkeypatch: pytest.MonkeyPatch, display: Display) -> Iterator[Ann]:
    """She has both, with what drives them; the machine is hers from login to logout."""
    assert flatpak.can_be_made(), "`make editors-flatpak` installs bubblewrap; be root"
    folder = Path(tempfile.mkdtemp(prefix="selfp-", dir="/tmp"))
    ann = Ann(folder, krita_process.python_of_krita(), f"[python]\nenable_{DRIVER}=true\n")
    krita_process.copy_driver(ann.own / "data/krita/pykrita")
    for name in ("SELCOLOR_RUNTIME_DIR", "SELCOLOR_CONFIG_DIR", "SELCOLOR_LOG_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in flatpak.own_variables(ann.home, ann.session).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DISPLAY", display.name)
    drawn = Machine(System.LINUX, ann.home, {}, folder)
    monkeypatch.setattr(Machine, "this", classmethod(lambda _cls: drawn))
    with flatpak.logged_in(ann.home, ann.session):
        yield ann
    shutil.rmtree(folder)


def krita(ann: Ann) -> Editor:
    """Krita, which also sees the screen."""
    sandbox = flatpak.within(flatpak.KRITA, ann.home, [krita_process.HERE, Path("/tmp/.X11-unix")])
    return start(ann, [*sandbox, "/usr/bin/krita", "--nosplash"], krita_process.HERE)


def gimp(ann: Ann) -> Editor:
    """GIMP, without windows."""
    run_driver = f"exec(open({str(gimp_process.HERE / 'driver.py')!r}).read())"
    batch = ["--batch-interpreter", "python-fu-eval", "-b", run_driver, "--quit"]
    sandbox = flatpak.within(flatpak.GIMP, ann.home, [gimp_process.HERE], DEBIAN_13)
    command = [*sandbox, "/usr/bin/gimp-console", "--no-interface", *batch]
    return start(ann, command, gimp_process.HERE)


def start(ann: Ann, command: list[str], here: Path) -> Editor:
    """An editor with its driver."""
    variables = flatpak.own_variables(ann.home, ann.session)
    return Editor(command, variables, ann.home / "driver", here / "scenarios")


@pytest.mark.parametrize("editor", [krita, gimp])
def test_it_colors_by_a_daemon_outside_and_leaves_nothing(ann: Ann, editor: Any) -> None:
    photo, pixels = write_photo(ann.home / "photo.png", WIDTH, HEIGHT), ann.home / "pixels"
    assert main(["install", editor.__name__]) == 0
    with editor(ann) as driven:
        driven.run("story.whole", photo=str(photo), folder=str(pixels))
        info = ann.daemon()
        assert info is not None
        assert psutil.Process(info.pid).cmdline() == DAEMON
        driven.quit()
    colors = rgba(pixels / "first-colorized.raw", WIDTH, HEIGHT)[..., :3]
    assert np.ptp(colors, axis=-1).max() > 20, "it has color"

    assert main(["uninstall", "--settings"]) == 0

    assert not list(ann.home.rglob("*selective?colorize*"))
    assert not [path for path in ann.home.rglob("*selcolor*") if DRIVER not in str(path)]
