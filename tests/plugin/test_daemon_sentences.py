"""What the daemon says is known to the plugins, and told in the language of users."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from selcolor_backend.capacity import PhotoSize, check_capacity
from selcolor_backend.models.registry import summaries
from selcolor_plugin import daemon_sentences, translation
from selcolor_plugin.daemon_sentences import error_text
from selcolor_plugin.daemon_templates import GENERAL, PARTS, TEMPLATES
from selcolor_protocol.errors import (
    Busy,
    DaemonGone,
    InvalidOptions,
    OutOfMemory,
    ProtocolError,
    SelectiveColorizeError,
    error_from_code,
)
from selcolor_protocol.messages import ModelState
from selcolor_protocol.notes import Note

ROOT = Path(__file__).parents[2]
PROTOCOL, BACKEND = ROOT / "protocol/selcolor_protocol", ROOT / "backend/selcolor_backend"

OTHERS = (
    *(PROTOCOL / name for name in ("errors.py", "notes.py", "options.py", "raster.py")),
    *(PROTOCOL / "messages" / "jobs.py", BACKEND / "models" / "store.py"),
)
"""Of whose sentences a few reach an editor."""

OF_PROGRAMS = (
    *(PROTOCOL / name for name in ("codec.py", "marks.py", "packets.py", "pieces.py")),
    *(BACKEND / "daemon" / name for name in ("presence.py", "sockets.py", "uploads.py")),
)
"""What is said between programs, in a picture, and where the daemon itself cannot start."""

SPEAKERS = sorted(
    {
        *PROTOCOL.glob("*.py"),
        *(BACKEND / "daemon").glob("*.py"),
        *(BACKEND / "worker").glob("*.py"),
        *(BACKEND / name for name in ("capacity.py", "subjects.py")),
        *(BACKEND / "models" / name for name in ("digest.py", "download.py", "loading.py")),
        *(BACKEND / "models" / name for name in ("devices.py", "registry.py")),
    }
    - {*OTHERS, *OF_PROGRAMS}
)
"""All of whose sentences reach an editor."""

BUSY = Busy("4 jobs of this program are already waiting.", "Try again.")
UNHEARD_OF = ProtocolError("A header of 9 bytes is odd.", "Try again.")

NOT_FOR_EDITORS = frozenset(
    {
        # From programs to programs: a general sentence goes before it
        "Pixels came with their announcement; they come in pieces.",
        "Job 7 is not a new number in its session.",
        "A message of more than 7 frames came.",
        # Said where weights are imported, devices chosen, or the program built
        "Give a file that `selcolor-train` wrote for 7.",
        "7 does not hold weights of 7; nothing was changed.",
        "There is no device 7 here.",
        "The registry has no digest for 7, so it was not loaded.",
        "Run `python -m selcolor_backend.models.seal` in the checkout that has these weights.",
    }
)
ONLY_OF_FILES = {
    Note.NOTHING_AT_POINT,
    Note.MASK_ALPHA_WAS_USED,
    Note.FLOATS_BECAME_INTEGERS,
    Note.OTHER_PICTURES_LEFT_OUT,
    Note.EXTRA_CHANNELS_LEFT_OUT,
    Note.FILE_IS_BLEMISHED,
    Note.BLACK_WAS_ASSUMED,
    Note.METADATA_LEFT_OUT,
    Note.NETWORKS_HAVE_CHANGED,
    Note.TRANSPARENCY_LEFT_OUT,
}
"""Notes that the command line alone can have: of its files and its options."""


class Shouted(Mapping[str, str]):
    """A language in which everything is shouted, but for what stands in braces."""

    def __getitem__(self, text: str) -> str:
        return "".join(
            part if part.startswith("{") else part.upper() for part in re.split(r"(\{.*?\})", text)
        )

    def __iter__(self) -> Iterator[str]:
        raise AssertionError

    def __len__(self) -> int:
        raise AssertionError


@pytest.fixture
def shouted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "_catalog", Shouted())


def sentences_in(path: Path) -> Iterator[str]:
    """Every sentence in a file's strings but docstrings, as an editor hears it.

    What varies in it is the number 7; what memory is needed is sometimes left out.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inner = {id(part) for node in ast.walk(tree) for part in parts_of(node)}
    for node in ast.walk(tree):
        if id(node) not in inner and isinstance(node, (ast.Constant, ast.JoinedStr)):
            text = text_of(node).replace("{needs}", "")
            if " " in text and text.endswith("."):
                yield daemon_sentences.in_users_english(text)


def parts_of(node: ast.AST) -> list[ast.expr]:
    """What belongs to a node and is no sentence of its own."""
    if isinstance(node, ast.JoinedStr):
        return node.values
    if isinstance(node, ast.Expr):
        return [node.value]
    return []


