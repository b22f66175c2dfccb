"""Installing the Krita plugin where it cannot be written: what was there is kept, and told."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from selcolor_installer import krita


def test_an_older_plugin_is_kept_when_the_new_one_cannot_take_its_place(tmp_path: Path) -> None:
    older, aside = tmp_path / "plugin", tmp_path / "aside"
    older.mkdir()
    (older / "mine").write_text("")

    with pytest.raises(FileNotFoundError):
        krita.replace_folder(tmp_path / "was-never-built", older, aside)

    assert (older / "mine").exists()
    assert not aside.exists()


def test_a_home_that_cannot_be_written_is_told_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.write_text("a file, not a folder")
    monkeypatch.setattr(sys, "argv", ["krita", "--home", str(home)])

    assert krita.main() == 1

    told = capsys.readouterr().err
    assert str(home) in told
    assert "cannot be written" in told
    assert "install again" in told
