"""BiRefNet (Zheng et al. 2024, arXiv 2401.03407) on Swin-T: the mask of any subject, down to hair.

The encoder sees the picture twice, at full and at half size. Each step of the decoder sees the
picture itself once more ("inward reference"), cut into as many pieces as its stride is squared, and
weighs what it found by where it expects edges ("outward reference"). Modules bear the names that
published files give their tensors; what serves training only is left out when one is converted.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from selcolor_backend.networks import swin
from selcolor_backend.networks.architecture import Architecture, imagenet_normalized
from selcolor_backend.networks.deformable import DeformableConv
from selcolor_backend.networks.sizes import SizeRule, exactly, short_side
from selcolor_backend.networks.swin import Swin, SwinSize

INNER_WIDTH = 64
"""Channels within a step of the decoder, and within what it makes of the picture."""

PYRAMID_WIDTH = 256
PYRAMID_KERNELS = (1, 3, 7)
EDGE_WIDTH = 16


def resized(features: Tensor, like: Tensor) -> Tensor:
    """Features at the height and width of others, bilinear, corner on corner."""
    size = like.shape[2:]
    return functional.interpolate(features, size, mode="bilinear", align_corners=True)


def pieces(picture: Tensor, like: Tensor) -> Tensor:
    """A picture cut into pieces of the height and width of features, one behind the other."""
    height, width = like.shape[2:]
    cut: Tensor = picture.unflatten(3, (-1, width)).unflatten(2, (-1, height))
    return cut.transpose(3, 4).flatten(1, 3)


class PyramidUnit(nn.Module):
    """A deformable convolution with batch normalization and ReLU."""

    def __init__(self, kernel: int) -> None:
        super().__init__()
        self.atrous_conv = DeformableConv(INNER_WIDTH, PYRAMID_WIDTH, kernel)
        self.bn = nn.BatchNorm2d(PYRAMID_WIDTH)

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, INNER_WIDTH, H, W]` to `[N, PYRAMID_WIDTH, H, W]`."""
        return functional.relu(self.bn(self.atrous_conv(features)), inplace=True)


