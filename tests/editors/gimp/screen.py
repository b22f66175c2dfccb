"""A display with a window manager, and a user's hands and eyes on it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from display import Display
from driven import SLOWNESS

Seen = TypeVar("Seen")

SECONDS = 60 * SLOWNESS
LOOK_SECONDS = 0.1
STILL_SECONDS = 1.0


class NotSeen(AssertionError):
    """Something did not appear on the screen in time."""


class Screen:
    """One of them.

    Attributes:
        display: its name, such as `:7`.
    """

    def __init__(self, width: int = 1600, height: int = 1000) -> None:
        """Start it."""
        self._width, self._height = width, height
        self._server = Display(width, height)
        self.display = self._server.name
        self._variables = {**os.environ, "DISPLAY": self.display}
        self._manager = subprocess.Popen(
            ["openbox"],
            env=self._variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def end(self) -> None:
        """End it."""
        self._manager.terminate()
        self._manager.wait()
        self._server.end()

    def windows(self, title: str) -> list[str]:
        """Numbers of the visible windows whose title contains a text."""
        found = self._xdotool("search", "--onlyvisible", "--name", title, check=False)
        return found.split()

    def wait_for_window(self, title: str, seconds: float = SECONDS) -> str:
        """Wait until a window is there; its number.

        Not looked for again once seen: the window manager hides a new window while it frames it.
        """
        return self.wait(lambda: self.windows(title), f"a window “{title}”", seconds)[-1]

    def wait_until_gone(self, title: str, seconds: float = SECONDS) -> None:
        """Wait until no such window is there."""
        self.wait(lambda: not self.windows(title), f"“{title}” going away", seconds)

    def wait(self, condition: Callable[[], Seen], what: str, seconds: float = SECONDS) -> Seen:
        """Wait until something holds; what the condition returned then.

        Raises:
            NotSeen: it never did; a picture of the screen tells more.
        """
        deadline = time.monotonic() + seconds
        while not (seen := condition()):
            if time.monotonic() > deadline:
                raise NotSeen(f"not seen: {what}; {self.shoot(Path('/tmp/selcolor-not-seen.png'))}")
            time.sleep(LOOK_SECONDS)
        return seen

    def press(self, *keys: str, window: str | None = None) -> None:
        """Press keys, one after another, such as `ctrl+z`; in a window, if one is named."""
        if window is not None:
            self._xdotool("windowactivate", "--sync", window)
        self._xdotool("key", "--delay", "80", *keys)

    def enlarge(self, window: str) -> None:
        """Make a window as large as the screen."""
        self._xdotool("windowmove", window, "0", "0")
        self._xdotool("windowsize", window, str(self._width - 10), str(self._height - 40))

    def shows_all_of(self, window: str) -> bool:
        """Whether no part of a window is beyond the screen's edges."""
        said = self._xdotool("getwindowgeometry", "--shell", window).split()
        place = {name: int(value) for name, value in (line.split("=") for line in said)}
        right, bottom = place["X"] + place["WIDTH"], place["Y"] + place["HEIGHT"]
        is_left_of, is_above = right <= self._width, bottom <= self._height
        return min(place["X"], place["Y"]) >= 0 and is_left_of and is_above

    def still(self) -> None:
        """Wait until nothing on the screen changes any more."""
        last, since = b"", time.monotonic()
        deadline = time.monotonic() + SECONDS
        while time.monotonic() - since < STILL_SECONDS and time.monotonic() < deadline:
            seen = self._pixels()
            if seen != last:
                last, since = seen, time.monotonic()
            time.sleep(LOOK_SECONDS)

    def _pixels(self) -> bytes:
        command = ["import", "-window", "root", "rgb:-"]
        done = subprocess.run(command, env=self._variables, capture_output=True, check=True)
        return done.stdout

    def move(self, x: int, y: int) -> None:
        """Move the mouse somewhere."""
        self._xdotool("mousemove", str(x), str(y))

    def click(self, x: int, y: int) -> None:
        """Click somewhere."""
        self._xdotool("mousemove", str(x), str(y), "click", "1")

    def drag(self, x: int, y: int, right: int, down: int) -> None:
        """Press the mouse's button somewhere, move it by some pixels, let go."""
        self._xdotool("mousemove", str(x), str(y), "mousedown", "1")
        self._xdotool("mousemove_relative", "--sync", "--", str(right // 2), str(down // 2))
        self._xdotool("mousemove_relative", "--sync", "--", str(right // 2), str(down // 2))
        self._xdotool("mouseup", "1")

    def shoot(self, path: Path, window: str = "root") -> Path:
        """Write what the screen shows, or one window without its frame, into a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["import", "-window", window, str(path)], env=self._variables, check=True, timeout=60
        )
        return path

    def _xdotool(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["xdotool", *arguments],
            env=self._variables,
            capture_output=True,
            text=True,
            check=check,
            timeout=60 * SLOWNESS,
        )
        return done.stdout
