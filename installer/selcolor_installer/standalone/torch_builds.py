"""Which build of PyTorch fits a machine: by its cards' compute capability and by its driver.

A build has programs for certain cards only, and needs a driver that is new enough for its CUDA.
Both are published with each release of PyTorch (pytorch/pytorch: RELEASE.md, "CUDA Support
Matrix"; issues 190385 and 172352). cu126 ends with PyTorch 2.14, cu128 with 2.11.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CPU, MAC = "cpu", "mps"
NAMES = {"rocm": "rocm6.4", "xpu": "xpu", CPU: CPU, MAC: MAC}
"""What can be asked for by `--torch` besides CUDA's builds."""
SMI_SECONDS = 20
CARD = re.compile(r"\s*(\d+)\.(\d+)\s*,\s*(\d+)\.[\d.]+\s*,\s*(.+?)\s*$", re.MULTILINE)
DRIVER = re.compile(r"\s*(\d+)\.\d")
OTHER_BUILD = re.compile(r"cu\d{3}|rocm\d+\.\d+(\.\d+)?")

Capability = tuple[int, int]


@dataclass(frozen=True)
class CudaBuild:
    """A build for NVIDIA's cards.

    Attributes:
        name: as PyTorch's indexes have it.
        driver: the oldest driver, by its major version.
        oldest: the oldest compute capability.
        newest: the newest compute capability.
    """

    name: str
    driver: int
    oldest: Capability
    newest: Capability

    def serves(self, card: Capability) -> bool:
        """Whether the build has programs for a card."""
        return self.oldest <= card <= self.newest


CUDA_BUILDS = (
    CudaBuild("cu130", 580, (7, 5), (12, 99)),
    CudaBuild("cu126", 525, (5, 0), (9, 99)),
    CudaBuild("cu128", 570, (7, 5), (12, 99)),
)
"""The best first. Cards before Turing are served by cu126 alone, Blackwell by the others."""
TESTED = (CPU, MAC, CUDA_BUILDS[0].name)
"""In which there is the PyTorch that we test; of the others, an older one is taken."""


@dataclass(frozen=True)
class Nvidia:
    """What NVIDIA's own program says.

    Attributes:
        driver: its major version; None where the program cannot reach it.
        cards: compute capability and name of each card; none where an old driver does not tell.
    """

    driver: int | None
    cards: tuple[tuple[Capability, str], ...] = ()

    @property
    def title(self) -> str:
        """The cards and the driver, for a sentence."""
        names = " and ".join(dict.fromkeys(name for _, name in self.cards)) or "an NVIDIA GPU"
        return f"{names} with driver {self.driver}"


def ask_nvidia() -> Nvidia | None:
    """What the driver and the cards are; None without NVIDIA's program."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    cards = _ask(program, "compute_cap,driver_version,name")
    # The oldest ones understand no question but this.
    return read_nvidia(cards, "" if CARD.search(cards) else _ask(program, "driver_version"))


def read_nvidia(cards: str, driver: str = "") -> Nvidia:
    """The same, from what the program printed of the cards, or at least of the driver."""
    if found := CARD.findall(cards):
        told = tuple(((int(major), int(minor)), name) for major, minor, _, name in found)
        return Nvidia(int(found[0][2]), told)
    number = DRIVER.match(driver)
    return Nvidia(int(number[1]) if number else None)


def _ask(program: str, question: str) -> str:
    """What `nvidia-smi` answers; nothing when it fails, or hangs as it does with a dead card."""
    command = [program, f"--query-gpu={question}", "--format=csv,noheader"]
    try:
        done = subprocess.run(  # noqa: S603 - our own command
            command, capture_output=True, text=True, check=False, timeout=SMI_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def choose(platform: str, nvidia: Nvidia | None, root: Path = Path("/")) -> tuple[str, str]:
    """The build for a machine of this `sys.platform`, and why in one sentence."""
    if platform == "darwin":
        return MAC, "This is a Mac: PyTorch uses its GPU where there is one."
    if nvidia is not None:
        if build := cuda_build(nvidia):
            return build.name, f"{nvidia.title} was found."
        return CPU, f"{why_not(nvidia)} So PyTorch for the CPU is installed."
    if platform == "linux" and (root / "dev/kfd").exists() and (root / "opt/rocm").exists():
        return NAMES["rocm"], "An AMD GPU with ROCm was found."
    if platform == "linux" and any(root.glob("usr/lib/*/libze_intel_gpu.so*")):
        return "xpu", "An Intel GPU with its compute driver was found."
    return CPU, "No GPU was found that PyTorch can use."


def cuda_build(nvidia: Nvidia) -> CudaBuild | None:
    """The best build that serves all cards, else one that serves some; None where none does."""
    allowed = [build for build in CUDA_BUILDS if (nvidia.driver or 0) >= build.driver]
    cards = [card for card, _ in nvidia.cards]
    for enough in (all, any):
        for build in allowed:
            if cards and enough(build.serves(card) for card in cards):
                return build
    return None


def why_not(nvidia: Nvidia) -> str:
    """Why no build can use the cards, and what would help."""
    oldest = min(build.driver for build in CUDA_BUILDS)
    if nvidia.driver is None:
        return "There is an NVIDIA GPU, but its driver does not answer (try `nvidia-smi`)."
    if nvidia.driver < oldest:
        return f"The NVIDIA driver {nvidia.driver} is too old ({oldest} is needed)."
    wanted = [b.driver for b in CUDA_BUILDS if any(b.serves(card) for card, _ in nvidia.cards)]
    if wanted:
        return f"{nvidia.title}: the driver is too old for this card ({min(wanted)} is needed)."
    return f"PyTorch has no programs for {nvidia.title}."


def uses_gpu(build: str) -> bool:
    """Whether a build is made for a GPU; that for Macs serves both."""
    return build not in (CPU, MAC)


def named(wish: str) -> str:
    """The build that `--torch` names: `rocm` is today's of ROCm, `cu130` itself."""
    return NAMES.get(wish, wish)


def is_known(wish: str) -> bool:
    """Whether `--torch` may ask for it: also for builds of other releases than we know."""
    return wish in NAMES or OTHER_BUILD.fullmatch(wish) is not None
