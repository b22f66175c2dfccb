"""Published files become ours once: fetched by digest, never run, and vouched for."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from weight_server import Server

from selcolor_backend import folders
from selcolor_backend.cli.main import main as selcolor
from selcolor_backend.models import registry, store
from selcolor_backend.models.digest import fingerprint_of, read_record, record_path
from selcolor_backend.models.download import part_path
from selcolor_backend.models.loading import open_model
from selcolor_backend.models.registry import Kind, Model, ModelState, find_model
from selcolor_backend.networks.architecture import Architecture, scaled_luminance
from selcolor_backend.networks.sizes import exactly
from selcolor_backend.sketch import Sketch
from selcolor_protocol.errors import CorruptWeights, DownloadFailed

NAME = "tiny"
TENSORS = {
    "module.weight": torch.rand(2, 1, 1, 1),
    "module.bias": torch.rand(2),
    "head.weight": torch.rand(500, 500),  # served its training only
}
HALF = 500_000

TINY = Architecture(
    build=lambda _classes: nn.Conv2d(1, 2, 1),
    native_size=exactly(8),
    prepare=scaled_luminance,
    finish=torch.clone,
    convert=lambda published: {name.removeprefix("module."): published[name] for name in published},
)


@pytest.fixture
def published_file(tmp_path: Path) -> Path:
    """What the authors of a tiny network published."""
    path = tmp_path / "published.pth"
    torch.save(TENSORS, path)
    return path


@pytest.fixture
def published(
    published_file: Path,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Server:
    """A server that has the file, and a registry that knows its digest and architecture."""
    networks = ModuleType("selcolor_backend.networks.tiny")
    networks.RECORD = TINY  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, networks.__name__, networks)
    monkeypatch.setenv(folders.MODELS_DIR_VARIABLE, str(tmp_path / "models"))
    server.body = published_file.read_bytes()
    vouch_for(published_file, server, monkeypatch)
    return server


def vouch_for(file: Path, source: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a file the published one."""
    measured = fingerprint_of(file)
    model = Model(
        name=NAME,
        kind=Kind.COLORIZER,
        architecture="tiny.RECORD",
        file="tiny.safetensors",
        embedded=False,
        bytes=measured.bytes,
        sha256=measured.sha256,
        license="MIT",
        training_data="",
        native_size="",
        description="",
        url=source.url,
        download="tiny-published.pth",
    )
    monkeypatch.setattr(registry, "all_models", lambda: {NAME: model})


def predict() -> Tensor:
    sketch = Sketch(torch.rand(3, 16, 16), torch.rand(16, 16) * 100)
    return open_model(NAME, Kind.COLORIZER, "cpu").predict(sketch)


def test_a_model_is_fetched_converted_and_ready(published: Server) -> None:
    model = find_model(NAME)
    assert model.state is ModelState.AVAILABLE

    assert store.get_model(NAME).path == model.path

    assert predict().shape == (2, 8, 8)
    assert store.verify_models([NAME])[0].sound
    assert sorted(path.name for path in model.path.parent.iterdir()) == [
        "tiny.safetensors",
        "tiny.safetensors.json",
    ], "the pickle is gone"


def test_tensors_of_the_training_are_left_out(published: Server) -> None:
    store.get_model(NAME)

    tensors = load_file(find_model(NAME).path)
    assert set(tensors) == {"weight", "bias"}
    assert torch.equal(tensors["bias"], TENSORS["module.bias"])


def test_a_model_that_is_here_is_not_fetched_again(published: Server) -> None:
    store.get_model(NAME)
    store.get_model(NAME)

    assert len(published.asked) == 1


def test_an_interrupted_download_goes_on(published: Server) -> None:
    published.break_after = HALF
    with pytest.raises(DownloadFailed):
        store.get_model(NAME)
    assert find_model(NAME).state is ModelState.AVAILABLE

    published.break_after = None
    store.get_model(NAME)

    assert published.asked == [None, f"bytes={HALF}-"]
    assert predict().isfinite().all()


def test_a_kill_while_converting_costs_no_second_download(
    published: Server, published_file: Path
) -> None:
    fetched = find_model(NAME).download_path
    fetched.parent.mkdir()
    fetched.write_bytes(published_file.read_bytes())

    store.get_model(NAME)

    assert not published.asked
    assert not fetched.exists()


