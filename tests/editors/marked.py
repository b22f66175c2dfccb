"""A language in which every text is marked, so that what is left in English can be seen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

MARK = "⟦{}⟧"
MARKED = re.compile(r"⟦[^⟦⟧]*⟧")
UNITS = {"px"}


def english(texts: Iterable[str], allowed: Iterable[str] = ()) -> set[str]:
    """The words that are left of texts without what is marked; marks may be within each other.

    Args:
        texts: what a user reads.
        allowed: what may stand there as it is, such as the words of the editor itself.
    """
    left = set()
    for text in texts:
        for own in allowed:
            text = text.replace(own, "")  # noqa: PLW2901
        while MARKED.search(text):
            text = MARKED.sub("", text)  # noqa: PLW2901
        left |= set(re.findall(r"[^\W\d_]{2,}", text)) - UNITS
    return left


def write_catalog(path: Path, texts: Iterable[str]) -> None:
    """The catalog of that language, for an installed plugin."""
    entries = [
        f"msgid {json.dumps(text)}\nmsgstr {json.dumps(MARK.format(text))}\n" for text in texts
    ]
    path.write_text("\n".join(entries), encoding="utf-8")
