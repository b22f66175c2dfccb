"""The colorizer of Zhang et al. 2017 that learned hints: `siggraph17` (arXiv 1705.02999).

A U-Net of plain and dilated convolutions over L and the hints. Modules bear the names that the
published file gives its tensors. That file also holds a head that classifies colors, which served
training only and is left out when the file is converted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from selcolor_backend.networks.architecture import Architecture, chroma_from_scaled
from selcolor_backend.networks.sizes import exactly
from selcolor_backend.pixels.color import AB_SCALE
from selcolor_backend.sketch import Sketch

HINT_PLANES = 3
"""The planes of a hint: a / 110 and b / 110 where one was given, and 1 there; 0 elsewhere."""

PAINTED_SHARE = 0.25
"""Share of a pixel of the network's from which on it counts as painted: strokes are thin."""

LEAK = 0.2


def units(widths: Sequence[int], dilation: int = 1) -> list[nn.Module]:
    """A 3×3 convolution and ReLU from each width to the next, then batch normalization."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        convolution = nn.Conv2d(inputs, outputs, 3, padding=dilation, dilation=dilation)
        layers += [convolution, nn.ReLU(inplace=True)]
    return [*layers, nn.BatchNorm2d(widths[-1])]


def encoder(*widths: int, dilation: int = 1) -> nn.Sequential:
    """Units at one size."""
    return nn.Sequential(*units(widths, dilation))


def decoder(*widths: int) -> nn.Sequential:
    """Units over the sum of two features, which is rectified first."""
    return nn.Sequential(nn.ReLU(inplace=True), *units(widths))


def up(inputs: int, outputs: int) -> nn.Sequential:
    """Twice the height and width."""
    return nn.Sequential(nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1))


def short(inputs: int, outputs: int) -> nn.Sequential:
    """How features of the encoder join the decoder."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1))


def halved(features: Tensor) -> Tensor:
    """Every other row and column."""
    return features[..., ::2, ::2]


class Siggraph17(nn.Module):
    """L and hints to ab / 110, at the size of the input."""

    def __init__(self) -> None:
        super().__init__()
        self.model1 = encoder(1 + HINT_PLANES, 64, 64)
        self.model2 = encoder(64, 128, 128)
        self.model3 = encoder(128, 256, 256, 256)
        self.model4 = encoder(256, 512, 512, 512)
        self.model5 = encoder(512, 512, 512, 512, dilation=2)
        self.model6 = encoder(512, 512, 512, 512, dilation=2)
        self.model7 = encoder(512, 512, 512, 512)
        self.model8up, self.model3short8 = up(512, 256), short(256, 256)
        self.model8 = decoder(256, 256, 256)
        self.model9up, self.model2short9 = up(256, 128), short(128, 128)
        self.model9 = decoder(128, 128)
        self.model10up, self.model1short10 = up(128, 128), short(64, 128)
        self.model10 = nn.Sequential(
            nn.ReLU(inplace=True), nn.Conv2d(128, 128, 3, padding=1), nn.LeakyReLU(LEAK)
        )
        self.model_out = nn.Sequential(nn.Conv2d(128, 2, 1), nn.Tanh())

    def forward(self, luminance: Tensor, hints: Tensor | None = None) -> Tensor:
        """Predict chroma.

        Args:
            luminance: L / 100 − ½, `[N, 1, H, W]`, H and W multiples of 8.
            hints: a / 110 and b / 110 where a color is given, and 1 there, all three 0 elsewhere,
                `[N, 3, H, W]`; None for no hints. The mask is not centered: the released weights
                want it from 0 to 1, and only weights of one's own training may differ.

        Returns:
            ab / 110, `[N, 2, H, W]`, in [−1, 1].
        """
        if hints is None:
            hints = torch.zeros_like(luminance).expand(-1, HINT_PLANES, -1, -1)
        full = self.model1(torch.cat([luminance, hints], dim=1))
        half = self.model2(halved(full))
        quarter = self.model3(halved(half))
        eighth = self.model7(self.model6(self.model5(self.model4(halved(quarter)))))
        features = self.model8(self.model8up(eighth) + self.model3short8(quarter))
        features = self.model9(self.model9up(features) + self.model2short9(half))
        features = self.model10(self.model10up(features) + self.model1short10(full))
        chroma: Tensor = self.model_out(features)
        return chroma


def centered_luminance(sketch: Sketch) -> Tensor:
    """L / 100 − ½, `[1, 1, H, W]`."""
    return sketch.luminance[None, None] / 100.0 - 0.5


def hint_pixels(sketch: Sketch) -> Tensor:
    """The hints of a sketch of the network's size as `Siggraph17` takes them."""
    assert sketch.hints is not None, "there are hints"
    share = sketch.hints[2:]
    colors = sketch.hints[:2] / share.clamp(min=PAINTED_SHARE) / AB_SCALE
    return (torch.cat([colors, torch.ones_like(share)]) * (share >= PAINTED_SHARE))[None]


ARCHITECTURE = Architecture(
    build=lambda _classes: Siggraph17(),
    # The square of its training and of its authors' demonstration.
    native_size=exactly(256),
    prepare=centered_luminance,
    finish=chroma_from_scaled,
    prepare_hints=hint_pixels,
    least=128,
)
