"""Six languages: nothing is missing, no placeholder is lost, and what is shown fits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from selcolor_backend.models.registry import summaries
from selcolor_installer.vendor import copy_package
from selcolor_plugin import choices, downloading, layers, texts, translation
from selcolor_plugin.layers import Role
from selcolor_protocol.hints_names import HINTS_NAMES

KRITA = Path(__file__).parents[2] / "plugin/krita"
TEMPLATE = translation.LOCALE_FOLDER / "selcolor.pot"
LANGUAGES = ("de", "es", "fr", "ja", "pt_BR", "zh_CN")
WIDEST_LABEL = 40
"""Columns of the widest name of a field, a button or a box to check."""


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    yield
    translation.use_languages([])


def catalog(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def messages(path: Path) -> list[Message]:
    return [message for message in catalog(path) if message.id]


def placeholders(text: str) -> list[str]:
    parts = Formatter().parse(text)
    return sorted(f"{name}:{spec}" for _text, name, spec, _how in parts if name is not None)


def columns(text: str) -> int:
    """The width of a text, in which an ideograph takes two columns."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)


def test_there_are_these_languages() -> None:
    assert tuple(translation.languages()) == LANGUAGES


def test_they_go_wherever_the_plugin_is_copied_to(tmp_path: Path) -> None:
    copy_package("selcolor_plugin", tmp_path)
    copied = (tmp_path / "selcolor_plugin/locale").glob("*.po")

    assert sorted(path.stem for path in copied) == list(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_unsure_or_left_over(language: str) -> None:
    known = catalog(translation.LOCALE_FOLDER / f"{language}.po")
    wanted = {message.id for message in messages(TEMPLATE)}

    assert {message.id for message in known if message.id} == wanted, "`make texts`"
    assert not [message.id for message in known if message.id and not message.string]
    assert not [message.id for message in known if message.id and message.fuzzy]
    assert not known.obsolete


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_placeholder_is_lost_or_gained(language: str) -> None:
    for message in messages(translation.LOCALE_FOLDER / f"{language}.po"):
        told = f"{language}: {message.id!r} → {message.string!r}"
        assert placeholders(message.id) == placeholders(message.string), told
        assert message.id.count("`") == message.string.count("`"), told
        assert message.id.count("\n") == message.string.count("\n"), told


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogs_are_read_as_their_format_says(language: str) -> None:
    path = translation.LOCALE_FOLDER / f"{language}.po"
    read = {message.id: message.string for message in messages(path)}

    assert translation.read_catalog(path) == read


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_needs_plural_forms_and_their_rule_stands_ready(language: str) -> None:
    path = translation.LOCALE_FOLDER / f"{language}.po"

    assert not [message.id for message in messages(path) if message.pluralizable]
    assert catalog(path).plural_forms == Catalog(locale=language).plural_forms


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_beside_fields_and_on_buttons_fits(language: str) -> None:
    translation.use_languages([language])
    docker = texts.docker_texts()
    shown = [
        *(field.label for field in texts.field_texts().values()),
        *(choice.label for choice in choices.subject_choices(True)),
        *layers.layer_names().values(),
        *(docker.edit_mask, docker.paint_hints, docker.update, docker.show_blended),
        *(texts.colorize_action(), texts.again_action(), texts.update_action()),
        *(texts.insert_button(), texts.open_button(), downloading.cancel_download_button()),
    ]

    assert {text: columns(text) for text in shown if columns(text) > WIDEST_LABEL} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_hints_are_found_by_the_name_that_they_have_in_each_language(language: str) -> None:
    translation.use_languages([language])

    assert layers.layer_names()[Role.HINTS] in HINTS_NAMES


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_classes_and_networks_that_can_be_offered_are_translated(language: str) -> None:
    known = translation.read_catalog(translation.LOCALE_FOLDER / f"{language}.po")
    models = summaries()
    labels = {choices.class_label(name) for model in models for name in model.classes}

    assert labels <= known.keys()
    for model in models:
        if model.bytes:
            assert choices.model_title(model.name) in known, model.name


def test_kritas_list_of_plugins_and_its_list_of_shortcuts_have_the_same_words() -> None:
    listed = ConfigParser(interpolation=None)
    listed.optionxform = str  # type: ignore[assignment, method-assign]
    listed.read(KRITA / "selective_colorize.desktop", encoding="utf-8")
    entry = listed["Desktop Entry"]
    actions = (KRITA / "selective_colorize.action").read_text(encoding="utf-8")

    for language in LANGUAGES:
        translation.use_languages([language])
        assert entry[f"Name[{language}]"] == texts.title()
        assert entry[f"Comment[{language}]"] not in ("", entry["Comment"])
    translation.use_languages([])
    assert re.findall(r"<toolTip>(.*)</toolTip>", actions) == list(texts.action_tips())
    assert re.findall(r"  <text>(.*)</text>", actions)[1:] == [
        texts.colorize_action(),
        texts.again_action(),
        texts.update_action(),
    ]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        (["de-AT", "en-US"], "de"),
        (["pt-BR", "pt"], "pt_BR"),
        (["pt-PT", "pt"], "en"),
        (["zh-Hans-CN", "zh-CN", "zh"], "zh_CN"),
        (["zh-TW"], "en"),
        (["en-GB", "de"], "en"),
        (["nl", "", "fr_CA.UTF-8"], "fr"),
        (["ja_JP.eucJP@x"], "ja"),
        ([], "en"),
    ],
)
def test_the_first_language_that_is_there_is_chosen(wanted: list[str], chosen: str) -> None:
    assert translation.chosen_language(wanted) == chosen


@pytest.mark.parametrize(
    ("environment", "chosen"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANGUAGE": "fr:de", "LANG": "en_US.UTF-8"}, "fr"),
        ({"LANGUAGE": "es"}, "es"),
        ({"LANGUAGE": "fr", "LC_ALL": "C", "LANG": "de_DE.UTF-8"}, "en"),
        ({"LANGUAGE": "fr", "LANG": "C.UTF-8"}, "fr"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LC_MESSAGES": "ja_JP.UTF-8", "LANG": "de_DE.UTF-8"}, "ja"),
        ({}, "en"),
    ],
)
def test_the_environment_is_understood_as_gettext_does(
    environment: dict[str, str], chosen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert translation.chosen_language(translation.environment_languages()) == chosen


def test_sentences_follow_each_other_as_the_language_writes() -> None:
    assert translation.sentences("One.", "", "Two.") == "One. Two."
    assert translation.sentences("終わりました。", "もう一度。") == "終わりました。もう一度。"
