"""Colors one photo again and again in a process whose memory is limited ever more narrowly.

Run by `test_little_memory`, in a process of its own; prints a JSON object of what became of each.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import torch
from daemon_home import drawn_photo

from selcolor_backend import jobs
from selcolor_backend.memory import give_back
from selcolor_backend.models.loading import WarmModels
from selcolor_backend.models.predictions import Decisions
from selcolor_backend.paint import Layers
from selcolor_backend.worker.serving import explain
from selcolor_protocol.errors import SelectiveColorizeError
from selcolor_protocol.messages import Colorize
from selcolor_protocol.options import ColorizeOptions

SIZE = (2000, 1500)


@contextmanager
def no_more_than(mebibytes: int) -> Iterator[None]:
    """Let this process take so much more address space."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    most = psutil.Process().memory_info().vms + mebibytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def color(models: WarmModels) -> Layers:
    """Color the photo; no decision is remembered."""
    request = Colorize("", 0, ColorizeOptions(), drawn_photo(*SIZE))
    return jobs.do(request, models, Decisions(), lambda _stage, _share: None).layers


def main(limits: list[int]) -> None:
    """Color without a limit, with each, and without again."""
    torch.set_num_threads(1)
    models = WarmModels("cpu")
    usual = color(models)

    def outcome(mebibytes: int) -> str:
        gc.collect()
        give_back()
        try:
            with no_more_than(mebibytes):
                layers = color(models)
        except SelectiveColorizeError as error:
            return error.code
        except Exception as error:
            return explain(error).code
        return "same" if layers.blended.pixels == usual.blended.pixels else "another"

    became = {limit: outcome(limit) for limit in limits}
    became[0] = "same" if color(models).blended.pixels == usual.blended.pixels else "another"
    print(json.dumps(became))


if __name__ == "__main__":
    main([int(limit) for limit in sys.argv[1:]])
