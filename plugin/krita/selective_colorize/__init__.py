"""Selective Colorize for Krita: registers the extension and its docker.

What they do stands in `extension` and `docker`.

The packages in `vendor` are this plugin's alone; they come last on the path, so that they never
take the place of what another plugin or Krita itself imports. Where they cannot be imported, as
after importing a zip of the source, `broken` tells the user what to do.
"""

import sys
from pathlib import Path

VENDOR = str(Path(__file__).parent / "vendor")
if VENDOR not in sys.path:
    sys.path.append(VENDOR)

from krita import DockWidgetFactory, DockWidgetFactoryBase, Krita  # noqa: E402

try:
    from .docker import NAME, ResultDocker
    from .extension import SelectiveColorize
except ImportError as error:
    from .broken import BrokenExtension

    BrokenExtension.reason = str(error)
    Krita.instance().addExtension(BrokenExtension(Krita.instance()))
else:
    RIGHT = DockWidgetFactoryBase.DockPosition.DockRight
    extension = SelectiveColorize(Krita.instance())
    Krita.instance().addExtension(extension)
    Krita.instance().addDockWidgetFactory(
        DockWidgetFactory(NAME, RIGHT, lambda: ResultDocker(extension))
    )
