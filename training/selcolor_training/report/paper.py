"""The paper's own numbers, and what they imply."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from selcolor_training.metrics import ColorFigures

FIGURES = {
    "R-square": "r2",
    "Explained variance": "explained_variance",
    "Mean absolute error": "mae",
    "Median absolute error": "median_ae",
    "Mean squared error": "mse",
}
"""The paper's figures, and what `ColorFigures` calls them, less the channel."""

HIGHER_IS_BETTER = frozenset({"R-square", "Explained variance"})


@dataclass(frozen=True)
class PaperTable:
    """One of the paper's tables of metrics.

    Attributes:
        number: of the table.
        caption: as it is printed.
        values: for each of `FIGURES`, channel a and channel b.
        pictures: what it was measured on.
    """

    number: int
    caption: str
    values: dict[str, tuple[float, float]]
    pictures: int = 2000


TABLES = {
    "unet-resnet18": PaperTable(
        2,
        "ResNet18 metrics on validation dataset",
        {
            "R-square": (0.9762, 0.7944),
            "Explained variance": (0.9763, 0.8047),
            "Mean absolute error": (0.0221, 0.0813),
            "Median absolute error": (0.0115, 0.0533),
            "Mean squared error": (0.0016, 0.0144),
        },
    ),
    "vit-lsgan": PaperTable(
        4,
        "ViT metrics on validation dataset",
        {
            "R-square": (0.9856, 0.8596),
            "Explained variance": (0.9859, 0.8620),
            "Mean absolute error": (0.0157, 0.0625),
            "Median absolute error": (0.0075, 0.0374),
            "Mean squared error": (0.0010, 0.0095),
        },
    ),
}
"""Tables 2 and 4, by the recipe that rebuilds their system."""

SUMMARIES = {
    "unet-vit-discriminator": "Patches of colors, modest b-channel predictions. Gray images.",
    "vit-gan": "Gray images.",
    "vit-lsgan": "Good natural colorization, best metrics for ab-channels.",
}
"""Table 3, by recipe, in the paper's words."""


def implied_variance(r2: float, mean_squared_error: float) -> float:
    """The variance of the truth that R² and mean squared error imply: R² = 1 − error / variance."""
    return mean_squared_error / (1.0 - r2)


def explain_r2(ours: ColorFigures, gray: ColorFigures | None = None) -> str:
    """Why the paper's R² and ours are not of one kind, in Markdown, computed from both.

    Args:
        ours: the system that stands for ours.
        gray: of predicting no color at all, on the same photos.
    """
    return "\n\n".join(
        [_say_what_is_printed(), _say_what_follows(ours), _say_our_guess(ours, gray)]
    )


def _say_what_is_printed() -> str:
    (r2_a, r2_b), pictures = TABLES["vit-lsgan"].values["R-square"], TABLES["vit-lsgan"].pictures
    return (
        f"The paper prints R² of {r2_a} for a and {r2_b} for b, on {pictures} photos of COCO. That "
        "is far above what any published colorizer explains of ab: from luminance alone, whether a "
        "car is red or blue cannot be known. Ours is scikit-learn's `r2_score` on ab / 110, over "
        "all pixels of all photos of the split together. It stands beside the paper's as it is; no "
        "definition was changed to come nearer."
    )


def _say_what_follows(ours: ColorFigures) -> str:
    implied = {
        f"Table {table.number}, {channel}": implied_variance(
            table.values["R-square"][index], table.values["Mean squared error"][index]
        )
        for table in TABLES.values()
        for index, channel in enumerate("ab")
    }
    of_the_paper = ", ".join(f"{name}: {value:.3f}" for name, value in implied.items())
    a = implied_variance(ours.r2_a, ours.mse_a)
    b = implied_variance(ours.r2_b, ours.mse_b)
    (mse_a, mse_b) = TABLES["vit-lsgan"].values["Mean squared error"]
    return (
        "What can be checked: R² = 1 − mean squared error / variance of the truth, so the paper's "
        f"own figures imply that variance. It is nearly the same in all four ({of_the_paper}). The "
        f"photos that we measure on have {a:.3f} for a and {b:.3f} for b (ab / 110). So the "
        "paper's truth varies "
        f"{implied['Table 4, a'] / a:.1f} times as much as ours in a and "
        f"{implied['Table 4, b'] / b:.1f} times in b, and alike in both, which ab of photographs "
        "do not: b (sky, skin, wood) varies more than a. Other photos cannot explain it: as ab it "
        f"would be a standard deviation of {110 * implied['Table 4, a'] ** 0.5:.0f} units. With "
        f"our variances, the errors of Table 4 would be R² of {1 - mse_a / a:.2f} and "
        f"{1 - mse_b / b:.2f}. Whatever was measured, it was probably not ab / 110."
    )


def _say_our_guess(ours: ColorFigures, gray: ColorFigures | None) -> str:
    table = TABLES["vit-lsgan"].values
    shown = {"ours": ours} | ({"gray pictures": gray} if gray else {})
    names = [f"{name}, {channel}" for name in shown for channel in ("green", "blue")]
    header = ["Metric", *names, "Table 4, “a”", "Table 4, “b”"]
    rows = []
    for label, stem in FIGURES.items():
        values = [
            getattr(figures, f"{stem}_{channel}")
            for figures in shown.values()
            for channel in ("green", "blue")
        ]
        rows.append([label, *(f"{value:.4f}" for value in (*values, *table[label]))])
    green = implied_variance(ours.r2_green, ours.mse_green)
    blue = implied_variance(ours.r2_blue, ours.mse_blue)
    text = (
        "A guess, but one with numbers: that variance is what a channel of RGB in [0, 1] has "
        f"({green:.3f} for green and {blue:.3f} for blue of our photos). If predictions were "
        "turned into RGB before they were measured, channels 1 and 2 of the array are green and "
        "blue, not a and b. Green follows from luminance almost alone, blue less, so both look "
        "well explained whatever the colors are. The same predictions of ours, measured so:"
    )
    found = f"{text}\n\n{markdown(header, rows)}"
    if gray is None:
        return found
    return (
        f"{found}\n\nPictures without any color reach R² of {gray.r2_green:.4f} and "
        f"{gray.r2_blue:.4f} in that way, and of {gray.r2_a:.4f} and {gray.r2_b:.4f} in a and b. "
        "We cannot know what the authors' code did."
    )


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown, as its lines."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
