"""GIMP in each language, which is chosen in its preferences: menu, procedures, dialog, layers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from browser import install_browser
from driven import environment
from gimp_process import ROOT, Gimp, install_plugin
from PIL import Image
from screen import Screen

from selcolor_plugin import texts, translation
from selcolor_plugin.layers import Role, layer_names
from selcolor_plugin.manual import manual_file

pytestmark = [pytest.mark.editors, pytest.mark.timeout(1200)]

SHOTS = Path(__file__).parents[3] / "build" / "screenshots"
SYSTEM = "en_US.UTF-8"
UNGREETED = '(show-welcome-dialog no)\n(config-version "3.0.4")\n'
"""Or GIMP would tell what is new in its version."""

SMALL = 1366, 768
"""Of a laptop: the dialog has to fit with all that it can show."""

MENUS_BEFORE_COLORS = 6
COLORED = 60
"""How far a pixel is from gray where the preview's result is seen."""


@pytest.fixture(scope="module")
def home(place: Path) -> Path:
    """A user's home with the plug-in installed; the languages follow each other in it."""
    install_plugin(place / "home")
    install_browser(place / "home")
    return place / "home"


@pytest.fixture(scope="module")
def screen() -> Iterator[Screen]:
    """Where GIMP is looked at."""
    screen = Screen(*SMALL)
    try:
        yield screen
    finally:
        screen.end()


@pytest.fixture(scope="module")
def gimp(place: Path, home: Path, language: str, screen: Screen) -> Iterator[Gimp]:
    """A GIMP whose user has chosen a language other than the system's."""
    settings = home / ".config/GIMP" / ROOT.gimp / "gimprc"
    settings.write_text(f'(language "{language}")\n{UNGREETED}')
    variables = environment(home, place / "run") | {"LANG": SYSTEM}
    with Gimp(variables, place / f"gimp-{language}", screen.display) as gimp:
        yield gimp


def test_what_gimp_knows_of_the_procedures_is_translated(gimp: Gimp, language: str) -> None:
    known = translation.read_catalog(translation.LOCALE_FOLDER / f"{language}.po")
    facts = gimp.run("languages.procedures")

    assert facts["labels"] == [texts.colorize_action(), texts.update_action()]
    for text in facts["documentation"]:
        assert text in known.values()
    for text in facts["arguments"]:
        assert is_told(text.replace("_", ""), known), text


def is_told(text: str, known: dict[str, str]) -> bool:
    """Whether a text is a translation; some have numbers in them."""
    return text in known.values() or any(
        "{" in own and text.startswith(own.split("{")[0]) and own.split("{")[0]
        for own in known.values()
    )


def test_the_dialog_colors_and_names_its_layers(
    gimp: Gimp, language: str, screen: Screen, photo: Path
) -> None:
    folder = SHOTS / f"gimp-{language}"
    gimp.run("windows.show", photo=str(photo))
    window = screen.wait_for_window("GIMP$")
    screen.enlarge(window)
    screen.still()
    screen.press("F10", *["Right"] * MENUS_BEFORE_COLORS, "Up", "Up", "Up", window=window)
    screen.still()
    screen.shoot(folder / "menu.png")
    screen.press("Escape", "Escape")
    shoot_unfolded(gimp, screen, folder / "dialog-more.png")
    asked = gimp.begin("languages.ask")
    dialog = shoot_dialog(screen, folder / "dialog.png")
    screen.press("Return", window=dialog)
    answer, layers = gimp.result(asked)
    screen.still()
    screen.shoot(folder / "result.png")
    shoot_unfolded(gimp, screen, folder / "again.png")

    assert answer["status"] == "success"
    assert set(layer_names().values()) - {layer_names()[Role.MASK]} <= set(layers)


def test_help_opens_the_manual(gimp: Gimp, screen: Screen, photo: Path, home: Path) -> None:
    opened = home / "opened"
    opened.unlink(missing_ok=True)
    gimp.run("windows.show", photo=str(photo))
    asked = gimp.begin("languages.ask")
    dialog = screen.wait_for_window(f"{texts.title()}$")
    screen.press("F1", window=dialog)
    screen.wait(opened.exists, "the browser")
    screen.press("Escape", window=dialog)
    gimp.result(asked)

    assert Path(opened.read_text().strip()).read_bytes() == manual_file().read_bytes()


def test_a_message(gimp: Gimp, language: str, screen: Screen, photo: Path) -> None:
    gimp.run("windows.show", photo=str(photo))
    gimp.run("windows.make_indexed")
    asked = gimp.begin("languages.ask")
    screen.still()
    screen.shoot(SHOTS / f"gimp-{language}" / "message.png")
    answer, _layers = gimp.result(asked)

    known = translation.read_catalog(translation.LOCALE_FOLDER / f"{language}.po")
    assert any(text in answer["error"] for text in known.values() if len(text) > 20)


def shoot_unfolded(gimp: Gimp, screen: Screen, path: Path) -> None:
    """Take a picture of the dialog with all that it can show, and close it."""
    unfolded = gimp.begin("words.unfolded")
    dialog = shoot_dialog(screen, path)
    screen.press("Escape", window=dialog)
    gimp.result(unfolded)


def shoot_dialog(screen: Screen, path: Path) -> str:
    """Wait until the dialog shows a preview, and take a picture of the screen; the window."""
    dialog = screen.wait_for_window(f"{texts.title()}$")
    screen.move(1, 1)
    screen.wait(lambda: is_colored(screen.shoot(path, dialog)), "a preview")
    screen.still()
    screen.shoot(path)
    assert screen.shows_all_of(dialog)
    return dialog


def is_colored(picture: Path) -> bool:
    """Whether there is some color in a picture."""
    pixels = np.asarray(Image.open(picture).convert("RGB")).astype(int)
    return bool((np.ptp(pixels, axis=-1) > COLORED).any())
