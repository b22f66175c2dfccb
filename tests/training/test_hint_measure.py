"""Simulated users: what they paint, and what is measured of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_photos import photos_of

from selcolor_backend.sketch import Sketch
from selcolor_training import hint_measure
from selcolor_training.hint_locality import locality_of, measure_edges, select_things
from selcolor_training.hint_measure import Hinted, figures_of, told
from selcolor_training.hint_systems import BOTH, NETWORK, SOLVE
from selcolor_training.painters import PAINTERS, Scene, run_through, stroke_along
from selcolor_training.report import hints
from selcolor_training.report.hints import draw_gains


def patchwork(seed: int = 0) -> torch.Tensor:
    """Squares of even colors, `[3, 96, 128]` in [0, 1]."""
    colors = torch.rand(3, 6, 8, generator=torch.Generator().manual_seed(seed))
    return colors.repeat_interleave(16, dim=1).repeat_interleave(16, dim=2)


@pytest.mark.parametrize("name", PAINTERS)
def test_painters_know_the_true_colors_and_paint_as_many_places_as_they_are_told(
    name: str,
) -> None:
    scene = Scene(patchwork())
    some, more = (PAINTERS[name](scene, number, np.random.default_rng(0)) for number in (3, 12))
    painted = some.coverage > 0
    error = (some.chroma - scene.lab[1:]).norm(dim=0)[painted]
    assert error.median() < 1.0
    assert not some.chroma[:, ~painted].any()
    assert 1.5 * some.coverage.sum() < more.coverage.sum()
    again = PAINTERS[name](scene, 3, np.random.default_rng(0))
    assert torch.equal(again.chroma, some.chroma)


def test_a_stroke_lies_within_its_area_along_the_longer_extent() -> None:
    area = np.zeros((100, 200), bool)
    area[10:90, 20:50] = True
    stroke = stroke_along(area)
    rows, columns = np.nonzero(stroke)
    assert (stroke & ~area).sum() == 0
    assert np.ptp(rows) + 1 == 64
    assert np.ptp(columns) + 1 == 2


def test_a_run_ends_at_gaps_and_at_the_ends() -> None:
    line = np.array([True] * 4 + [False] + [True] * 10)
    assert run_through(line, 8) == (6, 14)
    assert run_through(line, 0) == (0, 4)


def test_the_truth_has_no_error_and_gray_has() -> None:
    scene = Scene(patchwork())
    assert figures_of(scene, scene.lab[1:]).ciede2000 == 0.0
    gray = figures_of(scene, torch.zeros_like(scene.lab[1:]))
    assert gray.psnr < figures_of(scene, 0.5 * scene.lab[1:]).psnr


def test_locality_tells_the_thing_from_the_rest() -> None:
    thing = torch.zeros(4, 4, dtype=torch.bool)
    thing[:2] = True
    change = torch.zeros(2, 4, 4)
    change[0, :2], change[1, 3] = 24.0, 3.0
    found = locality_of(change, torch.tensor([30.0, 0.0]), thing)
    assert (found.inside, found.outside) == pytest.approx((0.8, 1.5))


def test_color_stops_at_drawn_edges_of_10_l() -> None:
    for name, edge in measure_edges().items():
        assert edge.outside < 2.0, name
        assert edge.inside > 0.6, name


def test_only_things_of_usual_size_are_painted_on() -> None:
    masks = [torch.zeros(96, 128, dtype=torch.uint8) for _ in range(3)]
    masks[1][:40, :50] = 255
    masks[2][:] = 255
    photos = photos_of([patchwork()] * 3, masks)
    assert select_things(photos, 1) == [1]


def test_all_users_and_systems_are_measured_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hint_measure, "NUMBERS", (0, 2))
    result = Hinted()
    scene = Scene(patchwork())

    class Pale:
        """Sees no color, whatever it is told."""

        def predict(self, sketch: Sketch) -> torch.Tensor:
            return torch.zeros(2, 8, 8)

    hint_measure.measure_scene(Pale(), scene, 0, result)  # type: ignore[arg-type]
    for systems in result.figures.values():
        assert systems[SOLVE][2][0].psnr > systems[NETWORK][2][0].psnr
        assert systems[BOTH][2] == systems[SOLVE][2]
        assert systems[NETWORK][2] == systems[NETWORK][0]
    table = told(result)
    assert table.count("| 2 |") == 3
    assert "(+0.00)" in table
    monkeypatch.setattr(hints, "NUMBERS", (0, 2))
    assert draw_gains(result, tmp_path / "gains.png").stat().st_size > 10_000
