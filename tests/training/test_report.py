"""The report: what its tables say follows from the numbers, and its pictures can be opened."""

from __future__ import annotations

import io
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from selcolor_training.errors import DatasetError
from selcolor_training.foreground import MaskResult
from selcolor_training.journal import Entry
from selcolor_training.metrics import DEFINITIONS, ColorFigures, MaskFigures
from selcolor_training.report import curves, grids, sheet, table
from selcolor_training.report.duel import Contestant, rounds, tell_duel
from selcolor_training.report.paper import FIGURES, TABLES, explain_r2, implied_variance

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
    r2_green=0.98,
    r2_blue=0.85,
    explained_variance_green=0.98,
    explained_variance_blue=0.86,
    mae_green=0.016,
    mae_blue=0.06,
    median_ae_green=0.008,
    median_ae_blue=0.04,
    mse_green=0.001,
    mse_blue=0.01,
    pictures=850,
)


def system(recipe: str, preset: str = "laptop", **changes: float) -> table.SystemResult:
    """A result with some figures of its own."""
    return table.SystemResult(
        recipe=recipe,
        title=f"Title of {recipe}",
        preset=preset,
        parameters=31_100_000,
        epochs=20.0,
        steps=12_000,
        minutes=90.0,
        device="a laptop, 2 threads",
        figures=replace(OURS, **changes),
        history=Path("build/history.csv"),
    )


RESULTS = table.Results(
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
        table.SegmenterResult(
            "foreground-lite",
            "Foreground",
            (MaskResult("ccp", 100, MaskFigures(0.921, 0.987, 0.801), missed=0.01),),
            pictures_without_subject=50,
            found_none=0.86,
        ),
    ),
    pictures=(table.Picture("Learning curves", "figures/curves.png"),),
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

    assert "| ccp | 100 | 0.921 | 0.987 | 0.801 | 1.0% |" in text
    assert "50 pictures without a subject" in text
    assert "86%" in text


def test_results_are_kept_and_read_back(tmp_path: Path) -> None:
    results = replace(RESULTS, gray=OURS)
    kept = table.load(table.save(results, tmp_path / "build" / "results.json"))

    assert kept == results
    assert table.write(kept, tmp_path / "RESULTS.md").read_text(encoding="utf-8") == table.render(
        results
    )


def test_the_variance_that_r2_and_error_imply() -> None:
    assert implied_variance(r2=0.75, mean_squared_error=0.01) == pytest.approx(0.04)


def test_the_papers_own_figures_imply_the_same_variance_in_both_channels() -> None:
    implied = [
        implied_variance(
            each.values["R-square"][channel], each.values["Mean squared error"][channel]
        )
        for each in TABLES.values()
        for channel in (0, 1)
    ]

    assert implied == pytest.approx([0.068] * 4, abs=0.003)


def test_the_explanation_counts_with_our_numbers_and_calls_a_guess_a_guess() -> None:
    text = explain_r2(OURS)

    assert "0.010 for a and 0.020 for b" in text
    assert "A guess" in text
    assert "| R-square | 0.9800 | 0.8500 | 0.9856 | 0.8596 |" in text
    assert "without any color" not in text


def test_pictures_without_color_are_measured_beside() -> None:
    gray = replace(OURS, r2_a=-0.08, r2_green=0.99, r2_blue=0.87, chroma_ratio=0.0)

    page = table.render(replace(RESULTS, gray=gray))

    assert "| R-square | 0.9800 | 0.8500 | 0.9900 | 0.8700 | 0.9856 | 0.8596 |" in page
    assert "| No color at all |  | 24.50 dB |" in page
    assert "R² of 0.9900 and 0.8700 in that way, and of -0.0800" in page


def test_every_figure_of_the_paper_is_defined() -> None:
    assert set(FIGURES) <= set(DEFINITIONS)
    assert all(set(each.values) == set(FIGURES) for each in TABLES.values())


def test_high_r2_and_low_error_win() -> None:
    better = replace(OURS, r2_a=0.35, mae_b=0.08)

    leads = {each.name: each.lead for each in rounds(better, OURS)}

    assert len(leads) == 10
    assert leads["R-square, a"] == pytest.approx(0.1)
    assert leads["Mean absolute error, b"] == pytest.approx(0.01)
    assert leads["Mean squared error, a"] == 0


def test_a_lost_figure_says_by_how_much_and_why() -> None:
    ours = Contestant("ours", 90.0, replace(OURS, mae_a=0.063))
    pale = Contestant("pale", 91.0, replace(OURS, chroma_ratio=0.4))

    text = tell_duel(ours, pale)

    assert "the same time" in text
    assert "Mean absolute error, a: lost by 0.0030 (0.0630 against 0.0600, 5%)" in text
    assert "better in 0 of 10" in text
    assert "chroma 0.90 against 0.40" in text


def test_a_comparison_of_unlike_times_says_so() -> None:
    text = tell_duel(Contestant("ours", 300.0, OURS), Contestant("theirs", 90.0, OURS))

    assert "no fair comparison" in text
    assert "lost" not in text


