"""The dialog's preview: what is asked for it, when, and what is shown meanwhile."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_editor import (
    Daemon,
    FakeEditor,
    FakeImage,
    drive,
    gray,
    rgb,
    rgba,
)
from scripted import ScriptedClient, ScriptedOpening

from selcolor_plugin import preview as previews
from selcolor_plugin.coloring import Wish, colorize
from selcolor_plugin.daemon_sentences import in_users_words
from selcolor_plugin.layers import Role
from selcolor_plugin.link import Link
from selcolor_plugin.preview import Preview, read_small, reduced, reduced_options
from selcolor_plugin.record import GroupRecord
from selcolor_protocol.messages import Cancelled, Colorize, Done, Failed, Reply
from selcolor_protocol.notes import Note
from selcolor_protocol.options import ColorizeOptions, MaskOptions, Subject, SubjectKind
from selcolor_protocol.raster import Channels, Raster, RasterFormat, SampleType

WISH = Wish(ColorizeOptions())
STRONG = Wish(ColorizeOptions(saturation=2.0))
STRONGER = Wish(ColorizeOptions(saturation=3.0))


class Client(ScriptedClient):
    """Numbers its jobs and answers none of them."""

    def colorize(self, request: Colorize) -> int:  # type: ignore[override]
        self.calls.append(request)
        return sum(isinstance(call, Colorize) for call in self.calls)


class Dialog:
    """What a dialog does with a preview: it polls."""

    def __init__(self, editor: FakeEditor, image: FakeImage, layer: str = "photo") -> None:
        opening = ScriptedOpening()
        self.client = Client()
        opening.client = self.client
        self.link = Link(lambda: opening)  # type: ignore[arg-type, return-value]
        record = next(iter(image.records.values()), None)
        self.preview = Preview(editor, read_small(editor, image, layer, record))

    def poll(self, wish: Wish, *arriving: Reply) -> bool:
        self.client.arriving += arriving
        return self.preview.poll(wish, self.link, self.link.poll())

    def settle(self, wish: Wish) -> None:
        for _turn in range(10):
            self.poll(wish)

    @property
    def requests(self) -> list[Colorize]:
        return [call for call in self.client.calls if isinstance(call, Colorize)]

    @property
    def cancelled(self) -> list[int]:
        return [call[1] for call in self.client.calls if isinstance(call, tuple)]


@pytest.fixture
def editor() -> FakeEditor:
    return FakeEditor()


@pytest.fixture
def image() -> FakeImage:
    return FakeImage({"photo": rgb(100)})


@pytest.fixture
def dialog(editor: FakeEditor, image: FakeImage) -> Dialog:
    return Dialog(editor, image)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "PATIENCE_SECONDS", 0.0)


def done(job: int, value: int = 1, notes: tuple[Note, ...] = ()) -> Done:
    return Done(job, "vit", "fg", "cpu", notes, rgb(value), rgb(value), gray(255))


def test_the_photo_is_shown_before_there_is_an_answer(dialog: Dialog) -> None:
    dialog.settle(WISH)

    assert dialog.preview.photo is not None
    assert dialog.preview.done is None
    assert not dialog.preview.is_current


def test_each_choice_is_asked_for_once(dialog: Dialog) -> None:
    dialog.settle(WISH)
    assert len(dialog.requests) == 1

    assert dialog.poll(WISH, done(1))
    assert dialog.preview.is_current
    dialog.settle(STRONG)

    assert [request.options.saturation for request in dialog.requests] == [1.0, 2.0]


def test_the_newest_of_many_choices_is_asked_for_when_there_is_an_answer(dialog: Dialog) -> None:
    dialog.settle(WISH)
    dialog.settle(STRONG)
    dialog.poll(STRONGER, done(1))

    assert [request.options.saturation for request in dialog.requests] == [1.0, 3.0]
    assert not dialog.cancelled


@pytest.mark.usefixtures("hasty")
def test_an_answer_that_takes_long_is_given_up_for_another_choice(dialog: Dialog) -> None:
    dialog.settle(WISH)
    dialog.poll(STRONG)
    assert dialog.cancelled == [1]

    dialog.poll(STRONG, Cancelled(1))
    assert not dialog.preview.is_current
    assert not dialog.poll(STRONG, done(1, 9))
    assert dialog.poll(STRONG, done(2, 5))
    assert dialog.preview.done is not None
    assert dialog.preview.done.blended == rgb(5)


def test_what_goes_wrong_stands_below_the_pictures(dialog: Dialog) -> None:
    dialog.settle(WISH)
    dialog.poll(WISH, Failed(1, "busy", "There is no memory.", "Wait."))

    assert dialog.preview.trouble == "There is no memory."
    dialog.poll(STRONG)
    dialog.poll(STRONG, done(2))
    assert dialog.preview.trouble == ""


def test_that_nothing_was_found_is_said(dialog: Dialog) -> None:
    dialog.settle(WISH)
    dialog.poll(WISH, done(1, notes=(Note.NOTHING_FOUND,)))

    assert dialog.preview.trouble == in_users_words(Note.NOTHING_FOUND.sentence)


def test_a_photo_that_cannot_be_read_is_told(editor: FakeEditor, image: FakeImage) -> None:
    dialog = Dialog(editor, image)
    image.is_open = False
    dialog.settle(WISH)

    assert "closed" in dialog.preview.trouble
    assert not dialog.requests


def test_a_selection_goes_with_the_photo(dialog: Dialog, image: FakeImage) -> None:
    image.selection = gray(7)
    dialog.settle(Wish(ColorizeOptions(subject=Subject(SubjectKind.SELECTION))))

    (request,) = dialog.requests
    assert request.selection == gray(7)


def test_the_link_is_free_for_the_job_afterwards(dialog: Dialog) -> None:
    dialog.settle(WISH)
    dialog.preview.end(dialog.link)

    assert dialog.cancelled == [1]


@pytest.fixture
def colored(editor: FakeEditor, image: FakeImage) -> GroupRecord:
    drive(colorize(editor, image, ["photo"], WISH, Daemon().new_link))
    (record,) = image.records.values()
    return record


@pytest.mark.parametrize("value", [0, 9])
def test_a_mask_that_was_painted_and_hints_are_in_the_preview(
    editor: FakeEditor, image: FakeImage, colored: GroupRecord, value: int
) -> None:
    image.layers[colored.layers[Role.MASK][0]] = gray(value)
    image.layers[colored.layers[Role.HINTS][0]] = rgba(3)
    dialog = Dialog(editor, image)
    dialog.settle(WISH)

    (request,) = dialog.requests
    assert request.mask == gray(value)
    assert request.hints == rgba(3)


@pytest.mark.parametrize("wish", [replace(WISH, beside=True), replace(WISH, find_anew=True)])
def test_a_mask_that_is_given_up_is_not(
    editor: FakeEditor, image: FakeImage, colored: GroupRecord, wish: Wish
) -> None:
    image.layers[colored.layers[Role.MASK][0]] = gray(9)
    dialog = Dialog(editor, image)
    dialog.settle(wish)

    assert dialog.requests[0].mask is None


@pytest.mark.usefixtures("colored")
def test_a_mask_as_it_was_made_is_found_again(editor: FakeEditor, image: FakeImage) -> None:
    dialog = Dialog(editor, image)
    dialog.settle(WISH)

    assert dialog.requests[0].mask is None


def test_a_large_photo_is_reduced_and_the_feather_with_it() -> None:
    options = ColorizeOptions(mask=MaskOptions(feather=40.0))

    assert reduced_options(options, 0.25).mask.feather == 10.0


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (4, 3)])
def test_a_reduced_mask_has_pixels_of_the_mask(size: tuple[int, int]) -> None:
    whole = Raster(RasterFormat(4, 3, Channels.GRAY, SampleType.U8), bytes(range(12)))
    expected = {(1, 1): [6], (2, 1): [5, 7], (4, 3): [*range(12)]}[size]

    small = reduced(whole, *size)
    assert list(small.pixels) == expected
    assert (small.format.width, small.format.height) == size
