import dataclasses
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from standins import drawn_sketch
from torch import nn

from selcolor_backend import folders
from selcolor_backend.models import registry, store
from selcolor_backend.models.devices import PlacedNetwork, best_device, check_device
from selcolor_backend.models.digest import fingerprint_of, record_path
from selcolor_backend.models.loading import load_network, open_model
from selcolor_backend.models.predictor import Predictor
from selcolor_backend.models.registry import Kind, Model, find_model
from selcolor_backend.networks.architecture import Architecture, find_architecture
from selcolor_protocol.errors import (
    CorruptWeights,
    InvalidOptions,
    ModelNotInstalled,
    UnknownModel,
)

COLORIZER = "vit-lsgan-lite"


def write_random_weights(name: str, path: Path) -> None:
    """Half-precision weights, as `selcolor_training.export` writes them."""
    torch.manual_seed(0)
    state = untrained(name).state_dict()
    halved = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in state.items()
    }
    save_file(halved, path, {"recipe": "{}"})


def write_zero_weights(name: str, path: Path) -> None:
    """Fitting weights of a large model, written without the time that random ones take."""
    with torch.device("meta"):
        state = untrained(name).state_dict()
    save_file({key: torch.zeros(t.shape, dtype=torch.float16) for key, t in state.items()}, path)


@pytest.fixture(scope="module")
def random_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with weights of both embedded models, made once."""
    folder = tmp_path_factory.mktemp("weights")
    for name in (COLORIZER, "foreground-lite"):
        write_random_weights(name, folder / find_model(name).file)
    return folder


@pytest.fixture
def weights(random_weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Embedded weights that a test may damage; the registry knows their sound digests."""
    models: dict[str, Model] = {}
    for name, model in registry.all_models().items():
        models[name] = model
        if model.embedded:
            source = random_weights / model.file
            (tmp_path / model.file).write_bytes(source.read_bytes())
            measured = fingerprint_of(source)
            models[name] = dataclasses.replace(model, bytes=measured.bytes, sha256=measured.sha256)
    monkeypatch.setattr(registry, "all_models", lambda: models)
    monkeypatch.setattr(folders, "embedded_weights_folder", lambda: tmp_path)
    monkeypatch.setenv(folders.MODELS_DIR_VARIABLE, str(tmp_path / "installed"))
    return tmp_path


def vouch_for(name: str) -> None:
    """Write the digest of the file as it is now into the registry, so that parsing is reached."""
    measured = fingerprint_of(find_model(name).path)
    models = registry.all_models()
    models[name] = dataclasses.replace(models[name], bytes=measured.bytes, sha256=measured.sha256)


def flip_a_byte(data: bytes) -> bytes:
    return data[:-100] + bytes([data[-100] ^ 1]) + data[-99:]


def untrained(name: str) -> nn.Module:
    model = find_model(name)
    return find_architecture(model.architecture).build(model.classes)


def open_colorizer(name: str, device: str | None = None) -> Predictor:
    return open_model(name, Kind.COLORIZER, device)


def open_segmenter(name: str, device: str | None = None) -> Predictor:
    return open_model(name, Kind.SEGMENTER, device)


