"""The report's page: what its tables say follows from the numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from selcolor_training.color_meter import ColorFigures
from selcolor_training.mask_figures import MaskFigures
from selcolor_training.mask_measure import ClassResult, MaskResult, SegmenterFigures
from selcolor_training.report import table
from selcolor_training.report.definitions import DEFINITIONS
from selcolor_training.report.entries import Picture, Results, SegmenterResult, SystemResult
from selcolor_training.report.paper import DIFFERENCES, FIGURES, TABLES

OURS = ColorFigures(
    r2_a=0.25,
    r2_b=0.30,
    explained_variance_a=0.26,
    explained_variance_b=0.31,
    mae_a=0.06,
    mae_b=0.09,
    median_ae_a=0.04,
    median_ae_b=0.06,
    mse_a=0.0075,
    mse_b=0.014,
    psnr=24.5,
    ssim=0.91,
    ciede2000=9.5,
    colorfulness=30.0,
    colorfulness_truth=36.0,
    chroma_ratio=0.9,
    auc=0.9,
    pictures=850,
)


def system(recipe: str, preset: str = "laptop", **changes: float) -> SystemResult:
    """A result with some figures of its own."""
    return SystemResult(
        recipe=recipe,
        title=f"Title of {recipe}",
        preset=preset,
        start="pretrained",
        parameters=31_100_000,
        epochs=20.0,
        steps=12_000,
        minutes=90.0,
        device="a laptop, 2 threads",
        figures=replace(OURS, **changes),
        history=Path("build/history.csv"),
        samples=60_000,
    )


RESULTS = Results(
    command="selcolor-train table --preset laptop --data ../shared/data",
    data_digest="0123456789abcdef",
    systems=(
        system("unet-resnet18-laptop", mae_a=0.0712),
        system("unet-vit-discriminator-laptop", chroma_ratio=0.1),
        system("vit-lsgan-laptop"),
        system("vit-lsgan", preset="paper", r2_a=0.3333),
        system("vit-lsgan-lite"),
    ),
    segmenters=(
        SegmenterResult(
            "foreground-lite",
            "Foreground",
            SegmenterFigures(
                (MaskResult("ccp", 100, MaskFigures(0.921, 0.987, 0.801, 1.25), missed=0.01),),
                (ClassResult("dog", 9, 0.7, 0.02, 0, None),),
                pictures_without_subject=50,
                found_none=0.86,
            ),
        ),
    ),
    pictures=(Picture("Learning curves", "figures/curves.png"),),
)


def line_with(text: str, start: str) -> str:
    """The first line that starts so."""
    return next(line for line in text.splitlines() if line.startswith(start))


def test_our_figures_stand_beside_the_papers() -> None:
    text = table.paper_table("unet-resnet18", RESULTS.systems)

    row = "| Mean absolute error | 0.0712 | 0.0900 | 0.0221 | 0.0813 |"
    assert line_with(text, "| Mean abs") == row
    assert line_with(text, "| Sample") == "| Sample size | 850 | 850 | 2000 | 2000 |"


def test_laptop_and_paper_size_stand_side_by_side() -> None:
    text = table.paper_table("vit-lsgan", RESULTS.systems)

    names = ("ours, laptop size", "ours, paper size", "the paper")
    header = " | ".join(f"{name}: {channel}" for name in names for channel in "ab")
    assert line_with(text, "| Metric") == f"| Metric | {header} |"
    assert "| 0.2500 | 0.3000 | 0.3333 | 0.3000 | 0.9856 | 0.8596 |" in text


def test_a_system_that_was_not_trained_is_left_out() -> None:
    page = table.render(replace(RESULTS, systems=RESULTS.systems[:1]))

    assert "Table 2" in page
    assert "## Table 4" not in page
    assert "against" not in page


def test_the_page_says_what_made_it_and_what_everything_means() -> None:
    page = table.render(RESULTS)

    assert RESULTS.command in page
    assert RESULTS.data_digest in page
    assert "31.1 M" in page
    assert "figures/curves.png" in page
    assert all(meaning in page for meaning in DEFINITIONS.values())


def test_words_follow_from_the_figures() -> None:
    gray = table.describe(replace(OURS, chroma_ratio=0.1))

    assert gray.startswith("Nearly gray: chroma 0.10")
    assert table.describe(OURS).startswith("As colorful as the photos")


def test_masks_and_pictures_without_a_subject_are_reported() -> None:
    text = table.segmenter_table(RESULTS.segmenters[0])

    assert "| ccp | 100 | 0.921 | 0.801 | 1.25 | 1.0% |" in text
    assert "| dog | 9 | 0.700 | 2.0% | 0 | – |" in text
    assert "50 pictures without a subject" in text
    assert "86%" in text


def test_pictures_without_color_are_measured_beside() -> None:
    gray = replace(OURS, r2_a=-0.08, chroma_ratio=0.0)

    page = table.render(replace(RESULTS, gray=gray))

    assert "| No color at all |  | 24.50 dB |" in page


def test_every_figure_of_the_paper_is_defined() -> None:
    assert set(FIGURES) <= set(DEFINITIONS)
    assert all(set(each.values) == set(FIGURES) for each in TABLES.values())


def test_what_differs_from_the_paper_is_on_the_page() -> None:
    page = table.render(RESULTS)

    assert all(what in page and ours in page for what, _, ours in DIFFERENCES)


def test_what_a_training_took_is_on_the_page() -> None:
    row = line_with(table.trainings(RESULTS.systems), "| Title of vit-lsgan-laptop")

    assert "| 60000 | 12000 | 90.0 | a laptop, 2 threads |" in row
