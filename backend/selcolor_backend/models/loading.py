"""Opens models: weight file → checked bytes → tensors → network → adapter; never unpickles code.

The digest is taken over the very bytes that are parsed, so that a file cannot change in between,
and before anything is parsed. Weights are stored in half precision and widened here.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors import torch as safetensors_torch
from torch import Tensor, nn

from selcolor_backend.models.devices import PlacedNetwork, check_device
from selcolor_backend.models.digest import (
    Fingerprint,
    corrupt,
    expected_fingerprint,
    fingerprint_of,
    write_record,
)
from selcolor_backend.models.heartbeat import beat
from selcolor_backend.models.predictor import Predictor
from selcolor_backend.models.registry import Kind, Model, find_model, how_to_install, installed_path
from selcolor_backend.networks.architecture import find_architecture
from selcolor_protocol.errors import CorruptWeights

SAFETENSORS = ".safetensors"


CHUNK_BYTES = 1 << 22
"""Read and added to the digest before a cancel is heard: some milliseconds."""


def read_checked(model: Model, path: Path, expected: Fingerprint) -> bytes:
    """A weight file's bytes, if they are what they have to be.

    Raises:
        CorruptWeights: size or digest differ, or the file cannot be read.
    """
    try:
        # Size first: a truncated file need not be read, and a huge one is not.
        if path.stat().st_size != expected.bytes:
            raise corrupt(model, path)
        data, digest = _read_and_digest(path)
    except OSError as error:
        raise CorruptWeights(
            f"{path} cannot be read ({error.strerror or error}).", how_to_install(model)
        ) from error
    if digest != expected.sha256:
        raise corrupt(model, path)
    return data


def _read_and_digest(path: Path) -> tuple[bytes, str]:
    """A file's bytes and their SHA-256; whoever waits for it is heard meanwhile."""
    data, digest = io.BytesIO(), hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            beat()
            data.write(chunk)
            digest.update(chunk)
    return data.getvalue(), digest.hexdigest()


def parse_weights(data: bytes, file_name: str, hint: str) -> dict[str, Tensor]:
    """Tensors by name, floating-point ones in float32 on the CPU.

    Args:
        data: the file: safetensors, or a PyTorch archive that holds nothing but tensors.
        file_name: its name, which tells the format.
        hint: what to do when it cannot be parsed.

    Raises:
        CorruptWeights: it is of another format, or holds something else than tensors.
    """
    try:
        tensors: dict[str, Any]
        if file_name.endswith(SAFETENSORS):
            tensors = safetensors_torch.load(data)
        else:
            tensors = torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
            tensors = tensors.get("params", tensors)  # as basicsr writes them
        return {
            name: tensor.float() if tensor.is_floating_point() else tensor
            for name, tensor in tensors.items()
        }
    except (
        SafetensorError,
        pickle.UnpicklingError,
        RuntimeError,
        ValueError,
        EOFError,
        AttributeError,
        TypeError,
        KeyError,
    ) as error:
        raise CorruptWeights(
            f"{file_name} does not hold weights; it was not loaded.", hint
        ) from error


def build_network(model: Model, weights: dict[str, Tensor]) -> nn.Module:
    """The model's network with these weights, on the CPU.

    Raises:
        CorruptWeights: a tensor is missing, left over, or of the wrong shape.
    """
    # Without memory first: no time goes into random weights that are then overwritten.
    with torch.device("meta"):
        network = find_architecture(model.architecture).build(model.classes)
    try:
        network.load_state_dict(weights, strict=True, assign=True)
    except RuntimeError as error:
        raise CorruptWeights(
            f"{model.file} does not fit the architecture of {model.name}; it was not loaded.",
            how_to_install(model),
        ) from error
    return network


def load_network(model: Model) -> nn.Module:
    """A model's network with its checked weights, float32, on the CPU.

    Raises:
        ModelNotInstalled: the file is not here.
        CorruptWeights: the file is not the one that it has to be.
    """
    path = installed_path(model)
    data = read_checked(model, path, expected_fingerprint(model, path))
    beat()
    weights = parse_weights(data, model.file, how_to_install(model))
    beat()
    return build_network(model, weights)


def check_weights(model: Model, path: Path, fingerprint: Fingerprint, source: Path) -> None:
    """Refuse a file that cannot be this model's weights; for imports.

    Args:
        model: what the file is said to be.
        path: the file.
        fingerprint: what it has to be.
        source: how the user calls it, for the sentence.

    Raises:
        CorruptWeights: it cannot.
    """
    hint = f"Give a file that `selcolor-train` wrote for {model.name}."
    if model.download:
        hint = how_to_install(model)
    try:
        data = read_checked(model, path, fingerprint)
        build_network(model, parse_weights(data, model.file, hint))
    except CorruptWeights as error:
        raise CorruptWeights(
            f"{source} does not hold weights of {model.name}; nothing was changed.", hint
        ) from error


def convert_published(model: Model, published: Path) -> None:
    """Write a model's file from the one that its authors published, and a record that vouches.

    A pickle is read this once only, after its digest and without running what is in it. Tensors
    that served training only are left out.

    Args:
        model: whose file is converted.
        published: the authors' file.

    Raises:
        CorruptWeights: it is not the published file, or does not fit the architecture.
        OSError: the file cannot be written.
    """
    data = read_checked(model, published, Fingerprint(model.bytes, model.sha256))
    architecture = find_architecture(model.architecture)
    tensors = architecture.convert(parse_weights(data, model.download, how_to_install(model)))
    with torch.device("meta"):
        needed = architecture.build(model.classes).state_dict()
    network = build_network(model, {name: tensors[name] for name in needed if name in tensors})
    state = {name: tensor.contiguous() for name, tensor in network.state_dict().items()}
    written = model.path.with_name(model.file + ".converting")
    try:
        safetensors_torch.save_file(state, written)
        write_record(model.path, fingerprint_of(written), model.sha256)
        os.replace(written, model.path)
    finally:
        written.unlink(missing_ok=True)


def open_model(name: str, kind: Kind, device: str | None = None) -> Predictor:
    """Load a colorizer or a segmenter.

    Args:
        name: as in the registry.
        kind: which of both it has to be.
        device: such as "cpu" or "cuda:1"; the best one where left out.

    Raises:
        UnknownModel, ModelNotInstalled, CorruptWeights: see `load_network`.
        InvalidOptions: this machine has no such device.
        OutOfMemory: not even the CPU has room.
    """
    model = find_model(name, kind)
    architecture = find_architecture(model.architecture)
    if not model.takes_hints:
        architecture = replace(architecture, prepare_hints=None)
    network = load_network(model)
    beat()
    used = network if architecture.ensemble is None else architecture.ensemble(network)
    placed = PlacedNetwork(used, check_device(device), name)
    return Predictor(placed, architecture, model.classes, model.unsure)


class WarmModels:
    """Networks by name, loaded when first asked for and kept for as long as this object."""

    def __init__(self, device: str) -> None:
        """Load nothing yet.

        Args:
            device: where the networks are to run, as `devices.best_device` tells.
        """
        self.device = device
        self._opened: dict[tuple[str, Kind], Predictor] = {}

    @property
    def seconds(self) -> float:
        """Spent on predictions so far."""
        return sum(network.seconds for network in self._opened.values())

    def open(self, name: str, kind: Kind) -> Predictor:
        """A network that is ready to predict; raises as `open_model`."""
        if (name, kind) not in self._opened:
            self._opened[name, kind] = open_model(name, kind, self.device)
        return self._opened[name, kind]
