"""Files of published networks as a conversion leaves them, with random weights."""

from __future__ import annotations

import torch
from safetensors.torch import save_file

from selcolor_backend.models.digest import fingerprint_of, write_record
from selcolor_backend.models.registry import Model, all_models
from selcolor_backend.networks.architecture import find_architecture

PUBLISHED = tuple(model.name for model in all_models().values() if model.is_converted)
"""The networks that `selcolor models get` converts."""


def write_random(model: Model) -> None:
    """Write a model's file and its record; the same weights each time."""
    torch.manual_seed(0)
    network = find_architecture(model.architecture).build(model.classes)
    model.path.parent.mkdir(parents=True, exist_ok=True)
    save_file(network.state_dict(), model.path)
    write_record(model.path, fingerprint_of(model.path), model.sha256)


def remove(model: Model) -> None:
    """Free the disk again."""
    for file in model.path.parent.glob(f"{model.file}*"):
        file.unlink()