class Trap:
    """Unpickling it makes a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_a_colorizer_predicts_ab_at_its_own_size(weights: Path) -> None:
    colorizer = open_colorizer(COLORIZER, "cpu")
    chroma = colorizer.predict(drawn_sketch(300, 400))
    assert (colorizer.name, colorizer.device) == (COLORIZER, "cpu")
    assert chroma.shape == (2, 56, 72)
    assert chroma.dtype == torch.float32
    assert not chroma.requires_grad


def test_a_segmenter_gives_a_probability_for_each_of_its_classes(weights: Path) -> None:
    segmenter = open_segmenter("foreground-lite", "cpu")
    scores = segmenter.predict(drawn_sketch(240, 320))
    assert segmenter.classes[:3] == ("background", "person", "cat")
    assert segmenter.classes[-1] == "object"
    assert scores.shape == (len(segmenter.classes), 192, 256)
    assert scores.min() >= 0
    assert scores.max() <= 1


def test_what_a_segmenter_is_unsure_of_counts_as_its_last_class() -> None:
    planes = torch.tensor([0.1, 0.2, 0.3, 0.4]).view(4, 1, 1)
    network = PlacedNetwork(nn.Identity(), "cpu", "four")
    architecture = Architecture(
        build=lambda _classes: nn.Identity(),
        native_size=lambda _height, _width: (1, 1),
        prepare=lambda _sketch: planes[None],
        finish=torch.clone,
    )

    predictor = Predictor(network, architecture, ("background", "dog", "cow", "object"), ("cow",))
    found = predictor.predict(drawn_sketch(16, 16))

    assert predictor.classes == ("background", "dog", "object")
    assert found.flatten().tolist() == pytest.approx([0.1, 0.2, 0.7])


def test_color_and_gray_give_the_same_segmentation(weights: Path) -> None:
    segmenter = open_segmenter("foreground-lite", "cpu")
    color = drawn_sketch(64, 96)
    gray = (color.rgb * torch.tensor([0.299, 0.587, 0.114]).view(3, 1, 1)).sum(0)
    assert torch.allclose(
        segmenter.predict(color),
        segmenter.predict(dataclasses.replace(color, rgb=gray.expand(3, -1, -1))),
        atol=1e-4,
    )


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (120, 30)])
def test_extreme_shapes_are_predicted(weights: Path, shape: tuple[int, int]) -> None:
    for model in (open_colorizer(COLORIZER, "cpu"), open_segmenter("foreground-lite", "cpu")):
        assert model.predict(drawn_sketch(*shape)).isfinite().all()


def test_weights_are_widened_to_single_precision(weights: Path) -> None:
    model = find_model(COLORIZER)
    stored = load_file(weights / model.file)
    loaded = load_network(model).state_dict()
    assert {tensor.dtype for tensor in loaded.values()} == {torch.float32, torch.int64}
    assert all(torch.equal(loaded[name], stored[name].to(loaded[name].dtype)) for name in stored)


@pytest.mark.parametrize(
    "damage",
    [flip_a_byte, lambda data: data[: len(data) // 2], lambda data: data + b"\0", lambda _: b""],
)
def test_a_damaged_file_is_refused_with_a_next_step(
    weights: Path, damage: Callable[[bytes], bytes]
) -> None:
    path = find_model(COLORIZER).path
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(CorruptWeights) as caught:
        open_colorizer(COLORIZER)
    assert path.name in caught.value.sentence
    assert caught.value.hint


def test_a_missing_file_is_not_installed(weights: Path) -> None:
    find_model(COLORIZER).path.unlink()
    with pytest.raises(ModelNotInstalled):
        open_colorizer(COLORIZER)


def test_an_unknown_model_is_refused(weights: Path) -> None:
    with pytest.raises(UnknownModel):
        open_colorizer("foreground-lite")


def test_a_pickle_in_disguise_is_refused_before_it_is_parsed(weights: Path) -> None:
    path = find_model(COLORIZER).path
    path.write_bytes(pickle.dumps(Trap(weights / "sprung")))
    with pytest.raises(CorruptWeights):
        open_colorizer(COLORIZER)
    assert not (weights / "sprung").exists()


def test_a_pickle_that_the_registry_vouches_for_is_refused_and_not_executed(weights: Path) -> None:
    find_model(COLORIZER).path.write_bytes(pickle.dumps(Trap(weights / "sprung")))
    vouch_for(COLORIZER)
    with pytest.raises(CorruptWeights):
        open_colorizer(COLORIZER)
    assert not (weights / "sprung").exists()


def test_code_in_a_torch_archive_is_refused_and_not_executed(weights: Path) -> None:
    path = find_model("deeplabv3-resnet101").path
    path.parent.mkdir()
    torch.save({"weight": Trap(weights / "sprung")}, path)
    vouch_for("deeplabv3-resnet101")
    with pytest.raises(CorruptWeights):
        open_segmenter("deeplabv3-resnet101")
    assert not (weights / "sprung").exists()


def test_weights_of_another_architecture_are_refused(weights: Path) -> None:
    find_model(COLORIZER).path.write_bytes(find_model("foreground-lite").path.read_bytes())
    vouch_for(COLORIZER)
    with pytest.raises(CorruptWeights) as caught:
        open_colorizer(COLORIZER)
    assert "architecture" in caught.value.sentence


def test_an_embedded_file_without_a_digest_is_not_loaded(weights: Path) -> None:
    models = registry.all_models()
    models[COLORIZER] = dataclasses.replace(models[COLORIZER], bytes=0, sha256="")
    with pytest.raises(CorruptWeights) as caught:
        open_colorizer(COLORIZER)
    assert "selcolor_backend.models.seal" in caught.value.hint


def test_verifying_names_the_damaged_file_only(weights: Path) -> None:
    path = find_model("foreground-lite").path
    path.write_bytes(flip_a_byte(path.read_bytes()))
    assert [(check.name, check.sound) for check in store.verify_models()] == [
        (COLORIZER, True),
        ("foreground-lite", False),
    ]


def test_an_imported_model_is_checked_at_every_load(weights: Path, tmp_path: Path) -> None:
    source = tmp_path / "mine.safetensors"
    write_zero_weights("unet-resnet18", source)
    status = store.import_model("unet-resnet18", source)
    assert status.state is registry.ModelState.INSTALLED
    chroma = open_colorizer("unet-resnet18", "cpu").predict(drawn_sketch(40, 40))
    assert chroma.shape == (2, 224, 224)

    path = status.model.path
    path.write_bytes(flip_a_byte(path.read_bytes()))
    with pytest.raises(CorruptWeights) as caught:
        open_colorizer("unet-resnet18", "cpu")
    assert "--file PATH" in caught.value.hint


def test_an_import_that_does_not_fit_changes_nothing(weights: Path) -> None:
    with pytest.raises(CorruptWeights) as caught:
        store.import_model("unet-resnet18", find_model("foreground-lite").path)
    assert "nothing was changed" in caught.value.sentence
    assert list(find_model("unet-resnet18").path.parent.iterdir()) == []


def test_a_file_that_was_copied_by_hand_is_not_loaded(weights: Path) -> None:
    path = find_model("unet-resnet18").path
    path.parent.mkdir()
    path.write_bytes(b"whatever")
    assert not record_path(path).exists()
    with pytest.raises(CorruptWeights) as caught:
        open_colorizer("unet-resnet18")
    assert "import" in caught.value.hint


def test_a_device_that_is_not_here_is_refused() -> None:
    assert check_device(None) == best_device()
    with pytest.raises(InvalidOptions) as caught:
        check_device("abacus")
    assert "cpu" in caught.value.hint