def text_of(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(map(text_of, node.values))
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    return "7"


@pytest.mark.parametrize("path", SPEAKERS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_sentence_that_reaches_an_editor_is_known(path: Path) -> None:
    said = set(sentences_in(path))
    unknown = {text for text in said if daemon_sentences.translated(text) is None}

    assert unknown - NOT_FOR_EDITORS == set()


def test_every_known_sentence_is_still_said() -> None:
    said = {text for path in (*SPEAKERS, *OTHERS) for text in sentences_in(path)}
    said |= {daemon_sentences.in_users_english(model.description) for model in summaries()}
    for template in TEMPLATES - set(PARTS):
        pattern = re.compile(re.sub(r"\\\{\w+\\\}", ".+", re.escape(template)), re.DOTALL)
        assert any(map(pattern.fullmatch, said)) or "(this one needs" in template, template


@pytest.mark.parametrize("note", sorted(set(Note) - ONLY_OF_FILES))
def test_every_note_about_a_result_is_known(note: Note) -> None:
    assert daemon_sentences.translated(daemon_sentences.in_users_english(note.sentence)) is not None


def test_what_networks_are_is_known_of_all_that_can_be_downloaded() -> None:
    for model in summaries():
        if model.state is ModelState.AVAILABLE:
            english = daemon_sentences.in_users_english(model.description)
            assert daemon_sentences.translated(english) is not None, model.name


def test_every_general_sentence_is_for_an_error_of_the_tree() -> None:
    for code, sentence in GENERAL.items():
        error = error_from_code(code, sentence, "")
        assert error.code == code, code
        assert type(error) is not SelectiveColorizeError, code


def test_in_english_an_error_is_told_in_its_own_words() -> None:
    assert error_text(BUSY) == (BUSY.sentence, BUSY.hint)
    assert error_text(UNHEARD_OF) == (UNHEARD_OF.sentence, UNHEARD_OF.hint)


@pytest.mark.usefixtures("shouted")
def test_a_known_sentence_is_translated_with_its_parts_in_place() -> None:
    assert error_text(BUSY) == (BUSY.sentence.upper(), BUSY.hint.upper())


@pytest.mark.usefixtures("shouted")
def test_before_a_sentence_that_is_not_known_goes_a_general_one() -> None:
    sentence, hint = error_text(UNHEARD_OF)

    assert sentence == GENERAL["protocol_error"].upper()
    assert hint == f"{UNHEARD_OF.sentence} {UNHEARD_OF.hint.upper()}"


@pytest.mark.usefixtures("shouted")
def test_an_error_of_the_plugin_itself_is_told_in_its_own_words() -> None:
    assert error_text(SelectiveColorizeError("a", "b")) == ("a", "b")
    assert error_text(DaemonGone("schon übersetzt", "auch")) == ("schon übersetzt", "auch")


@pytest.mark.parametrize("language", translation.languages())
def test_a_photo_that_is_too_large_is_refused_in_the_users_language(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("selcolor_backend.capacity.free_bytes", lambda: 1_500_000_000)
    with pytest.raises(OutOfMemory) as refused:
        check_capacity("The picture", PhotoSize(30_000, 8_000, False, 1))
    try:
        translation.use_languages([language])
        sentence, hint = error_text(refused.value)
    finally:
        translation.use_languages([])

    assert "30000 × 8000" in sentence
    assert not re.search(r"[{}]|The picture|memory|free", f"{sentence} {hint}")


def test_amounts_are_translated_and_versions_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "_catalog", {"{number} GB": "{number} Go"})

    assert daemon_sentences.in_users_words("2.5 GB") == "2.5 Go"
    assert daemon_sentences.in_users_words("0.2.5") == "0.2.5"


@pytest.mark.parametrize(
    "said",
    [
        DaemonGone("The daemon stopped answering; your photo is untouched.", "Try again."),
        InvalidOptions("No “cow”.", "Choose one, or a segmenter that knows it: --segmenter a-b1."),
    ],
)
def test_what_the_daemon_says_is_told_in_the_words_of_users(said: SelectiveColorizeError) -> None:
    words = " ".join(error_text(said))

    assert len(words) > 20
    for word in ("daemon", "segmenter", "--"):
        assert word not in words


def test_a_command_stays_as_it_has_to_be_typed() -> None:
    hint = "Run `selcolor daemon --foreground` in a terminal to see why, or `selcolor doctor`."

    assert daemon_sentences.in_users_english(hint) == hint


def test_no_known_sentence_has_programmers_words() -> None:
    for text in (*GENERAL.values(), *TEMPLATES):
        assert not re.search(r"(?<!selcolor )\bdaemon\b|segmenter", text), text
