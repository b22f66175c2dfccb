"""Texts: ready for translators, whole in a window, and exact about what the daemon said."""

from __future__ import annotations

import gettext
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from selcolor_backend.plan import Stage
from selcolor_plugin import texts, translation
from selcolor_plugin.error_sentences import GENERAL_SENTENCES
from selcolor_plugin.job import Job, JobPhase
from selcolor_plugin.staleness import (
    Change,
    describe_recomposite_change,
    describe_recomposite_offer,
)
from selcolor_protocol.errors import Busy, SelectiveColorizeError, error_from_code

PLUGIN = Path(__file__).parents[2] / "plugin"
TEMPLATE = PLUGIN / "selcolor_plugin" / "locale" / "selcolor.pot"
BUSY = Busy("This session has 4 jobs waiting.", "Wait for one of them.")


class Loud(gettext.NullTranslations):
    """A language in which everything is shouted."""

    def gettext(self, message: str) -> str:
        return message.upper()


def test_the_template_has_every_text_of_the_plugins() -> None:
    found = {text for _file, _line, text, *_ in extract_from_dir(PLUGIN, keywords=KEYWORDS)}
    with TEMPLATE.open("rb") as file:
        known = {message.id for message in read_po(file) if message.id}

    assert known == found, "`make texts` writes the template anew"


KEYWORDS = {"_": None, "marked": None}


def test_every_general_sentence_is_for_an_error_of_the_tree() -> None:
    for code, sentence in GENERAL_SENTENCES.items():
        error = error_from_code(code, sentence, "")
        assert error.code == code, code
        assert type(error) is not SelectiveColorizeError, code


def test_in_english_an_error_is_told_in_its_own_words() -> None:
    assert texts.error_text(BUSY) == (BUSY.sentence, BUSY.hint)


def test_in_another_language_a_general_sentence_goes_before_the_daemons_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(translation, "_chosen", Loud())

    sentence, hint = texts.error_text(BUSY)

    assert sentence == GENERAL_SENTENCES["busy"].upper()
    assert hint == f"{BUSY.sentence} {BUSY.hint}"


def test_an_error_of_the_plugin_itself_is_told_in_its_own_words_in_every_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(translation, "_chosen", Loud())

    assert texts.error_text(SelectiveColorizeError("a", "b")) == ("a", "b")


def test_a_word_too_long_for_a_window_loses_its_middle() -> None:
    path = "/home/user/" + 100 * "x" + "/connection.json"

    shown = texts.shortened(f"Look into {path} for more.")

    assert shown.startswith("Look into /home/user/xx")
    assert shown.endswith("xx/connection.json for more.")
    assert max(len(word) for word in shown.split()) <= texts.LONGEST_WORD
    assert texts.shortened("Nothing to shorten here.") == "Nothing to shorten here."


@pytest.mark.parametrize("change", list(Change))
def test_a_recomposited_result_that_comes_too_late_is_offered(change: Change) -> None:
    assert describe_recomposite_change(change).endswith(".")
    assert "discarded" in describe_recomposite_offer(change)


def test_every_stage_that_the_daemon_tells_has_words() -> None:
    for stage in Stage:
        job = cast(Job, SimpleNamespace(phase=JobPhase.RUNNING, stage=stage.value))

        assert texts.stage_text(job) != stage.value
