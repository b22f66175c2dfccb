"""The published zip in a fresh home, unpacked into GIMP's folder of plug-ins and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from driven import DAEMON, Editor, end_daemon, environment
from gimp_pixels import pixels
from gimp_process import HERE, ROOT
from plugin_zips import make_gimp_zip

from selcolor_protocol.connection import read_connection

pytestmark = [
    pytest.mark.editors,
    pytest.mark.skipif(
        sys.base_prefix == "/usr", reason="GIMP's Debian has another Python in this place"
    ),
]

RECORD = "from selcolor_installer.plugins import record_daemon; record_daemon()"
CHECKOUT = Path(__file__).parents[3]


@pytest.fixture
def fresh(place: Path) -> Iterator[Path]:
    """A home with nothing in it."""
    home = place / "fresh"
    home.mkdir()
    yield home
    end_daemon(home / "run")


def unpack(packed: Path, folder: Path) -> None:
    """Unpack a zip with its modes, as file managers and `unzip` do."""
    with zipfile.ZipFile(packed) as archive:
        for entry in archive.infolist():
            path = Path(archive.extract(entry, folder))
            path.chmod((entry.external_attr >> 16) & 0o777)


def start_gimp(home: Path) -> Editor:
    """GIMP where this Python is in its own place: daemon and relay are started from within."""
    run_driver = f"exec(open({str(HERE / 'driver.py')!r}).read())"
    batch = ["--batch-interpreter", "python-fu-eval", "-b", run_driver, "--quit"]
    links = [("usr/lib", "/lib"), ("usr/lib64", "/lib64"), ("usr/bin", "/bin")]
    sandbox = [
        *("bwrap", "--ro-bind", str(ROOT.folder / "usr"), "/usr"),
        *("--ro-bind", str(ROOT.folder / "etc"), "/etc", "--dev-bind", "/dev", "/dev"),
        *(word for target, link in links for word in ("--symlink", target, link)),
        *("--bind", "/proc", "/proc", "--bind", "/tmp", "/tmp"),
        *(word for path in seen() for word in ("--ro-bind", path, path)),
    ]
    command = [*sandbox, "gimp-console", "--no-interface", *batch]
    variables = environment(home, home / "run") | {"PATH": "/usr/bin"}
    return Editor(command, variables, home / "driver", HERE / "scenarios")


def seen() -> list[str]:
    """What of this machine is seen in there: the checkout, and our Python with its packages."""
    return [str(CHECKOUT), sys.prefix, sys.base_prefix]


def test_the_unpacked_plug_in_says_how_to_get_the_program_and_colors_once_it_is_there(
    fresh: Path, place: Path, photo: Path
) -> None:
    plug_ins = fresh / ".config/GIMP/3.0/plug-ins"
    plug_ins.mkdir(parents=True)
    unpack(make_gimp_zip(place), plug_ins)
    assert not (plug_ins / "selective-colorize/vendor/zmq").exists()
    own = environment(fresh, fresh / "run")

    with start_gimp(fresh) as gimp:
        told = gimp.run("daemon.colorize", photo=str(photo))
        assert "Only the plugin is installed here" in told["error"]
        assert "selective-colorize-installer.pyz" in told["error"]
        assert told["unchanged"]

        subprocess.run([sys.executable, "-c", RECORD], env=own, check=True)
        gimp.run("story.whole", photo=str(photo), folder=str(fresh / "pixels"))
        gimp.quit()

    samples = pixels(fresh / "pixels/first-colorized.raw", 200, 160)[..., :3]
    assert int((samples.max(-1) - samples.min(-1)).max()) > 20, "it has color"
    info = read_connection(fresh / "run/connection.json")
    assert info is not None
    assert info.relay[0] == DAEMON[0]
    subprocess.run([sys.executable, "-m", "selcolor_backend", "uninstall"], env=own, check=True)
    assert not list(fresh.rglob("*selective?colorize*"))