def damaged(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def swapped(path: Path) -> None:
    tensors = load_file(path)
    tensors["weight"] += 1
    save_file(tensors, path)


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


@pytest.mark.parametrize("harm", [damaged, swapped, truncated])
def test_a_converted_file_that_was_changed_is_refused_and_mended(
    published: Server, harm: Callable[[Path], None]
) -> None:
    store.get_model(NAME)
    harm(find_model(NAME).path)

    with pytest.raises(CorruptWeights, match=r"damaged.*selcolor models get tiny"):
        predict()

    store.get_model(NAME)
    assert predict().isfinite().all()


def test_a_converted_file_without_its_record_is_refused(published: Server) -> None:
    store.get_model(NAME)
    record_path(find_model(NAME).path).unlink()

    with pytest.raises(CorruptWeights, match="Nothing vouches"):
        predict()


def test_a_file_that_was_converted_from_another_published_one_is_refused(
    published: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.get_model(NAME)
    newer = dataclasses.replace(find_model(NAME), sha256="ab" * 32)
    monkeypatch.setattr(registry, "all_models", lambda: {NAME: newer})

    with pytest.raises(CorruptWeights, match="Nothing vouches"):
        predict()


class Trap:
    """Unpickling it makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_code_in_a_published_file_is_refused_and_not_executed(
    published: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trap = tmp_path / "trap.pth"
    torch.save(TENSORS | {"module.weight": Trap(tmp_path / "sprung")}, trap)
    published.body = trap.read_bytes()
    vouch_for(trap, published, monkeypatch)

    with pytest.raises(CorruptWeights):
        store.get_model(NAME)

    assert not (tmp_path / "sprung").exists()
    assert find_model(NAME).state is ModelState.AVAILABLE


def test_a_published_file_that_lacks_a_tensor_is_refused(
    published: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = tmp_path / "short.pth"
    torch.save({"module.weight": TENSORS["module.weight"]}, short)
    published.body = short.read_bytes()
    vouch_for(short, published, monkeypatch)

    with pytest.raises(CorruptWeights, match="does not fit the architecture"):
        store.get_model(NAME)


def test_a_file_at_hand_is_imported_if_it_is_the_published_one(
    published: Server, published_file: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.pth"
    torch.save({"weight": torch.zeros(1)}, other)
    with pytest.raises(CorruptWeights, match="nothing was changed"):
        store.import_model(NAME, other)

    store.import_model(NAME, published_file)

    assert predict().isfinite().all()
    assert published_file.exists()
    assert not published.asked


def test_a_bundle_takes_a_converted_model_to_a_machine_without_network(
    published: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle"
    copies = [path for _, path in store.bundle_models(bundle, [NAME])]
    monkeypatch.setenv(folders.MODELS_DIR_VARIABLE, str(tmp_path / "elsewhere"))

    store.import_model(NAME, copies[0])

    assert predict().isfinite().all()
    record = read_record(find_model(NAME).path)
    assert record is not None
    assert record.published == find_model(NAME).sha256


def test_a_bundled_file_that_was_changed_on_its_way_is_refused(
    published: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "bundle"
    copies = [path for _, path in store.bundle_models(bundle, [NAME])]
    swapped(copies[0])
    monkeypatch.setenv(folders.MODELS_DIR_VARIABLE, str(tmp_path / "elsewhere"))

    with pytest.raises(CorruptWeights, match="nothing was changed"):
        store.import_model(NAME, copies[0])

    assert find_model(NAME).state is ModelState.AVAILABLE


def test_removing_takes_the_download_of_a_broken_off_fetch_too(published: Server) -> None:
    published.break_after = HALF
    with pytest.raises(DownloadFailed):
        store.get_model(NAME)
    part = part_path(find_model(NAME).download_path)
    assert part.exists()

    store.remove_model(NAME)

    assert not part.exists()


def test_every_download_has_a_name_of_its_own_that_begins_with_its_digest() -> None:
    fetched = [model for model in registry.all_models().values() if model.download]
    assert len({model.download for model in fetched}) == len(fetched) >= 5
    for model in fetched:
        assert model.url is not None
        assert model.download.startswith(f"{model.name}-{model.sha256[:8]}.")
        assert model.file == f"{model.name}.safetensors"
        assert model.url.startswith("https://")


def test_a_program_that_shows_progress_gets_a_line_at_a_time(
    published: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert selcolor(["models", "get", NAME, "--json"]) == 0

    *progress, last = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    size = find_model(NAME).bytes
    assert progress[-1] == {"bytes": size, "of": size}
    assert [line["bytes"] for line in progress] == sorted(line["bytes"] for line in progress)
    assert last == {"name": NAME, "path": str(find_model(NAME).path)}


def test_a_download_that_is_cancelled_keeps_what_has_come(published: Server) -> None:
    def cancel(have: int, _size: int) -> None:
        if have >= HALF:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.get_model(NAME, cancel)

    assert part_path(find_model(NAME).download_path).stat().st_size >= HALF
    store.get_model(NAME)
    assert published.asked[1] is not None
    assert predict().isfinite().all()
