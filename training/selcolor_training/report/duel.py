"""Two colorizers on the paper's ten figures: who wins each, and why one was lost."""

from __future__ import annotations

from dataclasses import dataclass

from selcolor_training.metrics import ColorFigures
from selcolor_training.report.paper import FIGURES, HIGHER_IS_BETTER

SAME_TIME = 1.1
"""Two trainings took the same time if neither took this many times the other's."""


@dataclass(frozen=True)
class Contestant:
    """A colorizer's recipe, its minutes of training and its figures."""

    recipe: str
    minutes: float
    figures: ColorFigures


@dataclass(frozen=True)
class Round:
    """One figure of both.

    Attributes:
        name: the figure and its channel.
        ours: of the first contestant.
        theirs: of the second.
        lead: by how much the first is better; below 0 where it is worse.
    """

    name: str
    ours: float
    theirs: float
    lead: float


def rounds(ours: ColorFigures, theirs: ColorFigures) -> list[Round]:
    """The paper's ten figures, one after another."""
    found = []
    for label, stem in FIGURES.items():
        for channel in "ab":
            first, second = (getattr(each, f"{stem}_{channel}") for each in (ours, theirs))
            lead = first - second if label in HIGHER_IS_BETTER else second - first
            found.append(Round(f"{label}, {channel}", first, second, round(lead, 4)))
    return found


def tell_duel(ours: Contestant, theirs: Contestant) -> str:
    """The ten figures as a table, and a reason for each that the first lost, in Markdown."""
    fought = rounds(ours.figures, theirs.figures)
    lost = [each for each in fought if each.lead < 0]
    lines = [
        tell_time(ours, theirs),
        "",
        f"| Figure | {ours.recipe} | {theirs.recipe} | better | by |",
        "|---|---|---|---|---|",
        *(tell_round(each, ours.recipe, theirs.recipe) for each in fought),
        "",
        f"`{ours.recipe}` is better in {sum(each.lead > 0 for each in fought)} of {len(fought)}.",
    ]
    if lost:
        lines += ["", *(f"* {tell_loss(each)}" for each in lost)]
        lines += ["", tell_reason(ours.figures, theirs.figures)]
    return "\n".join(lines)


def tell_time(ours: Contestant, theirs: Contestant) -> str:
    """How long both were trained, and whether that is a fair comparison."""
    said = f"Trained for {ours.minutes:.1f} and {theirs.minutes:.1f} minutes"
    longer, shorter = max(ours.minutes, theirs.minutes), min(ours.minutes, theirs.minutes)
    if longer <= SAME_TIME * shorter:
        return f"{said}, the same time."
    return f"{said}: not the same time, so this is no fair comparison."


def tell_round(fought: Round, ours: str, theirs: str) -> str:
    """One line of the table."""
    better = "neither" if fought.lead == 0 else ours if fought.lead > 0 else theirs
    values = f"{fought.ours:.4f} | {fought.theirs:.4f}"
    return f"| {fought.name} | {values} | {better} | {abs(fought.lead):.4f} |"


def tell_loss(fought: Round) -> str:
    """By how much a figure was lost."""
    share = abs(fought.lead / fought.theirs) if fought.theirs else 0.0
    return (
        f"{fought.name}: lost by {-fought.lead:.4f} "
        f"({fought.ours:.4f} against {fought.theirs:.4f}, {share:.0%})."
    )


def tell_reason(ours: ColorFigures, theirs: ColorFigures) -> str:
    """What the figures themselves say of why errors are larger."""
    chroma = f"{ours.chroma_ratio:.2f} against {theirs.chroma_ratio:.2f} of the truth"
    if ours.chroma_ratio > theirs.chroma_ratio:
        return (
            f"The loser's colors are stronger (chroma {chroma}). These figures favor pale "
            "pictures: a color that is wrong costs more than gray, and who guesses the mean of all "
            "plausible colors errs least."
        )
    return (
        f"Strength of color is not the reason (chroma {chroma}): the colors themselves are "
        "further off."
    )
