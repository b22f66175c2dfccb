"""The workflow of both editors, with a fake editor: first and second run, hints, what goes wrong.

What real editors make of it is tested in tests/editors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fake_editor import Daemon, Driven, FakeEditor, FakeImage, drive, gray, rgb, rgba

from selcolor_plugin.coloring import AS_PAINTED, Wish, colorize
from selcolor_plugin.errors import CannotInsert, CannotRead, UserCancelled
from selcolor_plugin.layers import Role
from selcolor_plugin.occasion import occasion_for
from selcolor_plugin.record import GroupRecord, LayersMissing
from selcolor_plugin.settings import Settings
from selcolor_plugin.updating import update
from selcolor_protocol.errors import DaemonGone, JobError
from selcolor_protocol.messages import Blend, Colorize
from selcolor_protocol.options import (
    Background,
    ColorizeOptions,
    MaskOptions,
    Subject,
    SubjectKind,
)

WISH = Wish(ColorizeOptions())
STRONG = Wish(ColorizeOptions(saturation=2.0))
GONE = DaemonGone("The daemon stopped answering.", "Try again.")


@pytest.fixture
def editor() -> FakeEditor:
    return FakeEditor()


@pytest.fixture
def image() -> FakeImage:
    return FakeImage()


@pytest.fixture
def daemon() -> Daemon:
    return Daemon()


@pytest.fixture
def run(editor: FakeEditor, image: FakeImage, daemon: Daemon) -> Callable[..., Driven]:
    def run(wish: Wish = WISH, layers: tuple[str, ...] = ("photo",), **driving: Any) -> Driven:
        return drive(colorize(editor, image, layers, wish, daemon.new_link), **driving)

    return run


@pytest.fixture
def renew(editor: FakeEditor, image: FakeImage, daemon: Daemon) -> Callable[..., Driven]:
    """Update, as with the layer that is active."""

    def renew(refine_again: bool = False, **driving: Any) -> Driven:
        record = editor.result_meant(image, [image.active or ""])
        return drive(update(editor, image, record, refine_again, daemon.new_link), **driving)

    return renew


def the_record(image: FakeImage) -> GroupRecord:
    (record,) = image.records.values()
    return record


def layer(image: FakeImage, role: Role) -> str:
    """The only layer of a role."""
    (found,) = (name for name in image.layers if name.startswith(role.value))
    return found


def paint(image: FakeImage, role: Role, value: int) -> None:
    image.layers[layer(image, role)] = gray(value) if role is Role.MASK else rgba(value)


Run = Callable[..., Driven]

# The first run


def test_the_first_run_adds_one_group_in_one_step_and_makes_the_mask_ready(
    run: Run, editor: FakeEditor, image: FakeImage
) -> None:
    assert run().value == ["group 1"]

    assert image.undo_steps == 1
    assert image.active == layer(image, Role.MASK)
    assert editor.brushes == 1
    assert image.layers[layer(image, Role.HINTS)] is None
    assert the_record(image).options == WISH.options


def test_what_is_told_names_the_mask(run: Run, editor: FakeEditor) -> None:
    run()

    assert "Paint on the mask" in editor.told[-1]


def test_the_selection_goes_with_the_photo(run: Run, image: FakeImage, daemon: Daemon) -> None:
    image.selection = gray(7)
    run(Wish(ColorizeOptions(subject=Subject(SubjectKind.SELECTION))))

    (request,) = daemon.requests
    assert isinstance(request, Colorize)
    assert request.selection == gray(7)


def test_several_layers_become_several_results_in_one_step(
    run: Run, image: FakeImage, daemon: Daemon
) -> None:
    image.layers["other"] = rgb(3)

    driven = run(layers=("photo", "other"))

    assert driven.value == ["group 1", "group 2"]
    assert image.undo_steps == 1
    assert len(daemon.requests) == 2
    assert any("(2 of 2)" in stage for stage in driven.stages)


def test_an_error_names_the_one_of_several_layers(
    run: Run, image: FakeImage, daemon: Daemon
) -> None:
    image.layers["other"] = rgb(3)
    daemon.failures = [JobError("Too small.", "Take a larger one.")]

    with pytest.raises(JobError) as raised:
        run(layers=("photo", "other"))
    assert raised.value.sentence == "“name of photo”: Too small."
    assert image.undo_steps == 0


# Strokes


def test_nothing_is_read_or_inserted_while_the_user_paints(
    run: Run, editor: FakeEditor, image: FakeImage, daemon: Daemon
) -> None:
    image.busy_turns = 5

    def paint_on() -> None:
        image.busy_turns = 5

    daemon.meanwhile = paint_on

    run()

    assert not editor.read_while_busy
    assert image.undo_steps == 1


def test_a_long_stroke_is_told(run: Run, image: FakeImage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("selcolor_plugin.source.Patience.is_over", lambda _self: True)
    image.busy_turns = 3

    assert run().stages[0] == "Waiting until you have finished your stroke…"


def test_an_image_that_is_closed_in_a_stroke_is_told(run: Run, image: FakeImage) -> None:
    image.busy_turns, image.is_open = 3, False

    with pytest.raises(CannotRead, match="no image"):
        run()


# Changed, closed, refused, cancelled


def test_a_photo_that_was_removed_is_told(run: Run, image: FakeImage) -> None:
    del image.layers["photo"]

    with pytest.raises(CannotRead, match="no longer in the image"):
        run()


@pytest.mark.parametrize(
    ("how", "word"),
    [
        (lambda image: image.layers.update(photo=rgb(9)), "edited"),
        (lambda image: image.layers.pop("photo"), "removed"),
        (lambda image: image.layers.update(photo=None), "moved"),
        (lambda image: setattr(image, "size", (9, 9)), "resized"),
    ],
)
def test_a_result_for_an_image_that_changed_is_offered(
    run: Run, image: FakeImage, daemon: Daemon, how: Callable[[FakeImage], None], word: str
) -> None:
    daemon.meanwhile = lambda: how(image)

    driven = run(answers=[True])

    assert word in driven.questions[0].sentence
    assert driven.value == ["group 1"]


def test_a_result_that_is_not_wanted_changes_nothing(
    run: Run, image: FakeImage, daemon: Daemon
) -> None:
    daemon.meanwhile = lambda: image.layers.update(photo=rgb(9))

    with pytest.raises(UserCancelled, match="discarded"):
        run(answers=[False])
    assert image.undo_steps == 0


def test_where_nobody_can_be_asked_a_change_is_an_error(
    run: Run, editor: FakeEditor, image: FakeImage, daemon: Daemon
) -> None:
    editor.can_ask = False
    daemon.meanwhile = lambda: image.layers.update(photo=rgb(9))

    with pytest.raises(CannotInsert, match="edited"):
        run()


def test_the_result_of_a_closed_image_is_opened_as_a_new_one(
    run: Run, editor: FakeEditor, image: FakeImage, daemon: Daemon
) -> None:
    daemon.meanwhile = lambda: setattr(image, "is_open", False)

    assert run(answers=[True]).value == []

    (opened,) = editor.opened
    assert opened.layers["new photo"] == rgb(100)
    assert the_record(opened).layers[Role.SOURCE] == ("new photo",)


def test_an_image_that_closes_while_layers_are_inserted_is_offered_too(
    run: Run, editor: FakeEditor, image: FakeImage, daemon: Daemon
) -> None:
    apply, editor_apply = editor.apply, editor.apply

    def closing(image: FakeImage, additions: Any) -> Any:
        image.is_open = False
        return editor_apply(image, additions)

    editor.apply = closing  # type: ignore[method-assign]
    driven = run(answers=[True])
    editor.apply = apply  # type: ignore[method-assign]

    assert "closed" in driven.questions[0].sentence
    assert len(editor.opened) == 1


def test_an_editor_that_takes_nothing_is_asked_again_with_the_same_result(
    run: Run, editor: FakeEditor, daemon: Daemon
) -> None:
    editor.refusals = 1

    driven = run(answers=[True])

    assert driven.questions[0].yes == "Try Again"
    assert driven.value == ["group 1"]
    assert len(daemon.requests) == 1


def test_a_daemon_that_is_gone_can_be_tried_again(run: Run, daemon: Daemon) -> None:
    daemon.failures = [GONE]

    driven = run(answers=[True])

    assert driven.value == ["group 1"]
    assert daemon.sessions == 2


def test_giving_up_on_the_daemon_ends_the_work(run: Run, image: FakeImage, daemon: Daemon) -> None:
    daemon.failures = [GONE]

    with pytest.raises(UserCancelled):
        run(answers=[False])
    assert image.undo_steps == 0


def test_cancel_ends_the_work_and_leaves_the_image(run: Run, image: FakeImage) -> None:
    with pytest.raises(UserCancelled, match="cancelled"):
        run(cancel_at="ready")
    assert image.undo_steps == 0


# The second run


@pytest.mark.parametrize("selected", ["photo", "group 1", "mask 1", "hints 1"])
def test_a_second_run_updates_the_one_group(
    run: Run, image: FakeImage, daemon: Daemon, selected: str
) -> None:
    run()
    daemon.mask = gray(40)

    run(STRONG, (selected,))

    assert layer(image, Role.GROUP) == "group 1"
    assert image.layers[layer(image, Role.COLORIZED)] == rgb(100)
    assert image.layers[layer(image, Role.MASK)] == gray(40)
    assert image.active == layer(image, Role.MASK)
    assert the_record(image).options == STRONG.options
    assert image.undo_steps == 2


def test_a_mask_that_was_painted_is_kept_and_that_is_told(
    run: Run, editor: FakeEditor, image: FakeImage, daemon: Daemon
) -> None:
    run()
    paint(image, Role.MASK, 120)

    run(replace(STRONG, options=replace(STRONG.options, invert=True)))

    request = daemon.requests[-1]
    assert isinstance(request, Colorize)
    assert request.mask == gray(120)
    assert request.options.mask == AS_PAINTED
    assert not request.options.invert
    assert image.layers[layer(image, Role.MASK)] == gray(120)
    assert "stays as you painted it" in editor.told[-1]
    run(STRONG)
    assert image.layers[layer(image, Role.MASK)] == gray(120), "and again"


def test_a_painted_mask_can_be_refined_again(run: Run, image: FakeImage, daemon: Daemon) -> None:
    options = ColorizeOptions(mask=MaskOptions(True, 8.0))
    run()
    paint(image, Role.MASK, 120)

    run(Wish(options, refine_again=True))

    request = daemon.requests[-1]
    assert isinstance(request, Colorize)
    assert request.options.mask == options.mask


def test_a_kept_mask_needs_no_selection(run: Run, image: FakeImage, daemon: Daemon) -> None:
    selection = Wish(ColorizeOptions(subject=Subject(SubjectKind.SELECTION)))
    image.selection = gray(255)
    run(selection)
    paint(image, Role.MASK, 120)
    image.selection = None

    run(selection)

    assert image.layers[layer(image, Role.MASK)] == gray(120)
    assert the_record(image).options == selection.options


def test_the_subject_can_be_found_anew(run: Run, image: FakeImage) -> None:
    run()
    paint(image, Role.MASK, 120)

    run(replace(STRONG, find_anew=True))

    assert image.layers[layer(image, Role.MASK)] == gray(255)


def test_a_result_beside_the_first_is_a_choice(run: Run, image: FakeImage) -> None:
    run()

    run(replace(STRONG, beside=True))

    assert [name for name in image.layers if name.startswith("group")] == ["group 1", "group 2"]


def test_a_result_without_its_mask_gets_another_beside_it(run: Run, image: FakeImage) -> None:
    run()
    del image.layers[layer(image, Role.MASK)]

    assert run().value == ["group 2"]


@pytest.mark.parametrize(
    ("how", "word"),
    [
        (lambda image: paint(image, Role.MASK, 9), "painted on"),
        (lambda image: paint(image, Role.HINTS, 9), "painted on"),
        (lambda image: image.layers.pop(layer(image, Role.MASK)), "removed"),
    ],
)
def test_painting_during_a_second_run_is_not_overtaken(
    run: Run, image: FakeImage, daemon: Daemon, how: Callable[[FakeImage], None], word: str
) -> None:
    run()
    daemon.meanwhile = lambda: how(image)

    driven = run(STRONG, answers=[True])

    assert word in driven.questions[0].sentence
    assert driven.value == ["group 2"], "offered beside the first"


# Update


def test_update_after_painting_the_mask_blends_and_keeps_the_mask_active(
    run: Run, renew: Run, editor: FakeEditor, image: FakeImage, daemon: Daemon
) -> None:
    run(Wish(ColorizeOptions(background=Background.GRAY, mask=MaskOptions(True, 3.0))))
    for value in (120, 60):
        paint(image, Role.MASK, value)
        renew()

        request = daemon.requests[-1]
        assert isinstance(request, Blend)
        assert (request.background, request.mask_options) == (Background.GRAY, AS_PAINTED)
        assert image.layers[layer(image, Role.BLENDED)] == rgb(value // 2)
        assert image.active == layer(image, Role.MASK)
    assert editor.brushes == 1, "the tool is the user's own"
    assert image.undo_steps == 3


def test_update_can_refine_the_mask_again(run: Run, renew: Run, daemon: Daemon) -> None:
    run(Wish(ColorizeOptions(mask=MaskOptions(True, 3.0))))

    renew(refine_again=True)

    request = daemon.requests[-1]
    assert isinstance(request, Blend)
    assert request.mask_options == MaskOptions(True, 3.0)


def test_update_after_painting_hints_colors_anew_under_the_same_mask(
    run: Run, renew: Run, image: FakeImage, daemon: Daemon
) -> None:
    run()
    paint(image, Role.MASK, 120)
    paint(image, Role.HINTS, 11)
    renew()

    assert image.layers[layer(image, Role.COLORIZED)] == rgb(50 + 11)
    assert image.layers[layer(image, Role.MASK)] == gray(120)
    assert image.layers[layer(image, Role.HINTS)] == rgba(11)

    renew()
    assert isinstance(daemon.requests[-1], Blend), "the hints are those of the colors already"

    paint(image, Role.HINTS, 0)
    renew()
    assert image.layers[layer(image, Role.COLORIZED)] == rgb(50), "erased hints are none"


def test_update_takes_another_strength_under_the_same_mask(
    run: Run, editor: FakeEditor, image: FakeImage, daemon: Daemon
) -> None:
    run()
    mask = image.layers[layer(image, Role.MASK)]
    steps = update(editor, image, the_record(image), False, daemon.new_link, saturation=2.0)
    drive(steps)

    request = daemon.requests[-1]
    assert isinstance(request, Colorize)
    assert request.options.saturation == 2.0
    assert request.mask == mask
    assert the_record(image).options.saturation == 2.0


@pytest.mark.parametrize(
    "name",
    ["Color Hints", "Copy of Color Hints", "Color Hints #1", "Farbhinweise-Kopie", "色のヒント #1"],
)
def test_hints_that_were_copied_into_the_group_are_taken(
    run: Run, renew: Run, image: FakeImage, daemon: Daemon, name: str
) -> None:
    run()
    image.layers["pasted"], image.names["pasted"] = rgba(9), name
    image.parents["pasted"] = layer(image, Role.GROUP)
    renew()

    request = daemon.requests[-1]
    assert isinstance(request, Colorize)
    assert request.hints == rgba(9)


@pytest.mark.parametrize("painted", [Role.MASK, Role.HINTS])
def test_update_leaves_the_hints_active_for_the_next_stroke(
    run: Run, renew: Run, editor: FakeEditor, image: FakeImage, painted: Role
) -> None:
    run()
    paint(image, painted, 120)
    image.active = layer(image, Role.HINTS)
    renew()

    assert image.active == layer(image, Role.HINTS)
    assert editor.brushes == 1, "the tool is the user's own"


def test_update_makes_a_deleted_composite_anew(run: Run, renew: Run, image: FakeImage) -> None:
    run()
    del image.layers[layer(image, Role.BLENDED)]

    renew()

    assert image.layers[layer(image, Role.BLENDED)] == rgb(127)


@pytest.mark.parametrize("role", [Role.MASK, Role.SOURCE, Role.COLORIZED])
def test_update_names_what_is_missing(run: Run, renew: Run, image: FakeImage, role: Role) -> None:
    run()
    del image.layers[the_record(image).layers[role][0]]

    with pytest.raises(LayersMissing, match="Missing"):
        renew()


def test_an_update_that_comes_too_late_is_offered(
    run: Run, renew: Run, image: FakeImage, daemon: Daemon
) -> None:
    run()
    paint(image, Role.HINTS, 0)
    daemon.meanwhile = lambda: paint(image, Role.MASK, 3)

    driven = renew(answers=[True])

    assert "edited while Blended was rendered" in driven.questions[0].sentence
    assert [name for name in image.layers if name.startswith("group")] == ["group 1", "group 2"]


@pytest.mark.parametrize(
    ("how", "word"),
    [
        (lambda image: image.layers.pop(layer(image, Role.MASK)), "removed"),
        (lambda image: image.layers.update({layer(image, Role.COLORIZED): None}), "removed"),
        (lambda image: setattr(image, "is_open", False), "closed"),
    ],
)
def test_what_else_happens_during_an_update_is_told(
    run: Run,
    renew: Run,
    image: FakeImage,
    daemon: Daemon,
    how: Callable[[FakeImage], None],
    word: str,
) -> None:
    run()
    daemon.meanwhile = lambda: how(image)

    with pytest.raises(UserCancelled):
        renew(answers=[False])


def test_the_update_of_a_closed_image_is_opened_as_a_new_one(
    run: Run, renew: Run, editor: FakeEditor, image: FakeImage, daemon: Daemon
) -> None:
    run()
    daemon.meanwhile = lambda: setattr(image, "is_open", False)
    renew(answers=[True])

    (opened,) = editor.opened
    assert opened.layers["new photo"] == rgb(100)
    assert len([name for name in opened.layers if name.startswith("group")]) == 1


def test_try_again_updates_the_same_result(run: Run, renew: Run, daemon: Daemon) -> None:
    run()
    daemon.failures = [GONE]

    assert renew(answers=[True]).questions[0].error is GONE


# The dialog


@pytest.fixture
def remembered(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What was chosen in the last dialog."""
    settings = Settings(ColorizeOptions(gain=2.0), refine_again=True, knows_hints=True)
    monkeypatch.setattr("selcolor_plugin.occasion.load_settings", lambda: settings)
    return settings


