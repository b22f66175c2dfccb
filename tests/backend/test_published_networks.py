"""The networks that others published: their layouts, and numbers that a later change would move.

Whether they are their authors' networks is shown by `make parity`, which needs the authors' code.
"""

from __future__ import annotations

import pytest
import torch
from formula import formula_weights, layout_of
from torch import Tensor, nn

from selcolor_backend.models.registry import all_models, find_model
from selcolor_backend.networks.architecture import find_architecture
from selcolor_backend.networks.color_queries import sine_positions
from selcolor_backend.networks.ddcolor import gray_of_luminance, without_spectral_norm
from selcolor_backend.networks.deformable import DeformedPart, by_rows, by_taps
from selcolor_backend.networks.siggraph17 import hint_pixels
from selcolor_backend.networks.swin import apart, cut_windows, join_windows
from selcolor_backend.pixels.color import srgb_to_lab
from selcolor_backend.sketch import Sketch

LAYOUTS = ("siggraph17", "ddcolor-tiny", "ddcolor-large", "birefnet-lite")

TRAINING_ONLY = {
    "siggraph17": ("model_class.",),
    "ddcolor-tiny": ("encoder.arch.norm.",),
    "ddcolor-large": ("encoder.arch.norm.",),
    "birefnet-lite": ("decoder.conv_ms_spvn_", "decoder.gdt_convs_pred_"),
}


def converted(name: str, published: dict[str, Tensor]) -> dict[str, Tensor]:
    return find_architecture(find_model(name).architecture).convert(published)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_published_file_holds_all_tensors_of_the_network_in_their_shapes(name: str) -> None:
    published = {key: torch.empty(shape, device="meta") for key, shape in layout_of(name).items()}
    model = find_model(name)
    with torch.device("meta"):
        network = find_architecture(model.architecture).build(model.classes)

    found = {key: tuple(tensor.shape) for key, tensor in converted(name, published).items()}

    needed = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    assert {key: found.pop(key) for key in needed} == needed
    assert all(key.startswith(TRAINING_ONLY[name]) for key in found)


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_size_of_the_published_file_is_that_of_its_tensors(name: str) -> None:
    weights = sum(torch.Size(shape).numel() for shape in layout_of(name).values())
    assert find_model(name).bytes == pytest.approx(4 * weights, rel=2e-3)


def test_models_of_one_architecture_have_one_layout() -> None:
    by_architecture = {find_model(name).architecture for name in LAYOUTS}
    fetched = {
        model.architecture.replace("_2K", "") for model in all_models().values() if model.download
    }
    assert fetched == by_architecture


def seen_by(name: str) -> tuple[Tensor, ...]:
    """A small input that was made by a formula as well."""
    rows, columns = torch.arange(64.0)[:, None], torch.arange(96.0)
    waves = (rows * 0.21).sin() * (columns * 0.13 + rows * 0.05).cos()
    if name == "siggraph17":
        hints = torch.zeros(1, 3, 64, 96)
        hints[..., 20:24, 40:44] = torch.tensor([0.5, -0.3, 1.0]).view(3, 1, 1)
        return waves[None, None] / 2, hints
    return (torch.stack([waves, waves.flip(0), waves.flip(1)])[None] / 2 + 0.5,)


# Mean, deviation, and the values of three places of the first plane: of the authors' own code.
NUMBERS = {
    "siggraph17": (-0.115613, 0.264679, 0.174484, 0.153871, 0.157218),
    "ddcolor-tiny": (0.080297, 0.069975, 0.126208, 0.144976, 0.129148),
    "birefnet-lite": (-0.078514, 0.07594, 0.133466, -0.152029, 0.110568),
}


def loaded(name: str) -> nn.Module:
    model = find_model(name)
    with torch.device("meta"):
        network = find_architecture(model.architecture).build(model.classes)
    weights = converted(name, formula_weights(name))
    network.load_state_dict({key: weights[key] for key in network.state_dict()}, assign=True)
    return network.eval()


@pytest.mark.parametrize("name", NUMBERS)
@torch.no_grad()
def test_outputs_for_weights_of_a_formula_are_those_of_before(name: str) -> None:
    output = loaded(name)(*seen_by(name))[0]

    assert output.shape[1:] == (64, 96)
    places = (output[0, 0, 0], output[0, 31, 17], output[0, 63, 95])
    found = [float(number) for number in (output.mean(), output.std(), *places)]
    assert found == pytest.approx(NUMBERS[name], abs=1e-3 * float(output.std()))


