"""`make parity`: our networks beside their authors' code, on random weights as they are published.

By hand, for it needs the authors' code, which is not ours to keep: docs/decisions/110 says where it
was and how to run this. The largest difference over the range of the authors' output is printed,
and the exit status is 1 where one is above the limit.

    python tests/parity/parity.py NAME FOLDER

NAME: siggraph17, ddcolor-tiny, ddcolor-large, birefnet-lite. FOLDER: the checkout with that code.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import ModuleType

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from selcolor_backend.folders import MODELS_DIR_VARIABLE
from selcolor_backend.models.digest import fingerprint_of
from selcolor_backend.models.loading import convert_published, load_network
from selcolor_backend.models.registry import find_model

LIMIT = 1e-4
"""The largest difference that is allowed, as a share of the range of the authors' output."""

Pair = tuple[tuple[Tensor, ...], tuple[Tensor, ...]]


@dataclass(frozen=True)
class Subject:
    """What is compared.

    Attributes:
        build: makes the authors' network, once their folder can be imported from.
        inputs: theirs and ours for a picture of height and width.
        scale: our output times this is in the authors' units.
        sizes: heights and widths.
    """

    build: Callable[[], nn.Module]
    inputs: Callable[[int, int], Pair]
    scale: float
    sizes: tuple[tuple[int, int], ...]


def siggraph17() -> nn.Module:
    network: nn.Module = import_module("colorizers.siggraph17").siggraph17(pretrained=False)
    return network


def siggraph17_inputs(height: int, width: int) -> Pair:
    luminance = torch.rand(1, 1, height, width) * 100
    painted = (torch.rand(1, 1, height, width) < 0.02).float()
    hints = (torch.rand(1, 2, height, width) * 160 - 80) * painted
    ours = (luminance / 100 - 0.5, torch.cat([hints / 110, painted], dim=1))
    return (luminance, hints, painted), ours


def ddcolor(encoder: str) -> nn.Module:
    sys.modules.setdefault("cv2", ModuleType("cv2"))  # only their files and pictures need it
    network: nn.Module = import_module("ddcolor").DDColor(
        encoder_name=encoder, num_output_channels=2, last_norm="Spectral", num_queries=100
    )
    return network


def picture_inputs(height: int, width: int) -> Pair:
    picture = torch.rand(1, 3, height, width)
    return (picture,), (picture,)


def birefnet() -> nn.Module:
    for name in ("cv2", "kornia", "kornia.filters"):  # read photos, and train
        sys.modules.setdefault(name, ModuleType(name))
    sys.modules["kornia.filters"].laplacian = None  # type: ignore[attr-defined]
    config = import_module("config").Config
    began = config.__init__

    def lite(self: object) -> None:
        began(self)
        self.bb, doubled = "swin_v1_t", [768 * 2, 384 * 2, 192 * 2, 96 * 2]
        self.lateral_channels_in_collection = doubled
        self.cxt = doubled[1:][::-1][-3:]

    config.__init__ = lite
    network: nn.Module = import_module("models.birefnet").BiRefNet(bb_pretrained=False)
    return network


SQUARE_AND_OBLONG = ((256, 256), (256, 384), (128, 64))
SUBJECTS = {
    "siggraph17": Subject(siggraph17, siggraph17_inputs, 110.0, SQUARE_AND_OBLONG),
    "ddcolor-tiny": Subject(lambda: ddcolor("convnext-t"), picture_inputs, 1.0, SQUARE_AND_OBLONG),
    "ddcolor-large": Subject(lambda: ddcolor("convnext-l"), picture_inputs, 1.0, SQUARE_AND_OBLONG),
    "birefnet-lite": Subject(birefnet, picture_inputs, 1.0, ((512, 512), (288, 512), (256, 160))),
}


@torch.no_grad()
def draw(network: nn.Module) -> None:
    """Give each tensor seeded random values under which it matters for the output."""
    torch.manual_seed(0)
    tensors = network.state_dict()
    for name, tensor in tensors.items():
        part = name.rsplit(".", 1)[-1]
        if part == "running_var":
            tensor.uniform_(0.5, 1.5)
        elif part in ("gamma", "relative_position_bias_table"):
            tensor.uniform_(-0.5, 0.5)
        elif part in ("bias", "running_mean", "in_proj_bias"):
            tensor.normal_(0.0, 0.1)
        elif part == "weight" and tensor.ndim == 1:
            tensor.normal_(1.0, 0.1)
        elif "offset_conv" in name or "modulator_conv" in name:
            tensor.normal_(0.0, 0.05)
    for name, tensor in tensors.items():
        if name.endswith("weight_orig"):
            iterate(
                tensor.flatten(1), *(tensors[name.replace("_orig", end)] for end in ["_u", "_v"])
            )


def iterate(weight: Tensor, left: Tensor, right: Tensor) -> None:
    """Make the vectors of spectral normalization those that training would have found."""
    for _ in range(10):
        right.copy_(nn.functional.normalize(weight.T @ left, dim=0))
        left.copy_(nn.functional.normalize(weight @ right, dim=0))


def loaded_as_published(name: str, authors: nn.Module, folder: Path) -> nn.Module:
    """Our network with the authors' weights, which went through a file of the published layout."""
    os.environ[MODELS_DIR_VARIABLE] = str(folder)
    model = find_model(name)
    if model.download.endswith(".safetensors"):
        save_file(authors.state_dict(), model.download_path)
    else:
        torch.save(authors.state_dict(), model.download_path)
    measured = fingerprint_of(model.download_path)
    model = replace(model, bytes=measured.bytes, sha256=measured.sha256)
    convert_published(model, model.download_path)
    return load_network(model).eval()


@torch.no_grad()
def compare(subject: Subject, authors: nn.Module, ours: nn.Module) -> bool:
    """Print the largest difference at each size; true where none is above the limit."""
    good = True
    for height, width in subject.sizes:
        theirs, mine = subject.inputs(height, width)
        expected = authors(*theirs)
        expected = expected[-1] if isinstance(expected, list) else expected
        found = ours(*mine) * subject.scale
        span = float(expected.max() - expected.min())
        difference = float((found - expected).abs().max()) / span
        print(f"{height:5} × {width:4}  range {span:10.4f}  largest difference {difference:.1e}")
        good &= difference <= LIMIT
    return good


def main(name: str, folder: str) -> int:
    """Compare one network; 0 where it is the authors'."""
    sys.path.insert(0, folder)
    subject = SUBJECTS[name]
    authors = subject.build()
    draw(authors)
    with tempfile.TemporaryDirectory() as place:
        ours = loaded_as_published(name, authors, Path(place))
    print(
        f"{name}: {sum(weight.numel() for weight in authors.parameters()) / 1e6:.1f} M parameters"
    )
    return 0 if compare(subject, authors.eval(), ours) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
