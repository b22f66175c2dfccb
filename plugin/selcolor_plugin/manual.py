"""Where the manual is that comes with the plugins: one page with its pictures, nothing is fetched.

manual/LANGUAGE/manual.html      made of docs/guide by `make manual`
manual/LANGUAGE/*.png, *.jpg     made by `make manual-pictures`
manual/LANGUAGE/gimp-help.xml    tells GIMP which page belongs to a procedure
"""

from __future__ import annotations

from pathlib import Path


def manual_folder() -> Path:
    """The folder with one folder for each language of the manual."""
    return Path(__file__).with_name("manual")


def manual_file() -> Path:
    """The page; Krita's plugin manager shows it, too (`selective_colorize.desktop` names it)."""
    return manual_folder() / "en" / "manual.html"
