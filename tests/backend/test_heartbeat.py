"""A network that computes for long is heard between its layers, and can be left there."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from selcolor_backend.models.devices import PlacedNetwork
from selcolor_backend.models.heartbeat import heard_by

LAYERS = 8


def placed() -> PlacedNetwork:
    layers = [nn.Conv2d(1, 1, 3, padding=1) for _ in range(LAYERS)]
    return PlacedNetwork(nn.Sequential(*layers), "cpu", "layered")


def test_who_listens_hears_of_every_layer_how_far_the_network_is() -> None:
    network, heard = placed(), list[float]()

    with heard_by(heard.append):
        network(torch.rand(1, 1, 8, 8))

    assert len(heard) == LAYERS + 1
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_a_second_prediction_does_not_seem_to_begin_anew() -> None:
    network, heard = placed(), list[float]()

    with heard_by(heard.append):
        network(torch.rand(1, 1, 8, 8))
        network(torch.rand(1, 1, 8, 8))

    assert heard == sorted(heard)


def test_a_prediction_is_left_at_the_next_layer() -> None:
    network, heard = placed(), list[float]()

    def leave(share: float) -> None:
        heard.append(share)
        if len(heard) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), heard_by(leave):
        network(torch.rand(1, 1, 8, 8))

    assert len(heard) == 3
    assert network(torch.rand(1, 1, 8, 8)).isfinite().all(), "the next one is whole"


def test_nobody_is_told_who_does_not_listen_any_more() -> None:
    network, heard = placed(), list[float]()
    with heard_by(heard.append):
        pass

    network(torch.rand(1, 1, 8, 8))

    assert not heard
