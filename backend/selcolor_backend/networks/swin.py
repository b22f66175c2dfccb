"""Swin Transformer (Liu et al. 2021, arXiv 2103.14030), the encoder of BiRefNet: four strides.

Tokens attend to each other within windows, which every other block shifts by half a window.
Modules bear the names that published files give their tensors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class SwinSize:
    """How large an encoder is.

    Attributes:
        width: channels of the first stage; each later one has twice as many.
        depths: blocks of each stage.
        heads: attention heads of each stage.
        window: side of a window in tokens.
    """

    width: int
    depths: tuple[int, int, int, int]
    heads: tuple[int, int, int, int]
    window: int

    @property
    def widths(self) -> tuple[int, int, int, int]:
        """Channels of the stages, of strides 4, 8, 16 and 32."""
        first = self.width
        return first, 2 * first, 4 * first, 8 * first


TINY = SwinSize(width=96, depths=(2, 2, 6, 2), heads=(3, 6, 12, 24), window=7)

PATCH = 4


def relative_positions(window: int) -> Tensor:
    """Which row of the bias table belongs to each pair of a window's tokens, `[T, T]`."""
    side = torch.arange(window)
    places = torch.stack(torch.meshgrid(side, side, indexing="ij")).flatten(1)
    down, right = (places[:, :, None] - places[:, None, :] + window - 1).unbind()
    return down * (2 * window - 1) + right