def entries(phase: str, name: str, values: list[float]) -> list[Entry]:
    """A curve: a point every 10 steps, which last a second and a tenth of an epoch each."""
    return [
        Entry(10 * (at + 1), phase, 0.1 * (at + 1), float(at + 1), name, value)
        for at, value in enumerate(values)
    ]


def a_history(points: int = 1000) -> list[Entry]:
    """Two phases of noisy losses, validated now and then."""
    noise = np.random.default_rng(0).normal(0.0, 0.05, points)
    loss = list(np.exp(-np.arange(points) / points) + noise)
    return [
        *entries("head start", "color", loss),
        *entries("head start", "validation PSNR", [22.0, 23.0, 23.5]),
        *entries("adversarial", "color", loss[::2]),
        *entries("adversarial", "discriminator", loss[::3]),
        *entries("adversarial", "validation PSNR", [23.6, 23.7]),
    ]


def width_of(file: Path) -> int:
    """A picture file's width, read to the end so that a broken one is noticed."""
    with Image.open(file) as picture:
        picture.load()
        return picture.width


def test_a_later_phase_goes_on_where_the_one_before_ended() -> None:
    history = [
        *entries("head start", "color", [3.0, 2.0]),
        *entries("head start", "validation PSNR", [22.0]),
        *entries("adversarial", "color", [1.0]),
    ]

    joined = curves.one_after_another(history)

    assert [entry.step for entry in joined] == [10, 20, 10, 30]
    assert joined[-1].seconds == 3
    assert joined[-1].epoch == pytest.approx(0.3)


def test_smoothing_is_the_mean_of_the_neighbors() -> None:
    values = np.array([1.0, 2.0, 6.0, 3.0])

    assert curves.smooth(values, window=1) == pytest.approx([1.5, 3.0, 11 / 3, 4.5])


def test_curves_are_small_pictures(tmp_path: Path) -> None:
    one = curves.draw_system("ViT-LSGAN", a_history(), tmp_path / "figures" / "one.png")
    all_of_them = curves.draw_comparison(
        {"first": a_history(), "second": a_history(40)}, tmp_path / "figures" / "all.png"
    )

    for file in (one, all_of_them):
        assert file.stat().st_size < 80_000
        assert width_of(file) > 200


def test_a_history_without_points_still_gives_a_picture(tmp_path: Path) -> None:
    assert width_of(curves.draw_system("none", [], tmp_path / "empty.png")) > 200


def test_a_grid_shows_input_prediction_and_truth() -> None:
    red = torch.zeros(3, 64, 64, dtype=torch.uint8)
    red[0] = 255

    grid = np.asarray(grids.figure_grid([red, red], lambda rgb: 255 - rgb))

    row, middle = grids.SIDE + grids.LABEL_HEIGHT, grids.SIDE // 2
    assert grid.shape == (3 * row, 2 * grids.SIDE + grids.GAP, 3)
    assert tuple(grid[middle, middle]) == (76, 76, 76)
    assert tuple(grid[row + middle, middle]) == (0, 255, 255)
    assert tuple(grid[2 * row + middle, middle]) == (255, 0, 0)


def test_the_grid_of_sample_photos_is_small(tmp_path: Path) -> None:
    file = grids.write_sample_grid(lambda rgb: rgb, tmp_path / "figures" / "grid.jpg")

    assert file.stat().st_size < 150_000
    assert len(grids.sample_photos()) == len(grids.SAMPLES)


def add_photo(shard: tarfile.TarFile, name: str, pixels: np.ndarray) -> None:
    """Add a photo to a tar file."""
    content = io.BytesIO()
    Image.fromarray(pixels).resize((160, 160)).save(content, "webp")
    member = tarfile.TarInfo(name)
    member.size = content.tell()
    content.seek(0)
    shard.addfile(member, content)


@pytest.mark.slow
def test_old_photos_become_pages_by_the_models_that_are_shipped(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "historic-00.tar", "w") as shard:
        add_photo(shard, "old/portrait.webp", data.astronaut()[:260, 100:360])
        add_photo(shard, "old/nothing.webp", np.full((64, 64), 180, np.uint8))

    pages = sheet.make_historic_sheets(tmp_path, tmp_path / "sheets")

    page = np.asarray(Image.open(pages[0])).astype(int)
    gray, colored = page[: sheet.CELL, : sheet.CELL], page[: sheet.CELL, sheet.CELL + grids.GAP :]
    assert [path.name for path in pages] == ["historic-01.jpg"]
    assert page.shape[1] == 4 * (sheet.CELL + grids.GAP) - grids.GAP
    assert np.ptp(gray, axis=2).max() < 12
    assert np.ptp(colored[:, : sheet.CELL], axis=2).max() > 40


def test_a_folder_without_old_photos_says_so(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="historic"):
        sheet.make_historic_sheets(tmp_path, tmp_path / "sheets")
