"""One protocol version, errors by code, and options in their ranges."""

from __future__ import annotations

import math

import pytest

from selcolor_protocol.errors import (
    Busy,
    InvalidOptions,
    SelectiveColorizeError,
    VersionMismatch,
    error_from_code,
)
from selcolor_protocol.messages import Hello
from selcolor_protocol.notes import Note
from selcolor_protocol.options import ColorizeOptions, MaskOptions, Point, Subject, SubjectKind
from selcolor_protocol.versions import check_same_protocol


def test_the_same_protocol_is_spoken_whatever_the_programs_versions() -> None:
    check_same_protocol(Hello("krita", "1.0", protocol=2), 2, "2.0")


def test_an_old_client_is_told_to_update_itself() -> None:
    with pytest.raises(VersionMismatch) as caught:
        check_same_protocol(Hello("krita", "1.0", protocol=1), 2, "2.0")

    assert "krita 1.0 speaks protocol 1," in caught.value.sentence
    assert "daemon 2.0 speaks protocol 2" in caught.value.sentence
    assert "Update krita" in caught.value.hint


def test_an_old_daemon_is_to_be_stopped() -> None:
    with pytest.raises(VersionMismatch) as caught:
        check_same_protocol(Hello("krita", "1.0", protocol=3), 2, "2.0")

    assert "selcolor stop" in caught.value.hint


def test_an_error_survives_the_wire_by_its_code() -> None:
    rebuilt = error_from_code("busy", "What happened.", "What to do.")

    assert type(rebuilt) is Busy
    assert (rebuilt.sentence, rebuilt.hint) == ("What happened.", "What to do.")


def test_an_unknown_code_is_still_an_error_of_ours() -> None:
    assert type(error_from_code("from the future", "A.", "B.")) is SelectiveColorizeError


def test_codes_are_unique() -> None:
    def subclasses(root: type[SelectiveColorizeError]) -> list[type[SelectiveColorizeError]]:
        return [root, *(deep for child in root.__subclasses__() for deep in subclasses(child))]

    codes = [error.code for error in subclasses(SelectiveColorizeError)]

    assert len(codes) == len(set(codes))


@pytest.mark.parametrize("gain", [0.0, -1.0, 5.0, math.nan, math.inf])
def test_a_gain_out_of_range_is_refused_with_the_range(gain: float) -> None:
    with pytest.raises(InvalidOptions, match=r"between 0.25 and 4"):
        ColorizeOptions(gain=gain)


def test_other_ranges_are_kept_too() -> None:
    with pytest.raises(InvalidOptions):
        ColorizeOptions(saturation=-0.1)
    with pytest.raises(InvalidOptions):
        MaskOptions(feather=501)


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("main", Subject()),
        ("selection", Subject(SubjectKind.SELECTION)),
        ("everything", Subject(SubjectKind.EVERYTHING)),
        ("nothing", Subject(SubjectKind.NOTHING)),
        ("person", Subject(SubjectKind.CLASSES, ("person",))),
        ("person,dog", Subject(SubjectKind.CLASSES, ("person", "dog"))),
    ],
)
def test_a_subject_has_a_name_that_users_write(name: str, subject: Subject) -> None:
    assert Subject.named(name) == subject
    assert subject.name == name


def test_a_subject_s_name_is_read_as_people_type() -> None:
    assert Subject.named(" Person , dog,") == Subject(SubjectKind.CLASSES, ("person", "dog"))
    assert Subject.named("cat", Point(3, 4)).at == Point(3, 4)


@pytest.mark.parametrize("name", ["", " , "])
def test_a_subject_without_a_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidOptions, match="No class"):
        Subject.named(name)


def test_only_what_has_to_be_found_has_a_place() -> None:
    with pytest.raises(InvalidOptions, match="everything"):
        Subject(SubjectKind.EVERYTHING, at=Point(1, 1))
    with pytest.raises(InvalidOptions, match="main"):
        Subject(SubjectKind.MAIN, ("dog",))
    with pytest.raises(InvalidOptions, match="outside"):
        Point(-1, 0)


def test_every_note_has_a_sentence() -> None:
    assert all(note.sentence.endswith(".") for note in Note)
