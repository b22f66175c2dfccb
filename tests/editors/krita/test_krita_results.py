"""Results that Recomposite finds again, and what it says when it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest
from krita_process import Krita

pytestmark = pytest.mark.editors


def test_recomposite_says_what_it_misses(krita: Krita, photo: Path) -> None:
    facts = krita.run("results.damaged", photo=str(photo))

    assert "no result" in facts["none"]
    assert "the mask of Colorized" in facts["no mask"]
    assert "the photo's layer" in facts["no photo"]


def test_recomposite_finds_layers_that_were_renamed_and_shown(krita: Krita, photo: Path) -> None:
    tree = krita.run("results.renamed", photo=str(photo))

    group = next(node for node in tree["children"] if node["name"] == "mine")
    assert [(node["name"], node["visible"]) for node in group["children"]] == [
        ("color", True),
        ("Blended", True),
        ("Color Hints", True),
    ]


def test_a_result_that_was_undone_does_not_count(krita: Krita, photo: Path) -> None:
    facts = krita.run("results.undone", photo=str(photo))

    assert "no result" in facts["undone"]
    _photo, group, _other = facts["recomposited"]["children"]
    assert [node["name"] for node in group["children"]][1] == "Blended"


def test_a_locked_blended_is_left_as_it_is_with_the_way_out(krita: Krita, photo: Path) -> None:
    facts = krita.run("results.locked", photo=str(photo))

    assert "“Blended” could not be replaced" in facts["text"]
    assert "Unlock" in facts["text"]
    assert facts["unchanged"]
    assert facts["later"]


def test_trying_again_recomposites_the_same_result(
    krita: Krita, photo: Path, runtime: Path, home: Path
) -> None:
    facts = krita.run(
        "results.tried_again",
        photo=str(photo),
        record=str(home / ".config/selective-colorize/daemon.json"),
        pid_file=str(runtime / "connection.json"),
    )

    assert "could not be started" in facts["text"]
    assert facts["replaced"] == [True, False]


def test_a_result_is_found_again_after_saving_and_opening(
    krita: Krita, photo: Path, place: Path
) -> None:
    facts = krita.run("results.saved_and_reopened", photo=str(photo), path=str(place / "saved.kra"))

    assert facts["reopened"]["children"] == facts["before"]["children"]
    names = [node["name"] for node in facts["recomposited"]["children"][1]["children"]]
    assert names == ["Colorized", "Blended", "Color Hints"]


def test_a_locked_group_is_named(krita: Krita, photo: Path) -> None:
    text = krita.run("results.locked_group", photo=str(photo))

    assert "Unlock “Selective Colorize”" in text


def test_a_blended_of_another_depth_may_be_deleted(krita: Krita, photo: Path) -> None:
    text = krita.run("results.of_another_depth", photo=str(photo))

    assert "“Blended” is RGBA U16" in text
    assert "Delete that layer" in text


def test_a_copied_group_is_not_taken_for_the_original(krita: Krita, photo: Path) -> None:
    facts = krita.run("results.copied", photo=str(photo))

    assert "or a copy" in facts["text"]
    assert facts["unchanged"]


def test_recomposite_leaves_blended_hidden_in_what_the_image_shows(
    krita: Krita, photo: Path
) -> None:
    before, after = krita.run("results.shown_bounds", photo=str(photo))

    assert before == after
