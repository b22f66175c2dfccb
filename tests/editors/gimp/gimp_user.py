"""Somebody at GIMP's windows, under an X server of the tests'. Pictures go to build/screenshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from driven import SLOWNESS
from gimp_process import Gimp
from screen import Screen

PICTURES = Path(__file__).parents[3] / "build" / "screenshots"
MAIN, DIALOG, MESSAGE = "– GIMP", "Selective Colorize$", "GIMP Message"
WELCOME = "Welcome to GIMP"
OUR_ENTRY_FROM_BELOW = 3
"""Update, and Local Threshold, which is GIMP's own, come after it in the menu Colors."""

DOCK_EDGE, DOCK_GAIN = (1355, 480), 260
"""Where GIMP's right dock begins in a window of the screen's size; layers' names need more."""

CANCEL = (1310 - DOCK_GAIN, 962)
"""Where the status bar has its button beside the wider dock."""


@contextmanager
def somebody(variables: Mapping[str, str], folder: Path, scale: int = 1) -> Iterator[User]:
    """Somebody at GIMP's windows, on a screen of their own, which both end afterwards.

    Args:
        variables: the user's environment.
        folder: for the driver's requests, results and log.
        scale: factor of screen and user interface.
    """
    screen = Screen(1600 * scale, 1000 * scale)
    try:
        with Gimp(variables, folder, screen.display, scale) as gimp:
            yield User(gimp, screen, scale)
    finally:
        screen.end()


class User:
    """Somebody at GIMP's windows.

    Attributes:
        gimp: what is used.
        screen: what is looked at.
    """

    def __init__(self, gimp: Gimp, screen: Screen, scale: int) -> None:
        self.gimp = gimp
        self.screen = screen
        self._scale = scale
        self._has_wide_dock = False
        welcome = screen.wait_for_window(WELCOME)
        screen.press("Escape", window=welcome)
        screen.wait_until_gone(WELCOME)

    def open(self, photo: Path, **arguments: Any) -> dict[str, Any]:
        """Open a photo; what is there then."""
        facts: dict[str, Any] = self.gimp.run("windows.show", photo=str(photo), **arguments)
        self.screen.enlarge(self.window())
        if not self._has_wide_dock:
            self._has_wide_dock = True
            self.screen.still()
            self.screen.drag(*(self._scale * x for x in (*DOCK_EDGE, -DOCK_GAIN, 0)))
        return facts

    def window(self) -> str:
        """GIMP's main window."""
        return self.screen.wait_for_window(MAIN)

    def choose(self, from_below: int = OUR_ENTRY_FROM_BELOW, picture: str = "") -> None:
        """Open the menu Colors and choose an entry, counted from its end."""
        self.screen.press("alt+c", window=self.window())
        self.screen.press(*["Up"] * from_below)
        if picture:
            self.screen.shoot(PICTURES / f"gimp-{picture}.png")
        self.screen.press("Return")

    def begin(self) -> None:
        """Open the dialog and start the work with its settings."""
        self.choose()
        self.screen.press("Return", window=self.screen.wait_for_window(DIALOG))
        self.screen.wait_until_gone(DIALOG)

    def press(self, *keys: str) -> None:
        """Press keys in the main window."""
        self.screen.press(*keys, window=self.window())

    def wait_for_layers(self, count: int) -> dict[str, Any]:
        """Wait until the plug-in is done and the image has so many layers at its root."""

        def is_there() -> bool:
            return self.gimp.plugin_process() is None and self.gimp.run("windows.count") == count

        self.screen.wait(is_there, f"{count} layers", 120 * SLOWNESS)
        facts: dict[str, Any] = self.gimp.run("windows.look")
        return facts

    def update(self) -> dict[str, Any]:
        """Choose Update in the menu and wait until it is done; what is there then."""
        before = self.gimp.run("windows.look")["blended"]
        self.choose(from_below=2)
        return self.wait_for_update(before)

    def wait_for_update(self, before: list[str]) -> dict[str, Any]:
        """Wait until the image has another Blended; what is there then."""

        def is_done() -> bool:
            # Layers are looked at only when the plug-in has gone: it takes some away.
            is_over = self.gimp.plugin_process() is None
            return is_over and self.gimp.run("windows.look")["blended"] != before

        self.screen.wait(is_done, "a new Blended", 120 * SLOWNESS)
        facts: dict[str, Any] = self.gimp.run("windows.look")
        return facts

    def confirm_message(self, name: str) -> None:
        """Wait for GIMP's message, take a picture of the screen, and press OK."""
        message = self.screen.wait_for_window(MESSAGE)
        self.shoot(name)
        self.screen.press("Return", window=message)
        self.screen.wait_until_gone(MESSAGE)

    def shoot(self, name: str) -> Path:
        """A picture of the screen, without a tool tip below the mouse."""
        self.screen.move(1, 1)
        self.screen.still()
        return self.screen.shoot(PICTURES / f"gimp-{name}.png")
