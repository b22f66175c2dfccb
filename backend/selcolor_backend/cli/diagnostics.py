"""`selcolor diagnostics`: one zip that a person can attach to a report, without names and keys."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import platform
import re
import socket
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path

from selcolor_backend.cli import doctor
from selcolor_backend.cli.session import running_session
from selcolor_backend.folders import log_folder
from selcolor_backend.version import VERSION
from selcolor_protocol.errors import CannotWrite, SelectiveColorizeError

USUAL_NAME = "selcolor-diagnostics.zip"
LOG_BYTES = 1_000_000
"""The end of each log: what happened last."""
SECRETS = re.compile(r"\b[0-9a-f]{32,}\b")
"""Session tokens and digests."""
KINDS = "png|jpe?g|tiff?|webp|jp2|p[gnp]m|gif|bmp|kra|xcf|ora|psd|heic|dng"
FILES = re.compile(rf"""[^\s"'/\\]+\.(?:{KINDS})\b""", re.IGNORECASE)
"""Names of pictures."""


def add_parsers(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    diagnostics = commands.add_parser(
        "diagnostics",
        help="one zip for a report: versions, findings and logs",
        description="Collect what helps with a report. The zip holds no pictures, and the names of "
        "files, of you and of the machine are struck out, as are keys. Look into it before you "
        "send it.",
    )
    diagnostics.add_argument(
        "-o", "--output", type=Path, default=Path(USUAL_NAME), help=f"default: {USUAL_NAME}"
    )
    diagnostics.set_defaults(run=run)


def run(chosen: argparse.Namespace) -> int:
    """Write the zip; an older one stays.

    Raises:
        CannotWrite: there is something of that name, or the place cannot be written.
    """
    try:
        with zipfile.ZipFile(chosen.output, "x", zipfile.ZIP_DEFLATED) as archive:
            for name, text in contents():
                archive.writestr(name, strike_out(text))
    except FileExistsError as error:
        raise CannotWrite(
            f"{chosen.output} exists already; it is untouched.", "Choose another name with -o."
        ) from error
    print(f"{chosen.output} is written. Look into it before you send it.")
    return 0


def contents() -> Iterator[tuple[str, str]]:
    """Names and texts of all files."""
    yield "system.json", json.dumps(system(), indent=1)
    findings = [doctor.as_record(finding) for finding in doctor.examine()]
    yield "doctor.json", json.dumps(findings, indent=1)
    yield "status.json", status()
    for path in sorted(log_folder().glob("*.log*")) + sorted(log_folder().glob("*.err*")):
        yield f"logs/{path.name}", end_of(path)


def system() -> dict[str, object]:
    """What runs where."""
    packages = {each.metadata["Name"] or "?": each.version for each in distributions()}
    return {
        "version": VERSION,
        "python": sys.version,
        "platform": platform.platform(),
        "processors": os.cpu_count(),
        "settings": {key: told for key, told in os.environ.items() if key.startswith("SELCOLOR_")},
        "packages": dict(sorted(packages.items())),
    }


def status() -> str:
    """What the daemon says, or why it does not."""
    try:
        with running_session() as client:
            return json.dumps(asdict(client.status()), indent=1)
    except SelectiveColorizeError as error:
        return json.dumps({"error": error.sentence})


def end_of(path: Path) -> str:
    """The end of a log; empty where it cannot be read."""
    try:
        return path.read_bytes()[-LOG_BYTES:].decode("utf-8", errors="replace")
    except OSError:
        return ""


def strike_out(text: str) -> str:
    """A text without the user's and the machine's name, names of pictures, and keys."""
    names = {str(Path.home()): "~", socket.gethostname(): "MACHINE", user(): "USER"}
    for name, told in names.items():
        if len(name) > 1:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", told, text)
    return SECRETS.sub("SECRET", FILES.sub("PICTURE", text))


def user() -> str:
    """The user's name; empty where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
