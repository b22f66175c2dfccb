"""The manual opens from GIMP's dialog: its button Help hands the page to the user's browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driven import environment
from gimp_process import install_plugin
from gimp_user import DIALOG, User, somebody

from selcolor_plugin.manual import manual_file

pytestmark = pytest.mark.editors

HELP = "alt+h"
"""Presses the dialog's button."""

BROWSER = """#!/bin/sh
echo "$1" > {opened}.writing
mv {opened}.writing {opened}
"""
ENTRY = """[Desktop Entry]
Type=Application
Name=Browser
Exec={program} %u
MimeType=text/html;
"""


@pytest.fixture(scope="module")
def user(place: Path) -> Iterator[User]:
    """A user of GIMP whose browser writes down what it is given."""
    home = place / "home-manual"
    install_plugin(home)
    install_browser(home)
    with somebody(environment(home, place / "run"), place / "manual") as user:
        yield user


def install_browser(home: Path) -> None:
    """A browser that only notes the address, as the desktop's choice for pages."""
    program, applications = home / "browser", home / ".local/share/applications"
    program.write_text(BROWSER.format(opened=home / "opened"))
    program.chmod(0o755)
    applications.mkdir(parents=True)
    (applications / "browser.desktop").write_text(ENTRY.format(program=program))
    choice = "[Default Applications]\ntext/html=browser.desktop\n"
    (home / ".config/mimeapps.list").write_text(choice)


def test_help_opens_the_manual_in_the_browser(user: User, photo: Path) -> None:
    user.open(photo)
    user.choose()
    dialog = user.screen.wait_for_window(DIALOG)
    opened = user.gimp.home / "opened"
    user.screen.press(HELP, window=dialog)
    user.screen.wait(opened.exists, "the browser")
    user.screen.press("Escape", window=dialog)

    page = Path(opened.read_text().strip())
    assert page.is_relative_to(user.gimp.home)
    assert page.read_bytes() == manual_file().read_bytes()
