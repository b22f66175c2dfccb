"""Writes trained weights as safetensors, with what made them in the file's metadata."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import nn


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
    """

    recipe: dict[str, Any]
    data: str
    figures: dict[str, Any]
    effort: dict[str, Any]
    commit: str
    groups: Sequence[dict[str, Any]] = ()

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
    """Write weights: parameters in half precision, half of the bytes.

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
    save_file(weights, path, origin.metadata())
    path.chmod(0o644)
    return path


def load_exported(network: nn.Module, file: Path) -> None:
    """Load an exported file into a network in single precision, as the backend does."""
    network.load_state_dict(load_file(file))


def described(file: Path) -> Origin:
    """What a weight file tells of itself; empty where it tells nothing."""
    with safe_open(file, "pt") as weights:
        told = weights.metadata() or {}
    return Origin(
        json.loads(told.get("recipe", "{}")),
        told.get("data", ""),
        json.loads(told.get("figures", "{}")),
        json.loads(told.get("effort", "{}")),
        told.get("commit", "unknown"),
        json.loads(told.get("groups", "[]")),
    )
