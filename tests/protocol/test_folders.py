"""Where a user's files are, on each platform and as variables say."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from selcolor_protocol import folders

FOLDERS = {
    "linux": (
        ".local/share/selective-colorize",
        ".local/state/selective-colorize",
        ".local/share/selective-colorize/models",
        ".local/state/selective-colorize/log",
        ".config/selective-colorize",
    ),
    "darwin": (
        "Library/Application Support/selective-colorize",
        "Library/Application Support/selective-colorize",
        "Library/Application Support/selective-colorize/models",
        "Library/Logs/selective-colorize",
        "Library/Application Support/selective-colorize",
    ),
    "win32": (
        "AppData/Local/selective-colorize",
        "AppData/Local/selective-colorize",
        "AppData/Local/selective-colorize/models",
        "AppData/Local/selective-colorize/Logs",
        "AppData/Roaming/selective-colorize",
    ),
}
"""Below a home: of data, of states, of models, of logs, of settings."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose user has set nothing."""
    for name in [*os.environ]:
        if name.startswith(("XDG_", "SELCOLOR_")) or name.endswith("APPDATA"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path


def all_of_them() -> tuple[Path, ...]:
    return (
        folders.data_folder(),
        folders.state_folder(),
        folders.models_folder(),
        folders.log_folder(),
        folders.config_folder(),
    )


@pytest.mark.parametrize("platform", FOLDERS)
def test_each_platform_has_its_habit(
    home: Path, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)

    assert all_of_them() == tuple(home / folder for folder in FOLDERS[platform])


@pytest.mark.parametrize(
    ("variable", "moved"),
    [
        ("XDG_DATA_HOME", {"/new/selective-colorize", "/new/selective-colorize/models"}),
        ("XDG_STATE_HOME", {"/new/selective-colorize", "/new/selective-colorize/log"}),
        ("XDG_CONFIG_HOME", {"/new/selective-colorize"}),
        ("SELCOLOR_MODELS_DIR", {"/new"}),
        ("SELCOLOR_LOG_DIR", {"/new"}),
        ("SELCOLOR_CONFIG_DIR", {"/new"}),
    ],
)
def test_a_variable_moves_its_own(
    monkeypatch: pytest.MonkeyPatch, variable: str, moved: set[str]
) -> None:
    before = all_of_them()
    monkeypatch.setenv(variable, "/new")

    assert {str(path) for path in all_of_them() if path not in before} == moved


@pytest.mark.parametrize(
    ("variable", "moved"),
    [("LOCALAPPDATA", 4), ("APPDATA", 1)],
)
def test_windows_has_moved_folders_too(
    monkeypatch: pytest.MonkeyPatch, variable: str, moved: int
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setenv(variable, "/new")

    assert len([path for path in all_of_them() if path.is_relative_to("/new")]) == moved


def test_a_tilde_is_the_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELCOLOR_LOG_DIR", "~/logs")

    assert folders.log_folder() == home / "logs"


def test_the_home_of_a_user_that_there_is_not_is_nowhere(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SELCOLOR_CONFIG_DIR", "~nobody-of-this-name/settings")

    assert folders.config_folder() == home / ".config/selective-colorize"
