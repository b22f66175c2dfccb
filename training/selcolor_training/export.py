"""Writes trained weights as safetensors, with what made them in the file's metadata."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from selcolor_training.data import data_digest


def export(network: nn.Module, recipe: dict[str, Any], data: Path, folder: Path) -> Path:
    """Write `<model>.safetensors`: parameters in half precision, half of the bytes.

    Statistics of batch normalization stay in single precision, because variances can exceed what
    half precision holds (65 504).

    Args:
        network: what to export.
        recipe: its settings, `model` among them.
        data: the data folder, for its digest.
        folder: where to write.

    Raises:
        ValueError: a parameter is too large for half precision.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parameters = {name for name, _ in network.named_parameters()}
    weights = {
        name: (tensor.half() if name in parameters else tensor).contiguous()
        for name, tensor in network.state_dict().items()
    }
    unusable = [name for name, tensor in weights.items() if not tensor.isfinite().all()]
    if unusable:
        raise ValueError(f"not finite in half precision: {', '.join(unusable)}")
    metadata = {
        "recipe": json.dumps(recipe),
        "data": data_digest(data),
        "torch": torch.__version__,
    }
    path = folder / f"{recipe['model']}.safetensors"
    save_file(weights, path, metadata)
    path.chmod(0o644)
    return path


def load_exported(network: nn.Module, file: Path) -> None:
    """Load an exported file into a network in single precision, as the backend does."""
    network.load_state_dict(load_file(file))
