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
    """Write `<model>.safetensors` with weights in half precision, half of the bytes.

    Args:
        network: what to export.
        recipe: its settings, `model` among them.
        data: the data folder, for its digest.
        folder: where to write.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: tensor.half().contiguous() if tensor.is_floating_point() else tensor.contiguous()
        for name, tensor in network.state_dict().items()
    }
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