def test_a_dialog_for_a_new_photo_begins_with_what_was_chosen_last(
    editor: FakeEditor, image: FakeImage, remembered: Settings
) -> None:
    occasion = occasion_for(editor, image, ["photo"], has_selection=False, is_gray=True)

    assert occasion.settings == remembered
    assert not occasion.is_update
    assert "grayscale" in occasion.notes[0]


def test_the_first_dialog_says_what_the_layer_of_hints_is_for(
    editor: FakeEditor, image: FakeImage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("selcolor_plugin.occasion.load_settings", Settings)
    occasion = occasion_for(editor, image, ["photo"], has_selection=False, is_gray=False)

    assert "Color Hints" in occasion.notes[-1]
    assert occasion.settings.knows_hints


def test_a_dialog_for_a_selection_begins_with_it(
    editor: FakeEditor, image: FakeImage, remembered: Settings
) -> None:
    occasion = occasion_for(editor, image, ["photo"], has_selection=True, is_gray=False)

    assert occasion.settings.options.subject.kind is SubjectKind.SELECTION
    assert occasion.notes == ()


def test_a_dialog_for_a_result_begins_with_its_options_and_says_what_is_kept(
    run: Run, editor: FakeEditor, image: FakeImage, remembered: Settings
) -> None:
    run(STRONG)

    occasion = occasion_for(editor, image, [image.active or ""], True, False)

    assert occasion.settings.options == STRONG.options
    assert occasion.is_update
    assert "What you painted" in occasion.notes[0]
