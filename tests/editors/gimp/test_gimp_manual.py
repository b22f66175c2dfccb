"""The manual opens from GIMP's dialog: its button Help hands the page to the user's browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import install_browser
from driven import environment
from gimp_process import install_plugin
from gimp_user import DIALOG, User, somebody

from selcolor_plugin.manual import manual_file

pytestmark = pytest.mark.editors

HELP = "alt+h"
"""Presses the dialog's button."""


@pytest.fixture(scope="module")
def user(place: Path) -> Iterator[User]:
    """A user of GIMP whose browser writes down what it is given."""
    home = place / "home-manual"
    install_plugin(home)
    install_browser(home)
    with somebody(environment(home, place / "run"), place / "manual") as user:
        yield user


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
