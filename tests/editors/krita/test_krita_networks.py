"""Every published network in a real Krita, on random weights; by hand (`make test-networks`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from driven import end_daemon, environment
from krita_process import Krita, install_plugins
from random_weights import PUBLISHED, remove, write_random

from selcolor_backend.folders import MODELS_DIR_VARIABLE
from selcolor_backend.models.registry import find_model

pytestmark = [pytest.mark.networks, pytest.mark.timeout(7200)]

PATIENCE = 3600.0


@pytest.fixture(scope="module")
def user(place: Path) -> Iterator[Krita]:
    """A Krita whose daemon has the networks that a test writes."""
    home, runtime = place / "home-networks", place / "run-networks"
    install_plugins(home)
    own = {MODELS_DIR_VARIABLE: str(place / "models"), "SELCOLOR_DRIVER_PATIENCE": str(PATIENCE)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MODELS_DIR_VARIABLE, own[MODELS_DIR_VARIABLE])
        try:
            with Krita(environment(home, runtime) | own, place / "driver-networks") as krita:
                yield krita
        finally:
            end_daemon(runtime)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_photo_is_colored_by_a_published_network(
    user: Krita, place: Path, photo: Path, name: str
) -> None:
    model = find_model(name)
    write_random(model)
    settings = user.home / ".config/selective-colorize/settings.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(json.dumps({model.kind.value: name}))
    try:
        facts = user.run("networks.colorize_with_settings", seconds=PATIENCE, photo=str(photo))
    finally:
        remove(model)
        end_daemon(place / "run-networks")  # it would keep them all in memory

    assert f"{name} sha256:{model.sha256}" in facts["record"]
    assert facts["layers"] == ["Colorized", "Blended", "Color Hints"]
