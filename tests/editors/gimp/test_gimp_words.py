"""GIMP with a language in which every text is marked: not one word of ours is left in English.

The words of GIMP itself are in English here: its own translations are not installed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driven import environment
from gimp_process import ROOT, install_plugin
from gimp_user import User, somebody
from marked import english, write_catalog

from selcolor_plugin import translation

pytestmark = pytest.mark.editors

LANGUAGE = "de"
"""Whose catalog the marked one takes the place of."""

GIMPS = {
    "Load Saved Settings",
    'Load settings saved with "Save Settings" button',
    "Save Settings",
    "Store current settings for later reuse",
    "Reset",
    "Cancel",
    "Down",
    "keep",
}
"""What every dialog of GIMP's says itself: its buttons, and to screen readers an arrow, and the
value of a choice."""


@pytest.fixture(scope="module", params=["yes", "no"], ids=["help", "no-help"])
def user(place: Path, request: pytest.FixtureRequest) -> Iterator[User]:
    """Somebody whose plug-in speaks that language, with and without GIMP's buttons *Help*."""
    home = place / f"home-words-{request.param}"
    install_plugin(home)
    settings = home / ".config/GIMP" / ROOT.gimp
    (settings / "gimprc").write_text(f"(show-help-button {request.param})\n")
    own = translation.read_catalog(translation.LOCALE_FOLDER / f"{LANGUAGE}.po")
    installed = settings / "plug-ins/selective-colorize/vendor"
    write_catalog(installed / f"selcolor_plugin/locale/{LANGUAGE}.po", own)
    variables = environment(home, place / "run") | {"LANGUAGE": LANGUAGE}
    with somebody(variables, place / "words") as user:
        yield user


def test_what_gimp_is_told_of_the_procedures(user: User) -> None:
    facts = user.gimp.run("languages.procedures")
    shown = [text for texts in facts.values() for text in texts]

    assert len(shown) > 20
    assert english(shown) == set()


@pytest.mark.parametrize("with_result", [False, True], ids=["new", "update"])
def test_the_dialog(user: User, photo: Path, with_result: bool) -> None:
    user.open(photo)
    shown = user.gimp.run("words.in_dialog", with_result=with_result)

    assert len(shown) > 50
    assert english(set(shown) - GIMPS) == set()


def test_a_message(user: User, photo: Path) -> None:
    user.open(photo)
    user.gimp.run("windows.make_indexed")
    said = user.gimp.run("words.in_message")

    assert said
    assert english([said]) == set()
