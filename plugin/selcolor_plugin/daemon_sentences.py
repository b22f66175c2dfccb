"""What the daemon and the connection to it say, in the words and in the language of users.

They speak English, to the command line, too, and exactly: with names, sizes and versions. Here is
every sentence of theirs that can reach an editor, in users' words and with what varies in braces.
A sentence that is recognized is translated with its parts in place; any other stays English, with
a general sentence for its error's code before it where there is a translation.
"""

from __future__ import annotations

import re
from functools import cache

from selcolor_plugin.daemon_templates import GENERAL, TEMPLATES
from selcolor_plugin.translation import sentences, translate
from selcolor_protocol.errors import SelectiveColorizeError

USERS_WORDS = {
    r"(?<!selcolor )\bdaemon( of Selective Colorize)?\b": "program that colorizes",
    r"a segmenter that knows it: --segmenter [\w-]+": "a subject finder that knows it",
    r"(?<!-)\bsegmenter\b": "subject finder",
}
"""What the daemon calls otherwise, for the command line, too."""

FIELD = re.compile(r"\\\{(\w+)\\\}")
NUMBER = re.compile(r"\d+\.\d+")


def in_users_words(text: str) -> str:
    """What was said to all clients, without the words of programmers, in the user's language."""
    english = in_users_english(text)
    own = translated(english)
    return english if own is None else own


def in_users_english(text: str) -> str:
    """The same in English."""
    for pattern, words in USERS_WORDS.items():
        text = re.sub(pattern, words, text)
    return text


def error_text(error: SelectiveColorizeError) -> tuple[str, str]:
    """What happened, and what to do, for a message box."""
    sentence, hint = in_users_words(error.sentence), in_users_words(error.hint)
    english = GENERAL.get(error.code, "")
    general = translate(english)
    if general == english or translated(in_users_english(error.sentence)) is not None:
        return sentence, hint
    return general, sentences(sentence, hint)


def translated(english: str) -> str | None:
    """A sentence with its parts in the user's language; None for one that is not known."""
    if english in TEMPLATES:
        return translate(english)
    if NUMBER.fullmatch(english):
        return f"{float(english):n}"
    for pattern, template in _patterns():
        if found := pattern.fullmatch(english):
            parts = {name: in_users_words(part) for name, part in found.groupdict().items()}
            return translate(template).format(**parts)
    return None


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Templates with parts that vary, those with the most words of their own first."""
    varying = sorted((each for each in TEMPLATES if "{" in each), key=_own_length, reverse=True)
    return tuple(
        (re.compile(FIELD.sub(r"(?P<\1>.+)", re.escape(each)), re.DOTALL), each) for each in varying
    )


def _own_length(template: str) -> int:
    return len(re.sub(r"\{\w+\}", "", template))
