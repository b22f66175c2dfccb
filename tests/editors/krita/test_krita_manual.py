"""The manual opens from Krita: in its list of plugins, and by the dialog's button in a browser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from driven import environment
from krita_process import Krita

from selcolor_plugin.manual import manual_file

pytestmark = pytest.mark.editors

SHOTS = Path(__file__).parents[3] / "build" / "screenshots"
BROWSER = """#!/bin/sh
echo "$1" > {opened}.writing
mv {opened}.writing {opened}
"""


@pytest.fixture(scope="module")
def opened(place: Path) -> Path:
    """Where a stand-in for the user's browser writes what it is given."""
    programs = place / "programs"
    programs.mkdir()
    (programs / "xdg-open").write_text(BROWSER.format(opened=place / "opened"))
    (programs / "xdg-open").chmod(0o755)
    return place / "opened"


@pytest.fixture(scope="module")
def reader(place: Path, second_home: Path, opened: Path) -> Iterator[Krita]:
    """A Krita whose user has that browser."""
    variables = environment(second_home, place / "run")
    variables["PATH"] = f"{place / 'programs'}{os.pathsep}{variables['PATH']}"
    with Krita(variables, place / "driver-manual") as krita:
        yield krita


def test_kritas_list_of_plugins_shows_it_with_its_pictures(reader: Krita) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    picture = str(SHOTS / "krita-plugin-manager.png")
    shown = reader.run("manual.in_plugin_manager", picture=picture, link="#hints")

    assert "Color for a black-and-white photo" in shown["text"]
    assert len(shown["pictures"]) == manual_file().read_text(encoding="utf-8").count("<img")
    assert all(width > 50 and height > 50 for width, height in shown["pictures"])
    assert shown["sideways"] == 0, "it has to be scrolled sideways"
    assert shown["below"] > 1000, "the link did not lead to its part of the page"


def test_the_dialogs_button_hands_it_to_the_browser(
    reader: Krita, photo: Path, opened: Path
) -> None:
    reader.run("manual.by_button", photo=str(photo), opened=str(opened))
    address = urlsplit(opened.read_text().strip())

    page = Path(unquote(address.path))
    assert address.scheme == "file"
    assert page.is_relative_to(reader.home)
    assert page.read_bytes() == manual_file().read_bytes()
