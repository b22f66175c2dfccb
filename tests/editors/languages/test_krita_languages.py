"""Krita in each language: every window of the plugin, whole, and not a word of English."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from driven import environment
from krita_process import Krita, install_plugins

from selcolor_plugin import texts, translation
from selcolor_plugin.layers import layer_names

pytestmark = [pytest.mark.editors, pytest.mark.timeout(1200)]

SHOTS = Path(__file__).parents[3] / "build" / "screenshots"
LOCALES = {
    "de": "de_DE",
    "es": "es_ES",
    "fr": "fr_FR",
    "ja": "ja_JP",
    "pt_BR": "pt_BR",
    "zh_CN": "zh_CN",
}


@pytest.fixture(scope="session")
def home(place: Path) -> Path:
    """A user's home with the plugin installed; the languages follow each other in it."""
    install_plugins(place / "home")
    return place / "home"


@pytest.fixture(scope="module")
def shown(place: Path, home: Path, language: str, photo: Path) -> Any:
    """What the plugin says in a Krita whose user's system speaks a language."""
    variables = environment(home, place / "run") | {"LANG": f"{LOCALES[language]}.UTF-8"}
    with Krita(variables, place / f"krita-{language}") as krita:
        folder = SHOTS / f"krita-{language}"
        return krita.run("languages.screenshots", photo=str(photo), folder=str(folder))


def test_the_actions_and_their_tips_are_translated(shown: Any) -> None:
    assert [text for text, _tip in shown["actions"]] == [
        texts.colorize_action(),
        texts.again_action(),
        texts.update_action(),
    ]
    for (_text, shown_tip), tip in zip(shown["actions"], texts.action_tips(), strict=True):
        assert shown_tip.startswith(tip)


def test_nothing_is_cut_off(shown: Any) -> None:
    for window in ("dialog", "progress", "docker", "again"):
        assert shown[window] == [], window


def test_layers_status_and_messages_are_translated(shown: Any, language: str) -> None:
    known = translation.read_catalog(translation.LOCALE_FOLDER / f"{language}.po")

    assert set(layer_names().values()) <= set(shown["layers"])
    assert shown["status"] == known["Ready on this computer, computing on its processor"]
    assert shown["message"][1] in known.values()


def test_kritas_own_choice_goes_before_the_systems(place: Path, home: Path, language: str) -> None:
    chosen = home / ".config/klanguageoverridesrc"
    chosen.write_text(f"[Language]\nkrita={language}\n", encoding="utf-8")
    other = next(name for name in LOCALES.values() if not name.startswith(language[:2]))
    variables = environment(home, place / "run") | {"LANG": f"{other}.UTF-8"}
    try:
        with Krita(variables, place / f"krita-own-{language}") as krita:
            seen = krita.run("languages.actions")
    finally:
        chosen.unlink()

    assert seen == [texts.colorize_action(), texts.again_action(), texts.update_action()]
