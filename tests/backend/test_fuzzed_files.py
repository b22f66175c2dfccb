"""Mutated files of every kind: no crash, no hang, little memory, only errors of our tree.

`make fuzz` reads them for 20 minutes; what it found has a test in `test_scanned_tiffs`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "fuzz"))

from fuzz_reading import fuzz, read_one
from seeds import all_seeds

pytestmark = pytest.mark.slow

COUNT = 500
"""Files of a normal run, which take some 7 seconds."""


def test_every_kind_of_file_is_read_before_it_is_mutated(tmp_path: Path) -> None:
    for name, data in all_seeds().items():
        (tmp_path / name).write_bytes(data)
        read_one(tmp_path / name)


def test_mutated_files_are_read_or_refused() -> None:
    found = fuzz(first=0, count=COUNT)
    assert found.told == ()
    assert found.count == COUNT