@pytest.mark.parametrize("precision", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("name", NUMBERS)
@torch.no_grad()
def test_half_precision_gives_nearly_the_same(name: str, precision: torch.dtype) -> None:
    """As graphics cards compute; here by the processor, for want of one."""
    network, seen = loaded(name), seen_by(name)
    expected = network(*seen)

    with torch.autocast("cpu", dtype=precision):
        found = network(*seen).float()

    assert (found - expected).abs().max() < 0.05 * (expected.max() - expected.min())


def test_spectral_normalization_is_divided_out() -> None:
    network = nn.Sequential(nn.utils.spectral_norm(nn.Conv2d(3, 4, 1)))
    picture = torch.rand(1, 3, 5, 5)
    network.train()(picture)
    expected = network.eval()(picture)

    tensors = without_spectral_norm(network.state_dict())

    assert set(tensors) == {"0.weight", "0.bias"}
    found = nn.functional.conv2d(picture, tensors["0.weight"], tensors["0.bias"])
    assert torch.allclose(found, expected, atol=1e-6)


def test_ddcolor_sees_a_gray_of_the_sketch_s_luminance() -> None:
    luminance = torch.linspace(0, 100, 12).view(3, 4)
    gray = gray_of_luminance(Sketch(torch.rand(3, 3, 4), luminance))

    lab = srgb_to_lab(gray)[0]
    assert torch.allclose(lab[0], luminance, atol=1e-2)
    assert lab[1:].abs().max() < 0.02


def test_queries_know_where_each_token_is() -> None:
    positions = sine_positions(torch.zeros(1, 8, 3, 5))

    assert positions.shape == (15, 256)
    rows, columns = positions.view(3, 5, 256).split(128, dim=2)
    assert torch.equal(rows[:, 0], rows[:, 4])
    assert torch.equal(columns[0], columns[2])
    assert not torch.equal(rows[0], rows[1])


def test_siggraph17_gets_hints_as_its_released_weights_want_them() -> None:
    planes = torch.zeros(3, 4, 4)
    planes[:, 0, 0] = torch.tensor([55.0, -22.0, 1.0])
    planes[:, 0, 1] = 0.5 * torch.tensor([55.0, -22.0, 1.0])
    planes[:, 3, 3] = 0.1 * torch.tensor([55.0, -22.0, 1.0])

    hints = hint_pixels(Sketch(torch.zeros(3, 4, 4), torch.zeros(4, 4), planes))[0]

    assert torch.allclose(hints[:, 0, 0], torch.tensor([0.5, -0.2, 1.0]))
    assert torch.allclose(hints[:, 0, 1], hints[:, 0, 0]), "a color does not fade at an edge"
    assert not hints[:, 3, 3].any(), "a tenth of a pixel is no stroke"
    assert not hints[:, 1:3].any(), "the mask is 0, not −½, where nothing was painted"


@torch.no_grad()
def test_siggraph17_without_hints_is_siggraph17_with_an_empty_mask() -> None:
    network = find_architecture("siggraph17").build(()).eval()
    luminance = torch.rand(1, 1, 32, 40) - 0.5

    assert torch.equal(network(luminance), network(luminance, torch.zeros(1, 3, 32, 40)))


def test_windows_are_cut_and_joined() -> None:
    grid = torch.rand(2, 14, 21, 3)
    windows = cut_windows(grid, 7)

    assert windows.shape == (2 * 2 * 3, 49, 3)
    assert torch.equal(windows[1], grid[0, :7, 7:14].flatten(0, 1))
    assert torch.equal(join_windows(windows, 14, 21, 7), grid)


def test_tokens_that_a_shift_brought_together_are_kept_apart() -> None:
    mask = apart(14, 14, 7, torch.device("cpu"))

    assert mask.shape == (4, 1, 49, 49)
    assert not mask[0].any(), "the first window is whole"
    last = mask[3, 0].isinf()
    assert last[0, 48], "its opposite corners come from opposite corners of the picture"
    assert not last.diagonal().any()


@pytest.mark.parametrize("side", [1, 3, 7])
@torch.no_grad()
def test_deformable_convolution_is_the_same_in_rows_and_in_taps(side: int) -> None:
    torch.manual_seed(0)
    features = torch.randn(2, 20, 12, 9)
    offsets = 4 * torch.randn(2, 2 * side**2, 12, 9)
    weights, kernel = torch.rand(2, side**2, 12, 9), torch.randn(6, 20, side, side)

    rows = by_rows(features, offsets, weights, kernel, DeformedPart())
    taps = by_taps(features, offsets, weights, kernel)

    assert torch.allclose(rows, taps, atol=1e-4)


@torch.no_grad()
def test_deformable_convolution_without_moves_is_a_convolution() -> None:
    features, kernel = torch.randn(1, 5, 12, 9), torch.randn(6, 5, 3, 3)

    found = by_rows(
        features, torch.zeros(1, 18, 12, 9), torch.ones(1, 9, 12, 9), kernel, DeformedPart()
    )

    expected = nn.functional.conv2d(features, kernel, padding=1)
    assert torch.allclose(found, expected, atol=1e-5)


def test_a_segmenter_of_one_class_knows_background_and_object() -> None:
    model = find_model("birefnet-lite")
    finish = find_architecture(model.architecture).finish

    probabilities = finish(torch.tensor([[[0.0, 50.0, -50.0]]]))

    assert model.classes == ("background", "object")
    assert torch.allclose(probabilities[:, 0], torch.tensor([[0.5, 0.0, 1.0], [0.5, 1.0, 0.0]]))
