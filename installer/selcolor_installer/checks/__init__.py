"""What `selcolor doctor` looks at for the installer: editors, plugins, GPU, daemon, installation.

Each check is a small function that gives findings; one that can be put right says how (`mend`).
`selcolor_backend.cli.doctor` finds `examine` by an entry point.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from selcolor_backend.cli.doctor import Finding, to_the_end
from selcolor_installer.checks import daemon, editors, gimp, gpu, installation, krita
from selcolor_installer.editors import places
from selcolor_installer.finding import find_editors
from selcolor_installer.machine import Machine


def examine() -> Iterator[Finding]:
    """All findings about this machine, what explains the others first."""
    yield from to_the_end(installation.examine, gpu.examine, _examine_editors, daemon.examine)


def _examine_editors() -> Iterator[Finding]:
    machine = Machine.this()
    found = find_editors(machine)
    yield from editors.examine(found)
    for place in places(found):
        of_krita = place.config is not None
        check = partial(krita.examine, machine, place) if of_krita else partial(gimp.examine, place)
        yield from to_the_end(check)
