"""Whether PyTorch can use the GPU that is there: the build, the card and the driver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from selcolor_backend.cli.doctor import Finding
from selcolor_installer.finding.reading import told_in
from selcolor_installer.standalone import environments, torch_builds
from selcolor_installer.standalone.torch_builds import CUDA_BUILDS, CudaBuild, Nvidia, why_not

SUBJECT = "gpu"
CUDA = re.compile(r"^cuda[^=]*= '(\d+\.\d+)'", re.MULTILINE)
AGAIN = "Run the installer again; it takes the PyTorch that fits"


def examine() -> Iterator[Finding]:
    """Findings about the GPU of this machine; none without NVIDIA's program."""
    nvidia = torch_builds.ask_nvidia()
    if nvidia is not None:
        yield compare(nvidia, torch_cuda())


def torch_cuda() -> str | None:
    """The CUDA that PyTorch was built for, such as `13.2`; None for a build without."""
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        return None
    # It is read, not imported: that would take seconds.
    return told_in(CUDA, Path(spec.origin).with_name("version.py"))


def compare(nvidia: Nvidia, cuda: str | None) -> Finding:
    """What cards, driver and build are worth together."""
    fitting = torch_builds.cuda_build(nvidia)
    if cuda is None:
        return _without_gpu(nvidia, fitting)
    build = built_as(cuda)
    serves = any(build.serves(card) for card, _ in nvidia.cards)
    if (nvidia.driver or 0) >= build.driver and (serves or not nvidia.cards):
        return Finding(SUBJECT, True, f"{nvidia.title}, PyTorch for CUDA {cuda}")
    lacks = "has no programs for" if nvidia.cards and not serves else "needs a newer driver than"
    detail = f"PyTorch for CUDA {cuda} {lacks} {nvidia.title}; the CPU computes in its place."
    help_ = f"{AGAIN} ({fitting.name})." if fitting else f"{why_not(nvidia)} {AGAIN} (cpu)."
    return Finding(SUBJECT, False, detail, help_, "torch_does_not_fit")


def _without_gpu(nvidia: Nvidia, fitting: CudaBuild | None) -> Finding:
    """What a build for the CPU means on a machine that has a card."""
    if fitting is None:
        return Finding(SUBJECT, True, f"{why_not(nvidia)} The CPU computes.")
    identity = environments.identity_of(environments.current())
    if identity is not None and identity.wanted == fitting.name != identity.build:
        detail = f"PyTorch {identity.wanted} did not work with {nvidia.title}: the CPU computes"
        again = f"After a change of the driver: run the installer with --torch {fitting.name}."
        return Finding(SUBJECT, True, detail, again)
    detail = f"PyTorch was installed without the GPU that is there: {nvidia.title}."
    return Finding(SUBJECT, False, detail, f"{AGAIN} ({fitting.name}).", "torch_without_gpu")


def built_as(cuda: str) -> CudaBuild:
    """Which of the known builds has this CUDA, or is most like it: 13.2 is like 13.0."""
    name = "cu" + cuda.replace(".", "")
    # The last one first: of CUDA 12, all builds but cu126 have today's cards.
    return max(CUDA_BUILDS[::-1], key=lambda each: (each.name == name, each.name[:4] == name[:4]))
