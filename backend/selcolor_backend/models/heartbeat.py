"""Lets whoever waits for a network hear how far it is, and leave it between two layers.

A large network computes for a minute where a small one takes a blink; nobody waits that long for a
job to be cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from torch import nn

Listener = Callable[[float], None]
"""Told the share of a network that is computed; it may raise, which ends the prediction."""

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Tell `listener` of every layer of every prediction in here; never of less than before."""
    furthest = 0.0

    def tell(share: float) -> None:
        nonlocal furthest
        furthest = max(furthest, share)
        listener(furthest)

    token = _listener.set(tell)
    try:
        yield
    finally:
        _listener.reset(token)


def beat() -> None:
    """Tell whoever listens that a step begins which is no layer of a network, but takes as long."""
    if listener := _listener.get():
        listener(0.0)


class Heartbeat:
    """Counts the layers of a network as they begin."""

    def __init__(self, network: nn.Module) -> None:
        modules = list(network.modules())
        self._layers = len(modules)
        self._begun = 0
        for module in modules:
            module.register_forward_pre_hook(self._beat)

    @contextmanager
    def of_a_prediction(self) -> Iterator[None]:
        """Count anew; what was counted is the whole of the next prediction."""
        self._begun = 0
        yield
        self._layers = self._begun

    def _beat(self, _module: nn.Module, _inputs: object) -> None:
        self._begun += 1
        if listener := _listener.get():
            listener(min(1.0, self._begun / self._layers))
