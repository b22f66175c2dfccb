"""Texts: ready for translators, whole in a window, and exact about what the daemon said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from selcolor_backend.plan import Stage
from selcolor_plugin import texts
from selcolor_plugin.job import Job, JobPhase
from selcolor_plugin.staleness import (
    Change,
    describe_update_change,
    describe_update_offer,
)

PLUGIN = Path(__file__).parents[2] / "plugin"
TEMPLATE = PLUGIN / "selcolor_plugin" / "locale" / "selcolor.pot"


def test_the_template_has_every_text_of_the_plugins() -> None:
    found = {text for _file, _line, text, *_ in extract_from_dir(PLUGIN, keywords=KEYWORDS)}
    with TEMPLATE.open("rb") as file:
        known = {message.id for message in read_po(file) if message.id}

    assert known == found, "`make texts` writes the template anew"


KEYWORDS = {"_": None, "marked": None}


def test_a_word_too_long_for_a_window_loses_its_middle() -> None:
    path = "/home/user/" + 100 * "x" + "/connection.json"

    shown = texts.shortened(f"Look into {path} for more.")

    assert shown.startswith("Look into /home/user/xx")
    assert shown.endswith("xx/connection.json for more.")
    assert max(len(word) for word in shown.split()) <= texts.LONGEST_WORD
    assert texts.shortened("Nothing to shorten here.") == "Nothing to shorten here."


@pytest.mark.parametrize("change", list(Change))
def test_an_updated_result_that_comes_too_late_is_offered(change: Change) -> None:
    assert describe_update_change(change).endswith(".")
    assert "discarded" in describe_update_offer(change)


def test_every_stage_that_the_daemon_tells_has_words() -> None:
    for stage in Stage:
        job = cast(Job, SimpleNamespace(phase=JobPhase.RUNNING, stage=stage.value))

        assert texts.stage_text(job) != stage.value


@pytest.mark.parametrize(
    "text",
    [
        texts.colorize_action,
        texts.again_action,
        texts.update_action,
        texts.title,
        texts.earlier_note,
        texts.more_button,
        texts.colorize_button,
        texts.nothing_chosen,
        texts.cancel_button,
        texts.cancel_tip,
        texts.defaults_button,
        texts.gray_image_note,
        texts.waiting_for_stroke,
    ],
)
def test_what_users_read_has_no_programmers_words(text: Callable[[], str]) -> None:
    words = text().lower()

    assert words
    for word in ("daemon", "cpu", "segmenter", "vit-", "`", "recomposite"):
        assert word not in words


def test_the_fields_have_no_programmers_words_either() -> None:
    for field in texts.field_texts().values():
        for word in ("daemon", "segmenter", "recomposit"):
            assert word not in f"{field.label} {field.tip}".lower()
