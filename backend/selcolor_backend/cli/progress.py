"""A bar that says how far a job is, where somebody watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from selcolor_protocol.messages import Progress

BAR = "{desc}: {percentage:3.0f}%|{bar}| {elapsed}"


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[Progress], None]]:
    """A bar for one photo, its stage as the label and its fraction as the length.

    It is gone afterwards, whatever happens. Where standard error is no terminal, there is none.

    Args:
        label: the photo's name.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from tqdm import tqdm  # late: scripts need none

    with tqdm(total=100, desc=label, leave=False, bar_format=BAR) as bar:

        def show(progress: Progress) -> None:
            bar.set_description(f"{label}: {progress.stage or progress.state.value}")
            bar.update(int(100 * progress.fraction) - bar.n)

        yield show
