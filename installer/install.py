#!/usr/bin/env python3
"""Installs Selective Colorize for one user: `python3 installer/install.py`. Nothing else is needed.

It needs the standard library only, so that it runs before anything is installed; what it does
stands in `selcolor_installer/standalone`. Running it again goes on, repairs, or upgrades.
"""

import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)
BESIDE = ("protocol", "plugin", "installer")
"""In a checkout, what is needed lies in these folders; in the packed installer beside this file."""

if __name__ == "__main__":
    if sys.version_info < OLDEST_PYTHON:
        sys.exit("Python 3.11 or newer is needed. Install one and run this with it.")
    HERE = Path(__file__).resolve().parent
    for name in BESIDE:
        sys.path.insert(0, str(HERE.parent / name))
    sys.path.insert(0, str(HERE))
    from selcolor_installer.standalone.main import main

    sys.exit(main())
