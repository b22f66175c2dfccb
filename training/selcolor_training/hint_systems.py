"""The ways to follow hints that are measured beside each other."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from selcolor_backend.hints import Hints, follow_hints, spread_system
from selcolor_backend.models.devices import PlacedNetwork
from selcolor_backend.models.predictor import Predictor
from selcolor_backend.networks.architecture import find_architecture
from selcolor_backend.pixels.guided import Lines
from selcolor_backend.plan import fit_chroma
from selcolor_backend.sketch import Sketch
from selcolor_training.errors import RecipeError
from selcolor_training.export import described, load_exported
from selcolor_training.painters import Scene
from selcolor_training.systems import as_used

ARCHITECTURE = "hybrid_vit_bins"
"""The only one of ours that takes hints."""

SOLVE, NETWORK, BOTH = "solve alone", "network alone", "network and solve"


def open_predictor(weights: Path) -> Predictor:
    """A weight file as the product predicts with it.

    Raises:
        RecipeError: it is of a network that takes no hints.
    """
    if not described(weights).has_bins:
        raise RecipeError(
            f"{weights} is of a network that takes no hints.",
            "Name a file of hybrid-vit-bins, such as vit-lsgan-lite.safetensors.",
        )
    architecture = find_architecture(ARCHITECTURE)
    network = architecture.build(())
    load_exported(network, weights)
    return Predictor(PlacedNetwork(as_used(network, True), "cpu", weights.stem), architecture)


@torch.inference_mode()
def colored(predictor: Predictor, scene: Scene, hints: Hints, before: Lines) -> dict[str, Tensor]:
    """A and b of a scene, `[2, h, w]`, as each system makes them of hints."""
    sketch, system = scene.sketch, spread_system(hints, scene.sketch, before)
    seen = Sketch(sketch.rgb, sketch.luminance, hints.planes)
    after = fit_chroma(predictor.predict(seen), sketch.luminance)
    found = {
        SOLVE: follow_hints(hints, sketch, system, before, before),
        NETWORK: after,
        BOTH: follow_hints(hints, sketch, system, before, after),
    }
    return {name: lines.on(sketch.luminance) for name, lines in found.items()}
