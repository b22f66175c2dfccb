"""The networks that tell real chroma from predicted chroma during training."""

from __future__ import annotations

from torch import Tensor, nn


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


def least_squares(scores: Tensor, target: float) -> Tensor:
    """The LSGAN loss (Mao et al. 2016): mean squared distance of `scores` to `target`."""
    return (scores - target).square().mean()
