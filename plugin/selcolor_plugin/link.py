"""The session with the daemon as an editor sees it: it is being looked for, it is there, or not.

`poll` it from the event loop. It never blocks, and it never raises: what went wrong stands in
`error`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from enum import Enum

from selcolor_plugin.downloading import Download, cut_off
from selcolor_plugin.translation import translate as _
from selcolor_protocol.client import Client
from selcolor_protocol.errors import DaemonGone, SelectiveColorizeError
from selcolor_protocol.launch import Opening
from selcolor_protocol.messages import Fetched, Reply, Status, Stopping, Welcome

STATUS_SECONDS = 1.0
"""How often the daemon is asked for its device until it knows it."""

FAREWELL_MILLISECONDS = 50
"""How long a goodbye may hold up the editor; the daemon notices an unsaid one, too."""


class LinkState(str, Enum):
    """Where a link stands."""

    SEARCHING = "searching"
    STARTING = "starting"
    OPEN = "open"
    LOST = "lost"
    CLOSED = "closed"


class Link:
    """One session, from the first look for the daemon to its end.

    Attributes:
        state: where it stands.
        error: why it was lost.
        device: where networks run, such as `cpu`; None until the daemon has said.
        welcome: what the daemon said of itself, with the networks that are here by now; None until
            the link is open.
        download: the newest network that was to be downloaded.
    """

    def __init__(self, open_session: Callable[[], Opening]) -> None:
        """Begin to look.

        Args:
            open_session: such as `lambda: daemon.open_session("Krita")`.
        """
        self.state = LinkState.SEARCHING
        self.error: SelectiveColorizeError | None = None
        self.device: str | None = None
        self.welcome: Welcome | None = None
        self.download: Download | None = None
        self._opening = open_session()
        self._client: Client | None = None
        self._asked_at = 0.0

    @property
    def client(self) -> Client:
        """The open session."""
        assert self._client is not None, "the link is not open"
        return self._client

    def poll(self) -> list[Reply]:
        """Take the next step: open the session, or hear what came for it."""
        try:
            return self._step()
        except SelectiveColorizeError as error:
            self._lose(error)
            return []

    def close(self) -> None:
        """End the session; the daemon cancels what it still does for it."""
        if self.state is LinkState.OPEN:
            self.client.close(FAREWELL_MILLISECONDS)
        self._opening.close()
        self._client = None
        self.welcome = None
        if self.download is not None:
            self.download.fail(cut_off())
        if self.state is not LinkState.LOST:
            self.state = LinkState.CLOSED

    @property
    def is_downloading(self) -> bool:
        """Whether a network is on its way."""
        return self.download is not None and not self.download.phase.has_ended

    def fetch(self, model: str) -> None:
        """Begin to download a network; only on the user's click, and while the link is open."""
        self.download = Download(model, self.client.fetch(model))

    def cancel_download(self) -> None:
        """End it; what has come is kept."""
        if self.download is not None and self.is_downloading:
            self.download.cancel()
            self.client.cancel(self.download.job)

    def _step(self) -> list[Reply]:
        if self.state in (LinkState.LOST, LinkState.CLOSED):
            return []
        if self._client is None:
            self._client = self._opening.poll()
            if self._client is None:
                self.state = LinkState.STARTING if self._opening.starting else LinkState.SEARCHING
                return []
            self.state = LinkState.OPEN
            self.welcome = self._client.welcome
            self.device = self.welcome.device
        return self._hear()

    def _hear(self) -> list[Reply]:
        arrived = self.client.poll()
        for message in arrived:
            if isinstance(message, Status):
                self.device = message.device
            elif isinstance(message, Fetched) and self.welcome is not None:
                self.welcome = replace(self.welcome, models=message.models)
            elif isinstance(message, Stopping):
                raise DaemonGone(
                    _("The program that colorizes was stopped; your image is unchanged."),
                    _("Try again; it is started anew."),
                )
            if self.download is not None:
                self.download.hear(message)
        self._ask_for_device()
        return arrived

    def _ask_for_device(self) -> None:
        now = time.monotonic()
        if self.device is None and now - self._asked_at >= STATUS_SECONDS:
            self._asked_at = now
            self.client.ask_status()

    def _lose(self, error: SelectiveColorizeError) -> None:
        self.error = error
        self.state = LinkState.LOST
        self.welcome = None
        if self.download is not None:
            self.download.fail(error)
        self._opening.close()
        if self._client is not None:
            self._client.close(linger=0)
            self._client = None
