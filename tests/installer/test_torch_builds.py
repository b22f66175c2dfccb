"""Which PyTorch fits: from what `nvidia-smi` prints for cards from Maxwell to Blackwell.

The lines are in the form that NVIDIA's program prints; its refusals are those of candle's issue 733
and of NVIDIA's own texts. No GPU was at hand when these tests were written.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from selcolor_installer.standalone import torch_builds
from selcolor_installer.standalone.torch_builds import Nvidia, choose, read_nvidia

NO_DRIVER = (
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that "
    "the latest NVIDIA driver is installed and running.\n"
)
NO_FIELD = 'Field "compute_cap" is not a valid field to query.\n\n'


@pytest.mark.parametrize(
    ("printed", "build"),
    [
        ("3.5, 470.256.02, Tesla K40m\n", "cpu"),
        ("5.2, 535.183.01, NVIDIA GeForce GTX 980\n", "cu126"),
        ("6.0, 580.82.07, Tesla P100-PCIE-16GB\n", "cu126"),
        ("6.1, 580.95.05, NVIDIA GeForce GTX 1080 Ti\n", "cu126"),
        ("6.1, 390.157, GeForce GTX 1050\n", "cpu"),
        ("7.0, 580.82.07, Tesla V100-SXM2-32GB\n", "cu126"),
        ("7.5, 580.82.07, NVIDIA GeForce RTX 2080 Ti\n", "cu130"),
        ("7.5, 535.183.01, Tesla T4\n", "cu126"),
        ("8.0, 525.147.05, NVIDIA A100-SXM4-80GB\n", "cu126"),
        ("8.6, 581.29, NVIDIA GeForce RTX 3060 Laptop GPU\n", "cu130"),
        ("8.9, 550.54.14, NVIDIA GeForce RTX 4090\n", "cu126"),
        ("9.0, 580.82.07, NVIDIA H100 80GB HBM3\n", "cu130"),
        ("10.0, 580.82.07, NVIDIA B200\n", "cu130"),
        ("12.0, 572.16, NVIDIA GeForce RTX 5090\n", "cu128"),
        ("12.0, 580.95.05, NVIDIA GeForce RTX 5070 Ti\n", "cu130"),
        ("12.1, 580.95.05, NVIDIA GB10\n", "cu130"),
        ("12.0, 565.77, NVIDIA GeForce RTX 5080\n", "cpu"),
    ],
)
def test_the_build_serves_the_card_and_runs_with_the_driver(printed: str, build: str) -> None:
    assert choose("linux", read_nvidia(printed))[0] == build


@pytest.mark.parametrize(
    ("cards", "build"),
    [
        ("8.6, 580.82.07, RTX 3090\n8.6, 580.82.07, RTX 3090\n", "cu130"),
        ("6.1, 580.82.07, GTX 1080\n8.6, 580.82.07, RTX 3090\n", "cu126"),
        ("6.1, 580.82.07, GTX 1080\n12.0, 580.82.07, RTX 5090\n", "cu130"),
        ("[N/A], 580.82.07, broken\n8.6, 580.82.07, RTX 3090\n", "cu130"),
    ],
)
def test_of_several_cards_as_many_as_can_be_are_served(cards: str, build: str) -> None:
    assert choose("linux", read_nvidia(cards))[0] == build


@pytest.mark.parametrize(
    ("nvidia", "why"),
    [
        (read_nvidia("6.1, 580.95.05, GTX 1080 Ti\n"), "GTX 1080 Ti with driver 580 was found."),
        (read_nvidia(NO_FIELD, "470.182.03\n"), "The NVIDIA driver 470 is too old (525 is needed)"),
        (read_nvidia(NO_DRIVER, NO_DRIVER), "its driver does not answer (try `nvidia-smi`)"),
        (read_nvidia("12.0, 565.77, RTX 5080\n"), "too old for this card (570 is needed)"),
        (read_nvidia("3.7, 545.23.06, Tesla K80\n"), "PyTorch has no programs for Tesla K80"),
    ],
)
def test_the_reason_is_given_in_words(nvidia: Nvidia, why: str) -> None:
    assert why in choose("linux", nvidia)[1]


@pytest.mark.parametrize(
    ("platform", "files", "build"),
    [
        ("darwin", (), "mps"),
        ("linux", ("dev/kfd", "opt/rocm/x"), "rocm6.4"),
        ("linux", ("usr/lib/x/libze_intel_gpu.so.1",), "xpu"),
        ("linux", (), "cpu"),
        ("win32", (), "cpu"),
    ],
)
def test_without_nvidia_the_machine_tells(
    tmp_path: Path, platform: str, files: tuple[str, ...], build: str
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()

    assert choose(platform, None, tmp_path)[0] == build


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ('echo "8.9, 550.54.14, NVIDIA GeForce RTX 4090"', ("cu126", 550)),
        (f"case $1 in *compute*) echo '{NO_FIELD}'; exit 2;; *) echo 470.182.03;; esac", ("", 470)),
        (f'echo "{NO_DRIVER}"; exit 9', ("", None)),
        ("exec sleep 60", ("", None)),
        ("echo No devices were found; exit 6", ("", None)),
    ],
)
def test_nvidias_program_is_asked_and_may_fail_or_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, found: tuple[str, int | None]
) -> None:
    monkeypatch.setattr(torch_builds, "SMI_SECONDS", 0.5)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program = tmp_path / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)

    nvidia = torch_builds.ask_nvidia()

    assert nvidia is not None
    build = torch_builds.cuda_build(nvidia)
    assert (build.name if build else "", nvidia.driver) == found


def test_without_nvidias_program_there_is_no_such_card(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert torch_builds.ask_nvidia() is None


def test_what_can_be_asked_for() -> None:
    assert [torch_builds.named(wish) for wish in ("rocm", "cpu", "cu130", "xpu")] == (
        ["rocm6.4", "cpu", "cu130", "xpu"]
    )
    assert torch_builds.TESTED == ("cpu", "mps", "cu130")
    known = ("rocm", "rocm6.4", "cpu", "cu126", "cu999")
    assert all(torch_builds.is_known(wish) for wish in known)
    assert not any(torch_builds.is_known(wish) for wish in ("cuda", "gpu", "CPU", "cu13", ""))
