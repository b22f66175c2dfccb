"""A page to look through: what became of an archive, what deserves a look first at the top.

It is one file that needs no other and asks no network: small pictures are in it.
"""

from __future__ import annotations

import base64
import heapq
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote

from selcolor_backend.archive.entry import Entry, Look, State
from selcolor_backend.archive.manifest import all_entries, opened
from selcolor_backend.cli.staging import commit, staging_folder
from selcolor_protocol.notes import Note

NAME = "selcolor-report.html"
MOST_PHOTOS = 1000
"""On one page, which then has about 15 MB."""

WEAK = 6.0
"""A mean chroma below which colors are hardly seen."""

RAGGED = 0.3
"""An outline longer than a smooth one by this share is frayed, or has islands."""

_TEMPLATE = Path(__file__).with_name("report.html")
_TITLES = {
    "empty_mask": "empty mask",
    "weak_colors": "weak colors",
    "ragged_mask": "ragged mask",
}


def doubt(entry: Entry) -> float:
    """How much a photo deserves a look: failures, then empty masks, then weak and ragged ones."""
    if entry.state is not State.DONE:
        return 4.0
    if entry.mask_share == 0:
        return 3.0
    return max(0.0, 1 - entry.colorfulness / (2 * WEAK)) + min(1.0, entry.raggedness / RAGGED / 2)


def remarks(entry: Entry) -> tuple[str, ...]:
    """What is to be said of a photo: its notes, and what its figures tell."""
    if entry.state is not State.DONE:
        return entry.notes
    found = {
        "empty_mask": entry.mask_share == 0,
        "weak_colors": entry.colorfulness < WEAK,
        "ragged_mask": entry.raggedness >= RAGGED,
    }
    return (*(name for name, holds in found.items() if holds), *entry.notes)


def write_report(out: Path) -> Path:
    """Write the page of a folder of results, over an earlier one.

    Raises:
        FileError: there is no manifest.
        CannotWrite: the page cannot be written.
    """
    text = page(out.resolve().name, out)
    target = out / NAME
    with staging_folder(out) as staging:
        (staging / NAME).write_text(text, encoding="utf-8")
        commit([(staging / NAME, target)], overwrite=True)
    return target


def page(title: str, out: Path) -> str:
    """The page as HTML.

    Args:
        title: of the archive.
        out: the folder of all results, with its manifests.
    """
    entries = all_entries(out)
    shown = heapq.nsmallest(MOST_PHOTOS, entries, key=lambda each: (-doubt(each[1]), each[1].photo))
    told = [entry for _, entry in shown]
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        title=escape(f"{title}: photos in color"),
        counts=escape(_counts([entry for _, entry in entries], len(shown))),
        states=_options(entry.state.value for entry in told),
        notes=_options((note for entry in told for note in remarks(entry)), _TITLES),
        subjects=_options(entry.subject for entry in told if entry.subject),
        shown=len(shown),
        cards="\n".join(_cards(shown)),
    )


def _counts(entries: Sequence[Entry], shown: int) -> str:
    states = Counter(entry.state for entry in entries)
    parts = [f"{len(entries)} photos"]
    parts += [f"{states[state]} {state.value}" for state in State if states[state]]
    if shown < len(entries):
        parts.append(f"the {shown} that deserve a look first are on this page")
    return ", ".join(parts) + "."


def _options(values: Iterable[str], titles: dict[str, str] | None = None) -> str:
    counted = sorted(Counter(values).items())
    return "".join(
        f'<option value="{escape(value)}">{escape(_title(value, titles or {}))} ({count})</option>'
        for value, count in counted
    )


def _title(code: str, titles: dict[str, str]) -> str:
    return titles.get(code, code.replace("_", " "))


def _cards(shown: Sequence[tuple[Path, Entry]]) -> list[str]:
    """A card for each photo, in their order; each manifest is opened once."""
    cards: dict[str, str] = {}
    for path in {path for path, _ in shown}:
        with opened(path) as manifest:
            for own, entry in shown:
                if own == path:
                    cards[entry.photo] = _card(entry, manifest.look(entry.photo))
    return [cards[entry.photo] for _, entry in shown]


def _card(entry: Entry, look: Look | None) -> str:
    codes = remarks(entry)
    tags = "".join(f'<span class="tag">{escape(_title(code, _TITLES))}</span>' for code in codes)
    notes = {note.value: note.sentence for note in Note}
    hints = [notes[code] for code in codes if code in notes]
    if entry.state is State.FAILED:
        tags = '<span class="tag">failed</span>'
        hints = [entry.sentence, entry.hint]
    parts = [
        f'<article class="{entry.state.value}" data-photo="{escape(entry.photo)}" '
        f'data-state="{entry.state.value}" data-notes="{escape(" ".join(codes))}" '
        f'data-subject="{escape(entry.subject)}">',
        f"<h2>{_link(entry)}</h2>",
        "" if look is None or entry.state is State.FAILED else _pictures(look),
        f"<p>{tags}</p>" if tags else "",
        f'<p class="facts">{escape(_facts(entry))}</p>' if entry.state is State.DONE else "",
        *(f'<p class="hint">{escape(hint)}</p>' for hint in hints),
        "</article>",
    ]
    return "\n".join(part for part in parts if part)


def _pictures(look: Look) -> str:
    named = {"before": look.before, "colorized": look.colorized, "blended": look.blended}
    figures = (
        f'<figure><img loading="lazy" alt="{name}" src="data:image/jpeg;base64,'
        f'{base64.b64encode(data).decode()}">{name}</figure>'
        for name, data in named.items()
    )
    return f'<div class="row">{"".join(figures)}</div>'


def _link(entry: Entry) -> str:
    """The photo's place, which opens its blended result, or what there is instead."""
    names = [file.name for file in entry.files]
    name = next((name for name in names if "-blended." in name), names[0] if names else "")
    if not name or entry.state is not State.DONE:
        return escape(entry.photo)
    address = quote(f"{entry.folder}/{name}", errors="surrogateescape")
    return f'<a href="{escape(address)}">{escape(entry.photo)}</a>'


def _facts(entry: Entry) -> str:
    parts = [
        f"{entry.width} × {entry.height}",
        entry.subject,
        f"{100 * entry.mask_share:.0f} % in color",
        f"chroma {entry.colorfulness:.0f}",
        f"{entry.seconds:.1f} s on {entry.device}",
    ]
    return ", ".join(part for part in parts if part)
