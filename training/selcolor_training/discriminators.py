"""The networks that tell real chroma from predicted chroma during training."""

from __future__ import annotations

from torch import Tensor, nn

from selcolor_backend.networks.vit_generator import ViTSize, vit_encoder

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
