"""A fetched network goes through the whole product, as those do that come with the program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from daemon_home import DaemonHome, drawn_photo
from formula import formula_weights
from PIL import Image
from safetensors.torch import save_file

from selcolor_backend.folders import MODELS_DIR_VARIABLE
from selcolor_backend.models.digest import fingerprint_of, write_record
from selcolor_backend.models.registry import find_model
from selcolor_protocol.messages import Cancelled, Colorize, JobState, Progress
from selcolor_protocol.options import ColorizeOptions, Subject

pytestmark = pytest.mark.slow

NAME = "siggraph17"


@pytest.fixture(scope="module")
def fetched(
    shared_home: DaemonHome, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DaemonHome]:
    """A home in which siggraph17 lies as a conversion leaves it, with weights of a formula."""
    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MODELS_DIR_VARIABLE, str(folder))
        shared_home.environment[MODELS_DIR_VARIABLE] = str(folder)
        model = find_model(NAME)
        weights = formula_weights(NAME)
        kept = {name: each for name, each in weights.items() if "model_class" not in name}
        save_file(kept, model.path)
        write_record(model.path, fingerprint_of(model.path), model.sha256)
        shared_home.start()
        shared_home.client().close()
        yield shared_home


def test_a_photo_is_colored_with_hints_by_a_fetched_network(
    fetched: DaemonHome, tmp_path: Path
) -> None:
    photo, hints = tmp_path / "photo.png", np.zeros((120, 160, 4), np.uint8)
    rows = np.linspace(40, 220, 120, dtype=np.uint8)
    Image.fromarray(np.tile(rows[:, None], (1, 160))).save(photo)
    hints[50:70, 60:100] = (200, 40, 40, 255)
    Image.fromarray(hints).save(tmp_path / "hints.png")
    command = ("colorize", str(photo), "--colorizer", NAME, "--color", "everything", "--json")

    done = fetched.run(*command, "-o", str(tmp_path), "--hints", str(tmp_path / "hints.png"))

    assert done.returncode == 0, done.stderr
    assert NAME in done.stdout
    with Image.open(tmp_path / "photo-colorized.png") as colorized:
        red, green, _ = np.asarray(colorized.convert("RGB"), int)[55:65, 70:90].mean(axis=(0, 1))
        assert f"{NAME} sha256:{find_model(NAME).sha256}" in str(colorized.info)
    assert red > green + 40


def test_a_job_is_cancelled_in_the_middle_of_a_fetched_network(fetched: DaemonHome) -> None:
    options = ColorizeOptions(subject=Subject.named("everything"), colorizer=NAME)
    ends: list[object] = []
    with fetched.client() as client:
        # A panorama is shown to the network in twelve parts: there is time.
        job = client.colorize(Colorize("", 0, options, drawn_photo(3200, 160)))
        cancelled_at = 1.0
        while not ends:
            for reply in client.poll(0.05):
                if isinstance(reply, Progress) and reply.stage == "colorize":
                    assert reply.state is JobState.RUNNING
                    cancelled_at = min(cancelled_at, reply.fraction)
                    client.cancel(job)
                if getattr(reply, "job", None) == job and not isinstance(reply, Progress):
                    ends.append(reply)

    assert isinstance(ends[0], Cancelled)
    assert cancelled_at < 0.6, "while the network computed"
