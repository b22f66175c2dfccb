"""A registry that vouches for files of a test's own, for all processes of the product.

The published files cannot be had where tests run. Files of the same layout can, but their digests
stand in no registry; so the registry is another one, and everything else is the product as it is.
"""

from __future__ import annotations

import re
from pathlib import Path

from selcolor_backend.folders import embedded_weights_folder
from selcolor_backend.models.digest import Fingerprint, fingerprint_of
from selcolor_backend.models.registry import MODELS_FILE, read_models
from selcolor_backend.models.seal import seal_entry

HOOK = Path(__file__).with_name("registry_of_tests")

SMALL = "small"
"""A network of 9 MB, named first: the one that comes along, as if others had published it."""

ENTRY = """
[small]
kind = "colorizer"
architecture = "hybrid_vit_bins"
file = "small.safetensors"
embedded = false
bytes = 0
sha256 = ""
license = "Apache-2.0"
url = ""
download = "small-published.safetensors"
training_data = "none"
native_size = "short side 224"
description = "Small, for tests."
"""


def small_file() -> Path:
    """What the authors of `small` have published."""
    return embedded_weights_folder() / read_models(MODELS_FILE)["vit-lsgan-lite"].file


def write_registry(folder: Path, published: dict[str, Fingerprint], url: str) -> dict[str, str]:
    """Write a registry in which some networks are others.

    Args:
        folder: for the registry.
        published: what the file of each of these networks has to be.
        url: of the folder that the files are fetched from.

    Returns:
        The environment in which every process reads this registry.
    """
    text = ENTRY + MODELS_FILE.read_text(encoding="utf-8")
    for name, fingerprint in published.items():
        text = addressed(seal_entry(text, name, fingerprint), name, url)
    file = folder / "models.toml"
    file.write_text(text, encoding="utf-8")
    return {"PYTHONPATH": str(HOOK), "SELCOLOR_TEST_REGISTRY": str(file)}


def addressed(text: str, name: str, url: str) -> str:
    """A registry in which one network's file is fetched from somewhere else."""
    download = re.search(rf'(?ms)^\[{name}\]$.*?^download = "(.*?)"$', text)
    assert download is not None
    address = f'url = "{url}/{download.group(1)}"'
    return re.sub(rf'(?ms)(^\[{name}\]$.*?)^url = ".*?"$', rf"\g<1>{address}", text, count=1)


def registry_with_small(folder: Path, url: str) -> dict[str, str]:
    """The environment of a registry that knows `small`."""
    return write_registry(folder, {SMALL: fingerprint_of(small_file())}, url)
