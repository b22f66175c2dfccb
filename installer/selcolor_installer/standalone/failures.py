"""What can go wrong, in words that a person can act on; `explain` is for what pip printed."""

from __future__ import annotations

import errno
import re

from selcolor_protocol.errors import SelectiveColorizeError


class InstallationFailed(SelectiveColorizeError):
    """A step failed; an older installation still works.

    Attributes:
        code: names the failure, for programs.
    """

    code = "installation_failed"

    def __init__(self, code: str, sentence: str, hint: str) -> None:
        super().__init__(sentence, hint)
        self.code = code  # type: ignore[misc]

    def __str__(self) -> str:
        return self.sentence


FAILURES = (
    (
        "no space left on device|errno 28|disk quota exceeded",
        "disk_full",
        "The disk is full.",
        "Free some space and run the same command again: it goes on from there.",
    ),
    (
        "proxyerror|proxy auth|tunnel connection failed|tunnel error",
        "proxy",
        "The proxy between this machine and the network refused or did not answer.",
        "Set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT of your proxy and run it again.",
    ),
    (
        "do not match the hashes",
        "wrong_digest",
        "A downloaded package is not the one that was published: its digest differs.",
        "Run it again; if it fails again, the package index or the mirror is wrong.",
    ),
    (
        "newconnectionerror|failed to establish|connecttimeout|dns error",
        "no_network",
        "The package index cannot be reached.",
        "Check the network; behind a proxy set HTTPS_PROXY; offline use --wheels FOLDER.",
    ),
    (
        "incompleteread|connection broken: |read timed out|connection reset"
        r"|incomplete-download|download failed after|is invalid\.",
        "network_lost",
        "The network was lost in the middle of a download.",
        "Check the network and run the same command again: finished downloads are kept.",
    ),
    (
        "no matching distribution|could not find a version|no solution found",
        "no_wheel",
        "A package cannot be had for this Python or this machine.",
        "Offline, the folder of wheels must be made on a machine of the same kind.",
    ),
)
"""Words in pip's output (lower case), code, sentence, hint; the first that fits wins."""

UNKNOWN = ("pip_failed", "pip failed.", "Read the last lines of its output above.")
PROGRAM_FAILED = (
    "program_failed",
    "The program was installed, but it could not color a photo.",
    "Read the last lines above, and report them; an older version was kept.",
)


def explain(output: str) -> tuple[str, str, str]:
    """Code, sentence and hint for what pip printed."""
    text = output.lower()
    for words, code, sentence, hint in FAILURES:
        if re.search(words, text):
            return code, sentence, hint
    return UNKNOWN


def explain_program(output: str) -> tuple[str, str, str]:
    """The same for what our own program printed: of pip's troubles, only a full disk is its too."""
    told = explain(output)
    return told if told[0] == "disk_full" else PROGRAM_FAILED


def in_words(error: OSError | SelectiveColorizeError) -> SelectiveColorizeError:
    """An error as a person is told it: what the system refused is never pip's fault."""
    if isinstance(error, SelectiveColorizeError):
        return error
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return InstallationFailed(*explain("no space left on device"))
    what = f"{error.filename}: " if error.filename else ""
    return InstallationFailed(
        "refused_by_system",
        f"The system refused: {what}{error.strerror or error}.",
        "Make that file or folder yours, or move it away, and run the same command again.",
    )
