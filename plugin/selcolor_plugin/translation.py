"""Translated texts, through gettext: `locale/LANGUAGE/LC_MESSAGES/selcolor.mo` beside this file.

The language is the editor's where it is known (`use_language`), else the environment's.
"""

from __future__ import annotations

import gettext
from pathlib import Path

DOMAIN = "selcolor"
LOCALE_FOLDER = Path(__file__).parent / "locale"

_chosen: gettext.NullTranslations = gettext.translation(DOMAIN, LOCALE_FOLDER, fallback=True)


def use_language(language: str) -> None:
    """Choose a language such as `de` or `pt_BR`; English where there is no translation."""
    global _chosen  # noqa: PLW0603 - one language for the whole plugin
    _chosen = gettext.translation(DOMAIN, LOCALE_FOLDER, languages=[language], fallback=True)


def marked(text: str) -> str:
    """A text of a table: found by `make texts`, translated only when it is shown."""
    return text


def translate(text: str) -> str:
    """A text in the chosen language. Imported as `_`, so that xgettext finds what to translate."""
    return _chosen.gettext(text)
