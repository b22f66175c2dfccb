"""Runs a script's whole way in a new GIMP again and again, and counts: `repeat_gimp.py 20`."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from driven import ScenarioFailed, end_daemon, environment
from gimp_process import Gimp, install_plugin
from PIL import Image
from skimage import data


def main(times: int) -> int:
    """Start, colorize, paint, recomposite, end; each in its own GIMP and by the same daemon."""
    place = Path(tempfile.mkdtemp(prefix="selgi-", dir="/tmp"))
    install_plugin(place / "home")
    variables = environment(place / "home", place / "run")
    photo = place / "photo.png"
    Image.fromarray(data.astronaut()).convert("L").convert("RGB").resize((200, 160)).save(photo)
    passed = 0
    for number in range(1, times + 1):
        started, folder = time.monotonic(), place / f"story-{number}"
        try:
            with Gimp(variables, place / f"driver-{number}") as gimp:
                gimp.run("story.whole", photo=str(photo), folder=str(folder))
            passed += is_sound(folder, place / "story-1")
        except ScenarioFailed as error:
            print(error)
        print(f"{passed} of {number} ({time.monotonic() - started:.0f} s)", flush=True)
    end_daemon(place / "run")
    shutil.rmtree(place)
    return 0 if passed == times else 1


def is_sound(folder: Path, first: Path) -> bool:
    """Whether all pixels are those of the first run, and Recomposite changed what it should."""

    def pixels(name: str, where: Path = folder) -> bytes:
        return (where / f"{name}.raw").read_bytes()

    names = [path.stem for path in first.glob("*.raw")]
    return (
        len(names) == 12
        and all(pixels(name) == pixels(name, first) for name in names)
        and pixels("first-blended") == pixels("first-projection")
        and pixels("recomposited-blended") == pixels("painted-projection")
        and pixels("recomposited-blended") != pixels("first-blended")
        and pixels("first-projection") != pixels("source")
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