@lru_cache(maxsize=16)
def apart(height: int, width: int, window: int, device: torch.device) -> Tensor:
    """What keeps tokens apart that only the shift brought into one window.

    Returns:
        0 or −∞ for each pair of tokens of each window, `[windows, 1, T, T]`.
    """
    regions = torch.zeros(1, height, width, 1, device=device)
    cuts = (slice(0, -window), slice(-window, -(window // 2)), slice(-(window // 2), None))
    for number, (rows, columns) in enumerate((down, right) for down in cuts for right in cuts):
        regions[:, rows, columns] = number
    tokens = cut_windows(regions, window)[..., 0]
    differ = tokens[:, None, :] != tokens[:, :, None]
    return torch.zeros(differ.shape, device=device).masked_fill(differ, -torch.inf)[:, None]


def cut_windows(grid: Tensor, window: int) -> Tensor:
    """Map `[N, H, W, C]` to `[N · windows, T, C]`."""
    rows, columns = (side // window for side in grid.shape[1:3])
    windows: Tensor = grid.unflatten(2, (columns, window)).unflatten(1, (rows, window))
    return windows.transpose(2, 3).flatten(0, 2).flatten(1, 2)


def join_windows(windows: Tensor, height: int, width: int, window: int) -> Tensor:
    """The inverse of `cut_windows`."""
    tokens: Tensor = windows.unflatten(1, (window, window))
    grid: Tensor = tokens.unflatten(0, (-1, height // window, width // window))
    return grid.transpose(2, 3).flatten(3, 4).flatten(1, 2)


class WindowAttention(nn.Module):
    """Attention within windows, with a bias for how two tokens lie to each other."""

    relative_position_index: Tensor

    def __init__(self, width: int, heads: int, window: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        table = torch.zeros((2 * window - 1) ** 2, heads)
        self.relative_position_bias_table = nn.Parameter(table)
        self.register_buffer("relative_position_index", relative_positions(window))

    def forward(self, windows: Tensor, mask: Tensor | None) -> Tensor:
        """Map `[N · windows, T, width]` to the same shape; `mask` as `apart` makes it, or none."""
        queries, keys, values = self.qkv(windows).unflatten(2, (3, self.heads, -1)).unbind(2)
        bias = self.relative_position_bias_table[self.relative_position_index].movedim(2, 0)[None]
        if mask is not None:
            pictures = len(windows) // len(mask)
            bias = bias + mask.repeat(pictures, 1, 1, 1)
        seen = functional.scaled_dot_product_attention(
            queries.transpose(1, 2),
            keys.transpose(1, 2),
            values.transpose(1, 2),
            attn_mask=bias.to(queries.dtype),
        )
        projected: Tensor = self.proj(seen.transpose(1, 2).flatten(2))
        return projected


class Mlp(nn.Module):
    """Two layers that look at one token at a time."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map `[..., width]` to the same shape."""
        changed: Tensor = self.fc2(functional.gelu(self.fc1(tokens)))
        return changed


class SwinBlock(nn.Module):
    """Attention within windows, then each token on its own."""

    def __init__(self, width: int, heads: int, window: int, is_shifted: bool) -> None:
        super().__init__()
        self.window = window
        self.shift = window // 2 if is_shifted else 0
        self.norm1 = nn.LayerNorm(width)
        self.attn = WindowAttention(width, heads, window)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width)

    def forward(self, grid: Tensor) -> Tensor:
        """Map `[N, H, W, width]` to the same shape."""
        grid = grid + self._attended(self.norm1(grid))
        changed: Tensor = grid + self.mlp(self.norm2(grid))
        return changed

    def _attended(self, grid: Tensor) -> Tensor:
        height, width = grid.shape[1:3]
        below, beyond = -height % self.window, -width % self.window
        padded = functional.pad(grid, (0, 0, 0, beyond, 0, below))
        mask = None
        if self.shift:
            padded = padded.roll((-self.shift, -self.shift), dims=(1, 2))
            mask = apart(height + below, width + beyond, self.window, grid.device)
        windows = self.attn(cut_windows(padded, self.window), mask)
        whole = join_windows(windows, height + below, width + beyond, self.window)
        return whole.roll((self.shift, self.shift), dims=(1, 2))[:, :height, :width]


class PatchMerging(nn.Module):
    """Half the height and width, twice the channels."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.reduction = nn.Linear(4 * width, 2 * width, bias=False)
        self.norm = nn.LayerNorm(4 * width)

    def forward(self, grid: Tensor) -> Tensor:
        """Map `[N, H, W, width]` to `[N, ⌈H / 2⌉, ⌈W / 2⌉, 2 width]`."""
        height, width = grid.shape[1:3]
        even = functional.pad(grid, (0, 0, 0, width % 2, 0, height % 2))
        corners = [even[:, down::2, right::2] for right in (0, 1) for down in (0, 1)]
        merged: Tensor = self.reduction(self.norm(torch.cat(corners, dim=-1)))
        return merged


class Stage(nn.Module):
    """Blocks at one stride, and what leads to the next one."""

    def __init__(self, width: int, depth: int, heads: int, window: int, is_last: bool) -> None:
        super().__init__()
        self.blocks = nn.Sequential(
            *(SwinBlock(width, heads, window, number % 2 == 1) for number in range(depth))
        )
        self.downsample = None if is_last else PatchMerging(width)

    def forward(self, grid: Tensor) -> tuple[Tensor, Tensor]:
        """Map `[N, H, W, width]` to the same shape, and to the input of the next stage."""
        grid = self.blocks(grid)
        return grid, grid if self.downsample is None else self.downsample(grid)


class PatchEmbedding(nn.Module):
    """Squares of 4 × 4 pixels to tokens."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, PATCH, stride=PATCH)
        self.norm = nn.LayerNorm(width)

    def forward(self, picture: Tensor) -> Tensor:
        """Map `[N, 3, H, W]` to `[N, H / 4, W / 4, width]`."""
        tokens: Tensor = self.norm(self.proj(picture).movedim(1, -1))
        return tokens


class Swin(nn.Module):
    """A picture to its features at strides 4, 8, 16 and 32, each normalized."""

    def __init__(self, size: SwinSize) -> None:
        super().__init__()
        self.patch_embed = PatchEmbedding(size.width)
        self.layers = nn.ModuleList(
            Stage(size.widths[stage], depth, size.heads[stage], size.window, stage == 3)
            for stage, depth in enumerate(size.depths)
        )
        for stage, width in enumerate(size.widths):
            self.add_module(f"norm{stage}", nn.LayerNorm(width))

    def forward(self, picture: Tensor) -> list[Tensor]:
        """Map `[N, 3, H, W]`, multiples of 4, to `[N, width, H / stride, W / stride]` each."""
        grid, found = self.patch_embed(picture), []
        for number, stage in enumerate(self.layers):
            grid, reduced = stage(grid)
            found.append(self.get_submodule(f"norm{number}")(grid).movedim(-1, 1))
            grid = reduced
        return found
