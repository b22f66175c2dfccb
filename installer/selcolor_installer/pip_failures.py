"""What went wrong when pip failed, in words that a person can act on.

`installer/install.py` has the same table, because it is one file that runs before anything is
installed; a test holds them equal.
"""

from __future__ import annotations

FAILURES = (
    (
        ("no space left on device", "errno 28", "disk quota exceeded"),
        "disk_full",
        "The disk is full.",
        "Free some space and run the same command again: it goes on from there.",
    ),
    (
        ("proxyerror", "proxy auth", "tunnel connection failed", "tunnel error"),
        "proxy",
        "The proxy between this machine and the network refused or did not answer.",
        "Set HTTPS_PROXY to http://USER:PASSWORD@HOST:PORT of your proxy and run it again.",
    ),
    (
        ("do not match the hashes",),
        "wrong_digest",
        "A downloaded package is not the one that was published: its digest differs.",
        "Run it again; if it fails again, the package index or the mirror is wrong.",
    ),
    (
        ("newconnectionerror", "failed to establish", "connecttimeout", "dns error"),
        "no_network",
        "The package index cannot be reached.",
        "Check the network; behind a proxy set HTTPS_PROXY; offline use --wheels FOLDER.",
    ),
    (
        (
            "incompleteread",
            "connection broken: ",
            "read timed out",
            "connection reset",
            "incomplete-download",
            "download failed after",
            "is invalid.",
        ),
        "network_lost",
        "The network was lost in the middle of a download.",
        "Check the network and run the same command again: finished downloads are kept.",
    ),
    (
        ("no matching distribution", "could not find a version", "no solution found"),
        "no_wheel",
        "A package cannot be had for this Python or this machine.",
        "Offline, the folder of wheels must be made on a machine of the same kind.",
    ),
)
"""Words in pip's output (lower case), code, sentence, hint; the first that fits wins."""

UNKNOWN = ("pip_failed", "pip failed.", "Read the last lines of its output above.")


def explain(output: str) -> tuple[str, str, str]:
    """Code, sentence and hint for what pip printed."""
    text = output.lower()
    for words, code, sentence, hint in FAILURES:
        if any(word in text for word in words):
            return code, sentence, hint
    return UNKNOWN
