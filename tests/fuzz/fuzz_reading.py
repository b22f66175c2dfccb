"""Mutated files of every kind through the readers: no crash, no hang, little memory, our errors.

    python tests/fuzz/fuzz_reading.py SECONDS [FIRST]

mutates files by number, so that what is found can be repeated: it prints the number. A process of
its own reads them, with a limit of memory; the next one goes on behind a file that ended it.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from random import Random

LARGEST = "0.25"
"""Megapixels that the readers are allowed here."""

ROOM = 400 << 20
"""Bytes of address space beyond what the readers take before the first file."""

PATIENCE = 30
"""Seconds for one file."""

_NUMBERS = (0, 1, 2, 255, 256, 32767, 65535, 1 << 20, (1 << 31) - 1, (1 << 32) - 1)


def mutated(number: int, seeds: dict[str, bytes]) -> tuple[str, bytes]:
    """The mutated file of a number, with the name of what it was made from."""
    chance = Random(number)
    name = chance.choice(sorted(seeds))
    data = bytearray(seeds[name])
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        _mutate(data, chance, seeds)
    return name, bytes(data)


def _mutate(data: bytearray, chance: Random, seeds: dict[str, bytes]) -> None:
    if not data:
        return
    early = min(len(data), 400)
    at = chance.randrange(chance.choice((early, len(data))))
    length = chance.choice((1, 2, 4, 8, 64))
    kind = chance.randrange(7)
    if kind == 0:
        data[at] ^= 1 << chance.randrange(8)
    elif kind == 1:
        data[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    elif kind == 2:
        size, order = chance.choice((2, 4)), chance.choice(("little", "big"))
        number = chance.choice(_NUMBERS) % (1 << (8 * size))
        data[at : at + size] = number.to_bytes(size, order)
    elif kind == 3:
        del data[at : at + length]
    elif kind == 4:
        data[at:at] = data[at : at + length]
    elif kind == 5:
        del data[at:]
    else:
        other = seeds[chance.choice(sorted(seeds))]
        begin = chance.randrange(len(other))
        data[at : at + length] = other[begin : begin + length]


def read_one(path: Path) -> None:
    """Read a file as a photo and as a mask, and ask what its profile means.

    Raises:
        Exception: anything but an error of our tree.
    """
    from selcolor_backend.pictures.masks import read_mask
    from selcolor_backend.pictures.reading import read_photo
    from selcolor_backend.pictures.xmp import Making, marked
    from selcolor_backend.pixels.photo import Photo
    from selcolor_protocol.errors import SelectiveColorizeError

    try:
        picture = read_photo(path)
        Photo(picture.raster).encoded_srgb(0, 8)
        marked(picture.metadata.xmp, Making("p", [], {}, ""))
        read_mask(path, picture.raster.format.width, picture.raster.format.height)
    except SelectiveColorizeError as error:
        if not (error.sentence.endswith(".") and error.hint.endswith(".")):
            raise AssertionError(f"{error.sentence} {error.hint}") from error


def read_many(first: int, last: int, report: Path) -> None:
    """Read the files of some numbers, and write the number of each before it is read."""
    from seeds import all_seeds

    os.environ["SELCOLOR_MAX_MEGAPIXELS"] = LARGEST
    kinds = all_seeds()
    folder = Path(tempfile.mkdtemp())
    path = folder / "a"
    for data in kinds.values():  # libraries are loaded, and threads begun
        path.write_bytes(data)
        read_one(path)
    _limit_memory()
    with report.open("w") as file:
        for number in range(first, last):
            _, data = mutated(number, kinds)
            path.write_bytes(data)
            file.seek(0)
            file.write(f"{number}\n")
            file.flush()
            try:
                read_one(path)
            except BaseException:
                print(f"file {number}:\n{traceback.format_exc()}", flush=True)
    path.unlink()
    folder.rmdir()


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + ROOM
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


@dataclass(frozen=True)
class Findings:
    """How many files were read, and what was wrong with some."""

    count: int
    told: tuple[str, ...]


def fuzz(first: int, count: int, seconds: float = float("inf")) -> Findings:
    """Read mutated files in processes of their own.

    Args:
        first: the number of the first file.
        count: how many.
        seconds: no batch begins after that.
    """
    told: list[str] = []
    deadline, at = time.monotonic() + seconds, first
    while at < first + count and time.monotonic() < deadline:
        last = min(at + 1000, first + count)
        at, said = _batch(at, last)
        told += said
    return Findings(at - first, tuple(told))


def _batch(first: int, last: int) -> tuple[int, list[str]]:
    """Read some files; the number to go on with, and what was wrong."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "number")
        command = [sys.executable, __file__, "--read", str(first), str(last), str(report)]
        limit = PATIENCE + (last - first)
        try:
            result = subprocess.run(command, capture_output=True, text=True, timeout=limit)
        except subprocess.TimeoutExpired:
            number = int(report.read_text().split()[0])
            return number + 1, [f"file {number} takes too long"]
        said = [part for part in result.stdout.split("file ") if part.strip()]
        if result.returncode == 0:
            return last, said
        number = int(report.read_text().split()[0]) if report.exists() else first
        ended = f"file {number} ended the process ({result.returncode}): {result.stderr[-500:]}"
        return number + 1, [*said, ended]


if __name__ == "__main__":
    if sys.argv[1] == "--read":
        read_many(int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
        sys.exit(0)
    begin = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    found = fuzz(begin, 1 << 31, float(sys.argv[1]))
    print(*found.told, sep="\n")
    print(f"{found.count} files, {len(found.told)} findings")
    sys.exit(bool(found.told))
