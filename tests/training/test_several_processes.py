"""Several processes train as one would."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from drawn_data import draw_data
from safetensors.torch import load_file
from several import make_in_double, train
from small_recipes import small_color_recipe
from torch import nn

from selcolor_training import trainer as trainers
from selcolor_training import training
from selcolor_training.checks import check_recipe
from selcolor_training.errors import RecipeError
from selcolor_training.journal import read_history
from selcolor_training.processes import SharedBatchNorm

HERE = Path(__file__).parent
LAUNCH = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_processes_have_the_losses_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, one, two = (tmp_path / name for name in ("data", "one", "two"))
    data.mkdir()
    draw_data(data)
    monkeypatch.setattr(trainers, "NOTE_STEPS", 1)
    monkeypatch.setattr(training, "make_network", make_in_double)

    train(data, one)
    words = (sys.executable, *LAUNCH, str(HERE / "several.py"), str(data), str(two))
    subprocess.run(words, env={**os.environ, "OMP_NUM_THREADS": "1"}, check=True)

    for name in ("colors", "masks"):
        expected = read_history(one / name / "history.csv")
        got = read_history(two / name / "history.csv")
        assert [(each.step, each.name) for each in got] == [
            (each.step, each.name) for each in expected
        ]
        assert [each.value for each in got] == pytest.approx(
            [each.value for each in expected], rel=1e-4, abs=2e-6
        )
        for key, weight in load_file(one / name / f"{name}.safetensors").items():
            found = load_file(two / name / f"{name}.safetensors")[key]
            assert torch.allclose(found.float(), weight.float(), atol=1e-3), key


def test_shared_normalization_is_torchs_own_where_there_is_one_process() -> None:
    torch.manual_seed(0)
    own, torchs = SharedBatchNorm(5), nn.BatchNorm2d(5)
    inputs = [torch.randn(4, 5, 6, 7, requires_grad=True) for _ in range(2)]
    inputs[1].data.copy_(inputs[0])
    weights = torch.randn(4, 5, 6, 7)

    for norm, values in zip((own, torchs), inputs, strict=True):
        (norm(values) * weights).sum().backward()

    assert torch.allclose(*(values.grad for values in inputs), atol=1e-5)
    for name, statistic in torchs.named_buffers():
        assert torch.allclose(own.get_buffer(name), statistic), name


def test_a_batch_that_cannot_be_shared_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("selcolor_training.checks.count", lambda: 3)
    with pytest.raises(RecipeError, match="multiple of the 3 processes"):
        check_recipe("small", small_color_recipe(), started=False)
