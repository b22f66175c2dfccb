"""Selective Colorize for Krita: registers the extension. What it does stands in `extension`.

The packages in `vendor` are this plugin's alone; they come last on the path, so that they never
take the place of what another plugin or Krita itself imports.
"""

import sys
from pathlib import Path

VENDOR = str(Path(__file__).parent / "vendor")
if VENDOR not in sys.path:
    sys.path.append(VENDOR)

from krita import Krita  # noqa: E402

from .extension import SelectiveColorize  # noqa: E402

Krita.instance().addExtension(SelectiveColorize(Krita.instance()))
