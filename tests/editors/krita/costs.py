"""What a job costs Krita, by hand: `costs.py 12 U8` for memory and turns at 12 megapixels."""

from __future__ import annotations

import math
import os
import sys

from driven import environment, short_folder
from krita_process import Krita, install_plugins
from raw import LINEAR, SRGB, photo_values, write_pixels
from skimage import data


def main(megapixels: float, depth: str) -> None:
    """Measure in new Kritas, one for what is by hand and one for what the plugin does."""
    height = 4 * round(math.sqrt(megapixels * 1e6 * 3 / 4) / 4)
    size = [height * 4 // 3, height]
    values = photo_values(data.camera(), *size)
    color = ["RGBA", depth, LINEAR if depth == "U16" else SRGB]
    with short_folder("selkr-") as place:
        install_plugins(place / "home")
        pixels = write_pixels(values, "RGBA", depth, place / "pixels.raw")
        arguments = {"size": size, "color": color, "pixels": str(pixels)}
        for name in ("by_hand", "colored"):
            with Krita(environment(place / "home", place / "run"), place / name) as krita:
                print(f"{name}: +{krita.run(f'costs.{name}', **arguments):.0f} MB", flush=True)
                if name == "colored":
                    tell(krita.run("costs.turns", **arguments))


def tell(facts: dict[str, list[tuple[int, int, str]]]) -> None:
    """Print spans, with how busy the machine is."""
    print(f"load {os.getloadavg()[0]:.1f}")
    for kind, spans in facts.items():
        for whole, busy, where in spans:
            print(f"{kind}: {whole} ms, {busy} ms of the processor {where}", flush=True)


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2])
