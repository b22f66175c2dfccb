"""Runs a user's whole way in a new Krita again and again, and counts: `repeat.py 20`."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from driven import ScenarioFailed, end_daemon, environment
from krita_process import Krita, install_plugins
from raw import write_photo


def main(times: int) -> int:
    """Start, colorize, undo, redo, paint, recomposite, undo, redo, end; each in its own Krita."""
    place = Path(tempfile.mkdtemp(prefix="selkr-"))
    install_plugins(place / "home")
    variables = environment(place / "home", place / "run")
    photo = write_photo(place / "photo.png", 200, 160)
    passed = 0
    for number in range(1, times + 1):
        started, folder = time.monotonic(), place / f"story-{number}"
        try:
            with Krita(variables, place / f"driver-{number}") as krita:
                krita.run("story.whole", photo=str(photo), folder=str(folder))
            passed += is_sound(folder)
        except ScenarioFailed as error:
            print(error)
        print(f"{passed} of {number} ({time.monotonic() - started:.0f} s)", flush=True)
    end_daemon(place / "run")
    shutil.rmtree(place)
    return 0 if passed == times else 1


def is_sound(folder: Path) -> bool:
    """Whether redo and undo brought back the very same pixels, and Recomposite changed them."""

    def same(one: str, other: str) -> bool:
        return (folder / f"{one}.raw").read_bytes() == (folder / f"{other}.raw").read_bytes()

    return (
        all(same(f"first-{kind}", f"redone-{kind}") for kind in ("colorized", "mask", "blended"))
        and same("recomposite-undone-blended", "first-blended")
        and same("recomposite-redone-blended", "recomposited-blended")
        and not same("recomposited-blended", "first-blended")
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
