"""SPEC.md lists every field of every message, every error code, note and limit of the code.

`python tests/protocol/test_spec.py` writes these tables anew, from classes and docstrings.
"""

from __future__ import annotations

import ast
import inspect
import re
import types
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from selcolor_protocol import limits, options
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.messages import REPLIES, REQUESTS, Lane, Message
from selcolor_protocol.notes import Note
from selcolor_protocol.raster import Raster, RasterFormat

SPEC = Path(__file__).parents[2] / "protocol" / "SPEC.md"
WORDS = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`"}


def sections() -> dict[str, str]:
    """The generated parts of SPEC.md by the marker that stands before each."""
    directions = (("client → daemon", REQUESTS), ("daemon → client", REPLIES))
    messages: list[type[Message]] = [
        message for _, by_lane in directions for lane in Lane for message in by_lane[lane].values()
    ]
    told = [
        f"### Lane `{lane.name.lower()}`, {direction}\n\n"
        + "\n\n".join(describe(f"`{kind}`", message) for kind, message in by_lane[lane].items())
        for lane in Lane
        for direction, by_lane in directions
    ]
    parts = [describe(part.__name__, part) for part in parts_of(messages)]
    lanes = [
        f"| {lane.name.lower()} "
        + "".join(f"| {' '.join(f'`{kind}`' for kind in kinds[lane])} " for _, kinds in directions)
        + "|"
        for lane in Lane
    ]
    head = f"| lane | {' | '.join(direction for direction, _ in directions)} |\n|---|---|---|"
    return {
        "lanes": "\n".join([head, *lanes]),
        "messages": "\n\n".join(told),
        "parts": "\n\n".join(parts),
        "errors": table("code", "meaning", error_codes()),
        "notes": table("note", "sentence", ((note.value, note.sentence) for note in Note)),
        "limits": table("limit", "value", described_limits()),
    }


def describe(title: str, described: type) -> str:
    """A heading's text and the table of a dataclass's fields."""
    summary = inspect.getdoc(described).split("\n\n")[0].replace("\n", " ")  # type: ignore[union-attr]
    if not fields(described):  # type: ignore[arg-type]
        return f"**{title}** – {summary} It has no fields."
    documented = attributes_of(described)
    hints = get_type_hints(described)
    rows = [
        f"| `{field.name}` | {in_words(hints[field.name])} | {when_missing(field)} "
        f"| {documented[field.name]} |"
        for field in fields(described)  # type: ignore[arg-type]
    ]
    head = "| field | type | when missing | meaning |\n|---|---|---|---|"
    return f"**{title}** – {summary}\n\n{head}\n" + "\n".join(rows)


def attributes_of(described: type) -> dict[str, str]:
    """What the docstring of a dataclass says of each field."""
    text = inspect.getdoc(described) or ""
    _, _, listed = text.partition("Attributes:\n")
    listed = listed.partition("\n\n")[0]
    entries = re.findall(r"^    (\w+): ((?:.|\n(?=     ))*)", listed, re.MULTILINE)
    in_one_line = {name: re.sub(r"\s+", " ", meaning) for name, meaning in entries}
    return {name: re.sub(r"\bNone\b", "nil", meaning) for name, meaning in in_one_line.items()}


def in_words(wanted: Any) -> str:
    """A type as a reader of another language knows it."""
    if get_origin(wanted) in (Union, types.UnionType):
        inner = next(kind for kind in get_args(wanted) if kind is not type(None))
        return f"{in_words(inner)}, or nil"
    if get_origin(wanted) is tuple:
        return f"list: {in_words(get_args(wanted)[0])}"
    if wanted is Raster:
        return "raster"
    if issubclass(wanted, Enum):
        return "a note" if wanted is Note else " ".join(f"`{choice.value}`" for choice in wanted)
    return WORDS.get(wanted, wanted.__name__)


def when_missing(field: Field[Any]) -> str:
    """What a reader takes for a field that is not there."""
    value = field.default
    if value is MISSING:
        return "refused"
    if isinstance(value, Enum):
        return f"`{value.value}`"
    if is_dataclass(value):
        return "its defaults"
    if value in ((), ""):
        return "empty"
    if value is None:
        return "nil"
    return f"`{str(value).lower()}`" if isinstance(value, bool) else f"`{value}`"


def parts_of(messages: list[type[Message]]) -> list[type]:
    """The maps within messages: all dataclasses that fields are made of, at any depth."""
    found: dict[type, None] = {}

    def look_into(described: Any) -> None:
        for hint in get_type_hints(described).values():
            for kind in (hint, *get_args(hint)):
                part = RasterFormat if kind is Raster else kind
                if isinstance(part, type) and is_dataclass(part) and part not in found:
                    found[part] = None
                    look_into(part)

    for message in messages:
        look_into(message)
    return list(found)


def error_codes(root: type[SelectiveColorizeError] = SelectiveColorizeError) -> list[Any]:
    """Code and meaning of each error of the tree."""
    rows = [(root.code, inspect.cleandoc(root.__doc__ or "").split("\n")[0])]
    for child in root.__subclasses__():
        if child.__module__ == SelectiveColorizeError.__module__:
            rows += error_codes(child)
    return rows


def described_limits() -> Iterator[tuple[str, str]]:
    """Each limit's and each option's range: name and value, with what is said below it."""
    for name, value in vars(options).items():
        if isinstance(value, options.Range):
            yield name, f"{value.lowest:g} to {value.highest:g}"
    body = ast.parse(inspect.getsource(limits)).body
    for statement, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            said = ""
            if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
                said = " – " + re.sub(r"\s+", " ", str(following.value.value))
            yield name, f"{getattr(limits, name):,}".replace(",", " ") + said


def table(first: str, second: str, rows: Any) -> str:
    """A table of two columns, the first one in code."""
    lines = [f"| `{left}` | {right} |" for left, right in rows]
    return "\n".join([f"| {first} | {second} |", "|---|---|", *lines])


def written(name: str, text: str) -> tuple[int, int]:
    """Where a section begins and ends in SPEC.md, between its markers."""
    found = re.search(rf"(?<=<!-- {name} -->\n\n).*?(?=\n\n<!-- end -->)", text, re.DOTALL)
    assert found is not None, f"SPEC.md has no section <!-- {name} -->"
    return found.span()


@pytest.mark.parametrize("name", sections())
def test_the_spec_says_what_the_code_does(name: str) -> None:
    remedy = "`python tests/protocol/test_spec.py` writes it anew"
    text = SPEC.read_text(encoding="utf-8")
    assert text[slice(*written(name, text))] == sections()[name], remedy


def test_every_field_says_what_it_means() -> None:
    messages = [m for tables in (REQUESTS, REPLIES) for lane in Lane for m in tables[lane].values()]
    for described in (*messages, *parts_of(messages)):
        assert set(attributes_of(described)) == {
            field.name
            for field in fields(described)  # type: ignore[arg-type]
        }, described


if __name__ == "__main__":
    content = SPEC.read_text(encoding="utf-8")
    for section, body in sections().items():
        begin, end = written(section, content)
        content = content[:begin] + body + content[end:]
    SPEC.write_text(content, encoding="utf-8")
