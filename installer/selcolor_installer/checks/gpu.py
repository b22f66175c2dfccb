"""Whether PyTorch can use the GPU that is there: the build, and the driver."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from selcolor_backend.cli.doctor import Finding

SUBJECT = "gpu"
OLDEST_DRIVERS = {13: 580, 12: 525, 11: 450}
"""By CUDA's major version: the oldest NVIDIA driver for Linux that runs all of its programs."""
CUDA = re.compile(r"^cuda[^=]*= '(\d+)\.\d+'", re.MULTILINE)
AGAIN = "Run the installer again: python3 install.py"


def examine() -> Iterator[Finding]:
    """Findings about the GPU of this machine; none without an NVIDIA driver."""
    driver = nvidia_driver()
    if driver is not None:
        yield compare(driver, torch_cuda())


def nvidia_driver() -> int | None:
    """The major version of the NVIDIA driver; None where there is none."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    question = [program, "--query-gpu=driver_version", "--format=csv,noheader"]
    done = subprocess.run(question, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    found = re.match(r"\s*(\d+)\.", done.stdout)
    return int(found.group(1)) if found else None


def torch_cuda(version_file: Path | None = None) -> int | None:
    """The CUDA that PyTorch was built for; None for a build without.

    Args:
        version_file: `torch/version.py`; that of the installed PyTorch if left out. It is read,
            not imported: that would take seconds.
    """
    if version_file is None:
        spec = find_spec("torch")
        if spec is None or spec.origin is None:
            return None
        version_file = Path(spec.origin).with_name("version.py")
    found = CUDA.search(version_file.read_text(encoding="utf-8"))
    return int(found.group(1)) if found else None


def compare(driver: int, cuda: int | None) -> Finding:
    """What driver and build are worth together."""
    if cuda is None:
        return Finding(
            SUBJECT,
            False,
            f"There is an NVIDIA GPU (driver {driver}), but PyTorch was installed without it.",
            f"{AGAIN}. Until then the CPU is used.",
            "torch_without_gpu",
        )
    oldest = OLDEST_DRIVERS.get(cuda, 0)
    if driver < oldest:
        return Finding(
            SUBJECT,
            False,
            f"The NVIDIA driver {driver} is too old for CUDA {cuda}, which needs {oldest}.",
            f"Update the driver, or let the installer choose an older PyTorch: {AGAIN}.",
            "driver_too_old",
        )
    return Finding(SUBJECT, True, f"NVIDIA driver {driver}, PyTorch for CUDA {cuda}")
