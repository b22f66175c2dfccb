"""Installing the Krita plugin where it cannot be written: what was there is kept, and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from selcolor_installer import putting


def test_an_older_plugin_is_kept_when_the_new_one_cannot_take_its_place(tmp_path: Path) -> None:
    older, aside = tmp_path / "plugin", tmp_path / "aside"
    older.mkdir()
    (older / "mine").write_text("")

    with pytest.raises(FileNotFoundError):
        putting.replace_folder(tmp_path / "was-never-built", older, aside)

    assert (older / "mine").exists()
    assert not aside.exists()
