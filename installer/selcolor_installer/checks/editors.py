"""Which editors there are, and which of them cannot have the plugin."""

from __future__ import annotations

from collections.abc import Iterator

from selcolor_backend.cli.doctor import Finding
from selcolor_installer.editors import Editor, EditorName, places


def examine(editors: list[Editor]) -> Iterator[Finding]:
    """One finding an editor; a refused one is only a fault where no other can be used."""
    usable = {place.name for place in places(editors)}
    for editor in editors:
        if editor.obstacle is None:
            python = f"Python {editor.python}" if editor.python else "its Python cannot be seen"
            yield Finding("editor", True, f"{editor.title} at {editor.program}, {python}")
        else:
            well = editor.name in usable
            detail = f"{editor.title}: {editor.obstacle.sentence}"
            code = "" if well else "editor_refused"
            yield Finding("editor", well, detail, editor.obstacle.hint, code)
    if not editors:
        yield Finding("editor", True, "neither Krita nor GIMP 3 was found; `selcolor` works alone")
    yield from _two_gimps(editors)


def _two_gimps(editors: list[Editor]) -> Iterator[Finding]:
    """Each version of GIMP has its own folder: a plug-in in one is not in the other."""
    versions = sorted({e.version or "?" for e in editors if e.name is EditorName.GIMP})
    if len(versions) > 1:
        detail = f"{len(versions)} versions of GIMP are here: {', '.join(versions)}"
        help_ = "Each has a folder of its own; `selcolor install gimp` serves those that can."
        yield Finding("gimp", True, detail, help_, "two_gimps")
