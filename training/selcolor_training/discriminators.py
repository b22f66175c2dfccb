"""The networks that tell real chroma from predicted chroma during training."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from selcolor_backend.networks.efficientnet_lite import LITE0, EfficientNetLite, pyramid_channels
from selcolor_backend.networks.vit_generator import ViTSize, vit_encoder
from selcolor_backend.pixels.color import lab_to_srgb
from selcolor_training.color_figures import lab
from selcolor_training.pretrained import start_efficientnet_lite

WEIGHT_DEVIATION = 0.02
"""Of the normal distribution that discriminators start from, as in pix2pix."""


class PatchDiscriminator(nn.Sequential):
    """The paper's patch discriminator: 3 down-samplings, 64 filters (pix2pix, Isola et al. 2016).

    Takes L and ab together, `[N, 3, H, W]` in [−1, 1], and gives one score for each patch.
    """

    def __init__(self, filters: int = 64, down: int = 3) -> None:
        layers = [self.unit(3, filters, stride=2, normalize=False)]
        for level in range(down):
            stride = 1 if level == down - 1 else 2
            layers.append(self.unit(filters << level, filters << (level + 1), stride))
        layers.append(nn.Sequential(nn.Conv2d(filters << down, 1, 4, padding=1)))
        super().__init__(*layers)
        self.apply(start_small)

    @staticmethod
    def unit(inputs: int, outputs: int, stride: int, normalize: bool = True) -> nn.Sequential:
        """A 4×4 convolution, batch normalization (unless first) and leaky ReLU."""
        layers: list[nn.Module] = [
            nn.Conv2d(inputs, outputs, 4, stride, padding=1, bias=not normalize)
        ]
        if normalize:
            layers.append(nn.BatchNorm2d(outputs))
        layers.append(nn.LeakyReLU(0.2, inplace=True))
        return nn.Sequential(*layers)


def start_small(module: nn.Module) -> None:
    """Pix2pix's start: convolutions near zero, normalizations near one."""
    if isinstance(module, nn.Conv2d):
        nn.init.normal_(module.weight, 0.0, WEIGHT_DEVIATION)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, WEIGHT_DEVIATION)


class ViTDiscriminator(nn.Module):
    """A vision transformer as discriminator (paper, supplement, "Second approach").

    Takes L and ab together, `[N, 3, image, image]` in [−1, 1], and gives one score, `[N, 1]`, from
    the class token. The paper does not say how its ViT was started; this one starts from nothing,
    because no ViT was pretrained on Lab.
    """

    def __init__(self, size: ViTSize) -> None:
        super().__init__()
        self.vit = vit_encoder(size)
        self.score = nn.Linear(size.width, 1)

    def forward(self, picture: Tensor) -> Tensor:
        """Score pictures: the higher, the more real."""
        score: Tensor = self.score(self.vit(picture).last_hidden_state[:, 0])
        return score


class FeatureDiscriminator(nn.Module):
    """Judges pictures by what a frozen network sees in them (Sauer et al. 2021, arXiv 2111.01007).

    The frozen network is EfficientNet-Lite0 as ImageNet made it; only small heads on four levels of
    its features learn. It knows what things are from the first step on, so that a green face is
    wrong at once, where a discriminator that starts from nothing sees textures for a long time.

    Takes L / 50 − 1 and ab / 110 together, `[N, 3, S, S]`, S a multiple of 32, and gives
    `[N, 4, S / 16, S / 16]` scores, as many for each level.
    """

    def __init__(self) -> None:
        super().__init__()
        self.backbone = EfficientNetLite(LITE0)
        start_efficientnet_lite(self.backbone)
        self.backbone.eval().requires_grad_(False)
        self.heads = nn.ModuleList(score_head(width) for width in pyramid_channels(LITE0)[1:])

    def requires_grad_(self, requires_grad: bool = True) -> FeatureDiscriminator:
        """Let the heads learn or not; the frozen network never does."""
        self.heads.requires_grad_(requires_grad)
        return self

    def forward(self, picture: Tensor) -> Tensor:
        """Score pictures: the higher, the more real."""
        rgb = lab_to_srgb(lab(50 * picture[:, :1] + 50, picture[:, 1:])).clamp(0, 1)
        levels = self.backbone((255 * rgb - 127) / 128)[1:]
        grid = levels[2].shape[-2:]
        scores = [head(level) for head, level in zip(self.heads, levels, strict=True)]
        return torch.cat([functional.adaptive_avg_pool2d(score, grid) for score in scores], dim=1)


def score_head(channels: int, width: int = 64) -> nn.Sequential:
    """From the features of one level to a score for each of its cells."""
    return nn.Sequential(
        spectral_norm(nn.Conv2d(channels, width, 3, padding=1)),
        nn.LeakyReLU(0.2, inplace=True),
        spectral_norm(nn.Conv2d(width, 1, 1)),
    )
