"""Every published network in a real GIMP, on random weights; by hand (`make test-networks`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from driven import end_daemon, environment
from gimp_process import Gimp, install_plugin
from random_weights import PUBLISHED, remove, write_random

from selcolor_backend.folders import MODELS_DIR_VARIABLE
from selcolor_backend.models.registry import find_model

pytestmark = [pytest.mark.networks, pytest.mark.timeout(7200)]

PATIENCE = 3600.0


@pytest.fixture(scope="module")
def user(place: Path) -> Iterator[Gimp]:
    """A GIMP whose daemon has the networks that a test writes."""
    home, runtime = place / "home-networks", place / "run-networks"
    install_plugin(home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MODELS_DIR_VARIABLE, str(place / "models"))
        variables = environment(home, runtime) | {MODELS_DIR_VARIABLE: str(place / "models")}
        try:
            with Gimp(variables, place / "driver-networks") as gimp:
                yield gimp
        finally:
            end_daemon(runtime)


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_photo_is_colored_by_a_published_network(
    user: Gimp, place: Path, photo: Path, name: str
) -> None:
    model = find_model(name)
    write_random(model)
    chosen = {model.kind.value: name}
    try:
        facts = user.run("networks.colorize", seconds=PATIENCE, photo=str(photo), **chosen)
    finally:
        remove(model)
        end_daemon(place / "run-networks")  # it would keep them all in memory

    assert facts["status"] == "success", facts
    assert f"{name} sha256:{model.sha256}" in facts["record"]
    assert sorted(facts["layers"]) == ["Blended", "Color Hints", "Colorized"]
