"""One protocol version: client and daemon speak the same, or tell the user which side to update."""

from __future__ import annotations

from selcolor_protocol.errors import VersionMismatch
from selcolor_protocol.messages import Hello


def check_same_protocol(hello: Hello, protocol: int, daemon_version: str) -> None:
    """Refuse to go on when client and daemon speak different protocols.

    Args:
        hello: the client's name, version and protocol.
        protocol: the version that the daemon speaks.
        daemon_version: the daemon's own version.

    Raises:
        VersionMismatch: they differ; the sentence names both, the hint which side to update.
    """
    if hello.protocol == protocol:
        return
    hint = (
        "Update Selective Colorize, then run `selcolor stop`: the old daemon still runs."
        if protocol < hello.protocol
        else f"Update {hello.client}'s plugin to the version of the daemon, "
        f"and restart {hello.client}."
    )
    raise VersionMismatch(
        f"{hello.client} {hello.client_version} speaks protocol {hello.protocol}, "
        f"the daemon {daemon_version} speaks protocol {protocol}.",
        hint,
    )
