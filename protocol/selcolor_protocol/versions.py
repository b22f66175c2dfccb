"""Which protocol version two sides speak, and what to say when there is none."""

from __future__ import annotations

from selcolor_protocol.errors import VersionMismatch
from selcolor_protocol.messages import Hello


def negotiate(hello: Hello, oldest: int, newest: int, daemon_version: str) -> int:
    """The newest protocol version that client and daemon both speak.

    Args:
        hello: the client's name, version and range.
        oldest: the oldest version that the daemon speaks.
        newest: the newest one.
        daemon_version: the daemon's own version.

    Raises:
        VersionMismatch: there is none; the sentence names both, the hint which side to update.
    """
    if hello.oldest <= newest and oldest <= hello.newest:
        return min(hello.newest, newest)
    behind = "daemon" if newest < hello.oldest else hello.client
    hint = {
        "daemon": "Update Selective Colorize, then run `selcolor stop`: the old daemon still runs.",
    }.get(behind, f"Update {behind}'s plugin to the version of the daemon, and restart {behind}.")
    raise VersionMismatch(
        f"{hello.client} {hello.client_version} speaks protocol {hello.oldest} to {hello.newest}, "
        f"the daemon {daemon_version} speaks {oldest} to {newest}.",
        hint,
    )
