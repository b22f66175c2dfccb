"""`python -m selcolor_installer.krita` and `….gimp`: one editor, in a named home folder."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from selcolor_installer import gimp, krita
from selcolor_installer.krita import disable
from selcolor_installer.vendor import VendoringFailed


@pytest.mark.parametrize("editor", [krita, gimp])
def test_it_installs_the_plugin_and_tells_it_of_the_daemon(
    editor: ModuleType,
    home: Path,
    unpacked: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", [editor.__name__, "--home", str(home)])

    assert editor.main() == 0

    assert "Selective Colorize…" in capsys.readouterr().out
    record = json.loads((home / ".config/selective-colorize/daemon.json").read_text())
    assert record["command"][0] == sys.executable


@pytest.mark.parametrize("editor", [krita, gimp])
def test_what_is_missing_is_told(
    editor: ModuleType,
    home: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_arguments: object) -> None:
        raise VendoringFailed("No wheels.", "Get some.")

    monkeypatch.setattr(editor, "fill_vendor", fail)
    monkeypatch.setattr(sys, "argv", [editor.__name__, "--home", str(home)])

    assert editor.main() == 1

    assert "No wheels. Get some." in capsys.readouterr().err


@pytest.mark.parametrize("editor", [krita, gimp])
def test_a_home_that_cannot_be_written_is_told(
    editor: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "home").write_text("a file")
    monkeypatch.setattr(sys, "argv", [editor.__name__, "--home", str(tmp_path / "home")])

    assert editor.main() == 1

    assert "cannot be written" in capsys.readouterr().err


def test_without_a_kritarc_there_is_nothing_to_switch_off(tmp_path: Path) -> None:
    disable(tmp_path / "kritarc")

    assert not (tmp_path / "kritarc").exists()
