"""A stand-in for the browser of GIMP's user, which only notes what it is given."""

from __future__ import annotations

from pathlib import Path

BROWSER = """#!/bin/sh
echo "$1" > {opened}.writing
mv {opened}.writing {opened}
"""
ENTRY = """[Desktop Entry]
Type=Application
Name=Browser
Exec={program} %u
MimeType=text/html;
"""


def install_browser(home: Path) -> Path:
    """Make it the desktop's choice for pages; the file where it notes the address."""
    program, applications = home / "browser", home / ".local/share/applications"
    opened = home / "opened"
    program.write_text(BROWSER.format(opened=opened))
    program.chmod(0o755)
    applications.mkdir(parents=True)
    (applications / "browser.desktop").write_text(ENTRY.format(program=program))
    choice = "[Default Applications]\ntext/html=browser.desktop\n"
    (home / ".config/mimeapps.list").write_text(choice)
    return opened