class DeformablePyramid(nn.Module):
    """Context at several scales: four deformable convolutions, and the whole picture."""

    def __init__(self) -> None:
        super().__init__()
        self.aspp1 = PyramidUnit(1)
        self.aspp_deforms = nn.ModuleList(PyramidUnit(kernel) for kernel in PYRAMID_KERNELS)
        self.global_avg_pool = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(INNER_WIDTH, PYRAMID_WIDTH, 1, bias=False),
            nn.BatchNorm2d(PYRAMID_WIDTH),
            nn.ReLU(inplace=True),
        )
        scales = 2 + len(PYRAMID_KERNELS)
        self.conv1 = nn.Conv2d(scales * PYRAMID_WIDTH, INNER_WIDTH, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(INNER_WIDTH)

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, INNER_WIDTH, H, W]` to the same shape."""
        whole = self.global_avg_pool(features).expand(-1, -1, *features.shape[2:])
        near = [unit(features) for unit in (self.aspp1, *self.aspp_deforms)]
        merged = self.conv1(torch.cat([*near, whole], dim=1))
        return functional.relu(self.bn1(merged), inplace=True)


class DecoderBlock(nn.Module):
    """A step of the decoder at one size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(inputs, INNER_WIDTH, 3, padding=1)
        self.bn_in = nn.BatchNorm2d(INNER_WIDTH)
        self.dec_att = DeformablePyramid()
        self.conv_out = nn.Conv2d(INNER_WIDTH, outputs, 3, padding=1)
        self.bn_out = nn.BatchNorm2d(outputs)

    def forward(self, features: Tensor) -> Tensor:
        """Map `[N, inputs, H, W]` to `[N, outputs, H, W]`."""
        inner = functional.relu(self.bn_in(self.conv_in(features)), inplace=True)
        decoded: Tensor = self.bn_out(self.conv_out(self.dec_att(inner)))
        return decoded


class PictureBlock(nn.Module):
    """What a step of the decoder makes of the picture's pieces."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, INNER_WIDTH, 3, padding=1)
        self.conv_out = nn.Conv2d(INNER_WIDTH, outputs, 3, padding=1)

    def forward(self, pieces: Tensor) -> Tensor:
        """Map `[N, inputs, H, W]` to `[N, outputs, H, W]`."""
        seen: Tensor = self.conv_out(self.conv1(pieces))
        return seen


class Lateral(nn.Module):
    """How features of the encoder join the decoder."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(width, width, 1)


class Decoder(nn.Module):
    """Features of strides 4 to 32, and the picture, to logits of the subject.

    Its parts are numbered as the features that they belong to, 1 for stride 4.

    Args:
        widths: channels of the features, of stride 4 first.
    """

    def __init__(self, widths: tuple[int, ...]) -> None:
        super().__init__()
        outputs = (widths[0] // 2, *widths[:3])
        seen = (*(width // 8 for width in widths), widths[-1] // 8)
        for step, stride in enumerate((1, 4, 8, 16, 32), start=1):
            self.add_module(f"ipt_blk{step}", PictureBlock(3 * stride**2, seen[step - 1]))
        for step in (1, 2, 3, 4):
            inputs = widths[step - 1] + seen[step]
            self.add_module(f"decoder_block{step}", DecoderBlock(inputs, outputs[step - 1]))
        for step in (2, 3, 4):
            width = outputs[step - 1]
            edges = (nn.Conv2d(width, EDGE_WIDTH, 3, padding=1), nn.BatchNorm2d(EDGE_WIDTH))
            self.add_module(f"lateral_block{step}", Lateral(width))
            self.add_module(f"gdt_convs_{step}", nn.Sequential(*edges, nn.ReLU(inplace=True)))
            self.add_module(f"gdt_convs_attn_{step}", nn.Sequential(nn.Conv2d(EDGE_WIDTH, 1, 1)))
        self.conv_out1 = nn.Sequential(nn.Conv2d(outputs[0] + seen[0], 1, 1))

    def forward(self, picture: Tensor, features: list[Tensor]) -> Tensor:
        """Decode, from stride 32 to full size.

        Args:
            picture: `[N, 3, H, W]`, multiples of 32.
            features: of the encoder, of stride 4 first, `[N, width, H / stride, W / stride]`.

        Returns:
            Logits, `[N, 1, H, W]`.
        """
        decoded = features[3]
        for step in (4, 3, 2):
            decoded = self._step(step, picture, decoded)
            decoded = decoded * self._edges(step, decoded)
            skip = features[step - 2]
            lateral = self.get_submodule(f"lateral_block{step}.conv")
            decoded = resized(decoded, skip) + lateral(skip)
        return self._finished(picture, self._step(1, picture, decoded))

    def _step(self, step: int, picture: Tensor, features: Tensor) -> Tensor:
        """Join what the picture shows, and decode."""
        seen = self.get_submodule(f"ipt_blk{step + 1}")(pieces(picture, features))
        joined = torch.cat([features, seen], dim=1)
        decoded: Tensor = self.get_submodule(f"decoder_block{step}")(joined)
        return decoded

    def _edges(self, step: int, decoded: Tensor) -> Tensor:
        """Where edges are expected, `[N, 1, H, W]` in [0, 1]."""
        features = self.get_submodule(f"gdt_convs_{step}")(decoded)
        return torch.sigmoid(self.get_submodule(f"gdt_convs_attn_{step}")(features))

    def _finished(self, picture: Tensor, decoded: Tensor) -> Tensor:
        """The logits at full size.

        The last layer is linear, and so are enlarging and what is before it: multiplied first,
        one plane is made at full size instead of 120.
        """
        last, seen = self.conv_out1[0], self.get_submodule("ipt_blk1")
        assert isinstance(last, nn.Conv2d)
        assert isinstance(seen, PictureBlock)
        width = decoded.shape[1]
        over_decoded, over_seen = last.weight[:, :width], last.weight[:, width:].flatten(1)
        kernel = torch.einsum("os,sikl->oikl", over_seen, seen.conv_out.weight)
        assert last.bias is not None
        assert seen.conv_out.bias is not None
        bias = last.bias + over_seen @ seen.conv_out.bias
        shown = functional.conv2d(seen.conv1(picture), kernel, bias, padding=1)
        return shown + resized(functional.conv2d(decoded, over_decoded), picture)


class BiRefNet(nn.Module):
    """A picture to logits of its subject, at the size of the input."""

    def __init__(self, size: SwinSize) -> None:
        super().__init__()
        widths = tuple(2 * width for width in size.widths)
        self.bb = Swin(size)
        self.squeeze_module = nn.Sequential(DecoderBlock(sum(widths), widths[-1]))
        self.decoder = Decoder(widths)

    def forward(self, picture: Tensor) -> Tensor:
        """Find the subject.

        Args:
            picture: RGB normalized by ImageNet's mean and deviation, `[N, 3, H, W]`, multiples of
                32.

        Returns:
            Logits, `[N, 1, H, W]`.
        """
        height, width = picture.shape[2:]
        half = functional.interpolate(
            picture, (height // 2, width // 2), mode="bilinear", align_corners=True
        )
        features = [
            torch.cat([full, resized(small, full)], dim=1)
            for full, small in zip(self.bb(picture), self.bb(half), strict=True)
        ]
        deepest = torch.cat([resized(each, features[-1]) for each in features], dim=1)
        features[-1] = self.squeeze_module(deepest)
        logits: Tensor = self.decoder(picture, features)
        return logits


def subject_and_rest(output: Tensor) -> Tensor:
    """Logits `[1, H, W]` as the probabilities of background and object, `[2, H, W]`."""
    return torch.sigmoid(torch.cat([-output, output]))


def architecture(native_size: SizeRule, sees: int) -> Architecture:
    """The record for one size of the input."""
    return Architecture(
        build=lambda _classes: BiRefNet(swin.TINY),
        native_size=native_size,
        prepare=imagenet_normalized,
        finish=subject_and_rest,
        sees=sees,
        least=512,
    )


LITE = architecture(exactly(1024), sees=1024)
LITE_2K = architecture(short_side(1440, longest=2560, multiple=32), sees=2560)
