"""What a docker says of a result: what was painted that it does not show yet."""

from __future__ import annotations

import pytest
from fake_editor import Daemon, FakeEditor, FakeImage, drive, gray, rgb, rgba

from selcolor_plugin.coloring import Wish, colorize
from selcolor_plugin.errors import CannotRead
from selcolor_plugin.layers import Role
from selcolor_plugin.record import GroupRecord
from selcolor_plugin.standing import Standing, result_shown, standing_of, standing_text
from selcolor_plugin.updating import update
from selcolor_protocol.options import ColorizeOptions

WISH = Wish(ColorizeOptions())


@pytest.fixture
def editor() -> FakeEditor:
    return FakeEditor()


@pytest.fixture
def image(editor: FakeEditor) -> FakeImage:
    """An image with a result."""
    image = FakeImage({"photo": rgb(100)})
    drive(colorize(editor, image, ["photo"], WISH, Daemon().new_link))
    return image


def record_of(image: FakeImage) -> GroupRecord:
    (record,) = image.records.values()
    return record


def paint(image: FakeImage, role: Role) -> None:
    layer = record_of(image).layers[role][0]
    image.layers[layer] = gray(9) if role is Role.MASK else rgba(9)


def standing(editor: FakeEditor, image: FakeImage) -> Standing:
    found: Standing = drive(standing_of(editor, image, record_of(image))).value
    return found


def test_a_new_result_is_up_to_date(editor: FakeEditor, image: FakeImage) -> None:
    found = standing(editor, image)

    assert not found.mask
    assert not found.hints
    assert standing_text(found, False) == "Everything is up to date."


@pytest.mark.parametrize("role", [Role.MASK, Role.HINTS])
def test_what_was_painted_is_named_until_the_update(
    editor: FakeEditor, image: FakeImage, role: Role
) -> None:
    paint(image, role)
    found = standing(editor, image)
    assert (found.mask, found.hints) == (role is Role.MASK, role is Role.HINTS)
    assert role.value in standing_text(found, False)

    drive(update(editor, image, record_of(image), False, Daemon().new_link))
    found = standing(editor, image)
    assert not found.mask
    assert not found.hints


def test_another_strength_is_named(editor: FakeEditor, image: FakeImage) -> None:
    paint(image, Role.MASK)

    text = standing_text(standing(editor, image), True)
    assert text == "Changed since the last update: mask, strength."


def test_an_image_without_a_result_says_so(editor: FakeEditor) -> None:
    assert result_shown(editor, FakeImage({"photo": rgb(1)}), ["photo"]) is None
    assert "no result" in standing_text(Standing(), False)


@pytest.mark.parametrize("active", ["photo", "group 1", "somewhere else"])
def test_the_result_is_found_from_wherever_the_user_is(
    editor: FakeEditor, image: FakeImage, active: str
) -> None:
    assert result_shown(editor, image, [active]) == record_of(image)


def test_a_result_that_goes_away_is_no_fault(editor: FakeEditor, image: FakeImage) -> None:
    record = record_of(image)
    del image.layers[record.layers[Role.MASK][0]]

    with pytest.raises(CannotRead):
        drive(standing_of(editor, image, record))
