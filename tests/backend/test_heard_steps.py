"""Between any two steps of a job that take long on a large photo, a cancel is heard."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import torch
from daemon_home import drawn_photo
from rasters import make_raster
from standins import MiddleSegmenter, WarmColorizer, run, smooth_picture

from selcolor_backend import jobs, mask, paint, plan
from selcolor_backend.models import loading
from selcolor_backend.models.devices import PlacedNetwork
from selcolor_backend.models.heartbeat import heard_by
from selcolor_backend.models.loading import WarmModels, open_model
from selcolor_backend.models.predictions import Decisions
from selcolor_backend.models.registry import Kind, find_model
from selcolor_backend.networks.hybrid_vit_bins import HybridViTColorizer
from selcolor_backend.plan import Stage
from selcolor_protocol.errors import JobCancelled
from selcolor_protocol.messages import Colorize
from selcolor_protocol.options import ColorizeOptions

LONG_STEPS = (
    (MiddleSegmenter, "predict"),
    (mask, "fit_lines"),
    (WarmColorizer, "predict"),
    (plan, "fit_lines"),
    (paint, "Layer"),
)
HEARD = "heard"


def test_a_cancel_is_heard_before_each_long_step(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[str] = []

    def noted(step: Callable[..., Any], name: str) -> Callable[..., Any]:
        def note(*arguments: Any, **named: Any) -> Any:
            happened.append(name)
            return step(*arguments, **named)

        return note

    for module, name in LONG_STEPS:
        monkeypatch.setattr(module, name, noted(getattr(module, name), name))

    def report(_stage: Stage, _share: float) -> None:
        happened.append(HEARD)

    run(make_raster(smooth_picture(3)), report=report)

    steps = [each for each in happened if each != HEARD]
    assert steps == ["predict", "fit_lines", "predict", "fit_lines", "Layer", "Layer"]
    unheard = [pair for pair in pairwise([HEARD, *happened]) if HEARD not in pair]
    assert not unheard
    assert happened[0] == HEARD


def test_a_cancel_is_heard_while_cells_agree_on_their_colors() -> None:
    def times_heard(likeness: float) -> int:
        network = HybridViTColorizer(bins=7)
        network.likeness.fill_(likeness)
        heard: list[float] = []
        with heard_by(heard.append):
            PlacedNetwork(network, "cpu", "bins")(torch.rand(1, 1, 32, 32))
        return len(heard)

    assert times_heard(0.5) == times_heard(0.0) + 1


def test_a_cancel_is_heard_while_a_network_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[float] = []
    with heard_by(heard.append):
        open_model("vit-lsgan-lite", Kind.COLORIZER)
    few = len(heard)
    monkeypatch.setattr(loading, "CHUNK_BYTES", find_model("vit-lsgan-lite").bytes // 10)

    with heard_by(heard.append):
        open_model("vit-lsgan-lite", Kind.COLORIZER)

    assert len(heard) - few > few > 3


def test_a_network_whose_opening_was_cancelled_is_opened_whole_by_the_next_job() -> None:
    models, photo = WarmModels("cpu"), drawn_photo(64, 48)
    heard = 0

    def leave(_stage: Stage, _share: float) -> None:
        nonlocal heard
        heard += 1
        if heard == 2:
            raise JobCancelled("Cancelled.", "Nothing was changed.")

    request = Colorize("", 1, ColorizeOptions(), photo)
    with pytest.raises(JobCancelled):
        jobs.do(request, models, Decisions(), leave)
    assert not models._opened

    assert jobs.do(request, models, Decisions(), lambda _stage, _share: None).colorizer
