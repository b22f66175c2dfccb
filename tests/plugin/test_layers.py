"""The layer plan, what is stored to find its layers again, and what the dialog offers."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import version

import pytest
from scripted import WELCOME

from selcolor_plugin import VERSION, choices
from selcolor_plugin.layers import Role, plan_layers
from selcolor_plugin.record import (
    GroupRecord,
    LayersMissing,
    find_record,
    missing,
    read_record,
)
from selcolor_plugin.staleness import Change, Snapshot, change_between, describe_change
from selcolor_protocol.messages import Done
from selcolor_protocol.options import Background, ColorizeOptions, MaskOptions, Subject
from selcolor_protocol.raster import Channels, Raster, RasterFormat, SampleType

PHOTO = Raster(RasterFormat(2, 1, Channels.GRAY, SampleType.U8), b"ab")
DONE = Done(1, "vit", "fg", "cpu", (), PHOTO, PHOTO, PHOTO)
RECORD = GroupRecord(
    {Role.GROUP: ("g",), Role.BLENDED: ("b",), Role.SOURCE: ("s",)},
    ColorizeOptions(
        gain=0.5,
        saturation=2.0,
        subject=Subject.named("person,cat"),
        invert=True,
        mask=MaskOptions(True, 3.0),
        background=Background.GRAY,
        colorizer="vit",
        segmenter="fg",
    ),
)
BEFORE = Snapshot((10, 10), ("RGBA", "U8"), "layer", (0, 0, 2, 1), b"ab")


def test_the_plan_is_hints_over_blended_over_colorized_with_its_mask() -> None:
    plan = plan_layers(DONE, -3, 4)

    assert plan.group_name == "Selective Colorize"
    assert [(layer.role, layer.name, layer.visible, layer.mask_of) for layer in plan.layers] == [
        (Role.HINTS, "Color Hints", True, None),
        (Role.BLENDED, "Blended", False, None),
        (Role.COLORIZED, "Colorized", True, None),
        (Role.MASK, "Mask", True, Role.COLORIZED),
    ]
    assert (plan.left, plan.top) == (-3, 4)


def test_a_record_survives_being_stored() -> None:
    replaced = RECORD.replaced(Role.BLENDED, "b2")

    assert read_record(replaced.to_json()) == replaced
    assert replaced.layers[Role.BLENDED] == ("b2", "b")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "null", "{}", RECORD.to_json().replace('"version": 1', '"version": 2')]
    + [json.dumps(json.loads(RECORD.to_json()) | {"feather": value}) for value in (-1, "x", None)],
)
def test_what_is_no_record_is_none(text: str) -> None:
    assert read_record(text) is None


def test_a_result_knows_its_photo_but_has_not_made_it() -> None:
    assert RECORD.knows("s")
    assert not RECORD.has_made("s")
    assert RECORD.has_made("b")
    assert not RECORD.has_made("elsewhere")


def test_the_active_layer_tells_which_result_is_meant() -> None:
    other = GroupRecord({Role.GROUP: ("h",)}, ColorizeOptions())

    assert find_record([other, RECORD], ["b", "g", "root"]) is RECORD
    assert find_record([other], ["elsewhere"]) is other


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_results_of_one_photo_the_newest_is_meant(order: int) -> None:
    newer = replace(RECORD, layers={**RECORD.layers, Role.GROUP: ("h",)}, made=2.0)
    older = replace(RECORD, made=1.0)

    assert find_record([older, newer][::order], ["s"]) is newer
    assert read_record(newer.to_json()) == newer


def test_a_record_of_an_older_version_counts_as_oldest() -> None:
    content = json.loads(RECORD.to_json())
    del content["made"]

    assert read_record(json.dumps(content)) == RECORD


def test_without_a_result_or_with_too_many_the_user_is_told_what_to_do() -> None:
    with pytest.raises(LayersMissing, match="no result"):
        find_record([], ["a"])
    with pytest.raises(LayersMissing, match="several"):
        find_record([RECORD, RECORD], ["a"])


def test_what_is_missing_is_named() -> None:
    error = missing([Role.MASK, Role.SOURCE])

    assert "the mask of Colorized, the photo's layer" in error.sentence
    assert "Undo" in error.hint


@pytest.mark.parametrize(
    ("after", "wanted"),
    [
        (BEFORE, None),
        (None, Change.CLOSED),
        (replace(BEFORE, image_size=(9, 10)), Change.RESIZED),
        (replace(BEFORE, color_space="CMYKA"), Change.CONVERTED),
        (replace(BEFORE, layer="", rectangle=(0, 0, 0, 0)), Change.LAYER_GONE),
        (replace(BEFORE, rectangle=(1, 0, 2, 1)), Change.LAYER_MOVED),
        (replace(BEFORE, pixels=b"ac"), Change.LAYER_EDITED),
    ],
)
def test_a_change_of_the_image_is_noticed(after: Snapshot | None, wanted: Change | None) -> None:
    assert change_between(BEFORE, after) is wanted
    assert wanted is None or describe_change(wanted).endswith(".")


def test_models_that_cannot_be_used_are_not_offered() -> None:
    (colorizer,) = choices.model_choices(WELCOME, choices.COLORIZER)
    (segmenter,) = choices.model_choices(WELCOME, choices.SEGMENTER)

    assert (colorizer.value, colorizer.label) == ("vit-lsgan-lite", "Built-in")
    assert (segmenter.value, segmenter.label) == ("foreground-lite", "Built-in")
    assert choices.model_title("mine") == "mine"


@pytest.mark.parametrize("has_selection", [True, False])
def test_a_selection_can_be_chosen_only_where_there_is_one(has_selection: bool) -> None:
    offered = {each.value: each for each in choices.subject_choices(has_selection)}

    assert list(offered) == ["main", "everything", "selection", "nothing"]
    assert offered["selection"].enabled is has_selection
    assert bool(offered["selection"].tip) is not has_selection


def test_what_is_selected_is_what_a_dialog_begins_with() -> None:
    remembered = ColorizeOptions(subject=Subject.named("everything"), gain=2.0)

    assert choices.prefilled(remembered, False) == remembered
    selected = choices.prefilled(remembered, True)
    assert (selected.subject.name, selected.gain) == ("selection", 2.0)
    assert choices.prefilled(selected, False).subject == Subject()


def test_classes_are_those_of_the_chosen_segmenter() -> None:
    offered = choices.class_choices(WELCOME, "foreground-lite")

    assert [choice.value for choice in offered] == ["main", "person", "cat"]
    assert choices.class_label("potted_plant") == "Potted plant"


def test_remembered_models_and_classes_that_are_gone_become_the_defaults() -> None:
    wanted = ColorizeOptions(
        colorizer="vit-lsgan",
        segmenter="deeplabv3-resnet101",
        subject=Subject.named("dog"),
        gain=2.0,
    )

    assert choices.usable_options(wanted, WELCOME) == ColorizeOptions(gain=2.0)


def test_the_plugins_version_is_the_distributions() -> None:
    assert version("selective-colorize") == VERSION
