"""The published zip in a fresh home, imported by Krita's own importer and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from driven import end_daemon, environment
from krita_process import Krita, copy_driver
from plugin_zips import make_krita_zip
from raw import write_photo

from selcolor_protocol.connection import read_connection

pytestmark = pytest.mark.editors

CHECKOUT = Path(__file__).parents[3]
RECORD = "from selcolor_installer.plugins import record_daemon; record_daemon()"
KRITARC = "[python]\nenable_selcolor_driver=true\nenable_plugin_importer=true\n"


@pytest.fixture
def fresh(place: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A home with nothing but what drives Krita; each test has its own."""
    home = place / f"fresh-{request.node.name[-5:]}"
    (home / ".config").mkdir(parents=True)
    (home / ".config/kritarc").write_text(KRITARC)
    copy_driver(home / ".local/share/krita/pykrita")
    yield home
    end_daemon(home / "run")


@contextmanager
def started(home: Path, number: int) -> Iterator[Krita]:
    """A Krita in that home, from its first window to its end."""
    krita = Krita(environment(home, home / "run"), home / f"driver-{number}")
    try:
        krita.run("importing.ready", seconds=300)
        yield krita
    finally:
        krita.end()


def import_zip(packed: Path, home: Path) -> None:
    """Import a zip as a user does, and end Krita: at its next start the plugin is on."""
    with started(home, 1) as krita:
        (asked,) = krita.run("importing.from_file", path=str(packed))
        assert "Selective Colorize" in asked
        krita.quit()
    assert "enable_selective_colorize=true" in (home / ".config/kritarc").read_text()


def test_the_imported_plugin_says_how_to_get_the_program_and_colors_once_it_is_there(
    fresh: Path, place: Path
) -> None:
    photo = write_photo(place / "fresh.png", 200, 160)
    import_zip(make_krita_zip(place), fresh)
    plugin = fresh / ".local/share/krita/pykrita/selective_colorize"
    assert not (plugin / "vendor/zmq").exists()
    picture = place / "without-program.png"

    with started(fresh, 2) as krita:
        told = krita.run("importing.tell", photo=str(photo), picture=str(picture))
        assert "Only the plugin is installed here" in told
        assert "selective-colorize-installer.pyz" in told

        own = environment(fresh, fresh / "run")
        subprocess.run([sys.executable, "-c", RECORD], env=own, check=True)
        layers = krita.run("importing.color", photo=str(photo))

    assert len(layers) >= 3
    info = read_connection(fresh / "run/connection.json")
    assert info is not None
    remove = [sys.executable, "-m", "selcolor_backend", "uninstall"]
    subprocess.run(remove, env=own, check=True)
    assert ours(fresh) == []
    assert "selective_colorize" not in (fresh / ".config/kritarc").read_text()


def ours(home: Path) -> list[str]:
    """What of our plugin and program is in a home."""
    found = [*home.glob(".local/**/selective?colorize*"), *home.glob(".config/selective*")]
    return sorted(str(path.relative_to(home)) for path in found)


def test_who_imports_the_source_is_told_which_file_to_take(fresh: Path, place: Path) -> None:
    photo = write_photo(place / "fresh.png", 200, 160)
    source = place / "source"
    shutil.copytree(CHECKOUT / "plugin", source / "selective-colorize-main/plugin")
    packed = Path(shutil.make_archive(str(place / "source-main"), "zip", source))
    import_zip(packed, fresh)

    with started(fresh, 2) as krita:
        told = krita.run("importing.tell", photo=str(photo), picture=str(place / "source-told.png"))

    assert "This is the source of Selective Colorize, not the plugin" in told
    assert "selective-colorize-krita-" in told
