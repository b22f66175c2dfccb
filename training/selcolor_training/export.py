"""Writes trained weights as safetensors, with what made them in the file's metadata."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import nn

from selcolor_training.errors import RecipeError


@dataclass(frozen=True)
class Origin:
    """What made a weight file.

    Attributes:
        recipe: its settings.
        data: digest of the data.
        figures: how good it is, by name.
        effort: what its training took, by name, with the training it started from.
        commit: of this project's code.
        groups: how good it is on groups of photos (`groups`).
        has_bins: whether the network predicts a distribution, with bins of its own.
    """

    recipe: dict[str, Any]
    data: str
    figures: dict[str, Any]
    effort: dict[str, Any]
    commit: str
    groups: Sequence[dict[str, Any]] = ()
    has_bins: bool = False

    def metadata(self) -> dict[str, str]:
        """As safetensors wants it: text only."""
        return {
            "recipe": json.dumps(self.recipe),
            "data": self.data,
            "figures": json.dumps(self.figures),
            "effort": json.dumps(self.effort),
            "commit": self.commit,
            "groups": json.dumps(self.groups),
            "torch": torch.__version__,
        }


def current_commit() -> str:
    """The checked-out commit, or `unknown` outside a checkout."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - the user's git, wherever it is
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def export(network: nn.Module, path: Path, origin: Origin) -> Path:
    """Write weights: parameters in half precision, half of the bytes; a kill leaves the old file.

    Statistics of batch normalization stay in single precision, because variances can exceed what
    half precision holds (65 504).

    Args:
        network: what to export.
        path: `<model>.safetensors`.
        origin: what made it.

    Returns:
        `path`.

    Raises:
        ValueError: a parameter is too large for half precision.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    parameters = {name for name, _ in network.named_parameters()}
    weights = {
        name: (tensor.half() if name in parameters else tensor).contiguous().cpu()
        for name, tensor in network.state_dict().items()
    }
    unusable = [name for name, tensor in weights.items() if not tensor.isfinite().all()]
    if unusable:
        raise ValueError(f"not finite in half precision: {', '.join(unusable)}")
    partial = path.with_suffix(".partial")
    save_file(weights, partial, origin.metadata())
    partial.chmod(0o644)
    partial.replace(path)
    return path


def load_exported(network: nn.Module, file: Path) -> None:
    """Load an exported file into a network in single precision, as the backend does."""
    network.load_state_dict(load_file(file))


def start_from(network: nn.Module, file: Path) -> list[str]:
    """Load what fits of an exported file into a network with perhaps another head.

    Returns:
        The names of what did not come from the file.

    Raises:
        RecipeError: the file is of another network.
    """
    try:
        weights = load_file(file)
    except (OSError, SafetensorError) as error:
        raise RecipeError(
            f"{file} cannot be read as weights ({error}).",
            "Name a safetensors file that `selcolor-train` wrote with --start.",
        ) from error
    if "prior" in weights and "prior" in network.state_dict():
        network.load_state_dict(weights)
        return []
    own = network.state_dict()
    fitting = {
        name: tensor
        for name, tensor in weights.items()
        if name in own and own[name].shape == tensor.shape
    }
    if len(fitting) < len(weights) / 2:
        raise RecipeError(
            f"{file} holds the weights of another network.",
            "Name a file of the same kind of network with --start.",
        )
    network.load_state_dict(own | fitting)
    return sorted(set(own) - set(fitting))


def described(file: Path) -> Origin:
    """What a weight file tells of itself; empty where it tells nothing."""
    with safe_open(file, "pt") as weights:
        told = weights.metadata() or {}
        has_bins = "prior" in weights.keys()  # noqa: SIM118 - it is no dictionary
    return Origin(
        json.loads(told.get("recipe", "{}")),
        told.get("data", ""),
        json.loads(told.get("figures", "{}")),
        json.loads(told.get("effort", "{}")),
        told.get("commit", "unknown"),
        json.loads(told.get("groups", "[]")),
        has_bins,
    )
