"""What `selcolor doctor` looks at for the installer: editors, plugins, GPU, daemon, installation.

Each check is a small function that gives findings; one that can be put right says how (`mend`).
`selcolor_backend.cli.doctor` finds `examine` by an entry point.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from selcolor_backend.cli.doctor import Finding, to_the_end
from selcolor_installer.checks import daemon, editors, gimp, gpu, installation, krita
from selcolor_installer.editors import EditorName, Place, places
from selcolor_installer.finding import find_editors
from selcolor_installer.machine import Machine


def examine() -> Iterator[Finding]:
    """All findings about this machine."""
    yield from examine_machine(Machine.this())


def examine_machine(machine: Machine) -> Iterator[Finding]:
    """All findings about a machine, what explains the others first."""
    found = find_editors(machine)
    plugins = [partial(_examine_plugin, machine, place) for place in places(found)]
    about_editors = partial(editors.examine, found)
    yield from to_the_end(
        installation.examine, gpu.examine, about_editors, *plugins, daemon.examine
    )


def _examine_plugin(machine: Machine, place: Place) -> Iterator[Finding]:
    if place.name is EditorName.KRITA:
        yield from krita.examine(machine, place)
    else:
        yield from gimp.examine(place)


__all__ = ["examine", "examine_machine"]
