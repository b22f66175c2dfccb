"""Texts in the user's language, from `locale/LANGUAGE.po` beside this file.

Catalogs are read as translators write them: nothing has to be compiled, so that they are there and
up to date wherever the plugin runs from. The language is the environment's, as GIMP sets it, until
an editor names another (`use_languages`).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

LOCALE_FOLDER = Path(__file__).parent / "locale"
SOURCE_LANGUAGE = "en"
LINE = re.compile(r'(?:(msgid|msgstr) )?(".*")')


def read_catalog(path: Path) -> dict[str, str]:
    """The translations in a .po file, without plural forms, of which there are none."""
    catalog = {}
    for entry in path.read_text(encoding="utf-8").split("\n\n"):
        parts = {"msgid": "", "msgstr": ""}
        part = "msgid"
        for line in filter(None, map(LINE.fullmatch, entry.splitlines())):
            part = line[1] or part
            parts[part] += json.loads(line[2])
        if parts["msgid"] and parts["msgstr"]:
            catalog[parts["msgid"]] = parts["msgstr"]
    return catalog


def languages() -> list[str]:
    """Those that there are beside English, such as `pt_BR`."""
    return sorted(path.stem for path in LOCALE_FOLDER.glob("*.po"))


def chosen_language(wanted: Sequence[str]) -> str:
    """The first of some languages that is there, such as `de` for `de-AT`; else English.

    Args:
        wanted: as systems name them, the most wanted first.
    """
    there = {SOURCE_LANGUAGE, *languages()}
    for name in wanted:
        full = re.split(r"[.@]", name)[0].replace("-", "_")
        for language in (full, full.split("_")[0]):
            if language in there:
                return language
    return SOURCE_LANGUAGE


def environment_languages() -> list[str]:
    """Those that the environment asks for, as gettext understands it."""
    given = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    system = next(filter(None, given), "")
    if system in ("C", "POSIX"):
        return []
    return [*os.environ.get("LANGUAGE", "").split(":"), system]


def use_languages(wanted: Sequence[str]) -> None:
    """Choose the first of some languages that there is."""
    global _catalog  # noqa: PLW0603 - one language for the whole plugin
    language = chosen_language(wanted)
    _catalog = read_catalog(LOCALE_FOLDER / f"{language}.po") if language != SOURCE_LANGUAGE else {}


_catalog: Mapping[str, str] = {}
use_languages(environment_languages())


def marked(text: str) -> str:
    """A text of a table: found by `make texts`, translated only when it is shown."""
    return text


def translate(text: str) -> str:
    """A text in the chosen language. Imported as `_`, so that `make texts` finds it."""
    return _catalog.get(text, text)


def sentences(*told: str) -> str:
    """Sentences after each other; after an ideographic full stop there is no space."""
    return " ".join(filter(None, told)).replace("。 ", "。")
