#!/usr/bin/env python3
"""Selective Colorize for GIMP 3: the file that GIMP starts. What it does stands in `selcolor_gimp`.

GIMP gives each plug-in a process of its own, so the packages in `vendor` come first on the path.
Where they cannot be imported, `broken` tells the user what to do.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "vendor"))

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("GimpUi", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
gi.require_version("Gtk", "3.0")

from gi.repository import Gimp  # noqa: E402

try:
    from selcolor_gimp.plugin import SelectiveColorize as PlugIn
except ImportError as error:
    from selcolor_gimp.broken import BrokenPlugIn as PlugIn

    PlugIn.reason = str(error)

Gimp.main(PlugIn.__gtype__, sys.argv)
