"""The baseline of `bench.py`: the paper's listing in scikit-image, with our embedded networks."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from skimage import color, io, transform, util

from selcolor_backend.models.loading import open_model
from selcolor_backend.models.registry import Kind
from selcolor_backend.sketch import Sketch


def as_planes(picture: np.ndarray) -> torch.Tensor:
    """`[H, W, C]` to float32 `[C, H, W]`."""
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))).float()


def main(photo: Path, folder: Path) -> None:
    """Colorize, segment and blend on full-size float64 arrays."""
    rgb = util.img_as_float(io.imread(photo))
    rgb = color.gray2rgb(rgb) if rgb.ndim == 2 else rgb
    lab = color.rgb2lab(rgb)
    picture = Sketch(as_planes(rgb), as_planes(lab)[0])
    ab = open_model("vit-lsgan-lite", Kind.COLORIZER).predict(picture)
    size = lab.shape[:2]
    lab[..., 1:] = transform.resize(ab.numpy().transpose(1, 2, 0), size)
    colorized = color.lab2rgb(lab)
    scores = open_model("foreground-lite", Kind.SEGMENTER).predict(picture)
    mask = transform.resize(1 - scores[0].numpy(), size)[..., None] > 0.5
    blended = mask * colorized + (1 - mask) * rgb
    folder.mkdir(exist_ok=True)
    for name, picture in (("colorized", colorized), ("blended", blended)):
        io.imsave(folder / f"{name}.png", util.img_as_ubyte(picture))
    io.imsave(folder / "mask.png", util.img_as_ubyte(mask[..., 0]), check_contrast=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
